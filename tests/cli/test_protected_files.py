"""What a command reads, and what it did not make, is not replaced."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tagger import Tagger
from tagger.cli import convert, corpora, evaluate, specialize, tag, train
from tagger.cli.console.common import RECORD
from tagger.errors import WRONG_USE, TaggerError
from tagger.model import folder as model_folder
from tagger.pretrained import find_model
from tagger.system import files
from tagger.system.files import whole_file
from tagger.training.settings import Settings
from tests.conftest import CORPUS, TINY
from tests.support.commands import Command, is_one_sentence
from tests.support.places import ROOT


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


def commands(model: Path, out: Path) -> list[tuple[Command, list[str]]]:
    """Those that write, with what they need, and the output."""
    return [
        (tag.main, [str(CORPUS), "-m", str(model), "-o", str(out)]),
        (convert.main, [str(CORPUS), "-t", "conllu", "-o", str(out)]),
        (evaluate.main, [str(CORPUS), "-m", str(model), "--report", str(out)]),
        (train.main, [str(CORPUS), *TINY, "-o", str(out)]),
        (
            specialize.main,
            [str(model), "--dev", str(CORPUS), "--conventions", "tiny", "-o", str(out)],
        ),
        (corpora.main, ["--fetch", "all", "-o", str(out)]),
    ]


@pytest.mark.parametrize("number", range(6))
def test_a_loop_of_links_is_no_output(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    loop, other = tmp_path / "loop", tmp_path / "other"
    loop.symlink_to(other)
    other.symlink_to(loop)
    command, options = commands(tiny_model, loop)[number]
    assert command(options) == WRONG_USE
    said = capsys.readouterr().err
    assert is_one_sentence(said) and f"{loop}: too many levels of symbolic links" in said
    assert loop.readlink() == other and other.readlink() == loop


def test_a_loop_of_links_in_a_folder_of_outputs(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = tmp_path / "tiny.sejong"
    loop.symlink_to(loop)
    assert tag.main([str(CORPUS), "-m", str(tiny_model), "-o", str(tmp_path)]) == WRONG_USE
    assert is_one_sentence(capsys.readouterr().err) and loop.is_symlink()
    with pytest.raises(TaggerError, match="too many levels"), whole_file(loop):
        pass
    assert loop.is_symlink()


def test_the_record_of_outputs_is_no_output(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, out = tmp_path / "in.txt", tmp_path / "out"
    text.write_text("나 밥 먹었다\n", encoding="utf-8")
    out.mkdir()
    options = [str(text), "-m", str(tiny_model), "-o"]
    record = out / RECORD
    assert tag.main([*options, str(record)]) == WRONG_USE
    assert "record of complete outputs" in capsys.readouterr().err and not record.exists()
    assert tag.main([*options, str(out)]) == 0
    before = record.read_bytes()
    (tmp_path / "link").symlink_to(record)
    (out / "link.sejong").symlink_to(RECORD)
    shutil.copy(text, tmp_path / "link.txt")
    assert tag.main([*options, str(tmp_path / "link")]) == WRONG_USE
    refused(capsys, "this is the record of complete outputs", record, before)
    assert tag.main([str(tmp_path / "link.txt"), *options[1:], str(out)]) == WRONG_USE
    refused(capsys, "this is the record of complete outputs", record, before)
    assert convert.main([str(CORPUS), "-t", "tsv", "-o", str(record)]) == WRONG_USE
    refused(capsys, "this is the record of complete outputs", record, before)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is in use cannot be removed")
def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    code = (
        "import os, sys; from tagger.cli import tag; os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]);"
        "os.rmdir(sys.argv[1]); sys.exit(tag.main([sys.argv[2], '-o', 'out']))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "gone"), str(CORPUS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == WRONG_USE and is_one_sentence(done.stderr)
    assert "the working folder is gone; change to another one" in done.stderr


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


@pytest.mark.parametrize("rank", ["1", "3"])
def test_a_rank_alone_replaces_no_model(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rank: str,
) -> None:
    """Other programs than torchrun, such as those of clusters, set RANK too."""
    model = tmp_path / "config.json"
    model.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("RANK", rank)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert train.main([str(CORPUS), "-o", str(tmp_path), *TINY]) == WRONG_USE
    refused(capsys, "a finished model is here", model, b"{}")


@pytest.mark.parametrize(
    "variables", [("abc", "0"), ("0", "0"), ("-1", "0"), ("2", "2"), ("2", "x"), ("2", "-1")]
)
def test_odd_places_in_a_training_are_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: tuple[str, str],
) -> None:
    for name, value in zip(("WORLD_SIZE", "RANK"), variables, strict=True):
        monkeypatch.setenv(name, value)
    assert train.main([str(CORPUS), "-o", str(tmp_path / "model"), *TINY]) == WRONG_USE
    said = capsys.readouterr().err
    assert is_one_sentence(said) and "start it with torchrun, or unset them" in said


def test_a_training_that_finds_no_others_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "0")):
        monkeypatch.setenv(name, value)
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    options = ["--dev", str(CORPUS), "-o", str(tmp_path / "model"), *TINY]
    assert train.main([str(CORPUS), *options]) == WRONG_USE
    said = capsys.readouterr().err
    assert is_one_sentence(said) and "do not find each other" in said


@pytest.mark.parametrize("variables", [{"RANK": "1"}, {"RANK": "1", "WORLD_SIZE": "4"}])
def test_an_error_is_said_by_every_process(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert tag.main(["missing.txt"]) == WRONG_USE
    assert is_one_sentence(capsys.readouterr().err)


@pytest.mark.parametrize("unnamed", [True, False])
def test_a_link_that_takes_the_place_of_the_folder_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool
) -> None:
    """The output went through it, over a file of the same name there."""
    if not unnamed:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    folder, moved, other = tmp_path / "folder", tmp_path / "moved", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "out").write_text("precious")
    with files.whole_file(folder / "out") as stream:
        stream.write(b"new")
        folder.rename(moved)
        folder.symlink_to(other)
    assert (other / "out").read_text() == "precious"
    assert [path.name for path in other.iterdir()] == ["out"]
    assert [path.name for path in moved.iterdir()] == ["out"]
    assert (moved / "out").read_text() == "new"
