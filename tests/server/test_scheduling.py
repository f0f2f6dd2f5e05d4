"""Who is next in the server: shared windows, fair turns, and work that nobody waits for."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from tagger import Tagger
from tagger.preparation import AS_GIVEN, Preparation
from tagger.server.answers import write_answer
from tagger.server.requests import Options
from tagger.server.scheduling import TURN, Job, Scheduler, TooManyError
from tagger.text.sentence import Sentence

LARGE = "가 나 " * 2_500  # ten turns
SOON = 60.0  # seconds


class Gated:
    """A tagger that analyses nothing, and no window before it is let through."""

    def __init__(self) -> None:
        self.windows: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)

    def tag_sentences(
        self, sentences: Iterable[Sentence], *, nbest: int, ends: bool
    ) -> Iterator[Sentence]:
        window = list(sentences)
        self.windows.append([sentence.text for sentence in window])
        self.begun.release()
        assert self.gate.acquire(timeout=SOON)
        if any("bad" in sentence.text for sentence in window):
            raise ValueError("a bad text")
        return iter(window)

    async def has_begun(self) -> None:
        """Wait until the next window runs."""
        assert await asyncio.to_thread(self.begun.acquire, timeout=SOON)


def texts_of(sentences: Iterable[Sentence]) -> bytes:
    return "\n".join(sentence.text for sentence in sentences).encode()


def job(tagger: Any, *texts: str, nbest: int = 0, preparation: Preparation = AS_GIVEN) -> Job:
    return Job(texts, tagger, nbest, texts_of, preparation=preparation)


def begin(scheduler: Scheduler, job: Job) -> asyncio.Task[bytes]:
    return asyncio.ensure_future(scheduler.answer(job))


def test_requests_that_wait_share_a_window() -> None:
    async def run() -> None:
        tagger = Gated()
        scheduler = Scheduler(threads=1, waiting=9, large=9)
        first = begin(scheduler, job(tagger, "first"))
        await tagger.has_begun()
        others = [begin(scheduler, job(tagger, f"one {n}", f"two {n}")) for n in range(3)]
        best = begin(scheduler, job(tagger, "with n-best", nbest=2))
        tagger.gate.release(9)
        answers = await asyncio.gather(first, *others, best)
        assert answers[1:4] == [f"one {n}\ntwo {n}".encode() for n in range(3)]
        assert sorted(map(len, tagger.windows)) == [1, 1, 6]
        scheduler.close()

    asyncio.run(run())


def test_a_small_request_does_not_wait_for_large_ones() -> None:
    async def run() -> None:
        tagger = Gated()
        scheduler = Scheduler(threads=1, waiting=9, large=9)
        large = [begin(scheduler, job(tagger, LARGE, nbest=2)) for _ in range(3)]
        await tagger.has_begun()
        tagger.gate.release(10_000)
        for number in range(4):
            before = len(tagger.windows)
            await scheduler.answer(job(tagger, f"small {number}"))
            assert tagger.windows.index([f"small {number}"]) - before <= 2
        assert not any(one.done() for one in large)
        assert await asyncio.gather(*large) == [LARGE.encode()] * 3
        assert max(sum(map(len, window)) for window in tagger.windows) <= 2 * TURN
        scheduler.close()

    asyncio.run(run())


def test_a_large_request_gets_on_while_small_ones_keep_coming() -> None:
    async def run() -> None:
        tagger = Gated()
        tagger.gate.release(10_000)
        scheduler = Scheduler(threads=1, waiting=9, large=9)
        large = begin(scheduler, job(tagger, LARGE, nbest=2))

        async def client() -> int:
            answered = 0
            while not large.done():
                await scheduler.answer(job(tagger, "small"))
                answered += 1
            return answered

        answered = await asyncio.gather(*(client() for _ in range(3)))
        assert await large == LARGE.encode()
        assert sum(answered) < 500  # it had its share
        scheduler.close()

    asyncio.run(run())


def test_abandoned_work_stops_and_counts_until_it_has_ended() -> None:
    async def run() -> None:
        tagger = Gated()
        scheduler = Scheduler(threads=1, waiting=1, large=1)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(scheduler.answer(job(tagger, LARGE)), 0.01)
        await tagger.has_begun()
        with pytest.raises(TooManyError):  # its window still runs
            await scheduler.answer(job(tagger, "small"))
        tagger.gate.release(99)
        while True:
            try:
                assert await scheduler.answer(job(tagger, "small")) == b"small"
                break
            except TooManyError:
                await asyncio.sleep(0.01)
        assert len(tagger.windows) == 2
        scheduler.close()

    asyncio.run(run())


def test_one_that_fails_does_not_hurt_its_company() -> None:
    async def run() -> None:
        tagger = Gated()
        tagger.gate.release(99)
        scheduler = Scheduler(threads=1, waiting=9, large=9)
        texts = ["good", "a bad one", "fine"]
        answers = await asyncio.gather(
            *(scheduler.answer(job(tagger, text)) for text in texts), return_exceptions=True
        )
        assert answers[0] == b"good" and answers[2] == b"fine"
        assert isinstance(answers[1], ValueError)
        scheduler.close()

    asyncio.run(run())


@pytest.mark.parametrize("threads", [1, 3])
def test_company_changes_no_answer(tiny_model: Path, threads: int) -> None:
    tagger = Tagger.load(tiny_model, device="cpu", threads=threads)
    chance = random.Random(threads)
    words = ["나", "밥", "먹었다.", "학교에", "간다", "ㅋㅋ", "(3.5)", "  ", "\u1112\u1161\u11ab"]
    requests = [
        (
            [
                " ".join(chance.choices(words, k=chance.choice([0, 3, 30, 500])))
                for _ in range(chance.randint(0, 4))
            ],
            Options(nbest=chance.choice([0, 0, 2]), formats=["sejong", "conllu"]),
        )
        for _ in range(12)
    ]

    def alone(texts: Sequence[str], options: Options) -> bytes:
        return write_answer("tiny", tagger.tag(texts, nbest=options.nbest), options)

    async def together() -> list[bytes]:
        scheduler = Scheduler(threads, waiting=99, large=99)
        jobs = [
            Job(texts, tagger, options.nbest, partial(write_answer, "tiny", options=options))
            for texts, options in requests
        ]
        answers = await asyncio.gather(*map(scheduler.answer, jobs))
        scheduler.close()
        return answers

    assert asyncio.run(together()) == [alone(texts, options) for texts, options in requests]


def test_a_text_that_is_longer_when_prepared_is_analysed_in_turns() -> None:
    class Spacing(Gated):
        def space_texts(self, texts: Iterable[str]) -> Iterator[str]:
            return (" ".join(text) for text in texts)

    async def run() -> None:
        tagger = Spacing()
        tagger.gate.release(99)
        scheduler = Scheduler(threads=1, waiting=9, large=9)
        text = "가" * (5 * TURN)
        lines = ["나다"] * (TURN // 3)
        prepared = Preparation(respace=True)
        answers = await asyncio.gather(
            scheduler.answer(job(tagger, text, preparation=prepared)),
            scheduler.answer(job(tagger, *lines, preparation=prepared)),
        )
        assert answers[0].decode() == " ".join(text)
        assert answers[1].decode() == "\n".join(["나 다"] * len(lines))
        assert max(sum(map(len, window)) for window in tagger.windows) <= 2 * TURN
        scheduler.close()

    asyncio.run(run())
