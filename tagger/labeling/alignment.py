"""Which morpheme syllables each surface syllable stands for: the cheapest monotone alignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import nsmallest
from itertools import islice
from typing import NamedTuple

from tagger.text.hangul import CODAS, is_syllable, split_syllable

LONGEST_WORD = 64
LONGEST_ALIGNED = 1000
_UNLIMITED = float("inf")
_FIRST_LIMIT = 1.25  # a little more than 했 as 하 + 았 costs
_MARGIN = 8.0  # five dropped syllables, twenty contractions
_MOST_BEGINNINGS = 32  # of alignments of text without spaces, 21 were within the margin
MOST_SLOTS = 8  # of one syllable; no corpus or analyser that we know has more than 7


class Slot(NamedTuple):
    """One syllable of a morpheme."""

    character: str
    tag: str
    begins: bool


class Placed(NamedTuple):
    """A morpheme of an analyser, and the place in the surface that it was found in."""

    form: str
    tag: str
    start: int
    end: int


Stretch = tuple[int, int, list[tuple[str, str]]]
"""The first syllable of some morphemes, the one after the last, and the morphemes."""


def stretches(surface: str, analysis: Sequence[Placed]) -> Iterator[Stretch]:
    """The morphemes, cut where those before and after the cut are as written: elsewhere a
    change may show in the neighbouring syllable (오르/VV 았/EP is 올랐, 누구/NP 가/JKS is 누가)."""
    last: Stretch | None = None
    last_as_written = False
    for start, end, morphemes in _sharing(analysis, len(surface)):
        as_written = "".join([form for form, _ in morphemes]) == surface[start:end]
        if last is None:
            last = start, end, morphemes
        elif as_written and last_as_written:
            yield last
            last = start, end, morphemes
        else:
            last = last[0], end, last[2] + morphemes
        last_as_written = as_written
    if last:
        yield last


def _sharing(analysis: Sequence[Placed], length: int) -> Iterator[Stretch]:
    """The morphemes, joined where they share syllables of a surface of that length."""
    start = end = 0
    morphemes: list[tuple[str, str]] = []
    for form, tag, begins, ends in analysis:
        if begins >= end and morphemes:
            yield start, end, morphemes
            morphemes = []
        if not morphemes:
            start = begins
        morphemes.append((form, tag))
        end = min(max(end, ends, begins + 1), length)
    if morphemes:
        yield start, end, morphemes


def align(surface: str, analysis: Sequence[tuple[str, str]]) -> list[list[Slot]]:
    """The morpheme syllables that each surface syllable stands for, at the least cost.

    The alignment is monotone and complete: every morpheme syllable has its place. The cost
    of a surface syllable depends on its jamo (see `_cost`). What is far longer than its
    surface is aligned one to one, as is what is longer than any word and has little to do
    with its surface, or is longer than `LONGEST_ALIGNED` syllables.
    """
    slots = [
        Slot(character, tag, index == 0)
        for form, tag in analysis
        for index, character in enumerate(form)
    ]
    characters = "".join(slot.character for slot in slots)
    taken = None
    if (
        characters != surface
        and len(surface) <= LONGEST_ALIGNED
        and len(characters) <= MOST_SLOTS * len(surface)
    ):
        taken = _taken(surface, characters)
    if taken is None:
        one_to_one = [slots[place : place + 1] for place in range(len(surface) - 1)]
        return [*one_to_one, slots[len(surface) - 1 :]]
    remaining = iter(slots)
    return [list(islice(remaining, count)) for count in taken]


def _taken(surface: str, characters: str) -> list[int] | None:
    """How many of the characters each syllable takes in the cheapest alignment.

    Of a word no alignment is tried that costs more than a limit, which doubles until there
    is one. Of what is longer, beginnings are given up that cost far more than the cheapest, or
    that many others are cheaper than, so the time is linear in the length; None if that leaves
    no alignment.
    """
    if max(len(surface), len(characters)) > LONGEST_WORD:
        return _taken_within(surface, characters, margin=_MARGIN, most=_MOST_BEGINNINGS)
    limit = _FIRST_LIMIT
    while (taken := _taken_within(surface, characters, limit=limit)) is None:
        limit *= 2
    return taken


def _taken_within(
    surface: str,
    characters: str,
    *,
    limit: float = _UNLIMITED,
    margin: float = _UNLIMITED,
    most: int | None = None,
) -> list[int] | None:
    """`_taken` among the alignments that cost at most the `limit` and have no beginning that
    costs more than the cheapest one and the `margin`, nor than `most` others; None if there is
    none."""
    width = len(characters)
    extras = [_least_extra(character) for character in characters]
    costs = {0: 0.0}  # of the syllables so far, by the number of characters that they take
    counts: list[dict[int, int]] = []  # of which so many are the last syllable's
    for syllable in surface:
        next_costs: dict[int, float] = {}
        next_counts: dict[int, int] = {}
        for before in sorted(costs):
            so_far = costs[before]
            for count in range(min(width - before, MOST_SLOTS) + 1):
                after = before + count
                known = next_costs.get(after, _UNLIMITED)
                if count > 1:
                    at_least = so_far + _besides_one(extras[before:after])
                    if at_least > limit:
                        break
                    if at_least >= known:
                        continue
                cost = so_far + _cost(syllable, characters[before:after])
                if cost <= limit and cost < known:
                    next_costs[after] = cost
                    next_counts[after] = count
        too_much = min(next_costs.values(), default=0.0) + margin
        costs = {after: cost for after, cost in next_costs.items() if cost <= too_much}
        if most and len(costs) > most:
            costs = {after: costs[after] for after in nsmallest(most, costs, key=costs.__getitem__)}
        counts.append(next_counts)
    if width not in costs:
        return None
    taken: list[int] = []
    for by_width in reversed(counts):
        taken.append(by_width[width])
        width -= taken[-1]
    return taken[::-1]


_UNRELATED = 2.0
_DROPPED = 1.5


@lru_cache(1 << 12)
def _cost(syllable: str, characters: str) -> float:
    """The cost of one surface syllable standing for these morpheme syllables.

    One of them is the syllable itself, perhaps changed; each other one must show in what
    the syllable has left over.
    """
    if not characters:
        return _DROPPED
    return min(
        _substitution(syllable, main)
        + sum(
            _contraction(syllable, main, other, index > position)
            for index, other in enumerate(characters)
            if index != position
        )
        for position, main in enumerate(characters)
    )


@lru_cache(1 << 11)
def _least_extra(character: str) -> float:
    """What `_contraction` costs at least for this character, whatever the syllable."""
    if character in CODAS:
        return 0.1
    return 0.3 if is_syllable(character) and split_syllable(character)[0] == "ㅇ" else _DROPPED


def _besides_one(extras: Sequence[float]) -> float:
    """The least cost of a syllable for these characters, one of which may be itself; a little
    less, for sums of fractions are not exact."""
    return sum(extras) - max(extras) - 1e-9


@lru_cache(1 << 12)
def _substitution(syllable: str, character: str) -> float:
    if syllable == character:
        return 0.0
    if not (is_syllable(syllable) and is_syllable(character)):
        return _UNRELATED
    onset, vowel, coda = split_syllable(syllable)
    other_onset, other_vowel, other_coda = split_syllable(character)
    cost = 0.9 * (onset != other_onset) + 0.6 * (vowel != other_vowel) + 0.3 * (coda != other_coda)
    return min(cost, _UNRELATED)


@lru_cache(1 << 12)
def _contraction(syllable: str, main: str, other: str, after: bool) -> float:
    """The cost of `other` having been contracted into the syllable of `main`."""
    if not after:  # 관례다: the copula 이 is dropped before the ending
        return 1.0 if other == "이" and syllable == main else _DROPPED
    if not (is_syllable(syllable) and is_syllable(main)):
        return _DROPPED
    _, vowel, coda = split_syllable(syllable)
    _, main_vowel, main_coda = split_syllable(main)
    if other in CODAS:  # 간: 가 + ㄴ
        return 0.1 if other == coda != main_coda else _DROPPED
    if not is_syllable(other):
        return _DROPPED
    onset, other_vowel, other_coda = split_syllable(other)
    if onset != "ㅇ":
        return _DROPPED
    if other_coda:  # 했: 하 + 았, 간: 가 + 안
        return 0.3 if other_coda == coda != main_coda else _DROPPED
    if vowel != main_vowel:  # 배워: 배우 + 어
        return 0.5
    return 0.7 if other_vowel in "ㅏㅓ" else _DROPPED  # 가: 가 + 아


def common_subsequence(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The index pairs of a longest common subsequence."""
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            lengths[i][j] = (
                lengths[i + 1][j + 1] + 1
                if left[i] == right[j]
                else max(lengths[i + 1][j], lengths[i][j + 1])
            )
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
