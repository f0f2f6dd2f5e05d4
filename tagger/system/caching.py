"""Answers that are kept: of tokens that come again."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, TypeVar

Answer = TypeVar("Answer")

LONGEST_CACHED = 12
"""Steps of a token beyond which it is not remembered: it does not come again, and is large."""


def cache_repeated(
    size: int, known_by: Callable[..., Hashable] | None = None, longest: int | None = None
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Like `functools.lru_cache`, but an answer is kept only when it is asked for a second time.

    Of the different tokens of a text seven in ten come once. Kept, they would drive out those
    that come again, and hold memory around them that was needed for a moment. `known_by` gives
    what tells a first time from a second, where the whole question takes long to hash. A
    question whose first part is longer than `longest` is not remembered.
    """

    def decorate(function: Callable[..., Answer]) -> Callable[..., Answer]:
        kept = lru_cache(maxsize=size)(function)
        asked = array("q", [0]) * (8 * size)  # hashes, each in the place that it gives itself

        def ask(*key: Any) -> Answer:
            if longest is not None and len(key[0]) > longest:
                return function(*key)
            number = hash(known_by(*key) if known_by else key)
            place = number % len(asked)
            if asked[place] == number:
                return kept(*key)
            asked[place] = number
            return function(*key)

        return ask

    return decorate
