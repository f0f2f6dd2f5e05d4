"""The benchmark runs, names what is missing, and draws its curve."""

from __future__ import annotations

import json
import xml.etree.ElementTree
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import front
from benchmarks.front import Point, drawn
from tests.support.places import ROOT

SAMPLE = str(ROOT / "corpora" / "sample" / "everyday.tsv")


@pytest.mark.slow
def test_all_tables_with_a_missing_peer(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "samples.json"
    arguments = ["--corpus", SAMPLE, "--models", str(tiny_model), "--engines", "int8"]
    arguments += ["--peers", "kiwi", "udpipe", "--repeats", "1", "--json", str(file)]
    assert benchmarks.main(arguments) == 0
    shown = capsys.readouterr().out
    assert "| udpipe | ufal.udpipe is not installed |" in shown or "UDPIPE_MODEL" in shown
    result = json.loads(file.read_text(encoding="utf-8"))
    [ours] = [name for name in result["throughput"] if name.endswith(":int8")]
    for subject in (ours, "kiwi"):
        [sample] = result["throughput"][subject]
        assert sample["eojeols"] / sample["wall"] > 100 and sample["memory"] > 50
        assert 0.1 < result["first_line"][subject][0]["seconds"] < 60
    [spent] = result["stages"][ours]
    assert spent["tokenizer"] + spent["network"] < spent["all"]
    assert result["agreement"][ours]["same"] > 0.9 * result["agreement"][ours]["total"]


def test_a_text_that_is_too_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmarks.main(["--corpus", str(ROOT / "tests" / "data" / "tiny.tsv")]) == 2
    assert "too short to measure; give a larger corpus" in capsys.readouterr().err


def test_the_curve_joins_the_models_that_no_other_beats() -> None:
    points = [Point("slow", 92.0, 10.0), Point("fast", 90.0, 30.0), Point("beaten", 89.0, 20.0)]
    root = xml.etree.ElementTree.fromstring(drawn(points, "xpos"))
    [line] = [item for item in root if item.tag.endswith("polyline")]
    assert len(line.attrib["points"].split()) == 2
    assert "beaten (89.00)" in "".join(root.itertext())


@pytest.mark.slow
def test_the_table_of_models(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(tiny_model), "--corpus", SAMPLE, "--repeats", "1", "--score", "eojeol"]
    assert front.main(arguments) == 0
    assert f"| {tiny_model.name} |" in capsys.readouterr().out
