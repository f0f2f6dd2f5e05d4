"""Memory that was needed for a moment."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PURGE_DELAY = "MIMALLOC_PURGE_DELAY"


def give_back() -> None:
    """Return what has been freed to the operating system, in a third of a millisecond. glibc
    would keep it for the thread that freed it: what loading a model needed, though others tag,
    as in a server, or what one long line needed."""
    with suppress(OSError, AttributeError, TypeError):  # another C library, or none to be had
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def giving_back_at_once() -> Iterator[None]:
    """Libraries that are loaded inside, and allocate with mimalloc as Kiwi does, return what
    they free to the operating system at once. Else they wait for their next work, and what a
    rare line needed stays: 7 MiB after 40,000 odd lines. What the environment says goes first;
    it is as before afterwards."""
    if _PURGE_DELAY in os.environ:
        yield
        return
    os.environ[_PURGE_DELAY] = "0"  # milliseconds; read when the library is loaded
    try:
        yield
    finally:
        del os.environ[_PURGE_DELAY]
