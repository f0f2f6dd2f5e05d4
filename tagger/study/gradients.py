"""`study gradients`: how far back a loss reaches, in each cell and direction.

Back-propagation through time multiplies by one Jacobian a step. For the simple RNN it is
`diag(1 - h²)·Whᵀ`, so k steps back a gradient is at most the largest singular value of `Wh` to
the power of k, and tends to the largest eigenvalue to the power of k where tanh is not bent
(Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013). LSTM and GRU carry a state on
by a product with a gate instead.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from tagger.model.batches import IGNORED, Indices
from tagger.model.network import RecurrentLayer, TaggerNetwork
from tagger.study.step import STEPS, first_state, unroll, weights_of

REACH = 30
"""Steps back, and ahead, that gradients are followed."""

PLACES = 8
"""Steps of a sentence whose loss is followed."""

Curve = Mapping[int, float]
"""Geometric mean of norms by distance: k steps back, or, where negative, ahead."""


class Decay(NamedTuple):
    """What bounds a simple RNN: of `Wh`, the largest singular value, and the largest absolute
    value of its eigenvalues."""

    singular: float
    eigenvalue: float


@dataclass(frozen=True)
class Reach:
    """What was measured of one network.

    `loss` is ∂loss(t)/∂x(t−k). `states` is, by direction and kind of state (`forward hidden`,
    and of an LSTM `forward cell` too), ∂h(t)/∂h(t−k) or ∂c(t)/∂c(t−k) along a random unit
    direction; the backward direction reads the sentence from its end, so k counts from there.
    `decay` is, of a simple RNN, that of each direction.
    """

    loss: Curve
    states: Mapping[str, Curve]
    decay: Mapping[str, Decay]


def reach_of(
    network: TaggerNetwork, examples: Sequence[Indices], reach: int = REACH, seed: int = 1
) -> Reach:
    """Follow the gradients of a network on sentences with gold labels, in its first layer
    where states are followed. The network is left in double precision."""
    network.double().eval()
    generator = random.Random(seed)
    layer: RecurrentLayer = network.recurrent[0]  # type: ignore[assignment]
    directions = layer.directions()
    losses = _Norms()
    states: dict[str, _Norms] = defaultdict(_Norms)
    for example in examples:
        for at, norms in loss_gradients(network, example, generator):
            losses.add(at, norms, reach)
        with torch.no_grad():
            embedded = network.embed(network.batch_of(example))[0]  # [length, width]
        for direction, cell in directions.items():
            ordered = embedded if direction == "forward" else embedded.flip(0)
            for kind, at, norms in state_gradients(network.config.cell, cell, ordered, generator):
                states[f"{direction} {kind}"].add(at, norms, reach)
    decay = {
        direction: decay_of(cell)
        for direction, cell in directions.items()
        if network.config.cell == "rnn"
    }
    return Reach(losses.curve(), {name: s.curve() for name, s in states.items()}, decay)


def loss_gradients(
    network: TaggerNetwork, example: Indices, generator: random.Random
) -> Iterator[tuple[int, list[float]]]:
    """For some steps t of a sentence, t and the norm of ∂loss(t)/∂x at each step."""
    batch = network.batch_of(example)
    with torch.no_grad():
        embedded = network.embed(batch)
    embedded.requires_grad_(True)
    scores = network.score(embedded, batch).labels[0]  # [length, labels]
    labels = batch.labels[0]
    labelled = [step for step in range(len(example)) if labels[step] != IGNORED]
    for at in generator.sample(labelled, min(PLACES, len(labelled))):
        loss = functional.cross_entropy(scores[at], labels[at])
        (gradient,) = torch.autograd.grad(loss, embedded, retain_graph=True)
        yield at, gradient[0].norm(dim=-1).tolist()


def state_gradients(
    cell: str, module: nn.RNNBase, inputs: Tensor, generator: random.Random
) -> Iterator[tuple[str, int, list[float]]]:
    """For some steps t, the kind of state, t, and the norms of vᵀ·∂h(t)/∂h(s) for all s up to
    t, where v is a random unit vector; for an LSTM also of its cell state.

    Shape: inputs `[length, width]`, in the order in which the cell reads them, in double
    precision like the cell.
    """
    weights = weights_of(module)
    first = first_state(1, module.hidden_size, inputs)
    states = unroll(STEPS[cell], inputs.unsqueeze(1), first, weights)
    kinds = ("hidden", "cell") if cell == "lstm" else ("hidden",)
    for at in generator.sample(range(len(states)), min(PLACES, len(states))):
        for kind in kinds:
            direction = _unit(module.hidden_size, generator)
            end: Tensor = getattr(states[at], kind)
            starts: list[Tensor] = [getattr(s, kind) for s in states[: at + 1]]
            gradients = torch.autograd.grad((end[0] * direction).sum(), starts, retain_graph=True)
            yield kind, at, [gradient.norm().item() for gradient in gradients]


def decay_of(module: nn.RNNBase) -> Decay:
    recurrent = module.get_parameter("weight_hh_l0").detach()
    return Decay(
        torch.linalg.matrix_norm(recurrent, 2).item(),
        torch.linalg.eigvals(recurrent).abs().max().item(),
    )


class _Norms:
    """Norms by distance, and their geometric means."""

    def __init__(self) -> None:
        self._logarithms: dict[int, list[float]] = defaultdict(list)

    def add(self, at: int, norms: Sequence[float], reach: int) -> None:
        """The norms at each step, as seen from the step `at`."""
        for step, norm in enumerate(norms):
            distance = at - step
            if abs(distance) <= reach and norm > 0:
                self._logarithms[distance].append(math.log(norm))

    def curve(self) -> dict[int, float]:
        return {k: math.exp(mean(values)) for k, values in sorted(self._logarithms.items())}


def _unit(size: int, generator: random.Random) -> Tensor:
    values = torch.tensor([generator.gauss(0, 1) for _ in range(size)], dtype=torch.float64)
    return functional.normalize(values, dim=0)


def relative(curve: Curve, distance: int) -> float | None:
    """The norm at a distance as a part of that at distance 0."""
    here, there = curve.get(0), curve.get(distance)
    return None if not here or there is None else there / here


def fades_at(curve: Curve, part: float = 0.01, sign: int = 1) -> int | None:
    """The first distance, back or (`sign` -1) ahead, at which less than a part is left; None
    if there is none within reach.

    >>> fades_at({0: 1.0, 1: 0.1, 2: 0.001})
    2
    """
    distances = sorted((k for k in curve if k * sign > 0), key=abs)
    for distance in distances:
        left = relative(curve, distance)
        if left is not None and left < part:
            return abs(distance)
    return None
