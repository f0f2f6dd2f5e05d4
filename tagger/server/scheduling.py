"""Who is next: the requests that wait take turns, and small ones share a run of the tagger."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, count
from typing import Any, NamedTuple

from tagger.analyzer import Tagger
from tagger.preparation import AS_GIVEN, Preparation
from tagger.system.memory import trimmer
from tagger.text.packed_tokens import PackedTokens
from tagger.text.segmentation import LONGEST_PART, Part, cut_sentence, join_sentences, segment
from tagger.text.sentence import Sentence

TURN = LONGEST_PART
"""Characters of a request that are analysed in one turn. A request of more is a large one."""


class TooManyError(Exception):
    """As many requests wait as may."""


class AbandonedError(Exception):
    """Nobody waits for the answer any more."""


class Job:
    """The texts of a request, each a line, on their way through a tagger.

    `write` makes the answer of the analysed lines; it runs in a thread. With `ends` they tell
    where their sentences end. The texts are prepared when they are drawn.
    """

    def __init__(
        self,
        texts: Sequence[str],
        tagger: Tagger,
        nbest: int,
        write: Callable[[Iterable[Sentence]], bytes],
        ends: bool = False,
        preparation: Preparation = AS_GIVEN,
    ) -> None:
        self.tagger = tagger
        self.ends = ends
        self.nbest = nbest
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        # to draw, of the texts as they are given; a line counts too
        self.left = sum(len(text) + 1 for text in texts)
        self.is_large = self.left > TURN
        self.last_turn = 0
        self.running = 0  # threads that work on it
        self.is_drawn = False
        self._write = write
        self._parts = (
            part
            for text in texts
            for prepared in preparation.texts(tagger, [text])
            for part in cut_sentence(segment(prepared), TURN)
        )
        self._ahead: Iterable[Part] = ()  # looked at, and left for the next turn
        self._drawing = threading.Lock()
        self._drawn: list[Part] = []
        self._analysed: dict[int, Sentence] = {}

    def draw(self, characters: int) -> list[tuple[int, Sentence]]:
        """The next parts of the texts with their numbers: of at least so many characters, or
        all that are left."""
        drawn: list[tuple[int, Sentence]] = []
        with self._drawing:
            for part in chain(self._ahead, self._parts):
                if characters <= 0:
                    self._ahead = [part]
                    return drawn
                drawn.append((len(self._drawn), part.sentence))
                self._drawn.append(part)
                characters -= len(part.sentence.text) + part.is_first
            self._ahead = ()
            self.is_drawn = True
        return drawn

    def keep(self, number: int, analysed: Sentence) -> None:
        """Remember the analysis of a part."""
        if self.is_large:  # its others are long in coming
            analysed = replace(analysed, tokens=PackedTokens(analysed.tokens))
        self._analysed[number] = analysed

    def write(self) -> bytes:
        """The answer. Raises AbandonedError as soon as nobody waits for it."""
        return self._write(self._lines())

    def _lines(self) -> Iterator[Sentence]:
        parts = iter(enumerate(self._drawn))

        def line() -> Iterator[Sentence]:
            for number, part in parts:
                if self.answer.cancelled():
                    raise AbandonedError
                yield self._analysed.pop(number)
                if part.is_last:
                    return

        while self._analysed:
            yield join_sentences(line())


class Turn(NamedTuple):
    """What is analysed of a job in one window: so many characters."""

    job: Job
    characters: int


class Scheduler:
    """Analyses jobs in windows, as many at once as there are threads.

    A window has one turn of one job: alternately of the one whose last turn is longest ago, so
    that large ones get on, and of the one with the fewest characters left, so that small ones
    need not wait for them. Small jobs for the same tagger join it. All methods are called in the
    event loop, so nothing is locked; the work itself is done in threads.
    """

    def __init__(self, threads: int, waiting: int, large: int) -> None:
        self._most = waiting
        self._most_large = large
        self._free = threads
        self._windows = ThreadPoolExecutor(threads, thread_name_prefix="pumsa-window")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="pumsa-writing")
        self._jobs: set[Job] = set()  # all that have not ended
        self._waiting: list[Job] = []  # those of which something is left to draw
        self._turns = count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, job: Job) -> bytes:
        """The job's answer. Whoever is cancelled here gives the job up: no further turn of it
        begins. Raises TooManyError if as many jobs, or large ones, have not ended as may wait."""
        large = sum(other.is_large for other in self._jobs)
        if len(self._jobs) >= self._most or (job.is_large and large >= self._most_large):
            raise TooManyError
        self._jobs.add(job)
        self._waiting.append(job)
        job.last_turn = next(self._turns)
        # requests that arrive together share a window
        asyncio.get_running_loop().call_soon(self._start_windows)
        try:
            return await job.answer
        finally:
            if job in self._waiting:
                self._waiting.remove(job)
            self._end(job)

    def close(self) -> None:
        """Begin nothing more; what runs ends on its own."""
        self._most = 0
        self._waiting.clear()
        for pool in (self._windows, self._writing):
            pool.shutdown(wait=False, cancel_futures=True)

    def _end(self, job: Job) -> None:
        """Make room for another job if this one needs no answer and no thread any more."""
        if job.answer.done() and not job.running:
            self._jobs.discard(job)

    def _start_windows(self) -> None:
        while self._free and self._waiting:
            turns = self._next_window()
            self._free -= 1
            self._begin(self._analyse(turns))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself would forget it
        task.add_done_callback(self._tasks.discard)

    def _next_window(self) -> list[Turn]:
        number = next(self._turns)
        by_size = sorted(self._waiting, key=lambda job: job.left)
        first = by_size[0] if number % 2 else min(self._waiting, key=lambda job: job.last_turn)
        turns = [Turn(first, TURN)]
        room = TURN
        for job in by_size:
            alike = (job.tagger, job.nbest, job.ends) == (first.tagger, first.nbest, first.ends)
            if job is not first and alike and job.left <= room:
                turns.append(Turn(job, job.left))
                room -= job.left
        for job, characters in turns:
            job.last_turn = number
            job.left -= characters
            job.running += 1
            if job.left <= 0:
                self._waiting.remove(job)
        return turns

    async def _analyse(self, turns: Sequence[Turn]) -> None:
        loop = asyncio.get_running_loop()
        outcomes: Sequence[Outcome]
        try:
            outcomes = await loop.run_in_executor(self._windows, _run_window, turns)
        except Exception as error:
            outcomes = [error] * len(turns)
        finally:
            self._free += 1
        for (job, _), outcome in zip(turns, outcomes, strict=True):
            self._advance(job, outcome)
        self._start_windows()

    async def _write(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        self._advance(job, await loop.run_in_executor(self._writing, _written, job))

    def _advance(self, job: Job, outcome: Outcome) -> None:
        """Hand the answer out, or have it written if all is analysed."""
        job.running -= 1
        if job.answer.done():
            self._end(job)
        elif isinstance(outcome, bytes):
            job.answer.set_result(outcome)
        elif outcome is not None:
            job.answer.set_exception(outcome)
        elif job.left > 0 or job.running:
            return
        elif job.is_drawn:
            job.running += 1
            self._begin(self._write(job))
        else:  # its texts are longer as they are prepared
            job.left = TURN
            self._waiting.append(job)


Outcome = bytes | Exception | None
"""An answer, why there is none, or nothing yet."""


def _run_window(turns: Sequence[Turn]) -> list[Outcome]:
    """Analyse the turns together, in a thread. Small jobs end with it, and have their answers."""
    return _tag([(job, job.draw(characters)) for job, characters in turns])


def _tag(drawn: Sequence[tuple[Job, Sequence[tuple[int, Sentence]]]]) -> list[Outcome]:
    first, _ = drawn[0]
    sentences = [sentence for _, parts in drawn for _, sentence in parts]
    try:
        analysed = iter(
            list(first.tagger.tag_sentences(sentences, nbest=first.nbest, ends=first.ends))
        )
    except Exception as error:
        if len(drawn) == 1:
            return [error]
        return [outcome for one in drawn for outcome in _tag([one])]  # only one of them fails
    trimmer.after(sum(len(sentence.text) for sentence in sentences))
    for job, parts in drawn:
        for number, _ in parts:
            job.keep(number, next(analysed))
    return [None if job.is_large or not job.is_drawn else _written(job) for job, _ in drawn]


def _written(job: Job) -> Outcome:
    try:
        return job.write()
    except Exception as error:
        return error
