"""`study memory`: states and gates of the tagger, followed through a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tagger.errors import TaggerError
from tagger.labeling.examples import Example
from tagger.model.batches import Indices
from tagger.model.network import RecurrentLayer, TaggerNetwork
from tagger.study.step import STEPS, State, first_state, lstm_gates, weights_of

GATES = {"enter": "input gate", "forget": "forget gate", "leave": "output gate"}


@dataclass(frozen=True)
class Track:
    """What one direction of a layer holds at each syllable, in the order of the sentence.

    Shape: hidden, cell and each gate `[length, hidden]`. Only an LSTM has a cell state and
    gates that are shown.
    """

    layer: int
    direction: str
    hidden: Tensor
    cell: Tensor | None
    gates: dict[str, Tensor]

    @property
    def name(self) -> str:
        return f"layer {self.layer}, {self.direction}"

    def means(self) -> dict[str, list[float]]:
        """The mean size of the states and the mean of each gate, at each syllable."""
        found = {"hidden state": self.hidden.abs()}
        if self.cell is not None:
            found["cell state"] = self.cell.abs()
        found |= {GATES[name]: values for name, values in self.gates.items()}
        return {name: values.mean(1).tolist() for name, values in found.items()}


def follow(network: TaggerNetwork, example: Indices) -> list[Track]:
    """The states of all layers and directions, by the cells of `tagger/study/step.py`."""
    tracks: list[Track] = []
    with torch.no_grad():
        inputs = network.embed(network.batch_of(example))[0]  # [length, width]
        layers: Iterable[RecurrentLayer] = network.recurrent  # type: ignore[assignment]
        for depth, layer in enumerate(layers, start=1):
            found = [
                _track(network.config.cell, depth, direction, cell, inputs)
                for direction, cell in layer.directions().items()
            ]
            inputs = torch.cat([track.hidden for track in found], dim=-1)
            tracks += found
    return tracks


def _track(cell: str, depth: int, direction: str, module: nn.RNNBase, inputs: Tensor) -> Track:
    turned = inputs.flip(0) if direction == "backward" else inputs
    weights = weights_of(module)
    state = first_state(1, module.hidden_size, inputs)
    states: list[State] = []
    gates: dict[str, list[Tensor]] = {name: [] for name in GATES} if cell == "lstm" else {}
    for x in turned.unsqueeze(1):
        if gates:
            decided = lstm_gates(x, state.hidden, weights)
            for name, values in gates.items():
                values.append(getattr(decided, name))
        state = STEPS[cell](x, state, weights)
        states.append(state)

    def in_order(steps: Sequence[Tensor]) -> Tensor:
        joined = torch.cat(list(steps))
        return joined.flip(0) if direction == "backward" else joined

    return Track(
        depth,
        direction,
        in_order([state.hidden for state in states]),
        in_order([state.cell for state in states]) if cell == "lstm" else None,
        {name: in_order(values) for name, values in gates.items()},
    )


@dataclass(frozen=True)
class Change:
    """How much a hidden state differs between two sentences, at each syllable: the norm of the
    difference as a part of the norm of the first sentence's state."""

    name: str
    parts: list[float]


def changes(tracks: Sequence[Track], others: Sequence[Track]) -> list[Change]:
    """What another sentence of as many syllables changes, by layer and direction."""
    return [
        Change(
            track.name,
            ((other.hidden - track.hidden).norm(dim=-1) / track.hidden.norm(dim=-1)).tolist(),
        )
        for track, other in zip(tracks, others, strict=True)
    ]


def changed_inputs(example: Example, other: Example) -> dict[str, list[int]]:
    """The steps at which the input columns of two sentences differ, by column, those that do.

    Raises TaggerError if the sentences have not the same number of steps.
    """
    if len(example) != len(other):
        raise TaggerError(
            f"the two sentences have {len(example)} and {len(other)} syllables",
            remedy="give another sentence of the same length with --instead",
        )
    found = {
        name: [
            step for step, (one, two) in enumerate(zip(column, other.columns[name])) if one != two
        ]
        for name, column in example.columns.items()
    }
    return {name: steps for name, steps in found.items() if steps}
