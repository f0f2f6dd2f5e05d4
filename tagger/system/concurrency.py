"""Worker processes that outlive neither their work nor their parent, turns of threads, forks
that wait for native code, and work in threads whose results come in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from multiprocessing.connection import wait
from types import TracebackType
from typing import TypeVar


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


class NativeCode:
    """What runs in native code, which a fork of the process waits for.

    Kiwi, ONNX Runtime and BLAS hold locks inside. A lock that a thread holds while another one
    forks stays locked in the child for ever, for the thread is not there to release it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._wait_until_empty,
                after_in_parent=self._changed.release,
                after_in_child=self._changed.release,
            )

    def _wait_until_empty(self) -> None:
        """Keeps the lock: nobody comes in until the fork is done."""
        self._changed.acquire()
        while self._inside:
            self._changed.wait()

    def __enter__(self) -> None:
        with self._changed:
            self._inside += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._inside -= 1
            if not self._inside:
                self._changed.notify_all()


native_code = NativeCode()
Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Item], Result], items: Iterator[Item], threads: int
) -> Iterator[Result]:
    """The results in the order of the items, as many at work at once as there are threads.

    One item alone does not wait for a thread.
    """
    first = list(islice(items, 2 if threads > 1 else 1))
    if len(first) < 2:
        for item in chain(first, items):
            yield work(item)
        return
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[Result]] = deque()
        try:
            for item in chain(first, items):
                if len(pending) > threads:
                    yield pending.popleft().result()
                pending.append(pool.submit(work, item))
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
