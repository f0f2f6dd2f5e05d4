"""Examples as indices of the vocabulary, and side by side in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

import numpy

from tagger.labeling.examples import Example
from tagger.vocabulary import Symbols, Vocabulary

IGNORED = -100
"""The target of a step or token without gold label; cross-entropy leaves it out."""

MOST_SOFT = 4
"""The most symbols that teachers propose for one place."""


class SoftTargets(NamedTuple):
    """Soft targets: symbols with their weights, which add up to 1 or, where there is no
    target, to 0. Shape of each: `[places, TAUGHT]`."""

    indices: numpy.ndarray
    weights: numpy.ndarray


def soft_targets(choices: Sequence[Mapping[str, float]], symbols: Symbols) -> SoftTargets:
    """The likeliest of each place's choices that the vocabulary lists."""
    indices = numpy.zeros((len(choices), MOST_SOFT), dtype=numpy.int64)
    weights = numpy.zeros((len(choices), MOST_SOFT), dtype=numpy.float32)
    for place, probabilities in enumerate(choices):
        known = [
            (p, symbols.index(symbol)) for symbol, p in probabilities.items() if symbol in symbols
        ]
        for rank, (probability, index) in enumerate(sorted(known, reverse=True)[:MOST_SOFT]):
            indices[place, rank] = index
            weights[place, rank] = probability
    return SoftTargets(indices, weights / numpy.maximum(weights.sum(1, keepdims=True), 1e-9))


@dataclass(frozen=True)
class Indices:
    """An example as indices: `columns` `[column, length]`, `labels` `[length]`,
    `upos` `[tokens]`, `first` and `last` step of each token `[tokens]`.

    `taught_labels` and `taught_upos` are what teachers say, None without them.
    """

    columns: numpy.ndarray
    labels: numpy.ndarray
    upos: numpy.ndarray
    first: numpy.ndarray
    last: numpy.ndarray
    corpus: int
    soft_labels: SoftTargets | None = None
    soft_upos: SoftTargets | None = None

    def __len__(self) -> int:
        return len(self.labels)


def index_example(
    example: Example,
    vocabulary: Vocabulary,
    corpus: int = 0,
    labels: Sequence[str | None] | None = None,
    soft_labels: SoftTargets | None = None,
    soft_upos: SoftTargets | None = None,
) -> Indices:
    """The example's symbols as indices of the vocabulary. `labels` are the gold labels of its
    steps, opened (`examples.open_labels`), where they are targets; gold symbols that the
    vocabulary does not list are ignored as targets."""
    [indices] = index_examples([example], vocabulary, corpus)
    return with_targets(indices, example, vocabulary, labels, soft_labels, soft_upos)


def with_targets(
    indices: Indices,
    example: Example,
    vocabulary: Vocabulary,
    labels: Sequence[str | None] | None = None,
    soft_labels: SoftTargets | None = None,
    soft_upos: SoftTargets | None = None,
) -> Indices:
    """The indices of an example with its targets, as `index_example` has them."""
    return replace(
        indices,
        labels=_targets(labels or [None] * len(example), vocabulary.labels),
        upos=_targets(example.upos, vocabulary.upos),
        soft_labels=soft_labels,
        soft_upos=soft_upos,
    )


def index_examples(
    examples: Iterable[Example], vocabulary: Vocabulary, corpus: int = 0
) -> Iterator[Indices]:
    """The examples' symbols as indices of the vocabulary, without targets. Those of one window
    that follow one another are indexed together."""
    for window, of_window in groupby(examples, attrgetter("window")):
        columns = numpy.stack(
            [
                symbols.indices_of(window.columns[name])
                for name, symbols in vocabulary.inputs.items()
            ]
        ).astype(numpy.int32, copy=False)
        ignored = numpy.full(columns.shape[1], IGNORED, dtype=numpy.int64)
        for example in of_window:
            tokens, start = example.tokens, example.first_step
            end = start + len(example)
            first = window.steps[tokens] - start
            last = first + window.counts[tokens] - 1
            yield Indices(
                columns[:, start:end],
                ignored[: end - start],
                ignored[: len(first)],
                first,
                last,
                corpus,
            )


def _targets(gold: Sequence[str | None], symbols: Symbols) -> numpy.ndarray:
    if not any(gold):
        return numpy.full(len(gold), IGNORED, dtype=numpy.int64)
    return numpy.array(
        [
            symbols.index(symbol) if symbol is not None and symbol in symbols else IGNORED
            for symbol in gold
        ],
        dtype=numpy.int64,
    )


Array = TypeVar("Array")


@dataclass(frozen=True)
class Batch(Generic[Array]):
    """Examples side by side, padded behind their last step, as arrays or as tensors.

    Shapes: `columns` one `[batch, length]` for each input column, `lengths` `[batch]`,
    `corpus` `[batch]`, `labels` `[batch, length]`, and by token `first`, `last` and `upos`
    `[batch, tokens]`. Padding is 0 in inputs and places and IGNORED in targets. What
    teachers say is None without them, else indices and weights
    `[batch, length or tokens, TAUGHT]`.
    """

    columns: Mapping[str, Array]
    lengths: Array
    corpus: Array
    first: Array
    last: Array
    labels: Array
    upos: Array
    soft_labels: tuple[Array, Array] | None = None
    soft_upos: tuple[Array, Array] | None = None


def make_batch(examples: Sequence[Indices], names: Iterable[str]) -> Batch[numpy.ndarray]:
    """The examples padded to the longest; `names` are the columns in the vocabulary's order."""
    length = max(len(example) for example in examples)
    tokens = max(len(example.first) for example in examples)

    def padded(rows: Callable[[Indices], numpy.ndarray], width: int, padding: int) -> numpy.ndarray:
        table = numpy.full((len(examples), width), padding, dtype=numpy.int64)
        for index, example in enumerate(examples):
            row = rows(example)
            table[index, : len(row)] = row
        return table

    def padded_soft(
        rows: Callable[[Indices], SoftTargets | None], width: int
    ) -> tuple[numpy.ndarray, numpy.ndarray] | None:
        if all(rows(example) is None for example in examples):
            return None
        indices = numpy.zeros((len(examples), width, MOST_SOFT), dtype=numpy.int64)
        weights = numpy.zeros((len(examples), width, MOST_SOFT), dtype=numpy.float32)
        for index, example in enumerate(examples):
            if (row := rows(example)) is not None:
                indices[index, : len(row.indices)] = row.indices
                weights[index, : len(row.weights)] = row.weights
        return indices, weights

    return Batch(
        {
            name: padded(lambda example, i=index: example.columns[i], length, 0)  # type: ignore[misc]
            for index, name in enumerate(names)
        },
        numpy.array([len(example) for example in examples]),
        numpy.array([example.corpus for example in examples]),
        padded(lambda example: example.first, tokens, 0),
        padded(lambda example: example.last, tokens, 0),
        padded(lambda example: example.labels, length, IGNORED),
        padded(lambda example: example.upos, tokens, IGNORED),
        padded_soft(lambda example: example.soft_labels, length),
        padded_soft(lambda example: example.soft_upos, tokens),
    )
