"""Examples through the network, in batches of similar length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy

from tagger.labeling.closing import Choice
from tagger.labeling.examples import Example
from tagger.labeling.step import Step
from tagger.model.batches import Indices, index_examples
from tagger.model.bundle import Bundle
from tagger.model.engine import make_engine
from tagger.system.concurrency import Turns, native_code
from tagger.vocabulary import Symbols

BATCH_STEPS = 1024
"""Steps, padding included, that go through the network at once."""

LARGEST_PADDING = 0.75
"""Padding of a batch, in lengths of its longest sentence, beyond which a run of its own costs the
processor less."""


class Prediction(NamedTuple):
    """What the network says of one example: the likeliest labels of each step, `[steps,
    candidates]`, the best first, which may be open, and UPOS of each token, `[tokens,
    candidates]`, with their probabilities. Without a UPOS head there are no candidates."""

    labels: numpy.ndarray
    label_scores: numpy.ndarray
    upos: numpy.ndarray
    upos_scores: numpy.ndarray


_NOTHING = Prediction(*[numpy.zeros((0, 1), dtype=numpy.int64)] * 4)


class Predictor:
    """The network of a model, which answers at most so many threads at once: each run needs
    memory of its own. Raises TaggerError if the engine cannot run."""

    def __init__(self, bundle: Bundle, engine: str, device: str, threads: int) -> None:
        self._vocabulary = bundle.vocabulary
        self._corpus = bundle.vocabulary.corpora.index(bundle.corpus)
        self._engine = make_engine(engine, bundle, device)
        self._turns = Turns(threads)
        self._largest_padding = LARGEST_PADDING if device == "cpu" else math.inf

    def predict(
        self, examples: Sequence[Example], batch_size: int = BATCH_STEPS
    ) -> list[Prediction]:
        """The network's labels for each example, in order."""
        indexed = list(index_examples(examples, self._vocabulary, self._corpus))
        predictions = [_NOTHING] * len(examples)
        order = sorted((i for i, e in enumerate(indexed) if len(e)), key=lambda i: len(indexed[i]))
        for batch in _batches(order, indexed, batch_size, self._largest_padding):
            with self._turns.one(), native_code.here():
                best = self._engine.best([indexed[i] for i in batch])
            step = token = 0
            for index in batch:
                last_step = step + len(indexed[index])
                last_token = token + len(indexed[index].first)
                predictions[index] = Prediction(
                    best.labels[step:last_step],
                    best.label_scores[step:last_step],
                    best.upos[token:last_token],
                    best.upos_scores[token:last_token],
                )
                step, token = last_step, last_token
        return predictions


def _batches(
    order: Sequence[int], examples: Sequence[Indices], batch_size: int, largest_padding: float
) -> Iterator[list[int]]:
    """The indices, which come shortest first, in batches of at most so many padded steps, of
    which the padding is at most so many times the longest example."""
    batch: list[int] = []
    steps = 0
    for index in order:
        longest = len(examples[index])
        padding = len(batch) * longest - steps
        if batch and (
            steps + padding + longest > batch_size or padding > largest_padding * longest
        ):
            yield batch
            batch, steps = [], 0
        batch.append(index)
        steps += longest
    if batch:
        yield batch


def choices(symbols: Symbols, indices: numpy.ndarray, scores: numpy.ndarray) -> list[list[Choice]]:
    """The symbols of each place with their probabilities, those that have one.

    Shape: indices and scores `[places, candidates]`.
    """
    return [
        [(symbols.symbol(index), score) for index, score in zip(*row, strict=True) if score]
        for row in zip(indices.tolist(), scores.tolist(), strict=True)
    ]


def by_token(
    example: Example, prediction: Prediction, labels: Symbols
) -> Iterator[tuple[Sequence[Step], Sequence[Sequence[Choice]]]]:
    """The steps of each token with the labels that the network finds likely."""
    by_step = choices(labels, prediction.labels, prediction.label_scores)
    first = 0
    for steps in example.steps:
        yield steps, by_step[first : first + len(steps)]
        first += len(steps)
