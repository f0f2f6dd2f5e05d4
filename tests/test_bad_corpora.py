"""Corpora that are not what they seem: in every format, and on the way through `train.py`."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import safetensors.torch
import torch

import corpora
from tagger import Tagger
from tagger.cli import evaluate, train
from tests.conftest import CORPUS, TINY

CONLLU = """\
# sent_id = s1
1\t나\t나\tPRON\tNP\t_\t2\tnsubj\t_\t_
2\t했다\t하+았+다\tVERB\tVV+EP+EF\t_\t0\troot\t_\tSpaceAfter=No
3\t.\t.\tPUNCT\tSF\t_\t2\tpunct\t_\t_

"""
KLUE = "## k1\t나 했다.\n1\t나\t나\tNP\t2\tNP\n2\t했다.\t하 았 다 .\tVV+EP+EF+SF\t0\tVP\n\n"
ROWS = "나\t나/NP\n했다.\t하/VV + 았/EP + 다/EF + ./SF\n\n"
LINES = "나/NP 하/VV+았/EP+다/EF+./SF\n"
COLUMNS = "나\t나\tNP\tPRON\n했다.\t하+았+다+.\tVV+EP+EF+SF\tVERB\n\n"
ANALYSIS = "나/NP 하/VV+았/EP+다/EF+./SF"

GOOD = {"conllu": CONLLU, "klue": KLUE, "rows": ROWS, "lines": LINES, "columns": COLUMNS}
every_format = pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
in_rows = pytest.mark.parametrize("text", [CONLLU, KLUE, ROWS, COLUMNS])


def read(folder: Path, text: str | bytes, **options: object) -> corpora.Corpus:
    path = folder / "corpus"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return corpora.read(path, **options)  # type: ignore[arg-type]


@every_format
def test_how_lines_end_does_not_matter(tmp_path: Path, text: str) -> None:
    for changed in (
        text.replace("\n", "\r\n"),
        text.rstrip("\n"),
        "\n\n" + text + "\n \n\n",
        "\ufeff" + text,
        text.rstrip("\n").replace("\n", "\r\n"),
    ):
        corpus = read(tmp_path, changed * 1)
        assert not corpus.problems
        assert [str(sentence) for sentence in corpus.sentences] == [ANALYSIS]


@every_format
def test_encodings_do_not_matter(tmp_path: Path, text: str) -> None:
    for encoding in ("cp949", "utf-16", "utf-8-sig"):
        for given in (encoding, "auto"):
            corpus = read(tmp_path, text.encode(encoding), encoding=given)
            assert [str(sentence) for sentence in corpus.sentences] == [ANALYSIS]


@in_rows
def test_an_empty_line_inside_makes_two_sentences_and_loses_nothing(
    tmp_path: Path, text: str
) -> None:
    row = next(line for line in text.splitlines() if line.startswith(("했다", "2\t")))
    corpus = read(tmp_path, text.replace(row, f"\n{row}"))
    assert [str(sentence) for sentence in corpus.sentences] == ANALYSIS.split(" ")


@every_format
def test_rows_with_a_column_too_few_or_too_many_are_named(tmp_path: Path, text: str) -> None:
    row = next(line for line in text.splitlines() if line.startswith(("나", "1\t")))
    number = text.splitlines().index(row) + 1
    if text is LINES:
        changes = [row.replace("나/NP", "나NP"), row.replace("나/NP", "나/")]
    elif text is ROWS:
        changes = [row.partition("\t")[0] + "\t", row + "\t나/NP"]
    else:
        changes = [row.rpartition("\t")[0], row + "\t_"]
    for changed in changes:
        corpus = read(tmp_path, text.replace(row, changed) + text * 3)
        assert [problem.where for problem in corpus.problems] == [f"{tmp_path}/corpus:{number}"]
        assert [str(sentence) for sentence in corpus.sentences][1:] == [ANALYSIS] * 3


@every_format
def test_another_format_in_the_middle_is_named_row_by_row(tmp_path: Path, text: str) -> None:
    format = read(tmp_path, text).format
    for name, other in GOOD.items():
        if other is text or read(tmp_path, other).format == format:  # Sejong has two
            continue
        corpus = read(tmp_path, text * 5 + other + text, format=format)
        assert [str(s) for s in corpus.sentences].count(ANALYSIS) >= 6, name
        assert len(corpus.problems) >= 1 or text is COLUMNS, name  # two columns are good too
        assert all(int(p.where.rpartition(":")[2]) > 0 for p in corpus.problems)


@every_format
def test_decomposed_text_is_read_as_it_stands(tmp_path: Path, text: str) -> None:
    [sentence] = read(tmp_path, unicodedata.normalize("NFD", text)).sentences
    assert unicodedata.normalize("NFC", sentence.text) == "나 했다."
    assert sentence.text != "나 했다." or text is LINES  # which rebuilds it
    assert str(sentence) == ANALYSIS


def test_signs_of_the_formats_can_be_morphemes(tmp_path: Path) -> None:
    signs = ["+", "/", "|", "→", "_", "?", "#", "<pad>", "<unk>", "B-NNG", "1"]
    text = "".join(f"{sign}\tSW\n" for sign in signs) + "\n"
    [sentence] = read(tmp_path, text, format="tsv").sentences
    assert [str(token) for token in sentence.tokens] == [f"{sign}/SW" for sign in signs]


def train_on(tmp_path: Path, text: str, *options: str) -> Tagger:
    path = tmp_path / "train.tsv"
    path.write_text(text, encoding="utf-8")
    folder = tmp_path / "model"
    args = [str(path), "--dev", str(path), "-o", str(folder), *TINY, "--epochs", "2"]
    assert train.main([*args, *options, "--overwrite"]) == 0
    return Tagger.load(folder, device="cpu")


@pytest.mark.parametrize("unit", ["syllable", "morpheme"])
@pytest.mark.parametrize(
    "text",
    [
        "나\tNP\n",
        "나\tNNG\n밥\tNNG\n\n친구\tNNG\n",
        "<pad>\tSW\n<unk>\tSW\n\n→\tSW\n|\tSF\n_\tSW\n?\tSF\n",
        "가→나\t가+나\tNNG+NNG\tX\n|\t|\tSW\tX\n",
    ],
    ids=["one sentence", "one tag", "our own signs", "unaligned signs"],
)
def test_the_smallest_corpora_can_be_trained_on(tmp_path: Path, text: str, unit: str) -> None:
    tagger = train_on(tmp_path, text, "--unit", unit)
    for line in ("나 밥", "<pad> → | _ ?", "가→나"):
        assert len(tagger.tag(line).eojeols) == len(line.split())
    tagger = train_on(tmp_path, text, "--unit", unit, "--tokenizer", "none")
    assert len(tagger.tag("나 밥").eojeols) == 2


def test_a_sentence_of_ten_megabytes_is_learnt_from_in_parts(tmp_path: Path) -> None:
    long = "나\tNP\n밥\tNNG\n먹었다\t먹+었+다\tVV+EP+EF\t_\n" * 20
    short = train_on(tmp_path, "나\tNP\n밥\tNNG\n\n" + long)
    assert short.tag("나 밥").tokens
    from tagger.features import UNITS
    from tagger.tokenizer import NoTokenizer
    from tagger.training import Settings, prepare

    [sentence] = read(tmp_path, long * 5000, format="tsv").sentences
    assert len(sentence.text.encode()) > 1_500_000
    data = prepare({"x": [sentence]}, NoTokenizer(), Settings(tokenizer="none"))
    assert max(map(len, data.examples)) <= 1000
    gold = UNITS["syllable"]
    assert gold and sum(map(len, data.examples)) == len(sentence.text.replace(" ", ""))


def test_sentences_of_dev_that_are_trained_on_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = tmp_path / "dev.tsv"
    lines = CORPUS.read_text(encoding="utf-8").split("\n\n")
    dev.write_text("\n\n".join([*lines[:3], "나\t나/NP\n"]), encoding="utf-8")
    args = [str(CORPUS), "--dev", str(dev), "-o", str(tmp_path / "m"), *TINY, "--epochs", "1"]
    assert train.main(args) == 0
    assert f"{dev}: 2 of 3 sentences are in the training corpora" in capsys.readouterr().err


def test_a_diverging_run_is_stopped_with_advice_and_keeps_the_last_good_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for rate in ("300", "1e30"):
        folder = tmp_path / rate
        args = [str(CORPUS), "--dev", str(CORPUS), "-o", str(folder), *TINY]
        args += ["--learning-rate", rate, "--epochs", "90", "--checkpoint-seconds", "0"]
        assert train.main(args) == 2
        err = capsys.readouterr().err
        assert "train anew with a smaller --learning-rate" in err and "Traceback" not in err
        for path in folder.iterdir():
            if path.suffix == ".safetensors":
                for name, tensor in safetensors.torch.load_file(path).items():
                    assert torch.isfinite(tensor.float()).all(), (path, name)
        if (folder / "config.json").exists():
            assert Tagger.load(folder, device="cpu").tag("나").tokens
    assert (tmp_path / "300" / "checkpoint.safetensors").exists()


def test_a_corpus_is_evaluated_whatever_its_sentences(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "나\t나/NP\n" * 3000 + "\n" + "나\t나/NP\n밥을\t밥\n\n"
    path = tmp_path / "dev.tsv"
    path.write_text(text, encoding="utf-8")
    assert evaluate.main([str(path), "-m", str(tiny_model), "--threads", "1"]) == 0
    captured = capsys.readouterr()
    assert "1 rows cannot be used and are skipped" in captured.err and "eojeol" in captured.out
