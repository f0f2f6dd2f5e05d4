"""What one step of the sequence is: a syllable, or a morpheme of the tokenizer.

Nothing outside this module knows which one it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from sys import intern
from typing import Protocol

from tagger.labeling import labels
from tagger.labeling.alignment import Placed, Slot, common_subsequence
from tagger.labeling.labels import BETWEEN_SLOTS, NOTHING, structure_of
from tagger.labeling.restoration import without_mark
from tagger.labeling.step import (
    EDGE,
    NO_HINT,
    SPACE,
    Columns,
    Step,
    Views,
    hint_columns,
    spelling,
)
from tagger.system.caching import LONGEST_CACHED, cache_repeated
from tagger.tokenizer.morpheme_codes import NO_MEANING, meaning
from tagger.tokenizer.noun_dictionary import Nouns


class Unit(Protocol):
    """What one step of the sequence is, which symbols describe it, and what its label says."""

    name: str

    def steps(self, surface: str, start: int, views: Views) -> tuple[Step, ...]:
        """The steps of a token, at least one; `views` are the tokenizer's morphemes that
        begin in it, `start` its place in the text."""
        ...

    def columns(
        self,
        tokens: Sequence[Sequence[Step]],
        boundaries: Sequence[str],
        views: int,
        nouns: Nouns,
    ) -> Columns:
        """The symbols of each step of a sentence by input column."""
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

    def steps(self, surface: str, start: int, views: Views) -> tuple[Step, ...]:
        analyses = tuple(
            [
                tuple(
                    [
                        Placed(hint.form, hint.tag, hint.start - start, hint.end - start)
                        for hint in view
                    ]
                )
                for view in views
            ]
        )
        numbers = tuple([hint.number for hint in views[0]])
        return _cached_steps(surface, analyses, numbers)

    def columns(
        self,
        tokens: Sequence[Sequence[Step]],
        boundaries: Sequence[str],
        views: int,
        nouns: Nouns,
    ) -> Columns:
        steps = list(chain.from_iterable(tokens))
        forms = [step.form for step in steps]
        places = [nouns.within(spelling(token)) for token in tokens]
        apart = [boundary == SPACE for boundary in boundaries] + [True]
        return {
            "syllable": forms,
            "left_bigram": [
                (EDGE if space else left) + form
                for left, form, space in zip([EDGE, *forms], forms, apart)
            ],
            "right_bigram": [
                form + (EDGE if space else right)
                for form, right, space in zip(forms, [*forms[1:], EDGE], apart[1:])
            ],
            "noun_begins": list(chain.from_iterable([place.begins for place in places])),
            "noun_ends": list(chain.from_iterable([place.ends for place in places])),
            **hint_columns(steps, views),
        }

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

    def steps(self, surface: str, start: int, views: Views) -> tuple[Step, ...]:
        length = len(surface)
        steps = tuple(
            Step(
                hint.start - start,
                min(max(hint.end, hint.start + 1) - start, length),
                hint.form,
                (hint.tag,),
                meaning=meaning(hint.number),
            )
            for hint in views[0]
        )
        return steps or (Step(0, length, surface, (NO_HINT,)),)

    def columns(
        self,
        tokens: Sequence[Sequence[Step]],
        boundaries: Sequence[str],
        views: int,
        nouns: Nouns,
    ) -> Columns:
        steps = list(chain.from_iterable(tokens))
        forms = [step.form for step in steps]
        return {
            "form": forms,
            "previous_form": [EDGE, *forms][:-1],
            "next_form": [*forms, EDGE][1:],
            "first_syllable": [form[:1] for form in forms],
            "first_syllables": [form[:2] for form in forms],
            "last_syllable": [form[-1:] for form in forms],
            "last_syllables": [form[-2:] for form in forms],
            **hint_columns(steps, 1),
        }

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

    def tags(self, label: str) -> list[str]:
        return label.split("+")

    def is_label(self, text: str) -> bool:
        return all(self.tags(text))


def _syllables(
    surface: str, analyses: tuple[tuple[Placed, ...], ...], numbers: tuple[int, ...]
) -> tuple[Step, ...]:
    """The steps of a token whose tokenizer's analyses are these, one for each view; `numbers`
    are those of the morphemes of the first."""
    by_view = [
        labels.encode_placed(surface, analysis) if analysis else [""] * len(surface)
        for analysis in analyses
    ]
    return tuple(
        [
            Step(
                place,
                place + 1,
                intern(form),
                *_described(given),
                known,
            )
            for place, (form, given, known) in enumerate(
                zip(surface, zip(*by_view), _meanings(by_view[0], numbers), strict=True)
            )
        ]
    )


@lru_cache(maxsize=1 << 11)
def _described(given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hints of a step with these labels, one of each view, and the labels: equal ones are
    one object, for thousands of steps are remembered."""
    hints = tuple([structure_of(label) or NO_HINT for label in given])
    return (given if hints == given else hints), given


_cached_steps = cache_repeated(1 << 10, longest=LONGEST_CACHED)(_syllables)


def _meanings(view: Sequence[str], numbers: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """What is known of the first morpheme in each syllable, by the labels that the morphemes
    of these numbers give them."""
    morpheme = -1
    for label in view:
        if not label or label == NOTHING:
            yield NO_MEANING
            continue
        morpheme += label[0] == "B"
        yield meaning(numbers[morpheme])
        if BETWEEN_SLOTS in label:
            _, *others = structure_of(label).split(BETWEEN_SLOTS)
            morpheme += sum(slot[0] == "B" for slot in others)


UNITS: dict[str, Unit] = {unit.name: unit for unit in (SyllableUnit(), MorphemeUnit())}
