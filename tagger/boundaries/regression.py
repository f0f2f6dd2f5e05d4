"""A logistic regression over symbols, whose weights are a small file.

Symbols share weights by their hash ("the hashing trick", Weinberger et al. 2009), so that no
vocabulary needs to be kept. `recipes/boundaries.py` trains it with the same hashes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy

SCALE = 1 / 20
"""What one step of a stored weight, of 8 bits, adds to the log odds."""


def place_of(symbol: str, size: int) -> int:
    """The number of a symbol's weight among so many; 0 is the bias.

    >>> 0 < place_of("다/EF", 8) < 8
    True
    """
    return crc32(symbol.encode(errors="replace")) % (size - 1) + 1


class Regression:
    """Weights `[size]`, the first of them the bias."""

    def __init__(self, weights: numpy.ndarray) -> None:
        self._weights: list[int] = weights.tolist()

    def log_odds(self, symbols: Iterable[str]) -> float:
        """The logarithm of the odds that it is so."""
        weights, size = self._weights, len(self._weights)
        return (weights[0] + sum(weights[place_of(symbol, size)] for symbol in symbols)) * SCALE


@cache
def load(name: str) -> Regression:
    """The regression of that name that is in the package."""
    with numpy.load(Path(__file__).with_name(f"{name}.npz"), allow_pickle=False) as arrays:
        return Regression(arrays["weights"])
