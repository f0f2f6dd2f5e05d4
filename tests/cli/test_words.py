"""`tag.py -f words` and `--dictionary-form`, as users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tagger import Tagger, TaggerError
from tagger.cli import tag
from tests.support.commands import is_one_sentence, run_here

TEXT = "나무꾼은 깨끗한 물을 마셨다.\n\n밥을 먹었다\n"


def run(*args: str, text: str = TEXT) -> str:
    done = run_here(tag.main, "--device", "cpu", *args, text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_line_of_words_for_each_line_of_text(tmp_path: Path) -> None:
    assert run("-f", "words") == "나무꾼 깨끗하다 물 마시다\n\n밥 먹다\n"
    assert run("-f", "words", "--pos", "NNG,VV") == "나무 물 마시다\n\n밥 먹다\n"
    assert run("-f", "words", "--pos", "VV", "--forms") == "마시\n\n먹\n"
    stopwords = tmp_path / "stopwords"
    stopwords.write_text("# words\n 마시다 \n\n물\n", encoding="utf-8")
    assert run("-f", "words", "--stopwords", str(stopwords)) == "나무꾼 깨끗하다\n\n밥 먹다\n"


def test_dictionary_forms_in_the_other_formats() -> None:
    plain = run("-f", "jsonl").splitlines()
    for line, more in zip(plain, run("-f", "jsonl", "--dictionary-form").splitlines(), strict=True):
        data = json.loads(more)
        for eojeol in data["eojeols"]:
            assert eojeol.pop("dictionary_form")
            assert all(morpheme.pop("dictionary_form") for morpheme in eojeol["morphemes"])
        assert data == json.loads(line)
    assert run("-f", "tsv", "--dictionary-form", text="먹었다\n").split() == [
        *("먹었다", "먹+었+다", "VV+EP+EF", "VERB", "먹다")
    ]
    written = run("-f", "conllu", "--dictionary-form", text="먹었다\n")
    assert "\n1\t먹었다\t먹다\tVERB\tVV+EP+EF\t" in written
    kept = run("--input-format", "conllu", "-f", "conllu", "--dictionary-form", text=written)
    assert kept == written


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["-f", "words", "--pos", "NNG,NOPE"], "'NOPE' is not a tag of this model; use one of EC,"),
        (["-f", "words", "--pos", "NNG,,VV"], "is not a list of tags with commas between them"),
        (["--pos", "NNG"], "--pos, --forms and --stopwords need -f words"),
        (["-f", "jsonl", "--forms"], "--pos, --forms and --stopwords need -f words"),
        (["-f", "words", "--stopwords", "MISSING"], "no such file"),
        (["-f", "mecab", "--dictionary-form"], "--dictionary-form needs -f conllu, tsv or jsonl"),
    ],
)
@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
def test_what_is_wrong_use(
    options: list[str], what: str, workers: list[str], tmp_path: Path
) -> None:
    options = [option.replace("MISSING", str(tmp_path / "missing")) for option in options]
    (tmp_path / "text").write_text("나\n", encoding="utf-8")
    done = run_here(tag.main, str(tmp_path / "text"), *options, *workers)
    assert done.returncode == 2 and what in done.stderr and not done.stdout
    assert is_one_sentence(done.stderr.splitlines()[-1] + "\n")


def test_stopwords_are_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "stopwords"
    path.write_text("물\n", encoding="utf-8")
    options = ["-f", "words", "--stopwords", str(path), "-o", str(path)]
    done = run_here(tag.main, *options, text=TEXT)
    assert done.returncode == 2 and "would replace a file that this command reads" in done.stderr
    assert path.read_text(encoding="utf-8") == "물\n"


@pytest.mark.slow
def test_processes_write_the_same(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(TEXT * 20, encoding="utf-8")
    options = [str(path), "-f", "words", "--pos", "NNG,VV"]
    for more in ([], ["--workers", "2"]):
        assert tag.main([*options, *more, "-o", str(tmp_path / f"out{len(more)}")]) == 0
    assert (tmp_path / "out0").read_bytes() == (tmp_path / "out2").read_bytes()


@pytest.mark.slow
def test_other_words_are_another_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "text"
    path.write_text(TEXT, encoding="utf-8")
    command = [str(path), "-f", "words", "-o", str(tmp_path / "out"), "--resume"]
    assert tag.main(command) == 0 == tag.main(command)
    assert "1 of 1 outputs are there already" in capsys.readouterr().err
    assert tag.main([*command, "--pos", "VV"]) == 0
    assert (tmp_path / "out").read_text(encoding="utf-8") == "마시다\n\n먹다\n"


def test_from_python() -> None:
    tagger = Tagger.load(device="cpu")
    assert tagger.words("밥을 먹었다") == ["밥", "먹다"]
    lists = tagger.words(["밥을 먹었다", "", "학교에 간다"], pos=["NNG", "VV"], stopwords=["밥"])
    assert [*lists] == [["먹다"], [], ["학교", "가다"]]
    assert tagger.words("밥을 먹었다", pos={"VV"}, dictionary_form=False) == ["먹"]
    with pytest.raises(TaggerError, match="'NOPE' is not a tag of this model"):
        tagger.words("밥", pos=["NOPE"])
    with pytest.raises(TypeError, match="pos must be several tags"):
        tagger.words("밥", pos="NNG")
