"""The labels that can stand for a step, with the texts that open ones stand for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tagger.labeling.labels import BETWEEN_SLOTS, structure_of
from tagger.labeling.restoration import Restorer
from tagger.labeling.step import Step, neighbours

Choice = tuple[str, float]
"""A symbol that a head of the network may choose, with its probability."""


def probability(sequence: Sequence[Choice]) -> float:
    """The product of the probabilities of a sequence of labels."""
    return math.prod(score for _, score in sequence)


def close_labels(
    steps: Sequence[Step],
    candidates: Sequence[Sequence[Choice]],
    restorer: Restorer,
    least: float = 0.0,
) -> Iterator[Iterator[Choice]]:
    """For each step of a token the labels that can stand for it, closed, the best first,
    down to the share `least` of the best.

    If none can, the step as it is written takes the tag of the best.
    """
    for step, around, choices in zip(steps, neighbours(steps), candidates, strict=True):
        yield _close_choices(step, around, choices, restorer, least)


def _close_choices(
    step: Step,
    around: tuple[str, str],
    choices: Sequence[Choice],
    restorer: Restorer,
    least: float,
) -> Iterator[Choice]:
    best = 0.0
    for label, probability in choices:
        if probability < least * best:
            return
        closed = restorer.close(label, step.form, step.analyses, around)
        if closed is not None:
            best = best or probability
            yield closed, probability
    if not best:
        label, probability = choices[0]
        yield structure_of(label).partition(BETWEEN_SLOTS)[0], probability
