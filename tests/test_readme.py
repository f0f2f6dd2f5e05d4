"""What the README promises, run as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.pretrained import bundled_models
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
SHELL = [block for language, block in BLOCKS if language == "sh"]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the README with this Python and with my-model in the folder."""
    line = line.partition("  #")[0].replace("my-model", str(folder / "my-model"))
    python = shlex.quote(sys.executable)
    line = line.replace("python ", f"{python} ").replace("pumsa ", f"{python} -m tagger ")
    return subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=500)


@pytest.mark.slow
def test_the_first_command_sets_up_and_tags(tmp_path: Path) -> None:
    setup, _, job = SHELL[0].strip().partition(" && echo ")
    assert setup == "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e ."
    done = shell(f"echo {job}".replace(".venv/bin/python", "python"), tmp_path)
    assert done.returncode == 0 and done.stdout == "나/NP 밥/NNG 먹/VV+었/EP+다/EF\n"
    assert done.stdout.strip() in README


def test_ci_runs_the_second_command() -> None:
    assert SHELL[1].strip().endswith(".venv/bin/python -m pytest -q -n 2")
    assert "tag a sentence:" in README and "\nThe first prints" in README  # what .ci/run looks for


@pytest.mark.slow
def test_the_training_example(tmp_path: Path) -> None:
    """The README says under two minutes; a busy machine must not fail a test."""
    [example] = [block for block in SHELL if "corpora/sample" in block]
    for line in example.strip().splitlines():
        done = shell(line, tmp_path)
        assert done.returncode == 0, done.stderr
    assert done.stdout.count("/") >= 5


@pytest.mark.slow
def test_the_python_example(capsys: pytest.CaptureFixture[str]) -> None:
    example = next(block for language, block in BLOCKS if language == "python")
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("나/NP 밥/NNG 먹/VV+었/EP+다/EF\n나 PRON 나 NP\n")


@pytest.mark.slow
def test_every_option_of_the_readme_is_one_of_the_scripts(tmp_path: Path) -> None:
    offered = "".join(
        shell(f"python {script} --help", tmp_path).stdout
        for script in (
            "tag.py",
            "train.py",
            "evaluate.py",
            "-m tagger.cli.corpora",
        )
    )
    for option in set(re.findall(r"--[a-z][a-z-]+", README)):
        assert option in offered, option


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_scores_in_the_documents_are_those_of_the_models() -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name in bundled_models():
        card = (ROOT / "tagger" / "pretrained" / name / "README.md").read_text(encoding="utf-8")
        [row] = re.findall(rf"\| `{name}` \| (\d\d\.\d\d) \|", page)
        assert f"eojeol exact match, raw text | {row} |" in card
        assert all(
            score in page and f"eojeol exact match, raw text | {score} |" in card
            for score in re.findall(rf"\*\*(\d\d\.\d\d) %\*\* \(`{name}`\)", README)
        )
