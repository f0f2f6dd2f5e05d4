"""Which stretches of a token are nouns of a dictionary: how compounds may come apart.

An analyser says of a compound only what it chose, `왕세자/NNG` or `왕/NNG + 세자/NNG`. Each
syllable is told here what else there is: which nouns of two to five syllables begin with it
and which end with it (the lexicon features of Chinese word segmentation; Low, Ng & Guo 2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

from tagger.system.caching import LONGEST_CACHED, cache_repeated

LENGTHS = (2, 3, 4, 5)
COMMON, PROPER = 1, 2


class Places(NamedTuple):
    """Of each syllable of a token, a digit for each of LENGTHS: what kinds of noun of that
    length begin with it, and end with it. 0 is none, COMMON and PROPER add up to both."""

    begins: tuple[str, ...]
    ends: tuple[str, ...]


class Nouns:
    """The kinds of the nouns of a dictionary.

    >>> nouns = Nouns({"왕세자": COMMON, "세자": COMMON, "세종": PROPER})
    >>> nouns.within("왕세자")
    Places(begins=('0100', '1000', '0000'), ends=('0000', '0000', '1100'))
    """

    def __init__(self, kinds: Mapping[str, int]) -> None:
        self._kinds = kinds
        self._cached_places = cache_repeated(1 << 10, longest=LONGEST_CACHED)(self._within)

    def within(self, token: str) -> Places:
        """Where the nouns stand in a token."""
        return self._cached_places(token)

    def _within(self, token: str) -> Places:
        kind = self._kinds.get
        begins, ends = [0] * len(token), [0] * len(token)  # the digits as one number
        for start in range(len(token) - LENGTHS[0] + 1):
            for length in range(LENGTHS[0], min(LENGTHS[-1], len(token) - start) + 1):
                if found := kind(token[start : start + length]):
                    digit = found * _PLACES[length]
                    begins[start] += digit
                    ends[start + length - 1] += digit
        return Places(
            tuple([_DIGITS[number] for number in begins]),
            tuple([_DIGITS[number] for number in ends]),
        )


_BASE = COMMON + PROPER + 1
_PLACES = {length: _BASE**place for place, length in enumerate(reversed(LENGTHS))}
_DIGITS = ["".join(digits) for digits in product(map(str, range(_BASE)), repeat=len(LENGTHS))]
NO_NOUNS = Nouns({})
