"""Memory that was needed for a moment."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_FRUGAL = {"MIMALLOC_PURGE_DELAY": "0", "MIMALLOC_ALLOW_LARGE_OS_PAGES": "0"}


def give_back() -> None:
    """Return what has been freed to the operating system, in a third of a millisecond. glibc
    would keep it for the thread that freed it: what loading a model needed, though others tag,
    as in a server, or what one long line needed."""
    with suppress(OSError, AttributeError, TypeError):  # another C library, or none to be had
        ctypes.CDLL(None).malloc_trim(0)


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
