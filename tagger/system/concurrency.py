"""Worker processes that outlive neither their work nor their parent, turns of threads, forks
that wait for native code, and work in threads whose results come in order."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from typing import TypeVar
from weakref import WeakSet

from tagger.errors import TaggerError


def serve_parent() -> None:
    """Make this process a worker: it leaves Ctrl-C to its parent and ends when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class Turns:
    """At most so many threads of a process are inside at once; the others wait.

    >>> with Turns(1).one():
    ...     "alone"
    'alone'
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._by_process: dict[int, list[threading.Lock]] = {}
        self._waiting = itertools.count()

    def one(self) -> threading.Lock:
        """What to be inside of. A lock of Python's own, for with others Ctrl-C may come between
        taking one and being inside, and nobody would give it back."""
        locks = self._by_process.get(os.getpid())
        if locks is None:  # who was inside when the process was forked is not in it
            mine = [threading.Lock() for _ in range(self._count)]
            locks = self._by_process.setdefault(os.getpid(), mine)
        free = (lock for lock in locks if not lock.locked())
        return next(free, locks[next(self._waiting) % len(locks)])


class NativeCode:
    """What runs in native code, which a fork of the process waits for.

    Kiwi, ONNX Runtime and BLAS hold locks inside. A lock that a thread holds while another one
    forks stays locked in the child for ever, for the thread is not there to release it.
    """

    def __init__(self) -> None:
        self._own = threading.local()
        self._all: WeakSet[threading.RLock] = WeakSet()  # one for each thread that was ever inside
        self._adding = threading.RLock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._keep_out, after_in_parent=self._let_in, after_in_child=self._let_in
            )

    def here(self) -> threading.RLock:
        """What this thread has to be inside of: a lock of its own, of Python's own kind as those
        of `Turns`."""
        lock: threading.RLock | None = getattr(self._own, "lock", None)
        if lock is None:
            lock = threading.RLock()
            with self._adding:
                self._all.add(lock)
            self._own.lock = lock
        return lock

    def _others(self) -> list[threading.RLock]:
        """A thread does not wait for itself: a signal's handler may fork it inside."""
        own = getattr(self._own, "lock", None)
        return [lock for lock in self._all if lock is not own]

    def _keep_out(self) -> None:
        """Wait until no other thread is inside; nobody comes in until the fork is done."""
        self._adding.acquire()
        for lock in self._others():
            lock.acquire()

    def _let_in(self) -> None:
        for lock in (*self._others(), self._adding):
            with suppress(RuntimeError):  # Ctrl-C came before it was taken
                lock.release()


native_code = NativeCode()
Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Item], Result], items: Iterator[Item], threads: int
) -> Iterator[Result]:
    """The results in the order of the items, as many at work at once as there are threads.

    One item alone does not wait for a thread. Raises TaggerError in a forked process that goes on
    with results that its parent began, for it does not have the threads.
    """
    first = list(islice(items, 2 if threads > 1 else 1))
    if len(first) < 2:
        for item in chain(first, items):
            yield work(item)
        return
    process = os.getpid()
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[Result]] = deque()
        try:
            for item in chain(first, items):
                if len(pending) > threads:
                    yield pending.popleft().result()
                    _check_not_forked(process)
                pending.append(pool.submit(work, item))
            while pending:
                yield pending.popleft().result()
                _check_not_forked(process)
        finally:
            for future in pending:
                future.cancel()


def _check_not_forked(process: int) -> None:
    if os.getpid() != process:
        raise TaggerError(
            "these results were begun before the process was forked",
            remedy="begin anew in the forked process",
        )
