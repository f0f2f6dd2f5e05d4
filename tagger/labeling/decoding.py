"""From the labels that the network finds likely to the morphemes of a token."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tagger.labeling.labels import BETWEEN_SLOTS, NOTHING, structure_of
from tagger.labeling.restoration import Restorer
from tagger.labeling.step import Step, neighbours
from tagger.labeling.units import Unit
from tagger.system.caching import LONGEST_CACHED, cache_repeated
from tagger.vocabulary import Symbols

Choice = tuple[str, float]
"""A symbol that a head of the network may choose, with its probability."""

Decided = Mapping[int, str]
"""The closed labels of those steps of a token that a user has decided."""

UNDECIDED: Decided = {}

BEAM = 16
"""Sequences of labels that are followed at once."""

_LIKELY = 1e-3
"""The share of the best label's probability that a search tries first: closing the others may
need the encoder-decoder, which takes most of the time of a long token."""

CACHED = 1 << 10
"""Tokens whose morphemes are remembered: in running text most come again and again."""


class Spelled(NamedTuple):
    """A morpheme of a token, the steps that carry it, and its place in the token."""

    form: str
    tag: str
    first: int
    last: int
    start: int
    end: int


def _identity(steps: tuple[Step, ...], labels: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Tells tokens apart: the steps of one that is remembered are the same object each time."""
    return id(steps), labels


class Decoder:
    """Writes the morphemes that labels stand for, in the conventions of a model."""

    def __init__(self, unit: Unit, labels: Symbols, restorer: Restorer) -> None:
        self._unit = unit
        self._symbols = labels.symbols
        self._restorer = restorer
        self._cached_likeliest = cache_repeated(CACHED, _identity, LONGEST_CACHED)(self._likeliest)

    def likeliest(
        self, steps: tuple[Step, ...], labels: tuple[int, ...]
    ) -> tuple[Spelled, ...] | None:
        """The morphemes of a token, by the index of the likeliest label of each step; None
        if those cannot all stand for their steps and follow one another."""
        return self._cached_likeliest(steps, labels)

    def _likeliest(
        self, steps: tuple[Step, ...], labels: tuple[int, ...]
    ) -> tuple[Spelled, ...] | None:
        closed_labels = []
        for step, around, index in zip(steps, neighbours(steps), labels, strict=True):
            label = self._restorer.close(self._symbols[index], step.form, step.analyses, around)
            if label is None:
                return None
            closed_labels.append(label)
        return self.spell(steps, closed_labels) if self._spells_something(closed_labels) else None

    def choose(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        decided: Decided = UNDECIDED,
    ) -> list[Choice]:
        """The likeliest closed labels of a token's steps that can follow one another and
        stand for something; if there are none, the best of each step that stands for
        something. What is `decided` stays so."""
        chosen = [next(choices) for choices in self._close_labels(steps, candidates, decided)]
        if self._spells_something([label for label, _ in chosen]):
            return chosen
        for least in (_LIKELY, 0.0):
            for sequence in self.sequences(steps, candidates, BEAM, decided, least)[:1]:
                if probability(sequence) >= least * probability(chosen):
                    return sequence  # no label that was left out can be part of a better one
        something = [
            [choice for choice in choices if choice[0] != NOTHING] or choices
            for choices in candidates
        ]
        return [next(choices) for choices in self._close_labels(steps, something, decided)]

    def _close_labels(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        decided: Decided,
        least: float = 0.0,
    ) -> Iterator[Iterator[Choice]]:
        """`close_labels` with the labels of decided steps, after which a morpheme begins."""
        follows = self._unit.follows
        found = close_labels(steps, candidates, self._restorer, least)
        for index, choices in enumerate(found):
            if index in decided:
                yield iter([(decided[index], 1.0)])
            elif index - 1 in decided:
                given = list(choices)
                yield iter(
                    [choice for choice in given if follows(None, choice[0])]
                    or [("B" + label[1:], score) for label, score in given[:1]]
                )
            else:
                yield choices

    def sequences(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        count: int,
        decided: Decided = UNDECIDED,
        least: float = 0.0,
    ) -> list[list[Choice]]:
        """The likeliest sequences of closed labels that can follow one another and stand for
        something, the best first (a beam search); none if there are none.

        Labels below the share `least` of the best of their step are left out.
        """
        follows = self._unit.follows
        best = [_Path(1.0, None, None, None)]
        for choices in map(list, self._close_labels(steps, candidates, decided, least)):
            longer = [
                _Path(
                    path.score * choice[1],
                    choice,
                    path,
                    path.previous if choice[0] == NOTHING else choice[0],
                )
                for path in best
                for choice in choices
                if follows(path.previous, choice[0])
            ]
            longer.sort(key=lambda path: -path.score)
            best = longer[:count]
        return [path.choices() for path in best if path.previous is not None]

    def analyses(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        count: int,
        decided: Decided = UNDECIDED,
    ) -> list[tuple[tuple[Spelled, ...], list[Choice]]]:
        """The best analyses of a token, each with the labels that spell it, the first being
        the one that `choose` finds."""
        found: dict[str, tuple[tuple[Spelled, ...], list[Choice]]] = {}
        chosen = self.choose(steps, candidates, decided)
        likeliest = probability(chosen)
        others = (
            sequence
            for sequence in self.sequences(steps, candidates, BEAM + 4 * count, decided)
            if probability(sequence) <= likeliest  # a wider beam may find better ones
        )
        for sequence in (chosen, *others):
            spelled = self.spell(steps, [label for label, _ in sequence])
            found.setdefault("+".join(f"{m.form}/{m.tag}" for m in spelled), (spelled, sequence))
        return list(found.values())[:count]

    def spell(self, steps: Sequence[Step], labels: Sequence[str]) -> tuple[Spelled, ...]:
        """The morphemes of a token's closed labels."""
        return tuple(
            Spelled(*piece, steps[piece.first].start, steps[piece.last].end)
            for piece in self._unit.decode(steps, labels)
        )

    def _spells_something(self, labels: Sequence[str]) -> bool:
        previous = None
        for label in labels:
            if not self._unit.follows(previous, label):
                return False
            if label != NOTHING:
                previous = label
        return previous is not None


class _Path(NamedTuple):
    """A sequence of labels in the beam: its last choice, the path before it, and the last
    label that stands for something."""

    score: float
    choice: Choice | None
    before: _Path | None
    previous: str | None

    def choices(self) -> list[Choice]:
        chosen: list[Choice] = []
        path: _Path | None = self
        while path is not None and path.choice is not None:
            chosen.append(path.choice)
            path = path.before
        return chosen[::-1]


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
