"""Memory that was needed for a moment."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Return what has been freed to the operating system, where the C library (glibc) would
    keep it for later: loading a model needs a tenth more than it holds afterwards."""
    with suppress(OSError, AttributeError, TypeError):  # another C library, or none to be had
        ctypes.CDLL(None).malloc_trim(0)
