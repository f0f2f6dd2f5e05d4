"""`tag.py --workers` and `--resume` as users meet them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tagger.cli import tag
from tagger.cli.console.common import RECORD
from tests.conftest import CORPUS
from tests.support.places import ROOT

SENTENCES = ["나 밥 먹었다", "", "아버지가 방에 들어가신다.", "친구와 영화를 봤다. 😀", "a b c"]


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """Files of every size, one of them empty and one that takes several pieces."""
    generator = random.Random(1)
    paths = []
    for number, size in enumerate((0, 1, 40, 6000, 3)):
        path = tmp_path / f"in{number}.txt"
        lines = generator.choices(SENTENCES, k=size)
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        paths.append(str(path))
    return paths


def contents(folder: Path) -> dict[str, bytes]:
    """The outputs, without the record of them."""
    paths = sorted(path for path in folder.iterdir() if path.name != RECORD)
    return {path.name: path.read_bytes() for path in paths}


def command(model: Path, inputs: list[str], out: Path, *more: str) -> list[str]:
    arguments = ["tag.py", *inputs, "-o", str(out), "-m", str(model), "--device", "cpu", *more]
    return [sys.executable, *arguments]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["sejong", "conllu"])
def test_workers_write_what_one_process_writes(
    tiny_model: Path, inputs: list[str], tmp_path: Path, form: str
) -> None:
    here = ["-m", str(tiny_model), "-f", form, "-o"]
    assert tag.main([*inputs, *here, str(tmp_path / "one")]) == 0
    assert tag.main([*inputs, *here, str(tmp_path / "many"), "--workers", "3"]) == 0
    assert contents(tmp_path / "many") == contents(tmp_path / "one")
    assert len(contents(tmp_path / "one")) == len(inputs)


@pytest.mark.slow
def test_workers_keep_the_columns_of_conllu(tiny_model: Path, tmp_path: Path) -> None:
    text = tmp_path / "in.conllu"
    assert tag.main([str(CORPUS), "-f", "conllu", "-m", str(tiny_model), "-o", str(text)]) == 0
    for workers in ("1", "2"):
        arguments = ["--input-format", "conllu", "-f", "conllu", "--workers", workers]
        out = str(tmp_path / workers)
        assert tag.main([str(text), *arguments, "-m", str(tiny_model), "-o", out]) == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.slow
def test_a_bad_input_fails_alone(
    tiny_model: Path, inputs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.txt").write_bytes("나\n밥".encode() + b"\xff\n")
    paths = [inputs[1], str(tmp_path / "bad.txt"), str(tmp_path / "none.txt"), inputs[2]]
    out = tmp_path / "out"
    assert tag.main([*paths, "-o", str(out), "-m", str(tiny_model), "--workers", "2"]) == 1
    assert sorted(contents(out)) == ["in1.sejong", "in2.sejong"]
    messages = capsys.readouterr().err.splitlines()
    assert len(messages) == 2 and "bad.txt:" in messages[0] and "none.txt" in messages[1]


@pytest.mark.slow
def test_a_missing_model_is_one_sentence(inputs: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        command(tmp_path / "nowhere", inputs, tmp_path / "out", "--workers", "2"),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "there is no model" in done.stderr


@pytest.mark.slow
def test_an_interrupted_job_goes_on(tiny_model: Path, inputs: list[str], tmp_path: Path) -> None:
    """Killed at random moments, and resumed until it is done: the same bytes as unbroken, no
    finished file done again, and never a half one under its name."""
    whole = tmp_path / "whole"
    assert tag.main([*inputs, "-m", str(tiny_model), "-o", str(whole)]) == 0
    expected = contents(whole)
    out = tmp_path / "out"
    finished: dict[str, int] = {}
    generator = random.Random(5)
    for attempt in range(20):
        process = subprocess.Popen(
            command(tiny_model, inputs, out, "--workers", "2", "--resume"),
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(generator.uniform(1, 5) if attempt < 4 else 300)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            wait_for_no_one_in(process.pid)
        if out.is_dir():
            for path in out.glob("*.sejong"):
                assert path.read_bytes() == expected[path.name]
                assert finished.setdefault(path.name, path.stat().st_ino) == path.stat().st_ino
        if process.returncode == 0:
            break
    assert {path.name: path.read_bytes() for path in out.glob("*.sejong")} == expected


def wait_for_no_one_in(group: int) -> None:
    """The workers of a killed parent end by themselves."""
    for _ in range(300):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a worker outlives its parent")


def writes_into(folder: Path, process: int) -> bool:
    """Whether the process has a file open there that is not empty and has no name yet."""
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            place = str(link.readlink())
            if place.startswith(str(folder)) and "big.txt" not in place and link.stat().st_size:
                return True
    return False


@pytest.mark.slow
def test_a_lost_worker_is_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_text("나 밥 먹었다\n" * 60_000, encoding="utf-8")
    process = subprocess.Popen(
        command(tiny_model, [str(big)], tmp_path / "out.txt", "--workers", "2"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(600):
        if writes_into(tmp_path, process.pid):
            break
        time.sleep(0.1)
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    for child in map(int, Path(children).read_text().split()):
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
            os.kill(child, signal.SIGKILL)
            break
    _, error = process.communicate(timeout=120)
    assert process.returncode == 2 and error.count("\n") == 1
    assert "a worker process ended unexpectedly" in error
    assert [path.name for path in tmp_path.iterdir()] == ["big.txt"]


def test_resuming_needs_an_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        tag.parse(["--resume"])
    assert end.value.code == 2 and "--resume needs -o" in capsys.readouterr().err
