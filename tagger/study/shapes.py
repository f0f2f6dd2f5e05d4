"""`study shapes`: the tensors of a recurrent network, each with its name, shape and meaning.

Every shape is read off a tensor of a network that was really run, and compared with what its
formula says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from tagger.model.batches import Indices
from tagger.model.config import CELLS as GATES
from tagger.model.config import NetworkConfig
from tagger.model.network import CELLS, RecurrentLayer, TaggerNetwork

WIDTH, HIDDEN, INPUT = 6, 200, (100, 30, 6)
"""The notes' example: `nn.LSTM(6, 200)` reads an input `[100, 30, 6]`."""


class Shape(NamedTuple):
    """A tensor: its name, the names of its dimensions, its shape, and what it holds."""

    name: str
    dimensions: str
    shape: tuple[int, ...]
    meaning: str


class Run(NamedTuple):
    """A network that was run, and the tensors that were seen."""

    title: str
    shapes: list[Shape]


def notes_example() -> Iterator[Run]:
    """The notes' LSTM and simple RNN in one and two directions, one and two layers.

    The input `[100, 30, 6]` is read as PyTorch does by default, `[length, batch, width]`, and
    once with `batch_first`, which turns round its first two dimensions and those of the
    output, but not of the last states.
    """
    for cell in ("rnn", "lstm"):
        for directions, layers in ((1, 1), (2, 1), (1, 2), (2, 2)):
            yield _module_run(cell, directions, layers)
    yield _module_run("lstm", 1, 1, batch_first=True)


def _module_run(cell: str, directions: int, layers: int, *, batch_first: bool = False) -> Run:
    module = CELLS[cell](
        WIDTH, HIDDEN, num_layers=layers, bidirectional=directions == 2, batch_first=batch_first
    )
    inputs = torch.zeros(INPUT)
    with torch.no_grad():
        output, last = module(inputs)
    sizes = {
        "length": inputs.shape[1 if batch_first else 0],
        "batch": inputs.shape[0 if batch_first else 1],
        "width": WIDTH,
        "hidden": HIDDEN,
        "directions": directions,
        "layers": layers,
        "gates": GATES[cell],
    }
    order = "batch, length" if batch_first else "length, batch"
    found: list[tuple[str, str, Tensor, str]] = [
        ("input", f"{order}, width", inputs, "what is read, step by step"),
        (
            "output",
            f"{order}, directions * hidden",
            output,
            "the last layer's hidden state after every step: many-to-many reads this",
        ),
    ]
    states = last if cell == "lstm" else (last,)
    for name, state in zip(("h_n", "c_n"), states):
        kind = "hidden" if name == "h_n" else "cell"
        use = ": many-to-one reads this" if name == "h_n" else ", which leaves no LSTM layer"
        found.append(
            (
                name,
                "layers * directions, batch, hidden",
                state,
                f"the {kind} state of each layer and direction after its last step{use}",
            )
        )
    meanings = {
        "weight_ih_l0": ("gates * hidden, width", "Wx of layer 1, a block of rows a gate"),
        "weight_ih_l1": ("gates * hidden, directions * hidden", "Wx of layer 2: reads layer 1"),
        "weight_hh_l0": ("gates * hidden, hidden", "Wh of layer 1, the same in every step"),
        "bias_ih_l0": ("gates * hidden", "b of layer 1 (PyTorch adds a second, bias_hh)"),
        "weight_hh_l0_reverse": ("gates * hidden, hidden", "Wh of the backward direction"),
    }
    weights = dict(module.named_parameters())
    found += [
        (name, dimensions, weights[name], meaning)
        for name, (dimensions, meaning) in meanings.items()
        if name in weights
    ]
    options = [f"{WIDTH}, {HIDDEN}"]
    options += [f"num_layers={layers}"] * (layers > 1)
    options += ["bidirectional=True"] * (directions == 2)
    options += ["batch_first=True"] * batch_first
    name = f"nn.{type(module).__name__}({', '.join(options)})"
    return Run(name, [_checked(*item, sizes) for item in found])


def tagger_run(config: NetworkConfig, example: Indices) -> Run:
    """A tagger of this configuration reading one sentence, alone in its batch."""
    network = TaggerNetwork(config).eval()
    batch = network.batch_of(example)
    layers: list[RecurrentLayer] = list(network.recurrent)  # type: ignore[arg-type]
    seen: dict[str, tuple[Tensor, ...]] = {}

    def watch(name: str) -> object:
        def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
            last = output[1] if isinstance(output[1], tuple) else (output[1],)
            seen[name] = (inputs[0], output[0], *last)

        return keep

    for depth, layer in enumerate(layers, start=1):
        for direction, cell in layer.directions().items():
            cell.register_forward_hook(watch(f"layer {depth}, {direction}"))  # type: ignore[arg-type]
    with torch.no_grad():
        embedded = network.embed(batch)
        scores = network(batch)
    sizes = {
        "batch": 1,
        "length": len(example),
        "tokens": len(example.first),
        "columns": config.input_width - config.corpus_width,
        "corpus": config.corpus_width,
        "hidden": config.hidden,
        "directions": config.directions,
        "labels": config.labels,
        "upos": config.upos,
    }
    found: list[tuple[str, str, Tensor, str]] = [
        (f"column {name}", "batch, length", column, "a symbol for each syllable, as its index")
        for name, column in batch.columns.items()
    ]
    found.append(
        (
            "embedded",
            "batch, length, columns + corpus",
            embedded,
            "the embeddings of all columns and of the corpus, joined",
        )
    )
    for name, (inputs, states, *last) in seen.items():
        width = "columns + corpus" if name.startswith("layer 1,") else "directions * hidden"
        turned = ", from the last syllable to the first" if name.endswith("backward") else ""
        found += [
            (f"{name}: input", f"batch, length, {width}", inputs, f"what it reads{turned}"),
            (f"{name}: output", "batch, length, hidden", states, "its hidden state at each step"),
        ]
        found += [
            (f"{name}: {kind}", "1, batch, hidden", state, f"its {meaning} state after the last")
            for (kind, meaning), state in zip((("h_n", "hidden"), ("c_n", "cell")), last)
        ]
    found.append(
        ("label scores", "batch, length, labels", scores.labels, "many-to-many: one a syllable")
    )
    if config.upos:
        found.append(("UPOS scores", "batch, tokens, upos", scores.upos, "one a token"))
    sides = "one direction" if config.directions == 1 else "two directions"
    title = f"the tagger: {config.cell}, {sides}, layers: {config.layers}"
    return Run(title, [_checked(*item, sizes) for item in found])


def tagger_runs(config: NetworkConfig, example: Indices) -> Iterator[Run]:
    """The tagger as it is, then in one direction, and with one layer."""
    yield tagger_run(config, example)
    for other in (replace(config, directions=3 - config.directions), replace(config, layers=1)):
        if other != config:
            yield tagger_run(other, example)


def _checked(
    name: str, dimensions: str, tensor: Tensor, meaning: str, sizes: Mapping[str, int]
) -> Shape:
    """The tensor's shape. Raises AssertionError if its dimensions are not those."""
    shape = tuple(tensor.shape)
    expected = tuple(_size(dimension, sizes) for dimension in dimensions.split(", "))
    if shape != expected:
        raise AssertionError(f"{name} is {shape}, not {expected} ({dimensions})")
    return Shape(name, f"[{dimensions}]", shape, meaning)


def _size(dimension: str, sizes: Mapping[str, int]) -> int:
    """
    >>> _size("directions * hidden", {"directions": 2, "hidden": 200})
    400
    >>> _size("columns + corpus", {"columns": 368, "corpus": 16}), _size("1", {})
    (384, 1)
    """
    if " + " in dimension:
        return sum(_size(part, sizes) for part in dimension.split(" + "))
    product = 1
    for part in dimension.split(" * "):
        product *= int(part) if part.isdigit() else sizes[part]
    return product
