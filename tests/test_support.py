"""What the tests share: models that are kept, and nothing of another test."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import models
from tests.support.places import ROOT


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The trainings that there were, in a cache that is empty at first."""
    monkeypatch.setattr(models, "CACHE", tmp_path / "cache")
    return []


def make(trainings: list[list[str]], folder: Path, *arguments: str) -> str:
    def train(words: list[str]) -> int:
        trainings.append(words)
        place = Path(words[-1])
        place.mkdir()
        (place / "model").write_text(" ".join(words[:-2]), encoding="utf-8")
        return 0

    return (models.trained(train, list(arguments), folder) / "model").read_text(encoding="utf-8")


def test_a_model_is_trained_once_for_each_set_of_arguments(
    trainings: list[list[str]], tmp_path: Path
) -> None:
    assert make(trainings, tmp_path / "one", "--hidden", "3") == "--hidden 3"
    (tmp_path / "one" / "model").write_text("changed", encoding="utf-8")
    assert make(trainings, tmp_path / "two", "--hidden", "3") == "--hidden 3"
    assert len(trainings) == 1
    assert make(trainings, tmp_path / "three", "--hidden", "4") == "--hidden 4"
    assert len(trainings) == 2


def test_another_corpus_or_program_trains_anew(
    trainings: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus.tsv"
    for number, text in enumerate(("나\tNP\n", "너\tNP\n", "나\tNP\n")):
        corpus.write_text(text, encoding="utf-8")
        make(trainings, tmp_path / str(number), str(corpus))
    assert len(trainings) == 2
    monkeypatch.setattr(models, "_program", lambda: b"another")
    make(trainings, tmp_path / "last", str(corpus))
    assert len(trainings) == 3


def test_two_at_once_train_once(trainings: list[list[str]], tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        texts = pool.map(lambda n: make(trainings, tmp_path / str(n), "--hidden", "3"), range(8))
        assert set(texts) == {"--hidden 3"}
    assert len(trainings) == 1


def test_a_failed_training_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "CACHE", tmp_path / "cache")
    with pytest.raises(AssertionError):
        models.trained(lambda words: 2, [], tmp_path / "model")
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_no_test_imports_from_another() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^(from|import) tests[\w.]*\.test_", text, re.M), path.name
