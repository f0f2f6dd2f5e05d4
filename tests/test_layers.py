"""The house stands: imports run one way, and the ground floor knows neither torch nor Kiwi."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.support.places import ROOT
from tests.support.source import imported

# what tag.py reads before it knows its options, and corpora stand on
GROUND = ("errors.py", "text", "system", "vocabulary.py")


def test_imports_run_downward() -> None:
    """The floors stand in setup.cfg."""
    assert lint_imports(config_filename=str(ROOT / "setup.cfg"), no_cache=True) == 0


@pytest.mark.slow
def test_an_upward_import_is_found(tmp_path: Path) -> None:
    for name in ("tagger", "corpora", "setup.cfg"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    with open(tmp_path / "tagger" / "text" / "hangul.py", "a", encoding="utf-8") as file:
        file.write("\n\ndef load():\n    from tagger.model import folder\n    return folder\n")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "tagger.text.hangul -> tagger.model.folder" in done.stdout


def modules_of(place: str) -> list[Path]:
    path = ROOT / "tagger" / place
    return [path] if path.is_file() else sorted(path.glob("*.py"))


@pytest.mark.parametrize(
    "path",
    [path for place in GROUND for path in modules_of(place) if path.stem != "devices"],
    ids=lambda path: path.stem,
)
def test_the_ground_floor_needs_neither_torch_nor_kiwi(path: Path) -> None:
    for other in imported(path):
        assert other.partition(".")[0] not in ("torch", "kiwipiepy", "safetensors")


def test_the_laboratory_is_needed_by_its_command_only() -> None:
    for path in (ROOT / "tagger" / "study").glob("*.py"):
        for other in imported(path):
            assert not other.startswith(("corpora", "tagger.cli")), (path.name, other)
    users = {
        path.name
        for folder in ("tagger", "corpora", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "study" and any("tagger.study" in name for name in imported(path))
    }
    assert users == {"study.py", "experiments.py"}


def test_two_modules_know_torchtext() -> None:
    users = [
        path.name
        for folder in ("tagger", "corpora")
        for path in (ROOT / folder).rglob("*.py")
        if any(name.startswith("torchtext") for name in imported(path))
    ]
    assert sorted(users) == ["batching.py", "vocabulary.py"]


def test_only_one_module_imports_onnx_runtime() -> None:
    """It switches the telemetry off first."""
    users = [
        path.name
        for folder in ("tagger", "corpora", "benchmarks", "recipes", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if "onnxruntime" in imported(path)
    ]
    assert users == ["engine.py"]


@pytest.mark.slow
@pytest.mark.parametrize("script", ["tag.py", "train.py", "evaluate.py", "tagger/cli/study.py"])
def test_help_imports_no_torch(script: str) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = [{script!r}, '--help']\n"
        f"try: runpy.run_path({str(ROOT / script)!r}, run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'kiwipiepy', 'sklearn', 'torchtext', 'numpy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "examples:" in done.stdout


def test_only_training_and_its_engine_know_torch() -> None:
    users = {
        path.stem
        for folder in ("text", "system", "tokenizer", "labeling", "evaluation", "model")
        for path in modules_of(folder)
        if any(name.partition(".")[0] == "torch" for name in imported(path))
    }
    assert users == {"devices", "engine", "network"}


@pytest.mark.slow
def test_tagging_needs_neither_torch_nor_torchtext(tiny_model: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['torchtext'] = sys.modules['torch'] = None\n"
        "from tagger import Tagger\n"
        f"assert Tagger.load({str(tiny_model)!r}, device='cpu').tag('나 밥')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
