"""What a command reads, and what it did not make, is not replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tagger import Tagger
from tagger.cli import corpora, evaluate, tag, train
from tagger.errors import WRONG_USE, TaggerError
from tagger.model import folder as model_folder
from tagger.pretrained import find_model
from tagger.training.settings import Settings
from tests.conftest import CORPUS, TINY
from tests.support.commands import is_one_sentence


def refused(capsys: pytest.CaptureFixture[str], wanted: str, kept: Path, before: bytes) -> None:
    said = capsys.readouterr().err
    assert is_one_sentence(said) and wanted in said
    assert kept.read_bytes() == before


def test_tagging_replaces_neither_dictionary_nor_model(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = tmp_path / "in.txt", tmp_path / "words.tsv"
    text.write_text("나 밥 먹었다\n", encoding="utf-8")
    words.write_text("쿠버네티스\tNNG\n", encoding="utf-8")
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    (tmp_path / "link").symlink_to(words)
    for output in (words, tmp_path / "link", model / "config.json"):
        before = output.read_bytes()
        options = ["-m", str(model), "--user-dict", str(words), "-o", str(output)]
        assert tag.main([str(text), *options]) == WRONG_USE
        refused(capsys, "a file that this command reads", output, before)


def test_a_report_does_not_replace_its_corpus(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "corpus.tsv"
    shutil.copy(CORPUS, corpus)
    before = corpus.read_bytes()
    (tmp_path / "report.html").symlink_to(corpus)
    options = ["-m", str(tiny_model), "--report", str(tmp_path)]
    assert evaluate.main([str(corpus), *options]) == WRONG_USE
    refused(capsys, "a file that this command reads", corpus, before)


@pytest.mark.parametrize("options", [[], ["--about", "{readme}", "--overwrite"]])
def test_training_keeps_a_readme_that_is_not_a_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("mine\n", encoding="utf-8")
    options = [option.format(readme=readme) for option in options]
    assert train.main([str(CORPUS), "-o", str(tmp_path), *TINY, *options]) == WRONG_USE
    refused(capsys, "README.md", readme, b"mine\n")


def test_saving_a_model_takes_no_folder_of_others(tiny_model: Path, tmp_path: Path) -> None:
    theirs = tmp_path / ".new" / "thesis.txt"
    theirs.parent.mkdir()
    theirs.write_text("theirs\n", encoding="utf-8")
    with pytest.raises(TaggerError, match="does not come from saving a model"):
        model_folder.save(model_folder.load(find_model(tiny_model)), tmp_path, "")
    assert theirs.read_text(encoding="utf-8") == "theirs\n"


def test_json_that_is_nested_too_deeply_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000, encoding="utf-8")
    before = deep.read_bytes()
    assert corpora.main(["--catalogue", str(deep)]) == WRONG_USE
    refused(capsys, "nested too deeply", deep, before)
    options = ["-o", str(tmp_path / "model"), "--config", str(deep)]
    assert train.main([str(CORPUS), *options]) == WRONG_USE
    refused(capsys, "nested too deeply", deep, before)


def test_a_seed_is_a_number_of_64_bits() -> None:
    for seed in (-1, 1 << 63):
        with pytest.raises(TaggerError, match="seed must be"):
            Settings(seed=seed)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2"])
def test_a_tagger_has_a_thread(tiny_tagger: Tagger, threads: object) -> None:
    with pytest.raises((ValueError, TypeError), match="threads"):
        Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer, threads=threads)  # type: ignore[arg-type]
