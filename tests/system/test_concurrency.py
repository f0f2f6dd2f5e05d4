"""One tagger for many threads, processes and pools, and no state but its own."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import numpy
import pytest
import torch

import corpora
from tagger import Tagger
from tagger.errors import TaggerError
from tagger.model.batches import Indices
from tagger.model.engine import Best
from tagger.system import concurrency
from tagger.system.concurrency import Turns, native_code
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.tokenizer.mecab import MecabTokenizer
from tests.conftest import CORPUS
from tests.fuzz.lines import Lines

LINES = [sentence.text for sentence in corpora.read(CORPUS).sentences] * 20


@pytest.fixture(scope="module")
def answers(tiny_tagger: Tagger) -> list[str]:
    return [repr(sentence) for sentence in tiny_tagger.tag(LINES)]


def test_many_threads_share_one_tagger(tiny_tagger: Tagger, answers: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        whole = list(pool.map(lambda _: list(map(repr, tiny_tagger.tag(LINES))), range(16)))
        alone = list(pool.map(repr, pool.map(tiny_tagger.tag, LINES)))
    assert all(some == answers for some in whole) and alone == answers


def test_threads_that_tag_different_texts_do_not_mix_them(tiny_tagger: Tagger) -> None:
    some = Lines(3)
    texts = [[some.line() for _ in range(60)] for _ in range(8)]
    wanted = [list(map(repr, tiny_tagger.tag(part))) for part in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda part: list(map(repr, tiny_tagger.tag(part))), texts)) == wanted


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_batches_at_once_than_threads(
    tiny_tagger: Tagger, answers: list[str], monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    """Each needs memory of its own, so callers must not decide how many there are."""
    tagger = Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer, threads=threads)
    best, inside, most = tagger._predictor._engine.best, threading.Semaphore(0), []

    def counted(examples: Sequence[Indices]) -> Best:
        inside.release()
        most.append(inside._value)
        time.sleep(0.002)  # long enough for others to come in
        try:
            return best(examples)
        finally:
            inside.acquire()

    monkeypatch.setattr(tagger._predictor._engine, "best", counted)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(repr, pool.map(tagger.tag, LINES))) == answers
    assert max(most) == threads


@pytest.mark.slow
def test_a_process_that_is_forked_while_a_batch_runs_takes_turns_of_its_own() -> None:
    turns = Turns(1)
    with turns.one():
        child = multiprocessing.get_context("fork").Process(target=_take_turn, args=(turns,))
        child.start()
        child.join(timeout=60)
        assert child.exitcode == 0


def _take_turn(turns: Turns) -> None:
    with turns.one():
        pass


@pytest.mark.parametrize("fork", [False, True], ids=["tagging", "forking"])
def test_ctrl_c_anywhere_leaves_no_lock_behind(
    tiny_tagger: Tagger, monkeypatch: pytest.MonkeyPatch, fork: bool
) -> None:
    """A lock that was taken, and not entered yet, was never given back: the next call waited."""
    files = (concurrency.__file__, threading.__file__)
    tagger = Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer)

    def hooks() -> None:
        native_code._keep_out()
        native_code._let_in()

    def interrupted(place: int) -> bool:
        """Ctrl-C before this line of all that are run there."""
        seen = 0

        def trace(frame: FrameType, event: str, _: object) -> Any:
            nonlocal seen
            if frame.f_code.co_filename not in files:
                return None
            seen += event == "line"
            if seen == place and event == "line":
                raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            tagger.tag("나 밥 먹었다")
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(None)
        return False

    for place in range(1, 1000):
        was_interrupted = interrupted(place)
        after = threading.Thread(
            target=hooks if fork else tagger.tag, args=() if fork else ("나",), daemon=True
        )
        after.start()
        after.join(timeout=30)
        assert not after.is_alive()
        if not was_interrupted:
            return
    raise AssertionError("it was always interrupted")


@pytest.mark.slow
def test_a_handler_of_a_signal_may_fork_amid_native_code() -> None:
    """The thread waited for itself."""
    ended = []

    def inside() -> None:
        with native_code.here():
            child = multiprocessing.get_context("fork").Process(target=hash, args=(1,))
            child.start()
            child.join(timeout=60)
            ended.append(child.exitcode)

    thread = threading.Thread(target=inside, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert ended == [0]


@pytest.mark.slow
def test_a_forked_process_cannot_go_on_with_answers_of_its_parent(tiny_tagger: Tagger) -> None:
    """It waited for threads that it does not have."""
    tagger = Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer, threads=2)
    answers = tagger.tag(LINES * 100)
    next(answers)
    child = multiprocessing.get_context("fork").Process(target=_refused, args=(answers,))
    child.start()
    child.join(timeout=60)
    ended = child.exitcode
    child.kill()
    assert ended == 0
    assert len(list(answers)) == len(LINES) * 100 - 1


def _refused(answers: Iterator[object]) -> None:
    with pytest.raises(TaggerError, match="forked"):
        list(answers)


_shared: Tagger  # what a forked process finds


def _tag_shared(text: str) -> str:
    return repr(_shared.tag(text))


def _tag_given(tagger: Tagger, text: str) -> str:
    return repr(tagger.tag(text))


@pytest.mark.slow
def test_a_forked_process_tags_with_its_parents_tagger(
    tiny_tagger: Tagger, answers: list[str]
) -> None:
    """Kiwi's threads do not survive a fork: it waited for them for ever."""
    global _shared
    _shared = tiny_tagger
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_tag_shared, LINES).get(timeout=120) == answers
    assert [repr(sentence) for sentence in tiny_tagger.tag(LINES)] == answers


@pytest.mark.slow
@pytest.mark.parametrize("native", ["network", "tokenizer"])
def test_a_fork_waits_for_native_code(
    tiny_tagger: Tagger, monkeypatch: pytest.MonkeyPatch, native: str
) -> None:
    """A lock that another thread holds inside would stay locked in the child for ever."""
    tagger = Tagger(tiny_tagger.bundle, KiwiTokenizer(), threads=2)
    lock, inside = threading.Lock(), threading.Event()

    def holding_the_lock(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            with lock:
                inside.set()
                time.sleep(0.3)  # as native code, it lets other threads run
                return function(*given)

        return run

    if native == "network":
        monkeypatch.setattr(
            tagger._predictor._engine, "best", holding_the_lock(tagger._predictor._engine.best)
        )
    else:
        kiwi = type(tagger.tokenizer._kiwi())
        monkeypatch.setattr(kiwi, "tokenize", holding_the_lock(kiwi.tokenize))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(tagger.tag, LINES[0])
        assert inside.wait(timeout=60)
        child = multiprocessing.get_context("fork").Process(target=tagger.tag, args=(LINES[0],))
        child.start()
        child.join(timeout=60)
        ended = child.exitcode
        child.kill()
        assert ended == 0
        assert repr(answer.result()) == repr(tiny_tagger.tag(LINES[0]))


@pytest.mark.slow
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_tagger_goes_to_the_processes_of_a_pool(
    tiny_tagger: Tagger, answers: list[str], start: str
) -> None:
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        work = [pool.submit(_tag_given, tiny_tagger, text) for text in LINES[:4]]
        assert [job.result(timeout=120) for job in work] == answers[:4]


def test_a_copy_needs_no_folder(tiny_tagger: Tagger, answers: list[str]) -> None:
    for again in (pickle.loads(pickle.dumps(tiny_tagger)), copy.deepcopy(tiny_tagger)):
        assert [repr(sentence) for sentence in again.tag(LINES)] == answers
    other = Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer, engine="float32", threads=2)
    again = pickle.loads(pickle.dumps(other))
    assert (again.engine, again.threads, again.device) == ("float32", 2, "cpu")


def test_a_copy_of_mecab() -> None:
    pytest.importorskip("mecab")
    tokenizer = MecabTokenizer()
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.analyze(["나 밥"]) == tokenizer.analyze(["나 밥"])


def test_tagging_touches_no_seed_and_no_state_of_others(tiny_model: Path) -> None:
    random.seed(5), numpy.random.seed(5), torch.manual_seed(5)
    before = (random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state())
    threads = torch.get_num_threads()
    assert list(Tagger.load(tiny_model, device="cpu").tag(LINES))
    after = (random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state())
    assert before[:2] == after[:2] and torch.equal(before[2], after[2])
    assert torch.get_num_threads() == threads


def test_two_models_do_not_know_of_each_other(tiny_tagger: Tagger, answers: list[str]) -> None:
    other = Tagger.load("kaist", device="cpu")
    mixed = [(repr(one), str(two)) for one, two in zip(tiny_tagger.tag(LINES), other.tag(LINES))]
    assert [one for one, _ in mixed] == answers
    assert [two for _, two in mixed] == [str(sentence) for sentence in other.tag(LINES)]
