"""Memory that was needed for a moment, and what is worth remembering."""

from __future__ import annotations

import ctypes
import gc
import os
from array import array
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, TypeVar

Answer = TypeVar("Answer")

LONGEST_REMEMBERED = 12
"""Steps of a token beyond which it is not remembered: it does not come again, and is large."""

_FRUGAL = {"MIMALLOC_PURGE_DELAY": "0", "MIMALLOC_ALLOW_LARGE_OS_PAGES": "0"}


def give_back() -> None:
    """Return what has been freed to the operating system, in a third of a millisecond. glibc
    would keep it for the thread that freed it: what loading a model needed, though others tag,
    as in a server, or what one long line needed."""
    _tell_glibc("malloc_trim", 0)


def forget_free_objects() -> None:
    """Free what Python keeps for objects to come, up to 2,000 tuples of each length, 5 MB: a full
    garbage collection does so. Only where what was loaded is frozen (`gc.freeze`, as `tag.py` has
    it, then 10 ms), for else that would take long."""
    if gc.get_freeze_count():
        gc.collect()


_M_ARENA_MAX = -8  # of malloc.h


def one_heap() -> None:
    """Let all threads of this process share one heap, if none has another yet. glibc gives each
    thread its own, and what was freed in one is of no use to the others."""
    _tell_glibc("mallopt", _M_ARENA_MAX, 1)


def _tell_glibc(function: str, *arguments: int) -> None:
    with suppress(OSError, AttributeError, TypeError):  # another C library, or none to be had
        getattr(_c_library(), function)(*arguments)


@lru_cache(maxsize=1)
def _c_library() -> ctypes.CDLL:
    """The C library of this process. Each opening makes classes of its own, which lie in circles
    until the next full garbage collection."""
    return ctypes.CDLL(None)


@contextmanager
def frugal_allocator() -> Iterator[None]:
    """Libraries that are loaded inside, and allocate with mimalloc as Kiwi does, return what
    they free to the operating system at once, and do not ask it for huge pages. Else what a rare
    line needed stays until their next work, and the system fills pages up in steps for half an
    hour: 7 and 16 MiB. What the environment says goes first; it is as before afterwards."""
    before = dict(os.environ)
    os.environ.update({name: told for name, told in _FRUGAL.items() if name not in before})
    try:
        yield
    finally:
        for name in _FRUGAL.keys() - before.keys():
            del os.environ[name]


def remembered(
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
