"""What one step of the sequence is: a syllable, or a morpheme of the tokenizer.

Nothing outside this module knows which one it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from sys import intern
from typing import Protocol

import numpy

from tagger.labeling import labels
from tagger.labeling.alignment import Slot, common_subsequence
from tagger.labeling.columns import Columns, Layout, morpheme_columns, syllable_columns
from tagger.labeling.labels import BETWEEN_SLOTS, NOTHING, RESTORED, structure_of
from tagger.labeling.restoration import without_mark
from tagger.labeling.step import NO_HINT, Step, spelling
from tagger.system.caching import LONGEST_CACHED, cache_repeated
from tagger.tokenizer.noun_dictionary import Nouns


class Unit(Protocol):
    """What one step of the sequence is, which symbols describe it, and what its label says."""

    name: str

    def steps(self, layout: Layout, token: int) -> tuple[Step, ...]:
        """The steps of a token of some sentences, at least one."""
        ...

    def columns(self, layout: Layout, nouns: Nouns) -> tuple[numpy.ndarray, Columns]:
        """How many steps each token has, `[tokens]`, and the symbols of all steps of sentences
        in a row by input column."""
        ...

    def encode(
        self, steps: Sequence[Step], analysis: Sequence[tuple[str, str]]
    ) -> list[str | None]:
        """The gold labels of a token's steps, None where there is none."""
        ...

    def decode(self, steps: Sequence[Step], labels: Sequence[str]) -> list[labels.Piece]:
        """The morphemes that a token's labels spell; `first` and `last` are steps."""
        ...

    def follows(self, previous: str | None, label: str) -> bool:
        """Whether a label can come after the last one that stood for something."""
        ...

    def spelled(self, step: Step, label: str) -> list[Slot]:
        """What the closed label of a step spells, if that may be wrong."""
        ...

    def decided(
        self, steps: Sequence[Step], start: int, end: int, analysis: Sequence[tuple[str, str]]
    ) -> dict[int, str]:
        """The labels, by step, that say that these characters of a token have this analysis;
        none if the steps cannot say so."""
        ...

    def as_written(self, label: str) -> tuple[bool, str] | None:
        """Whether a morpheme begins with a step of this label, and its tag, if the label stands
        for a character as it is written; None if it does not."""
        ...

    def tags(self, label: str) -> list[str]:
        """The tags that a label names."""
        ...

    def is_label(self, text: str) -> bool:
        """Whether the text can be a label of a model."""
        ...


class SyllableUnit:
    """Each character is a step; its hint is the structure of the label that the tokenizer's
    morphemes would give it."""

    name = "syllable"

    def steps(self, layout: Layout, token: int) -> tuple[Step, ...]:
        given = tuple([layout.aligned(view, token)[0] for view in range(len(layout.analyses))])
        return _cached_steps(layout.token(token), given)

    def columns(self, layout: Layout, nouns: Nouns) -> tuple[numpy.ndarray, Columns]:
        return layout.ends - layout.starts, syllable_columns(layout, nouns)

    def encode(
        self, steps: Sequence[Step], analysis: Sequence[tuple[str, str]]
    ) -> list[str | None]:
        return list(labels.encode(spelling(steps), analysis))

    def decode(self, steps: Sequence[Step], chosen: Sequence[str]) -> list[labels.Piece]:
        return labels.decode(spelling(steps), chosen)

    def follows(self, previous: str | None, label: str) -> bool:
        return labels.follows(previous, label)

    def spelled(self, step: Step, label: str) -> list[Slot]:
        return labels.spelled(step.form, label)

    def decided(
        self, steps: Sequence[Step], start: int, end: int, analysis: Sequence[tuple[str, str]]
    ) -> dict[int, str]:
        surface = spelling(steps[start:end])
        return dict(enumerate(labels.encode(surface, analysis), start))

    def as_written(self, label: str) -> tuple[bool, str] | None:
        if label == NOTHING or BETWEEN_SLOTS in label or RESTORED in label:
            return None
        return label[0] == "B", label[2:]

    def tags(self, label: str) -> list[str]:
        return labels.tags(label)

    def is_label(self, text: str) -> bool:
        return labels.is_label(without_mark(text))


class MorphemeUnit:
    """Each morpheme of the tokenizer is a step with one tag: the textbook tagger.

    A token that the tokenizer leaves whole is one step, and its label all its tags, as in
    systems that label whole eojeols. Where the tokenizer's morphemes are not the gold ones,
    only those that agree have a gold label. Further views of the tokenizer are not used.
    """

    name = "morpheme"

    def steps(self, layout: Layout, token: int) -> tuple[Step, ...]:
        surface = layout.token(token)
        length = len(surface)
        steps = tuple(
            Step(start, min(max(end, start + 1), length), form, (tag,))
            for form, tag, start, end in layout.placed(0, token)
        )
        return steps or (Step(0, length, surface, (NO_HINT,)),)

    def columns(self, layout: Layout, nouns: Nouns) -> tuple[numpy.ndarray, Columns]:
        steps = [self.steps(layout, token) for token in range(len(layout.starts))]
        return numpy.array([*map(len, steps)], numpy.int64), morpheme_columns(layout, steps)

    def encode(
        self, steps: Sequence[Step], analysis: Sequence[tuple[str, str]]
    ) -> list[str | None]:
        if len(steps) == 1 and steps[0].hints == (NO_HINT,):
            return ["+".join(tag for _, tag in analysis)]
        targets: list[str | None] = [None] * len(steps)
        for step, morpheme in common_subsequence(
            [step.form for step in steps], [form for form, _ in analysis]
        ):
            targets[step] = analysis[morpheme][1]
        return targets

    def decode(self, steps: Sequence[Step], chosen: Sequence[str]) -> list[labels.Piece]:
        return [
            labels.Piece(step.form, label, index, index)
            for index, (step, label) in enumerate(zip(steps, chosen, strict=True))
        ]

    def follows(self, previous: str | None, label: str) -> bool:
        return True

    def spelled(self, step: Step, label: str) -> list[Slot]:
        return []

    def decided(
        self, steps: Sequence[Step], start: int, end: int, analysis: Sequence[tuple[str, str]]
    ) -> dict[int, str]:
        within = [i for i, step in enumerate(steps) if start <= step.start and step.end <= end]
        if [steps[index].form for index in within] != [form for form, _ in analysis]:
            return {}
        return {index: tag for index, (_, tag) in zip(within, analysis, strict=True)}

    def as_written(self, label: str) -> tuple[bool, str] | None:
        return None

    def tags(self, label: str) -> list[str]:
        return label.split("+")

    def is_label(self, text: str) -> bool:
        return all(self.tags(text))


def _syllables(surface: str, by_view: tuple[tuple[str, ...], ...]) -> tuple[Step, ...]:
    """The steps of a token to which the tokenizer's analyses give these labels."""
    return tuple(
        [
            Step(place, place + 1, intern(form), *_described(given))
            for place, (form, given) in enumerate(zip(surface, zip(*by_view), strict=True))
        ]
    )


@lru_cache(maxsize=1 << 11)
def _described(given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hints of a step with these labels, one of each view, and the labels: equal ones are
    one object, for thousands of steps are remembered."""
    hints = tuple([structure_of(label) or NO_HINT for label in given])
    return (given if hints == given else hints), given


_cached_steps = cache_repeated(1 << 10, longest=LONGEST_CACHED)(_syllables)


UNITS: dict[str, Unit] = {unit.name: unit for unit in (SyllableUnit(), MorphemeUnit())}
