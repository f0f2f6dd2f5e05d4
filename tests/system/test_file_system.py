"""Full disks, folders that cannot be written, files that vanish: one sentence, and what was
there before stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import corpora
from corpora.catalogue import read_catalogue
from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.konlpy import Pumsa
from tagger.system.files import make_folder, read_json, whole_file, whole_text
from tagger.system.locks import exclusive_folder
from tagger.tokenizer.user_dictionary import UserDictionary
from tests.conftest import CORPUS, TINY
from tests.support.commands import is_one_sentence
from tests.support.limits import as_anybody, no_room
from tests.support.places import ROOT


def run(
    script: str, *args: object, prepare: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    # where there is no room, coverage cannot write what it measures either
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, script, *map(str, args)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=prepare,
    )


def failed(done: subprocess.CompletedProcess[str], what: str) -> None:
    *notes, message = done.stderr.splitlines(keepends=True)
    assert done.returncode == 2, done.stderr
    assert what in message and is_one_sentence(message), done.stderr
    assert all(": epoch " in note or "inflated" in note for note in notes), done.stderr


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("나 밥 먹었다\n" * 900, encoding="utf-8")
    return path


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    return folder


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_output(text: Path, tiny_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    output.write_text("old", encoding="utf-8")
    for more in ([], ["--workers", "2"]):
        done = run("tag.py", text, "-o", output, "-m", tiny_model, *more, prepare=no_room)
        failed(done, f"{output}: file too large; check the path, its permissions and the free")
        assert output.read_text(encoding="utf-8") == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt", "text.txt"]


@pytest.mark.slow
def test_a_full_disk_ends_training_with_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    done = run("train.py", CORPUS, "--dev", CORPUS, "-o", folder, *TINY, prepare=no_room)
    failed(done, "file too large")
    assert not (folder / "config.json").exists()


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_model(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    subprocess.run(["cp", "-r", str(tiny_model), str(folder)], check=True)
    before = {path.name: path.read_bytes() for path in tiny_model.iterdir()}
    done = run(
        "train.py", CORPUS, "--dev", CORPUS, "-o", folder, *TINY, "--overwrite", prepare=no_room
    )
    failed(done, "file too large")
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert {name: after[name] for name in before if not name.startswith("history.")} == {
        name: data for name, data in before.items() if not name.startswith("history.")
    }


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(text: Path, tiny_model: Path, locked: Path) -> None:
    for target in (locked / "out.txt", locked / "more" / "out.txt", f"{locked}/more/"):
        done = run("tag.py", text, "-o", target, "-m", tiny_model, prepare=as_anybody)
        failed(done, "permission denied" if "more/out" not in str(target) else "no such file")
    done = run(
        "train.py", CORPUS, "--dev", CORPUS, "-o", locked / "model", *TINY, prepare=as_anybody
    )
    failed(done, f"{locked}/model: permission denied")
    assert list(locked.iterdir()) == []


@pytest.mark.slow
def test_a_file_that_cannot_be_read(text: Path, tiny_model: Path, tmp_path: Path) -> None:
    text.chmod(0)
    failed(run("tag.py", text, "-m", tiny_model, prepare=as_anybody), f"{text}: permission denied")
    done = run("train.py", text, "-o", tmp_path / "m", prepare=as_anybody)
    failed(done, f"{text}: permission denied")
    model = tmp_path / "model"
    subprocess.run(["cp", "-r", str(tiny_model), str(model)], check=True)
    (model / "model.safetensors").chmod(0)
    done = run("tag.py", CORPUS, "-m", model, prepare=as_anybody)
    failed(done, f"{model}/model.safetensors: permission denied")


@pytest.mark.slow
def test_an_input_that_vanishes_fails_alone(text: Path, tiny_model: Path, tmp_path: Path) -> None:
    """It is there when the job begins, and no longer when its turn comes."""
    pipe = tmp_path / "a.txt"
    os.mkfifo(pipe)
    out = tmp_path / "out"
    command = [sys.executable, "tag.py", pipe, text, "-o", f"{out}/", "-m", tiny_model]
    with subprocess.Popen(
        list(map(str, command)), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        with open(pipe, "w", encoding="utf-8") as stream:  # the first input is being read now
            text.unlink()
            stream.write("나 밥\n")
        assert process.stderr
        error = process.stderr.read()
        assert process.wait() == 1
    assert error == f"tag.py: {text}: no such file or directory; check the path, its " + (
        "permissions and the free space\n"
    )
    assert [path.name for path in out.glob("[!.]*")] == ["a.sejong"]


def test_a_file_is_replaced_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), whole_text(path) as stream:
        stream.write("new")
        stream.flush()
        assert path.read_text(encoding="utf-8") == "old"
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    assert path.read_text(encoding="utf-8") == "old"
    with whole_text(path, "utf-16") as stream:
        stream.write("새")
    assert path.read_bytes().decode("utf-16") == "새"
    with whole_file(path) as binary:
        binary.write(b"1")
    assert path.read_bytes() == b"1"
    with (
        pytest.raises(TaggerError, match="nothing/x: no such file"),
        whole_text(tmp_path / "nothing" / "x"),
    ):
        pass


@pytest.mark.parametrize(
    "name", ["x" * 5000, "x/" * 3000, "a\0b", "\ud800"], ids=["long", "deep", "null", "surrogate"]
)
def test_no_name_is_more_than_a_sentence(tmp_path: Path, name: str) -> None:

    def write(path: str) -> None:
        with whole_text(path):
            pass

    loaders: list[Callable[[str], object]] = [
        Tagger.load,
        lambda path: Tagger.load(user_dictionary=path),
        lambda path: Tagger.load(Path(path)),
        lambda path: Pumsa(userdic=path),
        UserDictionary.read,
        corpora.read,
        read_catalogue,
        read_json,
        lambda path: make_folder(Path(path)),
        lambda path: exclusive_folder(Path(path) / "x").__enter__(),
        lambda path: write(f"{path}/x"),
    ]
    for load in loaders:
        with pytest.raises(TaggerError) as error:
            load(f"{tmp_path}/{name}")
        assert is_one_sentence(f"{error.value}\n")
