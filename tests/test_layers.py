"""The house stands: imports run one way, and the ground floor knows neither torch nor Kiwi."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.source import imported

LAYERS = [
    "escaping",
    "errors",
    "extras",
    "files",
    "locks",
    "seal",
    "schema",
    "inputs",
    "memory",
    "processes",
    "tagsets",
    "tags",
    "chips",
    "morphology",
    "packed",
    "hangul",
    "segmentation",
    "labels",
    "restoration",
    "lexicon",
    "torchtext_parts",
    "vocabulary",
    "evaluation",
    "bootstrap",
    "calibration",
    "formats",
    "meanings",
    "nouns",
    "tokenizer",
    "user_dictionary",
    "features",
    "architecture",
    "writer",
    "bundle",
    "decoding",
    "network",
    "devices",
    "onnx_model",
    "onnx_graph",
    "engine",
    "analyzer",
    "konlpy",
    "pandas",
    "spacy",
    "restorer",
    "ranks",
    "teaching",
    "training",
    "prepared",
    "sklearn",
]
GROUND = LAYERS[: LAYERS.index("tokenizer")]
FOR_TRAINING = {"network", "restorer", "ranks", "training"}
FOR_CORPORA = {
    "errors",
    "escaping",
    "files",
    "locks",
    "morphology",
    "hangul",
    "segmentation",
}


def layer_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "tagger" and len(parts) > 1 else None


def test_every_module_has_its_layer() -> None:
    modules = {path.stem for path in (ROOT / "tagger").glob("*.py")} - {"__init__", "__main__"}
    assert modules == set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_a_module_imports_lower_ones_only(name: str) -> None:
    for other in imported(ROOT / "tagger" / f"{name}.py"):
        assert not other.startswith("corpora"), other
        layer = layer_of(other)
        if layer is not None:
            assert layer in LAYERS[: LAYERS.index(name)], f"{name} imports {other}"


@pytest.mark.parametrize("path", sorted((ROOT / "corpora").glob("*.py")), ids=lambda p: p.stem)
def test_corpora_stand_on_the_ground_floor(path: Path) -> None:
    for other in imported(path):
        layer = layer_of(other)
        assert layer is None or layer in FOR_CORPORA, other


@pytest.mark.parametrize("name", GROUND)
def test_the_ground_floor_needs_neither_torch_nor_kiwi(name: str) -> None:
    for other in imported(ROOT / "tagger" / f"{name}.py"):
        assert other.partition(".")[0] not in ("torch", "kiwipiepy", "safetensors")


def test_the_laboratory_is_needed_by_its_command_only() -> None:
    for path in (ROOT / "tagger" / "study").glob("*.py"):
        for other in imported(path):
            assert not other.startswith(("corpora", "tagger.cli")), (path.name, other)
    users = [
        path.name
        for folder in ("tagger", "corpora", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "study" and any("tagger.study" in name for name in imported(path))
    ]
    assert users == ["study.py"]


def test_only_one_module_knows_torchtext() -> None:
    users = [
        path.name
        for folder in ("tagger", "corpora")
        for path in (ROOT / folder).rglob("*.py")
        if any(name.startswith("torchtext") for name in imported(path))
    ]
    assert users == ["torchtext_parts.py"]


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
        for path in (ROOT / "tagger").glob("*.py")
        if any(name.partition(".")[0] == "torch" for name in imported(path))
    }
    assert users == FOR_TRAINING | {"devices", "engine"}


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
