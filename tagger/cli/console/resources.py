"""Memory, threads and processors: how many there are, and what is said when they run out."""

from __future__ import annotations

import argparse
import os
import re
import threading

from tagger.cli.console import messages
from tagger.errors import TaggerError


def available_threads() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# what Python, ONNX Runtime, PyTorch and the loader of shared libraries say
_NO_MEMORY = re.compile(
    "(out of|not enough|allocate) memory|bad.alloc|failed to map segment", re.IGNORECASE
)
_NO_THREADS = re.compile("can't start new thread|resource temporarily unavailable", re.IGNORECASE)


def shortage(error: Exception) -> TaggerError | None:
    """What the user is told of an error that says that memory or threads ran out; None of
    another error."""
    said = str(error)
    if isinstance(error, MemoryError) or _NO_MEMORY.search(said):
        return TaggerError(
            "memory ran out",
            remedy="give a smaller --batch-size, or fewer --threads or --workers",
        )
    if _NO_THREADS.search(said):
        return TaggerError(
            "no more threads or processes can be started",
            remedy="give fewer --threads or --workers, or raise the limit (ulimit -u)",
        )
    return None


def check_threads(count: int) -> None:
    """Raises RuntimeError, which `guarded` explains, unless so many more threads can be started:
    libraries in C++ would end the whole program."""
    done = threading.Event()
    started = [threading.Thread(target=done.wait, daemon=True) for _ in range(count)]
    try:
        for thread in started:
            thread.start()
    finally:
        done.set()


def cap_processors(args: argparse.Namespace, *names: str) -> None:
    """Lower these options to the number of processors, which more threads or processes would
    only wait for, and say so."""
    most = available_threads()
    for name in names:
        given = getattr(args, name) or 0
        if given > most:
            messages.warn(f"--{name} {given} is more than there are processors: {most} are used")
            setattr(args, name, most)
