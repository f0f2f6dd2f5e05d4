"""What loading a model needs for a moment is given back, and what comes again is remembered."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tagger import Tagger
from tagger.cli.jobs.tagging_job import Job
from tagger.cli.tag import parse
from tagger.system import memory
from tagger.system.caching import cache_repeated
from tagger.system.memory import FORGET_AFTER, GIVE_BACK_AFTER, Trimmer, trimmer
from tests.support.places import ROOT


def printed(code: str, **environment: str) -> str:
    """What a Python of its own prints that runs the code, without an allocator's settings but
    those given."""
    kept = {name: told for name, told in os.environ.items() if not name.startswith("MIMALLOC")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOAD = """
from tagger.cli.console import common
from tagger.cli.console.common import tagger_for
from tagger.cli.tag import parse
from tests.fuzz.soak import resident
if {keep}: common.give_back = lambda: None
tagger_for(parse(["-m", "gsd"]))
print(resident() >> 20)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do so themselves")
def test_a_loaded_model_leaves_no_memory_idle() -> None:
    def mebibytes(keep: bool) -> int:
        return int(printed(LOAD.format(keep=keep)))

    assert mebibytes(keep=False) < mebibytes(keep=True) - 15


HEAPS = """
import ctypes, threading
from tagger.system import memory
if {one}: memory.one_heap()
def work(): kept.append([bytearray(600) for _ in range(100)]); together.wait()
kept, together = [], threading.Barrier(2)
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c = ctypes.CDLL(None)
c.fdopen.restype = ctypes.c_void_p
out = c.fdopen(1, b"w")
c.malloc_info(0, ctypes.c_void_p(out))
c.fflush(ctypes.c_void_p(out))
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no heaps")
@pytest.mark.parametrize("one", [True, False])
def test_threads_share_one_heap_if_told(one: bool) -> None:
    assert (printed(HEAPS.format(one=one)).count("<heap nr=") == 1) is one


DELAY = """
import ctypes, os, sys
before = dict(os.environ)
from tagger.tokenizer.kiwi import KiwiTokenizer
KiwiTokenizer()
assert os.environ == before
kiwi = ctypes.CDLL(sys.modules["_kiwipiepy"].__file__)
# mi_option_purge_delay and mi_option_allow_large_os_pages of mimalloc 2
print(kiwi.mi_option_get(15), kiwi.mi_option_get(6))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Kiwi shows no allocator")
@pytest.mark.parametrize("told", [None, "25"])
def test_kiwi_is_frugal_unless_told_otherwise(told: str | None) -> None:
    environment = {"MIMALLOC_PURGE_DELAY": told} if told else {}
    assert printed(DELAY, **environment) == f"{told or 0} 0"


HUGE = """
from pathlib import Path
from tagger import Tagger
tagger = Tagger.load("sejong", device="cpu")
print(*tagger.tag(["나 밥 먹었다 " * 300] * 9))
for line in Path("/proc/self/smaps").read_text(encoding="ascii", errors="replace").splitlines():
    assert not line.startswith("VmFlags:") or " hg" not in line
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are other pages")
def test_nothing_asks_for_huge_pages() -> None:
    """The system fills those up when it likes, so that memory grows for half an hour."""
    printed(HUGE)


def test_what_is_free_is_given_back_after_some_text(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(memory, "give_back", lambda: calls.append(1))
    trimmer = Trimmer()
    for _ in range(2 * GIVE_BACK_AFTER // 100 + 2):
        trimmer.after(100)
    assert len(calls) == 2
    trimmer.after(100)
    assert len(calls) == 2


def test_commands_say_what_they_tagged(
    tiny_tagger: Tagger, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(trimmer, "after", told.append)
    arguments = parse(["-m", str(tiny_model)])
    job = Job.of(arguments)
    assert len(list(job.tag_lines(tiny_tagger, ["나 밥", "먹었다"], 1))) == 2
    assert told == [3, 3]


FREE = """
import gc, sys
from tagger.system import memory
if {frozen}: gc.freeze()
before = sys.getallocatedblocks()
kept = [tuple(range(9)) for _ in range(1500)]
del kept
assert sys.getallocatedblocks() > before + 1400
memory.forget_free_objects()
print(sys.getallocatedblocks() < before + 1400)
"""


@pytest.mark.slow
@pytest.mark.parametrize("frozen", [True, False])
def test_free_objects_are_forgotten_where_that_is_quick(frozen: bool) -> None:
    assert printed(FREE.format(frozen=frozen)) == str(frozen)


def test_free_objects_are_forgotten_after_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(memory, "forget_free_objects", lambda: calls.append(1))
    trimmer = Trimmer()
    for _ in range(FORGET_AFTER):
        trimmer.after(GIVE_BACK_AFTER + 1)
    assert len(calls) == 1


def test_tagging_leaves_nothing_to_the_garbage_collector(tiny_tagger: Tagger) -> None:
    """What lies in circles stays until a full collection, which is rare in a program that tags."""
    list(tiny_tagger.tag(["나 밥 먹었다 " * 10] * 99))
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            for text in ("나 밥 먹었다 " * 200, "나 밥 먹었다"):
                str(tiny_tagger.tag(text, nbest=2))
            memory.give_back()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_an_answer_is_kept_when_it_is_asked_for_again() -> None:
    asked: list[str] = []

    @cache_repeated(64)
    def doubled(text: str) -> str:
        asked.append(text)
        return text + text

    assert [doubled("가") for _ in range(4)] == ["가가"] * 4
    assert asked == ["가", "가"]
    once = [str(number) for number in range(99)]
    assert [doubled(text) for text in once] == [text + text for text in once]
    assert asked[2:] == once  # and none of these took a place


def test_what_is_too_long_is_not_remembered() -> None:
    asked: list[str] = []

    @cache_repeated(64, longest=2)
    def doubled(text: str) -> str:
        asked.append(text)
        return text + text

    assert [doubled("가나다") for _ in range(3)] == ["가나다가나다"] * 3
    assert asked == ["가나다"] * 3
    assert [doubled("가나") for _ in range(3)] == ["가나가나"] * 3
    assert asked[3:] == ["가나"] * 2


def test_a_question_may_be_known_by_a_part_of_it() -> None:
    @cache_repeated(64, lambda one, other: one)
    def joined(one: str, other: str) -> str:
        return one + other

    assert [joined("가", other) for other in "나다나다"] == ["가나", "가다", "가나", "가다"]
