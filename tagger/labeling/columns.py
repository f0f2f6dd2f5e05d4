"""What the network reads of each step, as arrays over the steps of many sentences in a row.

`syllable_columns` and `morpheme_columns` are the tables: a name and a function for each column.
The codes of a column become the indices of a model's vocabulary by `Symbols.indices_of`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from sys import intern

import numpy

from tagger.labeling import labels
from tagger.labeling.alignment import Placed
from tagger.labeling.labels import BETWEEN_SLOTS, NOTHING, structure_of
from tagger.labeling.step import (
    EDGE,
    INSIDE,
    JOINED,
    NO_HINT,
    SPACE,
    Step,
    hint_column,
    meaning_column,
)
from tagger.system.caching import LONGEST_CACHED, cache_repeated
from tagger.text.hangul import ComposedText
from tagger.tokenizer.base import Hints
from tagger.tokenizer.morpheme_codes import CENTROIDS, meanings
from tagger.tokenizer.noun_dictionary import DIGITS, Nouns
from tagger.vocabulary import Characters, Column, Listed, code_points, pair

Columns = dict[str, Column]
"""The symbols of all steps in a row, by input column."""

_CHARACTER, _BIGRAM = Characters(1), Characters(2)
_BOUNDARIES = Listed([SPACE, JOINED, INSIDE])


Aligned = tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]
"""Of each syllable the label that some morphemes give it, its structure, and the first of the
morphemes in it, -1 for none."""


class Analysis:
    """The morphemes of one view of the tokenizer in sentences in a row, with their places in the
    text of all: `starts`, `ends` and `numbers` `[morphemes]`, and of each token the `first` of
    those that begin in it and the one after the `last`, `[tokens]`."""

    def __init__(self, views: Sequence[Hints], layout: Layout) -> None:
        self.forms = [form for view in views for form in view.forms]
        self.tags = [tag for view in views for tag in view.tags]
        offsets = numpy.repeat(layout.offsets, [len(view) for view in views])
        self.starts = offsets + _row([start for view in views for start in view.starts])
        self.ends = offsets + _row([end for view in views for end in view.ends])
        self.numbers = _row([number for view in views for number in view.numbers])
        self.aligned: dict[int, Aligned] = {}  # of tokens that have been asked for
        reached = numpy.maximum.accumulate(self.starts)  # all come in order
        self.first = numpy.searchsorted(reached, layout.starts)
        self.last = numpy.searchsorted(reached, layout.ends)

    def within_tokens(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """The token of each morpheme that begins in one, and the morpheme, in order."""
        counts = self.last - self.first
        tokens = numpy.repeat(numpy.arange(len(counts)), counts)
        return tokens, _stretches(self.first, counts)


@dataclass(frozen=True)
class Layout:
    """Where tokens and the tokenizer's morphemes stand in the texts of sentences in a row.

    `places` are start and end of each token of a sentence in its composed text; `views` the
    analyses of each text.
    """

    composed: Sequence[ComposedText]
    places: Sequence[tuple[Sequence[int], Sequence[int]]]
    views: Sequence[Sequence[Hints]]

    @cached_property
    def text(self) -> str:
        """The texts of all sentences, with nothing between."""
        return "".join([composed.text for composed in self.composed])

    @cached_property
    def offsets(self) -> numpy.ndarray:
        """Where each sentence begins in the text, `[sentences]`."""
        return counts_before([len(composed.text) for composed in self.composed])[:-1]

    @cached_property
    def tokens(self) -> numpy.ndarray:
        """How many tokens are before each sentence, and in all: `[sentences + 1]`."""
        return counts_before([len(starts) for starts, _ in self.places])

    @cached_property
    def starts(self) -> numpy.ndarray:
        """Where each token begins in the text of all, `[tokens]`."""
        return self._in_text([start for starts, _ in self.places for start in starts])

    @cached_property
    def ends(self) -> numpy.ndarray:
        """Where each token ends in the text of all, `[tokens]`."""
        return self._in_text([end for _, ends in self.places for end in ends])

    @cached_property
    def begins(self) -> numpy.ndarray:
        """Where the sentence of each token begins in the text of all, `[tokens]`."""
        return numpy.repeat(self.offsets, numpy.diff(self.tokens))

    def _in_text(self, places: list[int]) -> numpy.ndarray:
        placed: numpy.ndarray = self.begins + _row(places)
        return placed

    @cached_property
    def analyses(self) -> list[Analysis]:
        """The morphemes of each view."""
        return [Analysis(views, self) for views in zip(*self.views)]

    @cached_property
    def apart(self) -> numpy.ndarray:
        """Whether white space or nothing is before each token, `[tokens]`."""
        apart = numpy.ones(len(self.starts), dtype=bool)
        apart[1:] = self.starts[1:] > self.ends[:-1]
        first = self.tokens[:-1]
        apart[first[first < len(apart)]] = True
        apart |= self.starts == self.begins
        return apart

    def token(self, number: int) -> str:
        """The composed text of a token."""
        return self.text[self.starts[number] : self.ends[number]]

    @cached_property
    def written(self) -> str:
        """The texts of all tokens, with nothing between."""
        return "".join(map(self.token, range(len(self.starts))))

    def placed(self, view: int, token: int) -> tuple[Placed, ...]:
        """The morphemes of a token in one view, with their places in it."""
        analysis, start = self.analyses[view], self.starts[token]
        among = slice(int(analysis.first[token]), int(analysis.last[token]))
        return tuple(
            [
                Placed(form, tag, begin, end)
                for form, tag, begin, end in zip(
                    analysis.forms[among],
                    analysis.tags[among],
                    (analysis.starts[among] - start).tolist(),
                    (analysis.ends[among] - start).tolist(),
                )
            ]
        )

    def aligned(self, view: int, token: int) -> Aligned:
        """What the morphemes of a token in one view say of its syllables."""
        known = self.analyses[view].aligned
        if token not in known:
            surface, placed = self.token(token), self.placed(view, token)
            known[token] = _cached_aligned(surface, placed) if placed else _unknown(surface)
        return known[token]


def boundaries(layout: Layout, counts: numpy.ndarray) -> Column:
    """What is before each step, by the number of steps of each token."""
    first = counts_before(counts)
    codes = numpy.full(first[-1], 2, dtype=numpy.int32)
    codes[first[:-1][counts > 0]] = numpy.where(layout.apart, 0, 1)[counts > 0]
    return Column(codes, _BOUNDARIES)


class _Syllables:
    """The characters of all tokens in a row, each one step.

    `points` their code points, `places` their places in the text, `ends` where the token of
    each ends in the row, `apart` whether white space is before each, and after the last:
    `[steps]`, the last `[steps + 1]`; `first` the first step of each token and the one after
    the last, `[tokens + 1]`.
    """

    def __init__(self, layout: Layout, boundary: Column) -> None:
        counts = layout.ends - layout.starts
        self.first = counts_before(counts)
        shift = layout.starts - self.first[:-1]
        self.places = numpy.repeat(shift, counts) + numpy.arange(self.first[-1])
        self.points = code_points(layout.text)[self.places]
        self.ends = numpy.repeat(self.first[1:], counts)
        self.apart = numpy.append(boundary.codes == 0, True)


def syllable_columns(layout: Layout, nouns: Nouns) -> Columns:
    """The columns of steps that are the characters of the tokens."""
    boundary = boundaries(layout, layout.ends - layout.starts)
    syllables = _Syllables(layout, boundary)
    begins, ends = nouns.places(syllables.points, syllables.ends)
    hints, meaning = _hints(layout, syllables)
    return {
        "syllable": Column(syllables.points, _CHARACTER),
        "left_bigram": _left_bigrams(syllables),
        "right_bigram": _right_bigrams(syllables),
        "noun_begins": Column(begins, DIGITS),
        "noun_ends": Column(ends, DIGITS),
        **{hint_column(view): hint for view, hint in enumerate(hints)},
        **_meanings(meaning),
        "boundary": boundary,
    }


def _left_bigrams(syllables: _Syllables) -> Column:
    """Each syllable with the one before, EDGE where white space is between."""
    before = numpy.roll(syllables.points, 1)
    before[syllables.apart[:-1]] = ord(EDGE)
    return Column(pair(before, syllables.points), _BIGRAM)


def _right_bigrams(syllables: _Syllables) -> Column:
    """Each syllable with the one after, EDGE where white space is between."""
    after = numpy.roll(syllables.points, -1)
    after[syllables.apart[1:]] = ord(EDGE)
    return Column(pair(syllables.points, after), _BIGRAM)


def _meanings(numbers: numpy.ndarray) -> Columns:
    """What Kiwi knows of the morphemes of these numbers, a column for each part."""
    parts = enumerate(meanings(numbers))
    return {meaning_column(part): Column(codes, CENTROIDS) for part, codes in parts}


def _hints(layout: Layout, syllables: _Syllables) -> tuple[list[Column], numpy.ndarray]:
    """A hint for each view, and the number of the first morpheme of each syllable in the first
    view, `[steps]`, 0 for none."""
    hints = []
    numbers = numpy.zeros(len(syllables.points), dtype=numpy.int64)
    for view, analysis in enumerate(layout.analyses):
        hint, morphemes = _hints_of(view, layout, syllables)
        hints.append(hint)
        if not view and len(analysis.numbers):
            numbers = numpy.where(morphemes < 0, 0, analysis.numbers[morphemes])
    return hints, numbers


def _hints_of(view: int, layout: Layout, syllables: _Syllables) -> tuple[Column, numpy.ndarray]:
    """The structure of the label that the morphemes of a view would give each syllable, and the
    first of them in it, -1 for none, `[steps]`."""
    analysis = layout.analyses[view]
    names = {NO_HINT: 0, NOTHING: 1}
    found = analysis.last > analysis.first
    codes = numpy.repeat(found.astype(numpy.int32), numpy.diff(syllables.first))
    carried = numpy.full(len(codes), -1)
    tokens, morphemes = analysis.within_tokens()
    as_written = numpy.ones(len(found), dtype=bool)
    as_written[tokens[~_are_as_written(analysis, layout, tokens, morphemes)]] = False
    plain = as_written[tokens]
    tokens, morphemes = tokens[plain], morphemes[plain]
    begins = syllables.first[tokens] + analysis.starts[morphemes] - layout.starts[tokens]
    lengths = analysis.ends[morphemes] - analysis.starts[morphemes]
    places = _stretches(begins, lengths)
    tags = {tag: len(names) + 2 * place for place, tag in enumerate(dict.fromkeys(analysis.tags))}
    for tag in tags:
        names[f"B-{tag}"] = len(names)
        names[f"I-{tag}"] = len(names)
    of_tags = _row([tags[tag] for tag in analysis.tags])[morphemes]
    codes[places] = numpy.repeat(of_tags, lengths) + 1
    codes[begins] = of_tags
    carried[places] = numpy.repeat(morphemes, lengths)
    for token in numpy.flatnonzero(~as_written).tolist():
        _, structures, carried_first = layout.aligned(view, token)
        for step, (name, place) in enumerate(
            zip(structures, carried_first), int(syllables.first[token])
        ):
            codes[step] = names.setdefault(name, len(names))
            if place >= 0:
                carried[step] = analysis.first[token] + place
    return Column(codes, Listed(names)), carried


def _are_as_written(
    analysis: Analysis, layout: Layout, tokens: numpy.ndarray, morphemes: numpy.ndarray
) -> numpy.ndarray:
    """Whether each of the morphemes of these tokens is written as it stands in the text, after
    the one before: `[morphemes of tokens]`."""
    lengths = _row([len(form) for form in analysis.forms])
    text = code_points(layout.text)
    places = numpy.minimum(_stretches(analysis.starts, lengths), len(text) - 1)
    differs = counts_before(text[places] != code_points("".join(analysis.forms)))
    ends = numpy.cumsum(lengths)
    same = (differs[ends] == differs[ends - lengths]) & (lengths > 0)
    same &= analysis.ends - analysis.starts == lengths
    after = numpy.concatenate([[True], analysis.starts[1:] >= analysis.ends[:-1]])[morphemes]
    after |= morphemes == analysis.first[tokens]
    within = (analysis.starts[morphemes] >= layout.starts[tokens]) & (
        analysis.ends[morphemes] <= layout.ends[tokens]
    )
    as_written: numpy.ndarray = same[morphemes] & after & within
    return as_written


def _aligned(token: str, analysis: tuple[Placed, ...]) -> Aligned:
    given = tuple(map(intern, labels.encode_placed(token, analysis)))
    structures = tuple(map(intern, map(structure_of, given)))
    return given, given if structures == given else structures, tuple(_carried(structures))


_cached_aligned = cache_repeated(1 << 11, longest=LONGEST_CACHED)(_aligned)


def _unknown(token: str) -> Aligned:
    """What is said of a token in which no morpheme begins."""
    return ("",) * len(token), (NO_HINT,) * len(token), (-1,) * len(token)


def _carried(structures: Sequence[str]) -> Iterator[int]:
    morpheme = -1
    for structure in structures:
        if structure == NOTHING:
            yield -1
            continue
        first, *others = structure.split(BETWEEN_SLOTS)
        morpheme += first[0] == "B"
        yield morpheme
        morpheme += sum(slot[0] == "B" for slot in others)


def morpheme_columns(layout: Layout, steps: Sequence[Sequence[Step]]) -> Columns:
    """The columns of steps that are the tokenizer's morphemes, or tokens left whole."""
    counts = _row([len(of_token) for of_token in steps])
    given = list(chain.from_iterable(steps))
    forms = [step.form for step in given]
    begins = numpy.zeros(len(forms) + 1, dtype=bool)  # whether a sentence begins with each step
    begins[counts_before(counts)[layout.tokens]] = True
    numbers = numpy.zeros(len(given), dtype=numpy.int64)
    if layout.analyses:
        first = layout.analyses[0]
        _, morphemes = first.within_tokens()
        numbers[numpy.repeat(first.last > first.first, counts)] = first.numbers[morphemes]
    return {
        "form": Column.of(forms),
        "previous_form": Column.of(
            [EDGE if at else form for form, at in zip([EDGE, *forms], begins[:-1])]
        ),
        "next_form": Column.of(
            [EDGE if at else form for form, at in zip([*forms[1:], EDGE], begins[1:])]
        ),
        "first_syllable": Column.of(form[:1] for form in forms),
        "first_syllables": Column.of(form[:2] for form in forms),
        "last_syllable": Column.of(form[-1:] for form in forms),
        "last_syllables": Column.of(form[-2:] for form in forms),
        hint_column(0): Column.of(step.hints[0] for step in given),
        **_meanings(numbers),
        "boundary": boundaries(layout, counts),
    }


def _row(numbers: Sequence[int]) -> numpy.ndarray:
    return numpy.array(numbers, dtype=numpy.int64)


def counts_before(counts: Sequence[int] | numpy.ndarray) -> numpy.ndarray:
    """How many are before each, and in all.

    >>> counts_before([3, 2])
    array([0, 3, 5])
    """
    return numpy.concatenate([[0], numpy.cumsum(counts, dtype=numpy.int64)])


def _stretches(starts: numpy.ndarray, lengths: numpy.ndarray) -> numpy.ndarray:
    """The places of stretches, one after another.

    >>> _stretches(numpy.array([5, 1]), numpy.array([2, 3]))
    array([5, 6, 1, 2, 3])
    """
    before = counts_before(lengths)
    places: numpy.ndarray = numpy.repeat(starts - before[:-1], lengths)
    return places + numpy.arange(before[-1])
