"""Worker processes that outlive neither their work nor their parent, and turns of threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from types import TracebackType


def serve_parent() -> None:
    """Make this process a worker: it leaves Ctrl-C to its parent and ends when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class Turns:
    """At most so many threads of a process are inside at once; the others wait.

    >>> with Turns(1):
    ...     "alone"
    'alone'
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._by_process: dict[int, threading.Semaphore] = {}

    def _turns(self) -> threading.Semaphore:
        """Those of this process: who was inside when it was forked is not in it."""
        return self._by_process.setdefault(os.getpid(), threading.Semaphore(self._count))

    def __enter__(self) -> None:
        self._turns().acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._turns().release()
