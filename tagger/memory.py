"""Memory that was needed for a moment."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Return what has been freed to the operating system, in a third of a millisecond. glibc
    would keep it for the thread that freed it: what loading a model needed, though others tag,
    as in a server, or what one long line needed."""
    with suppress(OSError, AttributeError, TypeError):  # another C library, or none to be had
        ctypes.CDLL(None).malloc_trim(0)
