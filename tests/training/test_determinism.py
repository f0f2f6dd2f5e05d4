"""The same machine and settings give the same bytes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tagger import Tagger
from tests.conftest import CORPUS, TINY
from tests.fuzz.lines import Lines
from tests.support.places import ROOT

MODEL = ("config.json", "vocabulary.json", "model.safetensors", "README.md")


@pytest.mark.slow
def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """In processes of their own, whose hash seeds and thus orders of sets differ."""
    for name in ("one", "two"):
        command = [sys.executable, "train.py", str(CORPUS), "--dev", str(CORPUS), *TINY]
        done = subprocess.run(
            [*command, "-o", str(tmp_path / name)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(len(name) + len(list(tmp_path.iterdir())))},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
    for file in MODEL:
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two, file


@pytest.fixture(scope="module")
def lines() -> list[str]:
    some = Lines(11)
    return [some.line() for _ in range(400)]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["int8", "float32"])
def test_neither_batches_nor_threads_nor_company_change_an_answer(
    tiny_tagger: Tagger, lines: list[str], engine: str
) -> None:
    def tagger(threads: int) -> Tagger:
        return Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer, engine=engine, threads=threads)

    wanted = [repr(tagger(1).tag(line)) for line in lines]
    for threads, batch_size in product((1, 3), (1, 100, 100_000)):
        answers = tagger(threads).tag(lines, batch_size=batch_size)
        assert list(map(repr, answers)) == wanted, (threads, batch_size)
    order = list(range(len(lines)))
    random.Random(1).shuffle(order)
    shuffled = tagger(1).tag(lines[place] for place in order)
    assert list(map(repr, shuffled)) == [wanted[place] for place in order]


@pytest.mark.slow
def test_a_file_is_tagged_to_the_same_bytes_however_it_is_done(tmp_path: Path) -> None:
    some = Lines(12)
    text = "\n".join(some.line() for _ in range(600)) + "\n"
    path = tmp_path / "lines.txt"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    outputs = set()
    for options in (
        ["--threads", "1"],
        ["--threads", "2", "--batch-size", "64"],
        ["--workers", "2"],
        ["--threads", "1", "--encoding", "auto"],
    ):
        out = tmp_path / "out.jsonl"
        done = subprocess.run(
            [sys.executable, "tag.py", str(path), "-f", "jsonl", "-o", str(out), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        outputs.add(out.read_bytes())
    [output] = outputs
    assert output.count(b"\n") == text.count("\n")
