"""The pages of training and evaluation, and the comparison of models."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tagger.cli import evaluate, train
from tagger.cli.pages.history_page import history_page
from tagger.cli.pages.html import chart
from tests.conftest import CORPUS, TINY
from tests.support.pages import Page


def test_a_report_tells_what_the_table_tells(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(CORPUS), "-m", str(tiny_model), "--report", str(tmp_path / "new" / "report")]
    assert evaluate.main([*command, "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    html = (tmp_path / "new" / "report" / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    assert not re.search(r"https?:|src=|<link|<script", html)  # self-contained
    for name in ("xpos", "lemma", "eojeol", "morpheme_f1", "segmentation_f1"):
        assert f'<td class="number">{scores[name]:.2f}</td>' in html
    for tag in scores["tags"]:
        assert f">{tag['tag']}</span>" in html
    assert "일반 명사, common noun" in page.text and "Kiwi alone" in page.text
    assert "95 % interval" in page.text and "baseline" not in scores
    assert evaluate.main([*command, "--json"]) == 0
    assert (tmp_path / "new" / "report" / "report.html").read_text(encoding="utf-8") == html


def test_mistakes_are_shown_beside_gold_and_kiwi(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gold corpus with a tag that the model gets wrong, in a sentence with markup."""
    gold = tmp_path / "gold.tsv"
    gold.write_text("<b>\t<b>\tSW\t_\n밥\t밥\tNNP\t_\n먹었다\t먹+었+다\tVV+EP+EF\t_\n", "utf-8")
    assert evaluate.main([str(gold), "-m", str(tiny_model), "--report", str(tmp_path)]) == 0
    capsys.readouterr()
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    Page(html)
    assert "&lt;b&gt; <mark>밥</mark> 먹었다" in html and "<b>" not in html
    for name in ("gold", "ours", "Kiwi"):
        assert f'<th scope="row">{name}</th>' in html
    assert "밥/NNP" in html


def test_a_folder_that_cannot_be_is_refused_before_the_work(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    place = str(tmp_path / "file" / "report")
    assert evaluate.main([str(CORPUS), "-m", str(tiny_model), "--report", place]) == 2
    assert "not a directory" in capsys.readouterr().err


@pytest.mark.slow
def test_two_models_are_compared(
    tiny_model: Path,
    tiny_variant: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    worse = tiny_variant("--epochs", "1")
    capsys.readouterr()
    command = [str(CORPUS), "--compare", str(worse), str(tiny_model)]
    assert evaluate.main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["models"] == [str(worse), str(tiny_model)]
    a, b = found["scores"]
    for name, difference in found["differences"].items():
        if difference["value"] is None:
            assert a[name] is None
        else:
            assert difference["value"] == pytest.approx(b[name] - a[name], abs=0.011)
    assert found["differences"]["xpos"]["value"] > 0 and found["differences"]["xpos"]["p"] < 0.05
    assert "eojeol_known" not in found["differences"]
    assert evaluate.main(command) == 0
    shown = capsys.readouterr().out
    assert f"A: {worse}" in shown and "*" in shown
    assert evaluate.main([str(CORPUS), "--compare", str(tiny_model), str(tiny_model)]) == 0
    assert "+0.00" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        evaluate.main([*command, "--report", str(tmp_path)])
    assert ended.value.code == 2


def test_a_training_run_can_be_seen(tiny_model: Path) -> None:
    html = (tiny_model / "history.html").read_text(encoding="utf-8")
    page = Page(html)
    epochs = [
        json.loads(line)
        for line in (tiny_model / "history.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert page.text.count(",\u00a0the\u00a0best") == 1
    assert html.count("<svg") >= 5 and f"{epochs[-1]['loss']:.4g}" in page.text
    picture = tiny_model / "history.png"
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 10_000


def test_lines_of_charts_lie_within_them() -> None:
    svg = chart("a <b>", {"one": [1.0, None, 3.0], "two": [2.0, 2.5, -1.0]})
    Page(svg)
    numbers = [pair.split(",") for pair in re.findall(r"[\d.]+,[\d.]+", svg)]
    assert len(numbers) == 5
    assert all(0 <= float(x) <= 300 and 0 <= float(y) <= 180 for x, y in numbers)
    assert chart("empty", {"one": [None]}) == chart("nothing", {}) == ""
    assert "polyline" in chart("one epoch", {"one": [1.0]})


def test_names_of_lines_stand_beside_the_chart() -> None:
    """In it, those of lines that end close to one another would overprint."""
    svg = chart("scores", {"upos": [90.0, 96.6], "lemma": [89.0, 96.4]})
    caption, _, drawn = svg.partition("</figcaption>")
    assert "upos" in caption and "lemma" in caption
    assert "upos" not in drawn and "lemma" not in drawn
    scale = re.findall(r'<text x="(\d+)" y="[\d.]+" text-anchor="end">([^<]*)', drawn)
    assert len(scale) == 2
    assert all(int(x) >= 6.5 * len(text) for x, text in scale)  # 11 pixels high
    rate = chart("rate", {"learning_rate": [0.001966, 6.428e-05]})
    scale = re.findall(r'<text x="(\d+)" y="[\d.]+" text-anchor="end">([^<]*)', rate)
    assert all(int(x) >= 6 * len(text) for x, text in scale)


def test_a_history_of_one_epoch_without_scores() -> None:
    Page(history_page("글", [{"epoch": 1, "loss": 0.5, "xpos": None}], "xpos"))


@pytest.mark.slow
def test_no_matplotlib_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    assert train.main([str(CORPUS), "--dev", str(CORPUS), "-o", str(tmp_path / "m"), *TINY]) == 0
    assert (tmp_path / "m" / "history.html").exists()
    assert not (tmp_path / "m" / "history.png").exists()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
def test_a_browser_draws_the_history(tiny_model: Path, tmp_path: Path) -> None:
    import subprocess

    picture = tmp_path / "page.png"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--screenshot={picture}"]
    page = (tiny_model / "history.html").as_uri()
    subprocess.run([*command, page], capture_output=True, timeout=120, check=True)
    assert picture.stat().st_size > 10_000
