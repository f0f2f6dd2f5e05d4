"""Memory that was needed for a moment, and how it goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

GIVE_BACK_AFTER = 1 << 14
"""Characters of text after which memory that is free is given back."""

FORGET_AFTER = 16
"""Times that memory was given back after which objects that are free are forgotten too."""

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


class Trimmer:
    """Gives memory back after so much text. Commands and the server, which tag for long, tell
    the `trimmer` of their process what they tagged."""

    def __init__(self) -> None:
        self._characters = 0  # since memory was given back
        self._given_back = 0  # times

    def after(self, characters: int) -> None:
        """So much more text was tagged."""
        self._characters += characters
        if self._characters > GIVE_BACK_AFTER:
            self._characters = 0
            self._given_back += 1
            if self._given_back % FORGET_AFTER == 0:
                forget_free_objects()
            give_back()


trimmer = Trimmer()
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
