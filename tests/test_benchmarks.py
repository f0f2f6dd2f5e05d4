"""The benchmark runs, names what is missing, and draws its curve."""

from __future__ import annotations

import json
import xml.etree.ElementTree
from pathlib import Path
from statistics import median

import pytest

import corpora
from benchmarks import __main__ as benchmarks
from benchmarks import front, measures
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
    assert "without spaces" in shown and "| 5, 1000 lines |" in shown
    assert result["bytecode"][ours]["instructions"] > 1000
    assert result["agreement"][ours]["same"] > 0.9 * result["agreement"][ours]["total"]


INSTRUCTIONS = {"3.11": 2253}
"""Bytecode instructions an eojeol of our sample corpora, as measured when the code was fastest."""


@pytest.mark.slow
def test_python_does_no_more_than_it_did(tmp_path: Path) -> None:
    """5 % more instructions an eojeol are too many. They are the same on every machine."""
    text = tmp_path / "text.txt"
    sample = [
        sentence.text
        for name in ("everyday.tsv", "conventions.tsv")
        for sentence in corpora.read(ROOT / "corpora" / "sample" / name).sentences
    ]
    text.write_text("\n".join(sample), encoding="utf-8")
    counted = measures.ask("bytecode", subject="sejong:int8", text=str(text), cores=[0])
    if counted["python"] not in INSTRUCTIONS:
        pytest.skip(f"not counted with Python {counted['python']}")
    each = counted["instructions"] / counted["eojeols"]
    assert each < 1.05 * INSTRUCTIONS[counted["python"]]


@pytest.mark.slow
def test_python_takes_less_time_than_kiwi(tmp_path: Path) -> None:
    """Arrays are not counted in instructions; their time varies, but so does Kiwi's own."""
    text = tmp_path / "text.txt"
    sample = corpora.read(SAMPLE).sentences
    text.write_text("\n".join(sentence.text for sentence in sample), encoding="utf-8")
    spent = [
        measures.ask("stages", subject="sejong:int8", text=str(text), cores=[0]) for _ in range(3)
    ]
    assert median(each["python"] / each["tokenizer"] for each in spent) < 2


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
