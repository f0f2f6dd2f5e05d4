"""`tag.py --resume`: what is complete is known by its content, never by its time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tagger.cli import tag
from tagger.cli.console import common
from tagger.cli.console.common import RECORD

_tagger_for = lru_cache(common.tagger_for)


@pytest.fixture(autouse=True)
def taggers_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag, "tagger_for", _tagger_for)


class Folder:
    """Three inputs, tagged into a folder."""

    def __init__(self, place: Path, model: Path) -> None:
        self.place = place
        self.out = place / "out"
        self.model = model
        self.inputs = [place / name for name in ("a.txt", "b.txt", "c.txt")]
        for number, path in enumerate(self.inputs, start=1):
            path.write_text("나 밥 먹었다\n" * number, encoding="utf-8")

    def resume(self, *more: str) -> set[str]:
        """The names of the outputs that are written anew."""
        before = {path.name: path.stat().st_ino for path in self.out.glob("[!.]*")}
        held = [path.open("rb") for path in self.out.glob("[!.]*")]  # no inode is given out again
        arguments = [*map(str, self.inputs), "-o", f"{self.out}/", "-m", str(self.model)]
        assert tag.main([*arguments, "--device", "cpu", "--resume", *more]) == 0
        for stream in held:
            stream.close()
        return {p.name for p in self.out.glob("[!.]*") if before.get(p.name) != p.stat().st_ino}


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Folder:
    folder = Folder(tmp_path, tiny_model)
    assert folder.resume() == {"a.sejong", "b.sejong", "c.sejong"}
    assert folder.resume() == set()
    return folder


def write_keeping_time(path: Path, data: bytes) -> None:
    status = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_half_an_output_is_done_again(folder: Folder) -> None:
    whole = (folder.out / "b.sejong").read_bytes()
    for data in (whole[: len(whole) // 2], b"", whole.replace(b"NNG", b"NNP"), b"x" * len(whole)):
        (folder.out / "b.sejong").write_bytes(data)
        assert folder.resume() == {"b.sejong"}
        assert (folder.out / "b.sejong").read_bytes() == whole


@pytest.mark.parametrize("text", ["나 밥 먹었다\n" * 3, "나 빵 먹었다\n" * 2])
def test_a_changed_input_is_done_again(folder: Folder, text: str) -> None:
    write_keeping_time(folder.inputs[1], text.encode())
    assert folder.resume() == {"b.sejong"}


def test_times_do_not_matter(folder: Folder) -> None:
    for path in folder.inputs:
        os.utime(path, (2e9, 2e9))
    assert folder.resume() == set()


def test_an_output_of_other_options_is_done_again(folder: Folder, tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("밥\tNNP\n", encoding="utf-8")
    everything = {"a.sejong", "b.sejong", "c.sejong"}
    for options in (
        ["--user-dict", str(words)],
        ["--engine", "float32"],
        ["--encoding", "auto"],
        ["--output-encoding", "cp949"],
        ["--normalize"],
        ["--correct-typos"],
        ["--whole-numbers"],
    ):
        assert folder.resume(*options) == everything
        assert folder.resume(*options) == set()
    words.write_text("밥\tNNG\n", encoding="utf-8")
    assert folder.resume("--user-dict", str(words)) == everything
    assert folder.resume("-f", "jsonl") == {"a.jsonl", "b.jsonl", "c.jsonl"}
    assert folder.resume("-f", "jsonl", "--nbest", "2") == {"a.jsonl", "b.jsonl", "c.jsonl"}


def test_how_fast_it_is_done_does_not_matter(folder: Folder) -> None:
    assert folder.resume("--workers", "2", "--threads", "2", "--batch-size", "7") == set()


def test_an_output_of_another_model_is_done_again(folder: Folder) -> None:
    folder.model = Path("sejong")
    assert folder.resume() == {"a.sejong", "b.sejong", "c.sejong"}


def test_an_input_of_the_same_content_and_another_title(folder: Folder, tmp_path: Path) -> None:
    """The title of a page is the name of its input."""
    out = tmp_path / "page.html"
    other = tmp_path / "other.txt"
    other.write_bytes(folder.inputs[0].read_bytes())
    for path in (folder.inputs[0], other):
        arguments = [str(path), "-o", str(out), "-f", "html", "-m", str(folder.model), "--resume"]
        assert tag.main(arguments) == 0
        assert f"<title>{path.stem}" in out.read_text(encoding="utf-8")


def test_a_first_run_without_resume_is_recorded(folder: Folder) -> None:
    (folder.out / RECORD).unlink()
    arguments = [*map(str, folder.inputs), "-o", f"{folder.out}/", "-m", str(folder.model)]
    assert tag.main([*arguments, "--device", "cpu"]) == 0
    assert folder.resume() == set()


def test_a_single_file_leaves_a_record_only_if_it_is_asked_for(folder: Folder) -> None:
    out = folder.place / "one" / "out.txt"
    out.parent.mkdir()
    arguments = [str(folder.inputs[2]), "-o", str(out), "-m", str(folder.model)]
    assert tag.main(arguments) == 0
    assert [path.name for path in out.parent.iterdir()] == ["out.txt"]
    assert tag.main([*arguments, "--resume"]) == 0
    first = out.stat().st_ino
    assert tag.main([*arguments, "--resume"]) == 0
    assert out.stat().st_ino == first
    out.write_text("half", encoding="utf-8")
    assert tag.main([*arguments, "--resume"]) == 0
    assert out.read_text(encoding="utf-8").count("\n") == 3


def test_a_line_that_was_cut_off_says_nothing(folder: Folder) -> None:
    record = folder.out / RECORD
    *lines, last = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines) + last[: len(last) // 2])
    assert folder.resume() == {"c.sejong"}
    assert folder.resume() == {"c.sejong"}  # the new line hangs on the half one
    assert folder.resume() == set()


def test_the_record_does_not_grow_with_repetition(folder: Folder) -> None:
    size = (folder.out / RECORD).stat().st_size
    (folder.out / "a.sejong").unlink()
    assert folder.resume() == {"a.sejong"}
    assert (folder.out / RECORD).stat().st_size == size


@pytest.mark.parametrize("kind", ["text", "link", "folder", "pipe"])
def test_what_is_no_record_is_left_alone(
    folder: Folder, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = folder.out / RECORD
    mine = folder.place / "mine"
    mine.write_text("mine", encoding="utf-8")
    record.unlink()
    if kind == "text":
        record.write_text("mine", encoding="utf-8")
    elif kind == "link":
        record.symlink_to(mine)
    elif kind == "folder":
        record.mkdir()
    else:
        os.mkfifo(record)
    arguments = [*map(str, folder.inputs), "-o", f"{folder.out}/", "-m", str(folder.model)]
    assert tag.main(arguments) == 2
    assert f"{record}: this is not a record of complete outputs" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "mine"
    if kind == "text":
        assert record.read_text(encoding="utf-8") == "mine"


def test_a_pipe_as_input_is_always_read(folder: Folder) -> None:
    """Its content cannot be compared with anything later; only files are recorded."""
    folder.inputs[0].unlink()
    os.mkfifo(folder.inputs[0])
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(folder.inputs[0].write_text, "나 밥\n", encoding="utf-8")
            assert folder.resume() == {"a.sejong"}
            writing.result()


def test_standard_input_is_always_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where a file has its name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text("밥\n", encoding="utf-8")
    out = tmp_path / "out.txt"
    for text in ("나\n", "밥 나\n"):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
        arguments = ["-", "-o", str(out), "-m", str(folder.model), "-f", "tsv", "--resume"]
        assert tag.main(arguments) == 0
        assert out.read_text(encoding="utf-8").count("\n") == len(text.split()) + 1
