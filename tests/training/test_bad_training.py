"""Training and evaluation on corpora that are not what they seem."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch

import corpora
from tagger import Tagger
from tagger.cli import evaluate, train
from tagger.tokenizer.base import NoTokenizer
from tagger.training.data import prepare
from tagger.training.settings import Settings
from tests.conftest import CORPUS, TINY


def train_on(tmp_path: Path, text: str, *options: str) -> Tagger:
    path = tmp_path / "train.tsv"
    path.write_text(text, encoding="utf-8")
    folder = tmp_path / "model"
    args = [str(path), "--dev", str(path), "-o", str(folder), *TINY, "--epochs", "2"]
    assert train.main([*args, *options, "--overwrite"]) == 0
    return Tagger.load(folder, device="cpu")


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_sentence_of_ten_megabytes_is_learnt_from_in_parts(tmp_path: Path) -> None:
    long = "나\tNP\n밥\tNNG\n먹었다\t먹+었+다\tVV+EP+EF\t_\n" * 20
    short = train_on(tmp_path, "나\tNP\n밥\tNNG\n\n" + long)
    assert short.tag("나 밥").tokens
    path = tmp_path / "long.tsv"
    path.write_text(long * 5000, encoding="utf-8")
    [sentence] = corpora.read(path, "tsv").sentences
    assert len(sentence.text.encode()) > 1_500_000
    data = prepare({"x": [sentence]}, NoTokenizer(), Settings(tokenizer="none"))
    assert max(map(len, data.examples)) <= 1000
    assert sum(map(len, data.examples)) == len(sentence.text.replace(" ", ""))


@pytest.mark.slow
def test_sentences_of_dev_that_are_trained_on_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = tmp_path / "dev.tsv"
    lines = CORPUS.read_text(encoding="utf-8").split("\n\n")
    dev.write_text("\n\n".join([*lines[:3], "나\t나/NP\n"]), encoding="utf-8")
    args = [str(CORPUS), "--dev", str(dev), "-o", str(tmp_path / "m"), *TINY, "--epochs", "1"]
    assert train.main(args) == 0
    assert f"{dev}: 2 of 3 sentences are in the training corpora" in capsys.readouterr().err


@pytest.mark.slow
def test_a_diverging_run_is_stopped_with_advice_and_keeps_the_last_good_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for rate in ("300", "1e30"):
        folder = tmp_path / rate
        args = [str(CORPUS), "--dev", str(CORPUS), "-o", str(folder), *TINY]
        args += ["--learning-rate", rate, "--epochs", "90", "--checkpoint-seconds", "0"]
        assert train.main(args) == 2
        err = capsys.readouterr().err
        assert "train again with a smaller --learning-rate" in err and "Traceback" not in err
        for path in folder.glob("*.safetensors"):  # an empty folder does not stay
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


@pytest.mark.slow
def test_names_of_any_length_are_learnt_and_loaded(tmp_path: Path) -> None:
    """A token without spaces of thousands of characters, again and again."""
    long = "가나" * 1500
    tagger = train_on(
        tmp_path, f"{long}\t{long}\tNNG\tNOUN\n나\t나\tNP\tPRON\n\n" * 4, "--unit", "morpheme"
    )
    assert tagger.tag(f"나 {long}").text == f"나 {long}"
    parts = "+".join(["가", "나"] * 900), "+".join(["NNG", "JKS"] * 900)
    tagger = train_on(
        tmp_path, f"{'가나' * 900}\t{parts[0]}\t{parts[1]}\tX\n\n" * 3, "--unit", "morpheme"
    )
    assert tagger.tag("가나").tokens
