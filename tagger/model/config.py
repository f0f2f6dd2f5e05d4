"""The shape of a network, without the library that trains or runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

CELLS = {"lstm": 4, "gru": 3, "rnn": 1}
"""The recurrent cells with the number of their gates (1: the simple RNN has none)."""

LABEL_WIDTH = 64
UPOS_WIDTH = 256

Weights = Mapping[str, numpy.ndarray]
"""The parameters of a network by name, in half precision as a model folder has them."""


@dataclass(frozen=True)
class ColumnConfig:
    """One input column: how many symbols, the width of their embedding, and the probability
    with which training replaces a symbol by the unknown one (word dropout)."""

    symbols: int
    width: int
    drop: float = 0.0


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of a network.

    `hidden` is the size of each direction's state; `dropout` is variational: one mask for
    all steps of a sentence (Gal & Ghahramani 2016).
    """

    columns: Mapping[str, ColumnConfig]
    labels: int
    upos: int
    corpora: int = 1
    cell: str = "lstm"
    layers: int = 2
    hidden: int = 256
    directions: int = 2
    dropout: float = 0.33
    corpus_width: int = 16

    @property
    def input_width(self) -> int:
        """The width of what the first layer reads."""
        return self.corpus_width + sum(column.width for column in self.columns.values())

    @property
    def state_width(self) -> int:
        """The width of what each layer gives to the next."""
        return self.directions * self.hidden


def directions_of(config: NetworkConfig) -> tuple[str, ...]:
    """The names of the cells of a layer, one a direction."""
    return ("forward_cell", "backward_cell")[: config.directions]


def weight_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """The name and shape of every parameter of the network."""
    shapes: dict[str, tuple[int, ...]] = {
        f"embeddings.{name}.weight": (column.symbols, column.width)
        for name, column in config.columns.items()
    }
    shapes["corpus.weight"] = (config.corpora, config.corpus_width)
    gates = CELLS[config.cell] * config.hidden
    for layer in range(config.layers):
        width = config.state_width if layer else config.input_width
        for direction in directions_of(config):
            cell = f"recurrent.{layer}.{direction}"
            shapes[f"{cell}.weight_ih_l0"] = (gates, width)
            shapes[f"{cell}.weight_hh_l0"] = (gates, config.hidden)
            shapes[f"{cell}.bias_ih_l0"] = shapes[f"{cell}.bias_hh_l0"] = (gates,)
    shapes["label_head.weight"] = (config.labels, config.state_width)
    shapes["label_head.bias"] = (config.labels,)
    if config.upos:
        ends = 2 * (config.state_width + LABEL_WIDTH)
        shapes["upos_head.labels.weight"] = (LABEL_WIDTH, config.labels)
        shapes["upos_head.hidden.weight"] = (UPOS_WIDTH, ends)
        shapes["upos_head.hidden.bias"] = (UPOS_WIDTH,)
        shapes["upos_head.scores.weight"] = (config.upos, UPOS_WIDTH)
        shapes["upos_head.scores.bias"] = (config.upos,)
    return shapes


def keep_labels(weights: Weights, kept: Sequence[int]) -> dict[str, numpy.ndarray]:
    """The weights of the network with only these of its labels, in that order."""
    smaller = dict(weights)
    for name in ("label_head.weight", "label_head.bias"):
        smaller[name] = weights[name][kept]
    if "upos_head.labels.weight" in weights:
        smaller["upos_head.labels.weight"] = weights["upos_head.labels.weight"][:, kept]
    return smaller
