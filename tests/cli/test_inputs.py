"""What callers and the shell give: wrong arguments, iterables that fail, pipes, changing files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

import corpora
from corpora.lines import AUTO, Encoding, file_lines
from tagger.analyzer import Tagger
from tagger.cli import check, tag, train
from tagger.cli.console.common import check_pipes, guarded
from tagger.cli.console.resources import available_threads, check_threads, shortage
from tagger.errors import TaggerError
from tagger.system.inputs import Endured
from tests.conftest import CORPUS, TINY
from tests.support.commands import is_one_sentence
from tests.support.places import ROOT

LINE = "나 밥 먹었다"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"batch_size": 0}, ValueError),
        ({"batch_size": -1}, ValueError),
        ({"batch_size": 1.5}, TypeError),
        ({"batch_size": True}, TypeError),
        ({"nbest": -1}, ValueError),
        ({"nbest": "1"}, TypeError),
    ],
)
def test_wrong_numbers_are_refused_at_once(
    tiny_tagger: Tagger, options: dict, kind: type[Exception]
) -> None:
    [name] = options
    for call in (
        lambda: tiny_tagger.tag(LINE, **options),
        lambda: tiny_tagger.tag([LINE], **options),
        lambda: tiny_tagger.tag_sentences([], **options),
    ):
        with pytest.raises(kind, match=f"^{name} must be"):
            call()


@pytest.mark.parametrize("text", [LINE.encode(), bytearray(b"x"), [LINE.encode()], [LINE, None]])
def test_what_is_no_text_is_named(tiny_tagger: Tagger, text: object) -> None:
    with pytest.raises(TypeError, match=r"^a text must be a str, not (bytes|bytearray|NoneType)"):
        list(tiny_tagger.tag(text))  # type: ignore[call-overload]


@pytest.mark.parametrize("place", [0, 1, 17, 700])
@pytest.mark.parametrize("threads", [1, 2])
def test_what_came_before_the_callers_own_error_is_answered(
    tiny_model: Path, place: int, threads: int
) -> None:
    mine = OSError("mine")

    def texts() -> Iterator[str]:
        yield from [LINE] * place
        raise mine

    tagger = Tagger.load(tiny_model, device="cpu", threads=threads)
    answered = []
    with pytest.raises(OSError) as raised:
        answered.extend(tagger.tag(texts()))
    assert raised.value is mine and len(answered) == place


def test_an_error_within_a_long_text_comes_after_it(tiny_tagger: Tagger) -> None:
    def texts() -> Iterator[str]:
        yield LINE * 500
        raise KeyError("mine")

    answers = tiny_tagger.tag(texts())
    assert next(answers).text == LINE * 500
    with pytest.raises(KeyError, match="mine"):
        next(answers)


def test_an_iterable_is_endured_until_it_is_asked() -> None:
    given = Endured(map(int, ["1", "2", "x"]))
    assert list(given) == [1, 2]
    with pytest.raises(ValueError, match="'x'"):
        given.raise_error()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Callable[[bytes], str]]:
    """Makes a named pipe that gives these bytes once."""
    writers = []

    def make(data: bytes) -> str:
        path = tmp_path / f"pipe{len(writers)}"
        os.mkfifo(path)
        writers.append(threading.Thread(target=path.write_bytes, args=(data,), daemon=True))
        writers[-1].start()
        return str(path)

    yield make
    for writer in writers:
        writer.join(timeout=60)
        assert not writer.is_alive()  # it was opened, and only once


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--encoding", "auto"]])
def test_a_named_pipe_is_tagged(
    pipe: Callable[[bytes], str],
    tiny_model: Path,
    more: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    codec = "cp949" if AUTO in more else "utf-8"
    given = pipe(f"{LINE}\n\n{LINE}\n".encode(codec))
    assert tag.main([given, "-m", str(tiny_model), *more]) == 0
    assert capsys.readouterr().out.count("\n") == 3


@pytest.mark.slow
def test_an_open_descriptor_is_tagged(tiny_model: Path) -> None:
    command = [sys.executable, "tag.py", "-m", str(tiny_model)]
    reading, writing = os.pipe()
    os.write(writing, LINE.encode())
    os.close(writing)
    done = subprocess.run(
        [*command, f"/dev/fd/{reading}"], pass_fds=[reading], cwd=ROOT, capture_output=True
    )
    os.close(reading)
    assert done.returncode == 0 and done.stdout.count(b"\n") == 1


def test_corpora_come_from_pipes(
    pipe: Callable[[bytes], str], tmp_path: Path, tiny_model: Path
) -> None:
    data = CORPUS.read_bytes()
    assert corpora.read(pipe(data)).sentences == corpora.read(CORPUS).sentences
    assert check.main([pipe(data), "--dev", pipe(data)]) == 0
    folder = tmp_path / "model"
    command = [pipe(data), "--dev", pipe(data), "--teacher", str(tiny_model), "-o", str(folder)]
    assert train.main([*command, "--unlabelled", pipe(data), *TINY, "--epochs", "1"]) == 0


@pytest.mark.parametrize("main", [tag.main, check.main, train.main])
def test_a_pipe_is_not_waited_for_twice(
    main: Callable[[list[str]], int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    again = {tag.main: [str(path)], check.main: ["--dev", str(path)]}
    more = again.get(main, ["--dev", str(path), "-o", str(tmp_path / "model")])
    assert main([str(path), *more]) == 2
    said = capsys.readouterr().err
    assert is_one_sentence(said) and "this pipe can be read only once" in said


def test_every_process_of_a_training_reads_the_corpora(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert train.main([str(tmp_path / "pipe"), "-o", str(tmp_path / "model")]) == 2
    assert "this pipe can be read only once" in capsys.readouterr().err
    check_pipes([str(CORPUS), str(CORPUS), str(tmp_path / "missing"), str(tmp_path / "missing")])


@pytest.mark.parametrize("change", ["grow", "shrink", "vanish"])
def test_files_that_change_while_they_are_read(tmp_path: Path, change: str) -> None:
    path = tmp_path / "text"
    lines = [f"{number} words" for number in range(20_000)]  # no character can be cut
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    groups = file_lines(path)
    read = next(groups)
    if change == "grow":
        with open(path, "a", encoding="utf-8") as file:
            file.write("more\n")
        lines.append("more")
    elif change == "shrink":
        os.truncate(path, 0)
    else:
        path.unlink()
    read += chain.from_iterable(groups)
    if change == "shrink":
        whole = len(read) - 1  # the last one may be cut
        assert read[:whole] == lines[:whole] and whole < len(lines) / 2
    else:
        assert read == lines


@pytest.mark.parametrize(
    ("data", "given", "advice"),
    [
        (b"\xff", "utf-8", "cp949 or auto"),
        (b"\xff", "cp949", "auto or utf-8"),
        (LINE.encode("cp949") + b"\n" * (1 << 16) + b"\xff", AUTO, "utf-8 or utf-16"),
        (LINE.encode() + b"\n" * (1 << 16) + b"\xff", AUTO, "cp949 or utf-16"),
    ],
)
def test_advice_names_another_encoding(
    tmp_path: Path, data: bytes, given: str, advice: str
) -> None:
    (tmp_path / "text").write_bytes(data)
    with pytest.raises(TaggerError, match=f"--encoding, for example {advice}$"):
        list(file_lines(tmp_path / "text", Encoding(given)))


@pytest.mark.slow
def test_many_inputs_need_few_open_files(tmp_path: Path, tiny_model: Path) -> None:
    import resource

    inputs = [tmp_path / f"{number}.txt" for number in range(300)]
    for path in inputs:
        path.write_text("밥\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "tag.py", *inputs, "-o", tmp_path / "out", "-m", tiny_model],
        cwd=ROOT,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("*.sejong"))) == len(inputs)


def test_outputs_are_compared_in_linear_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = 0
    resolve = Path.resolve

    def counted(path: Path) -> Path:
        nonlocal resolved
        resolved += 1
        return resolve(path)

    monkeypatch.setattr(Path, "resolve", counted)
    inputs = [f"{number}.txt" for number in range(200)]
    assert len(tag.output_paths(inputs, str(tmp_path), "sejong")) == 200
    assert resolved <= 3 * len(inputs)
    with pytest.raises(TaggerError, match=r"a/1.txt and b/1.txt would both become"):
        tag.output_paths(["a/1.txt", "b/1.txt"], str(tmp_path), "sejong")
    with pytest.raises(TaggerError, match="would replace this input"):
        tag.output_paths([str(tmp_path / "1.sejong")], f"{tmp_path}/", "sejong")


@pytest.mark.parametrize(
    ("raised", "what"),
    [
        (MemoryError(), "memory ran out"),
        (RuntimeError("std::bad_alloc"), "memory ran out"),
        (Exception("[ONNXRuntimeError] : 1 : FAIL : std::bad_alloc"), "memory ran out"),
        (Exception("Failed to allocate memory for requested buffer of size 9"), "memory ran out"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "memory ran out"),
        (ImportError("x.so: failed to map segment from shared object"), "memory ran out"),
        (OSError(12, "Cannot allocate memory"), "memory ran out"),
        (RuntimeError("can't start new thread"), "no more threads or processes"),
        (BlockingIOError(11, "Resource temporarily unavailable"), "no more threads or processes"),
    ],
)
def test_a_shortage_is_one_sentence(
    raised: Exception, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(argv: object = None) -> int:
        raise raised

    assert guarded(command)() == 2
    said = capsys.readouterr().err
    assert is_one_sentence(said) and what in said


def test_an_error_that_is_no_shortage_is_raised() -> None:
    def command(argv: object = None) -> int:
        raise ValueError("memoryview: a bytes-like object is required")

    with pytest.raises(ValueError, match="memoryview"):
        guarded(command)()
    assert shortage(OSError(2, "No such file or directory")) is None


def test_threads_are_tried_before_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.active_count()
    check_threads(3)
    start = threading.Thread.start
    left = 2

    def limited(thread: threading.Thread) -> None:
        nonlocal left
        if not left:
            raise RuntimeError("can't start new thread")
        left -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.raises(RuntimeError, match="new thread"):
        check_threads(3)
    for thread in threading.enumerate()[before:]:
        thread.join(timeout=60)
    assert threading.active_count() == before


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--threads", "--workers"])
def test_more_threads_than_processors_are_not_started(
    tiny_model: Path, option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = tmp_path / "text"
    text.write_text(f"{LINE}\n", encoding="utf-8")
    command = [str(text), "-m", str(tiny_model), "-o", str(tmp_path / "out"), option, "20000"]
    assert tag.main(command) == 0
    said = capsys.readouterr().err
    most = available_threads()
    assert f"{option} 20000 is more than there are processors: {most} are used" in said
