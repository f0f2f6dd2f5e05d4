"""What a child process may do: less than root, or on a disk that is almost full."""

from __future__ import annotations

import ctypes
import os
import resource

_DROP_BOUND, _MAY_ALL = 24, (1, 2)  # PR_CAPBSET_DROP; CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def as_anybody() -> None:
    """In a child: let permissions count for root too."""
    if os.geteuid() == 0:
        for capability in _MAY_ALL:
            ctypes.CDLL(None).prctl(_DROP_BOUND, capability, 0, 0, 0)


def no_room() -> None:
    """In a child: no file can grow beyond 4 KiB, as on a disk that is almost full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
