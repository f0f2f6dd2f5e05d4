"""What people look at: chips in a page, in a notebook and in a terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.cli import tag
from tagger.model.folder import load
from tagger.pretrained import bundled_models, find_model
from tagger.text.chips import (
    DARK,
    LIGHT,
    PAGE_TAIL,
    Chip,
    Word,
    page_head,
    sentence_html,
    sentence_text,
)
from tagger.text.tag_names import FAMILIES, TAG_SETS, tag_of
from tagger.text.tagsets import upos_of
from tests.support.pages import Page
from tests.support.sentences import SENTENCE

CHROMIUM = shutil.which("chromium")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

    def luminance(colour: str) -> float:
        values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_family_has_colours_that_can_be_read(colours: dict[str, tuple[str, str]]) -> None:
    assert set(colours) == set(FAMILIES)
    for back, text in colours.values():
        assert contrast(back, text) >= 4.5


def test_every_tag_of_the_bundled_models_has_a_name() -> None:
    for model in bundled_models():
        bundle = load(find_model(model))
        for name in {
            *bundle.vocabulary.upos.symbols,
            *(t for tags in bundle.knowledge.tags.values() for t in tags),
        }:
            known = tag_of(name)
            assert known.tag == name and known.korean != name and known.english != name
    names = [name for tags in TAG_SETS.values() for name in tags]
    assert len(names) == len(set(names))
    for tags in TAG_SETS.values():
        assert {known.family for known in tags.values()} <= set(FAMILIES)


def test_upos_of_a_tag_is_of_its_family() -> None:
    """The two tables agree where a tag alone says what the word is."""
    for name in ("NNG", "NNP", "NP", "NR", "VV", "VA", "VX", "MMD", "MAG", "IC", "JKS", "SF"):
        assert tag_of(upos_of([("가", name)])).family == tag_of(name).family


def test_a_sentence_reads_as_text_too() -> None:
    page = Page(sentence_html(SENTENCE.words))
    assert (
        "VERB" in page.text and "하VV 동사" in page.text and "그렇VA? 형용사, 불확실" in page.text
    )
    assert "동사 · verb · 99%" in page.titles and "동사 · verb" in page.titles


def test_nothing_in_a_text_is_markup() -> None:
    chips = [Chip("<script>alert(1)</script>", '"><img src=x>', 0.1)]
    html = sentence_html([Word("<b>&\0\ud800", '"x', chips)])
    assert "<script" not in html and "<img" not in html and "<b>" not in html
    assert "\0" not in html and "\ud800" not in html
    Page(html)


@given(st.text(st.characters()), st.text(min_size=1), st.floats(0, 1))
def test_any_text_makes_a_page_and_does_not_command_a_terminal(
    text: str, tag: str, score: float
) -> None:
    words = [Word(text, None, [Chip(text, tag.replace("\x1b", ""), score)])]
    page = page_head(text) + sentence_html(words) + PAGE_TAIL
    Page(page)
    page.encode("utf-8", "surrogatepass")
    assert "\x1b" not in sentence_text(words, False)


def test_columns_stand_below_one_another() -> None:
    words = [Word(surface, "X", []) for surface in ("밥", "ab", "각", "👨‍👩‍👧", "")]
    lines = sentence_text(words, False).splitlines()
    assert lines[:2] == ["밥      X      ", "ab      X      "]
    assert lines[3:] == ["👨‍👩‍👧  X      ", "        X      ", ""]


def test_a_notebook_shows_a_sentence_by_itself() -> None:
    shown = SENTENCE._repr_html_()
    Page(shown)
    assert shown.startswith("<style>") and "하" in shown and "http" not in shown


def test_a_page_of_a_file(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "글.txt").write_text("나 밥 먹었다\n\n<b>학교</b>에 갔다\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("학교\n", encoding="utf-8")
    files = [str(tmp_path / "글.txt"), str(tmp_path / "other.txt")]
    options = ["-m", str(tiny_model), "-f", "html", "-o", str(tmp_path / "out") + "/"]
    assert tag.main([*files, *options]) == 0
    page = (tmp_path / "out" / "글.html").read_text(encoding="utf-8")
    assert "<title>글</title>" in page and "<title>other</title>" not in page
    assert [f'id="s{number}"' in page for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert not re.search(r"https?:|src=|<link|<script", page)  # self-contained
    assert "<b>학교" not in page
    Page(page)


def test_files_on_standard_output_are_one_page(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("학교\n", encoding="utf-8")
    files = [str(tmp_path / name) for name in ("a", "missing", "b")]
    assert tag.main([*files, "-m", str(tiny_model), "-f", "html"]) == 1
    page = capfd.readouterr().out
    assert page.count("<!DOCTYPE") == 1 and page.count('class="sentence"') == 2
    Page(page)


@pytest.mark.parametrize(("choice", "coloured"), [("always", True), ("auto", False)])
def test_colour_in_a_terminal(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], choice: str, coloured: bool
) -> None:
    (tmp_path / "a").write_text("학교\n", encoding="utf-8")
    options = ["-m", str(tiny_model), "-f", "pretty", "--color", choice]
    assert tag.main([str(tmp_path / "a"), *options]) == 0
    assert ("\x1b[" in capfd.readouterr().out) is coloured


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    html = page_head("글") + sentence_html(SENTENCE.words) + PAGE_TAIL
    page.write_text(html, encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120)  # type: ignore[arg-type]
    dom = done.stdout.decode()
    assert dom.count('class="eojeol"') == 2 and dom.count('<span class="chip') >= 20
