"""Which stretches of a token are nouns of a dictionary: how compounds may come apart.

An analyser says of a compound only what it chose, `왕세자/NNG` or `왕/NNG + 세자/NNG`. Each
syllable is told here what else there is: which nouns of two to five syllables begin with it
and which end with it (the lexicon features of Chinese word segmentation; Low, Ng & Guo 2005).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy

from tagger.vocabulary import CODE_POINT_BITS, Listed, code_points

LENGTHS = (2, 3, 4, 5)
COMMON, PROPER = 1, 2

_BASE = COMMON + PROPER + 1
_PLACES = {length: _BASE**place for place, length in enumerate(reversed(LENGTHS))}
DIGITS = Listed("".join(digits) for digits in product(map(str, range(_BASE)), repeat=len(LENGTHS)))
"""Of a syllable, a digit for each of LENGTHS: what kinds of noun of that length begin with it, or
end with it. 0 is none, COMMON and PROPER add up to both."""


class Nouns:
    """The kinds of the nouns of a dictionary, as a trie in sorted arrays: a node is reached by
    the number of the node before it, of the first level a code point, and a code point.

    >>> nouns = Nouns.of({"왕세자": COMMON, "세자": COMMON, "세종": PROPER})
    >>> begins, ends = nouns.places(code_points("왕세자"), numpy.array([3, 3, 3]))
    >>> DIGITS.symbols(begins), DIGITS.symbols(ends)
    (['0100', '1000', '0000'], ['0000', '0000', '1100'])
    """

    def __init__(self, levels: Sequence[tuple[numpy.ndarray, numpy.ndarray]]) -> None:
        """For each of LENGTHS the keys of the nodes, in order, and the kind of noun that ends at
        each, 0 for none."""
        self.levels = levels

    @classmethod
    def of(cls, kinds: Mapping[str, int]) -> Nouns:
        """The words are of LENGTHS characters; the kinds are COMMON, PROPER or their sum."""
        words = list(kinds)
        lengths = numpy.array([len(word) for word in words], dtype=numpy.int64)
        given = numpy.array(list(kinds.values()), dtype=numpy.int64)
        nodes = code_points("".join([word[:1] for word in words])).astype(numpy.int64)
        levels: list[tuple[numpy.ndarray, numpy.ndarray]] = []
        for length in LENGTHS:
            longer = lengths >= length
            words = [word for word in words if len(word) >= length]
            nodes, lengths, given = nodes[longer], lengths[longer], given[longer]
            points = code_points("".join([word[length - 1] for word in words]))
            keys, nodes = numpy.unique(nodes << CODE_POINT_BITS | points, return_inverse=True)
            found = numpy.zeros(len(keys), dtype=numpy.int64)
            found[nodes[lengths == length]] = given[lengths == length]
            levels.append((keys, found))
        return cls(levels)

    def places(
        self, codes: numpy.ndarray, ends: numpy.ndarray
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Which nouns begin and end with each character of tokens in a row, as codes of DIGITS.

        Shapes: `codes`, the code points, and `ends`, where the token of each ends, `[length]`;
        the two results as well.
        """
        begins, finishes = numpy.zeros((2, len(codes)), dtype=numpy.int64)
        starts = numpy.arange(len(codes))
        nodes = codes.astype(numpy.int64)
        for length, (keys, kinds) in zip(LENGTHS, self.levels):
            if not len(keys):
                break
            within = starts + length <= ends[starts]
            starts, nodes = starts[within], nodes[within]
            wanted = nodes << CODE_POINT_BITS | codes[starts + length - 1]
            nodes = numpy.minimum(numpy.searchsorted(keys, wanted), len(keys) - 1)
            there = keys[nodes] == wanted
            starts, nodes = starts[there], nodes[there]
            begins[starts] += kinds[nodes] * _PLACES[length]
            finishes[starts + length - 1] += kinds[nodes] * _PLACES[length]
        return begins, finishes


NO_NOUNS = Nouns.of({})
