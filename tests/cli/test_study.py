"""The laboratory from its command line, end to end on tiny settings."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tagger.cli import study
from tests.conftest import CORPUS, heed_interrupts
from tests.support.places import ROOT

TINY = ["--train", str(CORPUS), "--dev", str(CORPUS), "--hidden", "8", "--epochs", "1"]
TINY += ["--batch-size", "40", "--processes", "1"]


def output(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert study.main(list(argv)) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one sentence that a wrong call is answered with."""
    assert study.main(list(argv)) == 2
    out, error = capsys.readouterr()
    *notes, error = error.splitlines()
    assert not out and all("inflated" in note for note in notes)
    return error


def check_pictures(folder: Path, *names: str) -> None:
    for name in names:
        picture = ElementTree.parse(folder / f"{name}.svg").getroot()
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"


def rows_of(section: str, out: str) -> list[list[str]]:
    """The rows of the first table of a section."""
    part = out.split(f"### {section}\n")[1].split("\n### ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "step", "-o", str(tmp_path))
    assert all(float(row[-1]) < 1e-12 for row in rows_of("step-checks", out))
    assert rows_of("step-example", out)[0][:2] == ["나 밥 먹었다", "나"]
    check_pictures(tmp_path, "step", "step-back")
    assert "먹었다" in (tmp_path / "step.svg").read_text(encoding="utf-8")


def test_shapes(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "shapes", "-m", str(tiny_model), "-o", str(tmp_path))
    assert "**nn.LSTM(6, 200)**" in out and "`[100, 30, 6]`" in out
    assert "**the tagger: lstm, one direction, layers: 2**" in out
    check_pictures(tmp_path, "shapes")


class Page(HTMLParser):
    """The text and the pictures of a page, whose tags must match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            assert dict(attrs)["alt"]
            self.pictures.append(dict(attrs)["src"] or "")
        elif tag not in ("meta", "html"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_memory(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(capsys, "memory", "-m", str(tiny_model), "-o", str(tmp_path))
    changed = {row[0]: row[1:] for row in rows_of("memory-changes", out)}
    assert changed["input: syllable"][0] == "●" and changed["layer 1, backward"][-1] == "0 %"
    page = Page()
    page.feed((tmp_path / "memory.html").read_text(encoding="utf-8"))
    assert not page.open and {"나", "밥", "먹", "었", "다"} <= set(page.words)
    assert len(page.pictures) == 4 * 5  # layers and directions; two states, three gates
    assert all(picture.startswith("data:image/png;base64,") for picture in page.pictures)
    check_pictures(tmp_path, "memory")


def test_memory_of_a_sentence_with_markup(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output(capsys, "memory", "<b>밥", "-m", str(tiny_model), "-o", str(tmp_path))
    assert "memory-changes" not in out
    page = (tmp_path / "memory.html").read_text(encoding="utf-8")
    assert "<b>" not in page and "&lt;" in page


def test_memory_refuses(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = ["-m", str(tiny_model)]
    assert "--instead" in refusal(capsys, "memory", "나 밥", "--instead", "나", *model)
    assert "no syllable" in refusal(capsys, "memory", " ", *model)
    assert "no model" in refusal(capsys, "memory", "-m", "nowhere")


def test_restore(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["-m", str(tiny_model), "-o", str(tmp_path), "--dev", str(CORPUS)]
    out = output(capsys, "restore", "쑨", *options)
    assert "many-to-one" in out and "one-to-many" in out and "`ㅆ`" in out
    assert [row[-1] for row in rows_of("restore-accuracy", out)] == ["0"] * 6  # all were seen
    check_pictures(tmp_path, "restore")
    assert "2 syllables" in refusal(
        capsys, "restore", "쑤었", "--syllable", "3", "-m", str(tiny_model)
    )
    for words in ("", "쑨 죽"):
        assert "not one word" in refusal(capsys, "restore", words, "-m", str(tiny_model))
    decomposed = unicodedata.normalize("NFD", "쑨")
    assert output(capsys, "restore", decomposed, "-m", str(tiny_model)).startswith(
        "### restore\n\n`쑨` as"
    )


@pytest.mark.slow
def test_cells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice: the second call takes what the first has trained."""
    command = ["cells", *TINY, "--runs", str(tmp_path / "runs"), "-o", str(tmp_path)]
    command += ["--cells", "rnn", "lstm", "--layers", "1", "--seeds", "2"]
    assert study.main([*command, "--directions", "2"]) == 0
    out, error = capsys.readouterr()
    assert "4 trainings of 1 epochs in 1 processes: about 1 min" in error
    assert [row[:3] for row in rows_of("cells", out)] == [
        ["simple RNN", "2", "1"],
        ["LSTM", "2", "1"],
    ]
    [claim] = rows_of("claims", out)
    assert claim[0] == "an LSTM is better than a simple RNN" and claim[2] == "2"
    check_pictures(tmp_path, "cells")
    legend = (tmp_path / "cells.svg").read_text(encoding="utf-8")
    assert "simple RNN, two directions" in legend and "LSTM, two directions" in legend

    assert study.main([*command, "--directions", "1", "2", "--seeds", "1"]) == 0
    again, error = capsys.readouterr()
    assert "2 trainings" in error and "2 are there already" in error
    assert len(rows_of("cells", again)) == 4

    run = tmp_path / "runs" / "rnn-2-directions-1-layers-seed-1"
    assert json.loads((run / "result.json").read_text())["seed"] == 1
    other = [*command, "--epochs", "2"]
    assert "other settings or corpora" in refusal(capsys, *other)
    (run / "result.json").write_text("{", encoding="utf-8")
    assert "damaged" in refusal(capsys, *command)


@pytest.mark.slow
def test_cells_interrupted(tmp_path: Path) -> None:
    """Ctrl-C does not wait for the trainings under way."""
    command = [sys.executable, "-m", "tagger.cli.study", "cells", *TINY, "--epochs", "5000"]
    run = subprocess.Popen(
        [*command, "--cells", "rnn", "--runs", str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    assert run.stderr is not None
    try:
        for line in run.stderr:
            if "trainings of 5000 epochs" in line:
                break
        time.sleep(5)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130
        assert "Traceback" not in run.stderr.read()
    finally:
        run.kill()
    assert not list(tmp_path.glob("*/result.json"))


@pytest.mark.slow
def test_gradients(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = output(
        capsys, "gradients", *TINY, "--runs", str(tmp_path / "runs"), "-o", str(tmp_path),
        "--updates", "2",
    )  # fmt: skip
    losses = rows_of("gradients-loss", out)
    assert {tuple(row[:3]) for row in losses} == {
        (cell, training, direction)
        for cell in ("simple RNN", "GRU", "LSTM")
        for training in ("before", "after")
        for direction in ("back", "ahead")
    }
    assert all(0 < float(row[3]) < 1000 for row in losses)
    assert {row[2] for row in rows_of("gradients-states", out)} == {
        f"{direction} {kind}"
        for direction in ("forward", "backward")
        for kind in ("hidden", "cell")
    }
    assert len(rows_of("gradients-bounds", out)) == 4  # each direction, before and after
    assert "LSTM, forget gates opened" in [row[0] for row in rows_of("copying", out)]
    check_pictures(tmp_path, "gradients-loss", "gradients-states", "copying")


@pytest.mark.slow
def test_pages_ask_only_for_sections_that_there_are(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the real pages, filled from tiny runs: every mark is answered, every figure drawn."""
    for page in (ROOT / "docs" / "study").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        (tmp_path / page.name).write_text(text, encoding="utf-8")
    options = [*TINY, "--runs", str(tmp_path / "runs"), "--seeds", "1"]
    options += ["--restorations", str(tiny_model), str(CORPUS), "--updates", "2"]
    assert study.main(["pages", str(tmp_path), *options]) == 0
    figures = {path.name for path in (tmp_path / "figures").iterdir()}
    for page in tmp_path.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"\(figures/([\w.-]+)\)", text)) <= figures, page.name
        assert page.name == "README.md" or "| ---" in text, page.name
    assert "is filled" in capsys.readouterr().err


def test_the_pages_hold_the_figures_that_they_show() -> None:
    folder = ROOT / "docs" / "study"
    pages = [page for page in sorted(folder.glob("*.md")) if page.name != "README.md"]
    assert len(pages) == 9
    index = (folder / "README.md").read_text(encoding="utf-8")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert page.name in index
        assert "python -m tagger.cli.study" in text and "**In English.**" in text
        shown = re.findall(r"\(figures/([\w.-]+)\)", text)
        assert shown and all((folder / "figures" / name).is_file() for name in shown), page.name


def test_pages_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such folder" in refusal(capsys, "pages", str(tmp_path / "nowhere"))


@pytest.mark.slow
def test_pictures_without_matplotlib() -> None:
    code = (
        "import sys\n"
        "sys.modules['matplotlib'] = None\n"
        "from tagger.cli import study\n"
        "assert study.main(['step']) == 0\n"
        "raise SystemExit(study.main(['step', '-o', 'study']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "[study]" in done.stderr and "Traceback" not in done.stderr


def test_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["sells"], ["cells", "--layers", "7"]):
        with pytest.raises(SystemExit) as end:
            study.main(argv)
        assert end.value.code == 2
