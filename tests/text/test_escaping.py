"""What people are shown commands no terminal, breaks no page and stays in one line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from corpora.rows import LONGEST_PROBLEM
from tagger.analyzer import Tagger
from tagger.cli import check, convert, evaluate, tag
from tagger.cli.console.messages import error, warn
from tagger.cli.pages.history_page import history_page
from tagger.cli.pages.html import table
from tagger.errors import TaggerError
from tagger.text.chips import Chip, Word, page_head, sentence_html, sentence_text
from tagger.text.escaping import is_printable, json_text, printable
from tests.support.pages import Page

HARMFUL = "\x1b]0;x\x07|\x9b2J|\u202e|\u2028|\udcff|\x00|\ufffe|\U0010ffff|\n|\x7f|\u200f"
NAME = "\x1b[2J\u202e\x9b\n\udcff"  # for a file: no NUL, no slash


def assert_harmless(text: str) -> None:
    """Line feeds of our own are all that is left."""
    assert all(map(is_printable, text.split("\n"))), repr(text)


def test_harmful_characters_are_written_as_escapes() -> None:
    shown = printable(HARMFUL)
    assert_harmless(shown)
    assert "\n" not in shown and shown.startswith(r"\x1b]0;x\x07|\x9b2J|\u202e|\u2028|\udcff|\x00|")
    assert printable(shown) == shown
    for kept in ("나 밥 먹었다\\", "👨‍👩‍👧‍👦 漢字 각", "שלום", "\u00a0\u3000\u200b\ue000"):
        assert printable(kept) == kept and is_printable(kept)


def test_json_has_halves_of_pairs_as_escapes() -> None:
    text = json_text({"a\udcff": "\ud800나"})
    assert json.loads(text.encode()) == {"a\udcff": "\ud800나"} and "나" in text


def test_messages_are_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    warn(HARMFUL)
    error(TaggerError(HARMFUL, where=HARMFUL, remedy=HARMFUL))
    said = capsys.readouterr().err
    assert_harmless(said)
    assert said.count("\n") == 2
    assert is_printable(str(TaggerError(HARMFUL, where=HARMFUL, remedy=HARMFUL)))


def test_wrong_options_are_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        tag.main([f"--{HARMFUL}"])
    assert_harmless(capsys.readouterr().err)


def test_chips_and_pages_are_quoted() -> None:
    words = [Word(HARMFUL, HARMFUL, [Chip(HARMFUL, HARMFUL, 0.5)])]
    assert_harmless(sentence_text(words, colour=False))
    coloured = sentence_text(words, colour=True)
    assert_harmless(re.sub(r"\x1b\[\d+(;1)?m", "", coloured))
    epochs = [{"epoch": 1, "loss": 1.0, "eojeol": 2.0}]
    for html in (
        sentence_html(words),
        page_head(HARMFUL),
        table([HARMFUL], [], HARMFUL),
        history_page(HARMFUL, epochs, "eojeol"),
    ):
        assert_harmless(html)
        html.encode("utf-8")
    assert Page(sentence_html(words)).text.count(r"\x1b]0;x\x07") >= 3


@pytest.fixture
def harmful(tmp_path: Path) -> Path:
    """A corpus in a file of such a name, whose rows hold such characters."""
    path = tmp_path / f"{NAME}.tsv"
    rows = [
        "나\t나\tNP\tPRON",
        "밥\t밥\tN\x1b[2JNG\t_",
        "가\t\x9b2J\tNNG\t_",
        "다\t다\tEF\tX\u202eY",
    ]
    path.write_text("\n".join([*rows, "\x1b[3J"]) + "\n", encoding="utf-8")
    return path


def test_check_quotes_a_corpus(harmful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([str(harmful), "--format", "tsv"]) == 1
    shown = capsys.readouterr().out
    assert_harmless(shown)
    assert r"'N\x1b[2JNG' is not a tag" in shown and "4 rows cannot be used" in shown
    assert check.main([str(harmful), "--format", "tsv", "--json"]) == 1
    shown = capsys.readouterr().out
    assert json.loads(shown.encode())["path"] == str(harmful)


def test_convert_quotes_what_it_says(
    harmful: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / f"{NAME}.html"
    command = [str(harmful), "--format", "tsv", "-t"]
    assert convert.main([*command, "html", "-o", str(page)]) == 0
    assert_harmless(capsys.readouterr().err)
    assert_harmless(page.read_text(encoding="utf-8"))
    assert convert.main([*command, "pretty"]) == 0
    assert_harmless(capsys.readouterr().out)


def test_names_that_are_not_utf_8_in_every_command(
    harmful: Path, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = shutil.copytree(tiny_model, tmp_path / f"model{NAME}")
    here, report = ["-m", str(model)], tmp_path / f"report{NAME}"
    command = [str(harmful), "--format", "tsv", *here]
    assert evaluate.main([*command, "--report", str(report)]) == 0
    assert_harmless((report / "report.html").read_text(encoding="utf-8"))
    assert evaluate.main([*command, "--compare", str(model), str(model)]) == 0
    shown = capsys.readouterr()
    assert_harmless(shown.out + shown.err)
    assert evaluate.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.encode())["model"] == str(model)
    text = tmp_path / f"text{NAME}.txt"
    text.write_text("나 밥 먹었다\n", encoding="utf-8")
    for form in ("html", "pretty", "jsonl"):
        output = tmp_path / f"{form}{NAME}"
        assert tag.main([str(text), *here, "-f", form, "-o", str(output)]) == 0
        assert_harmless(output.read_text(encoding="utf-8"))


def test_what_is_said_of_a_long_row_is_short(tmp_path: Path) -> None:
    import corpora

    path = tmp_path / "long.conllu"
    path.write_text("1\t나\t나\t_\tNP" + "\t_" * 5 + "\n2\t" + "\t".join(["x/" * 10**5] * 9) + "\n")
    [problem] = corpora.read(path).problems
    assert len(problem.what) == LONGEST_PROBLEM + 1


def test_machine_formats_keep_text_as_it_is(tiny_tagger: Tagger) -> None:
    from tagger.text.formats import FORMATS

    sentence = tiny_tagger.tag("밥\x1b[2J\u202e")
    assert json.loads(FORMATS["jsonl"](sentence, 1))["text"] == "밥\x1b[2J\u202e"
    for name in ("sejong", "conllu", "tsv", "mecab"):
        assert "\x1b" in FORMATS[name](sentence, 1), name
