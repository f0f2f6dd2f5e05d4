"""`train.py` and `evaluate.py` as users meet them."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tagger import Tagger
from tagger.cli import evaluate, specialize, train
from tagger.cli.jobs.training_corpora import corpus_names
from tagger.errors import WRONG_USE, TaggerError
from tests.conftest import CORPUS, TINY
from tests.support.commands import is_one_sentence, run_here
from tests.support.places import ROOT

HISTORY = ["history.html", "history.jsonl", "history.png"]
FILES = ["README.md", "config.json", *HISTORY, "model.safetensors", "vocabulary.json"]


def scores_of(capsys: pytest.CaptureFixture[str], *args: str) -> dict:
    capsys.readouterr()
    assert evaluate.main([*args, "--json", "--threads", "1"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def command(*args: str) -> list[str]:
    return [sys.executable, "train.py", *args]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(folder / "model.safetensors")


def equal(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_a_model_folder_is_complete(tiny_model: Path) -> None:
    assert sorted(path.name for path in tiny_model.iterdir()) == FILES
    config = json.loads((tiny_model / "config.json").read_text(encoding="utf-8"))
    assert config["training"]["hidden"] == 24 and config["network"]["hidden"] == 24
    assert config["tokenizer"]["name"] == "kiwi"
    history = (tiny_model / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in history] == list(range(1, 16))
    best = max(json.loads(line)["eojeol"] for line in history)
    assert config["scores"]["eojeol"] == best > 20


def test_evaluation_prints_the_score_of_training(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = json.loads((tiny_model / "config.json").read_text(encoding="utf-8"))["scores"]
    measured = scores_of(capsys, str(CORPUS), "-m", str(tiny_model))
    assert {name: measured[name] for name in trained} == trained
    assert set(trained) >= {"xpos", "upos", "lemma", "eojeol", "morpheme_f1", "segmentation_f1"}
    assert measured["eojeol_unseen"] is None and measured["eojeols"] == 29


def test_the_table_of_evaluation(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = [str(CORPUS), "-m", str(tiny_model), "--tokenizer-baseline"]
    assert evaluate.main(args) == 0
    out = capsys.readouterr().out
    assert "eojeol exact, raw text" in out and "Kiwi" in out
    assert out.splitlines()[-1].split()[-1].isdigit()
    baseline = scores_of(capsys, *args)["baseline"]
    assert baseline["eojeol"] > 80 and baseline["morpheme_f1"] > 90


VARIANTS = [
    ["--unit", "morpheme"],
    ["--unit", "morpheme", "--tokenizer", "none"],
    ["--cell", "rnn"],
    ["--cell", "gru"],
    ["--one-direction"],
    ["--layers", "3"],
    ["--tokenizer", "none"],
    ["--precision", "bfloat16", "--home-repeats", "2"],  # or float32 where there is none
]


@pytest.mark.slow
@pytest.mark.parametrize("options", VARIANTS, ids=" ".join)
def test_every_variant_trains_saves_loads_evaluates_and_tags(
    options: list[str],
    tiny_variant: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tiny_variant(*options)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    measured = scores_of(capsys, str(CORPUS), "-m", str(folder))
    assert {name: measured[name] for name in config["scores"]} == config["scores"]
    sentence = Tagger.load(folder, device="cpu").tag("친구와 영화를 봤다.")
    assert [eojeol.surface for eojeol in sentence.eojeols] == ["친구와", "영화를", "봤다."]


@pytest.mark.slow
def test_a_processor_without_bfloat16_trains_in_float32(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tagger.model.network.trains_in", lambda precision, *_: precision == "float32"
    )
    args = [str(CORPUS), "--dev", str(CORPUS), *TINY]
    plain, wanted = tmp_path / "plain", tmp_path / "wanted"
    assert train.main([*args, "-o", str(plain)]) == 0
    assert "bfloat16" not in capsys.readouterr().err
    assert train.main([*args, "-o", str(wanted), "--precision", "bfloat16"]) == 0
    [warning] = [line for line in capsys.readouterr().err.splitlines() if "bfloat16" in line]
    assert is_one_sentence(warning + "\n") and "float32" in warning
    assert equal(plain, wanted)


@pytest.mark.slow
def test_without_dev_a_tenth_is_held_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main([str(CORPUS), "-o", str(tmp_path / "m"), *TINY]) == 0
    assert "every tenth sentence" in capsys.readouterr().err


def test_corpora_are_named_by_file_or_folder() -> None:
    assert corpus_names([["a/x.tsv", "y.tsv"], ["b/z.tsv"]]) == ["x", "z"]
    assert corpus_names([["a/train.tsv"], ["b/train.conllu"]]) == ["a", "b"]
    assert corpus_names([["a/x.tsv"], ["a/y.tsv"], ["b/x.tsv"]]) == ["a/x", "a/y", "b/x"]


@pytest.mark.slow
def test_several_corpora_are_told_apart(tmp_path: Path) -> None:
    other = tmp_path / "other.tsv"
    other.write_text("토끼\t토끼/NNG\n", encoding="utf-8")
    third = tmp_path / "third.tsv"
    third.write_text("거북\t거북/NNG\n", encoding="utf-8")
    args = [f"{CORPUS},{third}", str(other), "--dev", str(CORPUS), "-o", str(tmp_path / "m")]
    assert train.main([*args, *TINY]) == 0
    vocabulary = json.loads((tmp_path / "m/vocabulary.json").read_text(encoding="utf-8"))
    assert sorted(vocabulary["corpora"]) == ["other", "tiny"]
    assert {"토", "거"} <= set(vocabulary["inputs"]["syllable"])
    assert json.loads((tmp_path / "m/config.json").read_text())["corpus"] == "tiny"


@pytest.mark.slow
def test_a_model_of_two_corpora_becomes_a_model_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.tsv"
    other.write_text("나는\t나/pron + 는/post\n밥을\t밥/noun + 을/post\n\n" * 9, encoding="utf-8")
    base, special, again = (tmp_path / name for name in ("both", "special", "again"))
    args = [str(CORPUS), str(other), "--dev", str(CORPUS), "-o", str(base)]
    assert train.main([*args, *TINY, "--select", "epoch"]) == 0
    words = ["--dev", str(other), "--about", str(ROOT / "NOTICE"), "--threads", "1"]
    for model, folder in ((base, special), (special, again)):
        options = ["--conventions", "other", *words, "-o", str(folder)]
        assert specialize.main([str(model), *options]) == 0
        assert sorted(path.name for path in folder.iterdir()) == sorted({*FILES} - {*HISTORY})
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        measured = scores_of(capsys, str(other), "-m", str(folder))
        assert {name: measured[name] for name in config["scores"]} == config["scores"]
        assert str(Tagger.load(folder, device="cpu").tag("나는")) == "나/pron+는/post"
        assert config["network"]["labels"] == 3
    few = tmp_path / "few"
    options = ["--conventions", "other", *words, "--text", str(other), "-o", str(few)]
    assert specialize.main([str(special), *options]) == 0
    assert str(Tagger.load(few, device="cpu").tag("나는")) == "나/pron+는/post"
    options = ["--conventions", "tiny", *words, "--text", str(other), "-o", str(tmp_path / "less")]
    assert specialize.main([str(base), *options]) == 0
    labels = [
        len(json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))["labels"])
        for folder in (tmp_path / "less", base)
    ]
    assert labels[0] < labels[1] - 3
    both = Tagger.load(base, device="cpu")
    tags = {m.tag for t in both.tag("나는 밥을 먹었다").tokens for m in t.morphemes}
    assert not {"pron", "noun", "post"} & tags
    for refused, what in (
        (["--conventions", "other", "-o", str(base)], "this is the model itself"),
        (["--conventions", "other", "-o", str(again)], "a finished model is here"),
        (
            ["--conventions", "x", "-o", str(again), "--overwrite"],
            "conventions of 'x'; choose from tiny, other",
        ),
    ):
        assert specialize.main([str(base), *words, *refused]) == 2
        assert what in capsys.readouterr().err
    with pytest.raises(TaggerError, match="conventions of 'tiny'"):
        Tagger.load(special, conventions="tiny")


def test_what_cannot_be_specialized(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dev", str(CORPUS), "--about", str(ROOT / "NOTICE"), "--threads", "1"]
    for conventions, folder, what in (
        ("tiny", tiny_model, "this is the model itself"),
        ("x", tmp_path / "m", "conventions of 'x'; choose from tiny"),
    ):
        options = ["--conventions", conventions, "-o", str(folder)]
        assert specialize.main([str(tiny_model), *words, *options]) == 2
        assert what in capsys.readouterr().err


@pytest.mark.slow
def test_a_model_learns_from_teachers_and_unlabelled_text(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("나 밥 봤다.\n\n토끼가 영화를 먹었다.\n", encoding="utf-8")
    args = [str(CORPUS), "--dev", str(CORPUS), "-o", str(tmp_path / "m"), *TINY]
    args += ["--teacher", str(tiny_model), "--teacher", str(tiny_model)]
    assert train.main([*args, "--unlabelled", str(text), "--unlabelled", str(CORPUS)]) == 0
    vocabulary = json.loads((tmp_path / "m/vocabulary.json").read_text(encoding="utf-8"))
    assert "토" in vocabulary["inputs"]["syllable"]
    card = (tmp_path / "m/README.md").read_text(encoding="utf-8")
    assert "Expected calibration error" in card
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        train.main([str(CORPUS), "-o", str(tmp_path / "n"), "--unlabelled", str(text)])
    assert ended.value.code == 2 and "--unlabelled needs --teacher" in capsys.readouterr().err


@pytest.mark.slow
def test_a_model_learns_from_text_that_kiwi_labels(tmp_path: Path) -> None:
    """A further corpus, whose eojeols do not count as known."""
    text, settings = tmp_path / "text.txt", tmp_path / "settings.json"
    text.write_text("두루미가 연못을 건넜다.\n\n저녁놀이 붉다.\n" * 20, encoding="utf-8")
    settings.write_text('{"without_spaces": 0.2, "silver_at_home": 0.5}', encoding="utf-8")
    args = [str(CORPUS), "--dev", str(CORPUS), "-o", str(tmp_path / "m"), *TINY]
    assert train.main([*args, "--silver", str(text), "--config", str(settings)]) == 0
    bundle = Tagger.load(tmp_path / "m").bundle
    assert set(bundle.vocabulary.corpora.symbols) == {CORPUS.stem, "silver"}
    assert bundle.corpus == CORPUS.stem and not bundle.knows("두루미가")
    assert bundle.knowledge.grammar.words["E"]


def test_settings_from_a_file_and_from_a_model(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"hidden": 8, "epochs": 1, "columns": {"hint": {"width": 5}}}')
    base = [str(CORPUS), "--dev", str(CORPUS), "--threads", "1"]
    first = tmp_path / "first"
    assert train.main([*base, "-o", str(first), "--config", str(settings), "--hidden", "9"]) == 0
    training = json.loads((first / "config.json").read_text())["training"]
    assert training["hidden"] == 9 and training["columns"] == {"hint": {"width": 5}}
    settings.write_text(json.dumps(training))
    again = tmp_path / "again"
    assert train.main([*base, "-o", str(again), "--config", str(settings)]) == 0
    assert equal(first, again)


def wait_for_change(path: Path, process: subprocess.Popen) -> None:
    """Until the file is written anew by the process."""

    def written() -> int:
        with suppress(FileNotFoundError):
            return path.stat().st_mtime_ns
        return 0

    before = written()
    while written() in (0, before):
        assert process.poll() is None
        time.sleep(0.005)


@pytest.mark.slow
def test_a_killed_run_is_resumed_to_the_same_weights(tmp_path: Path) -> None:
    """Killed after a random step, resumed, killed, resumed: bit-identical to unbroken."""
    base = [str(CORPUS), "--dev", str(CORPUS), *TINY, "--epochs", "40"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train.main([*base, "-o", str(whole)]) == 0
    generator = random.Random(7)
    kills = 0
    while True:
        with subprocess.Popen(
            command(*base, "-o", str(broken), "--resume", "--checkpoint-seconds", "0"),
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        ) as process:
            if kills == 3:
                assert process.wait() == 0
                break
            wait_for_change(broken / "checkpoint.safetensors", process)
            time.sleep(generator.random() * 0.3)
            process.kill()
            kills += process.wait() == -signal.SIGKILL
    assert equal(whole, broken)
    assert sorted(path.name for path in broken.iterdir()) == FILES

    def told(folder: Path) -> list[dict]:
        lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]

    assert told(whole) == told(broken)


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    base = [str(CORPUS), "--dev", str(CORPUS), *TINY, "--epochs", "500", "-o", str(folder)]
    with subprocess.Popen(command(*base), cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        while "epoch" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "continue with the same command and --resume" in rest and "Traceback" not in rest
    assert (folder / "checkpoint.safetensors").is_file()
    done = subprocess.run(command(*base), cwd=ROOT, capture_output=True, text=True)
    assert (
        done.returncode == 2 and "an unfinished run is here; continue with --resume" in done.stderr
    )


@pytest.mark.slow
def test_early_stop_ends_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    args = [str(CORPUS), "--dev", str(CORPUS), *TINY, "--learning-rate", "1e-9"]
    assert train.main([*args, "--epochs", "9", "--early-stop", "2", "-o", str(folder)]) == 0
    assert len((folder / "history.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["nothing.tsv"], "nothing.tsv: no such file or directory"),
        (["{kaist}"], "another tag set than the training corpora"),
        (["{empty}"], "the format of this corpus is not recognised"),
        (["{unusable}"], "not one usable sentence"),
        (["{tiny}", "--format", "xml"], "unknown format 'xml'"),
        (["{unusable}", "--strict", "--format", "sejong"], "rows that cannot be used"),
        (["{tiny}", "--teacher", "nothing"], "there is no model 'nothing'"),
        (["{tiny}", "--layers", "0"], "layers must be more than 0"),
        (["{tiny}", "--dropout", "2"], "dropout must be at least 0 and less than 1"),
        (["{tiny}", "--config", "nothing.json"], "nothing.json: no such file"),
        (["{tiny}", "--config", "{broken}"], "this is not JSON"),
        (["{tiny}", "--config", "{unknown}"], "unknown setting 'epoch'; the settings are unit"),
        (["{tiny}", "--config", "{wrong}"], "epochs cannot be '9'"),
        (["{tiny}", "--resume", "{finished}"], "a finished model is here"),
    ],
)
def test_wrong_use_is_one_sentence(
    args: list[str], what: str, tmp_path: Path, tiny_model: Path
) -> None:
    places = {
        "tiny": CORPUS,
        "kaist": tmp_path / "kaist.tsv",
        "empty": tmp_path / "empty.tsv",
        "unusable": tmp_path / "unusable.tsv",
        "broken": tmp_path / "broken.json",
        "unknown": tmp_path / "unknown.json",
        "wrong": tmp_path / "wrong.json",
        "finished": "",
    }
    Path(places["kaist"]).write_text("밥을\t밥/ncn + 을/jco\n먹다\t먹/pvg + 다/ef\n" * 2)
    Path(places["empty"]).write_text("")
    Path(places["unusable"]).write_text("밥을\t밥/NNG + 을\n")
    Path(places["broken"]).write_text("{")
    Path(places["unknown"]).write_text('{"epoch": 3}')
    Path(places["wrong"]).write_text('{"epochs": "9"}')
    folder = tiny_model if "{finished}" in args else tmp_path / "model"
    filled = [arg.format(**places) for arg in args if arg != "{finished}"]
    before = (tiny_model / "config.json").read_bytes()
    done = run_here(train.main, *filled, "--dev", str(CORPUS), "-o", str(folder))
    assert done.returncode == 2
    *notes, message = done.stderr.splitlines(keepends=True)
    assert what in message and is_one_sentence(message), done.stderr
    assert all("skipped" in note or "inflated" in note for note in notes)
    assert (tiny_model / "config.json").read_bytes() == before
    assert not (tmp_path / "model").exists() or not list((tmp_path / "model").iterdir())


@pytest.mark.slow
def test_a_rare_tag_of_dev_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dev = tmp_path / "dev.tsv"
    dev.write_text(CORPUS.read_text(encoding="utf-8") + "\n앗\t앗/IC\n", encoding="utf-8")
    args = [str(CORPUS), "--dev", str(dev), "-o", str(tmp_path / "m"), *TINY]
    assert train.main(args) == 0
    assert "do not occur in training cannot be learned: IC" in capsys.readouterr().err


def test_evaluation_of_what_is_no_corpus(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("setup.cfg", "SECURITY.md", "nothing"):
        done = run_here(evaluate.main, name, "-m", str(tiny_model))
        assert done.returncode == 2 and is_one_sentence(done.stderr), done.stderr


@pytest.mark.slow
def test_prepared_data_is_kept_and_gives_the_same_weights(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [str(CORPUS), "--dev", str(CORPUS), "--hidden", "8", "--epochs", "1"]
    settings += ["--teacher", str(tiny_model), "--unlabelled", str(CORPUS), "--threads", "1"]
    kept = ["--cache", str(tmp_path / "cache")]

    def trained(name: str, *more: str) -> Path:
        assert train.main([*settings, *more, "-o", str(tmp_path / name)]) == 0
        return tmp_path / name

    plain = trained("plain")
    assert equal(plain, trained("first", *kept))
    assert "using the prepared data" not in capsys.readouterr().err
    assert equal(plain, trained("second", *kept))
    assert "using the prepared data" in capsys.readouterr().err
    trained("other", *kept, "--seed", "2")
    files = sorted((tmp_path / "cache").iterdir())
    assert len(files) == 2
    for path in files:
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    assert train.main([*settings, *kept, "-o", str(tmp_path / "third")]) == 2
    assert "this prepared data is damaged; delete it" in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path: Path) -> None:
    """As `torchrun` starts them; the same run again gives the same weights."""

    def together(folder: Path, *more: str) -> int:
        return subprocess.run(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
                *("train.py", str(CORPUS), "--dev", str(CORPUS), "-o", str(folder)),
                *("--hidden", "16", "--epochs", "4", "--batch-size", "20", "--device", "cpu"),
                *("--threads", "1", "--checkpoint-seconds", "0", *more),
            ],
            cwd=ROOT,
            capture_output=True,
        ).returncode

    whole, twice = tmp_path / "whole", tmp_path / "twice"
    assert together(whole) == 0
    epochs = (whole / "history.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in epochs]
    assert len(losses) == 4 and losses[-1] < losses[0]
    assert together(whole) != 0  # a finished model is here
    assert together(twice) == 0
    assert equal(whole, twice)


def test_a_corpus_of_one_tag_a_token_trains_as_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "plain.tsv"
    corpus.write_text("비\tNNG\n가\tJKS\n온다\tVV\n\n" * 20, encoding="utf-8")
    args = [str(corpus), "--dev", str(corpus), *TINY, "--epochs", "1", "-o"]
    assert train.main([*args, str(tmp_path / "plain")]) == 0
    assert "each token has one tag" in capsys.readouterr().err
    config = json.loads((tmp_path / "plain" / "config.json").read_text(encoding="utf-8"))
    assert (config["unit"], config["tokenizer"]["name"]) == ("morpheme", "none")
    assert train.main([*args, str(tmp_path / "said"), "--unit", "syllable"]) == 0
    assert "each token has one tag" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_a_text_without_text_is_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "silver.txt"
    path.write_text(text, encoding="utf-8")
    options = ["--dev", str(CORPUS), "-o", str(tmp_path / "model"), "--silver", str(path), *TINY]
    assert train.main([str(CORPUS), *options]) == WRONG_USE
    said = capsys.readouterr().err.splitlines(keepends=True)[-1]
    assert is_one_sentence(said) and f"{path}: this file has no text" in said


@pytest.mark.parametrize("option", ["--init", "--config", "--about", "--dev"])
def test_an_empty_value_is_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """As a shell makes one of a variable that is not set."""
    with pytest.raises(SystemExit) as end:
        train.main([str(CORPUS), "-o", str(tmp_path / "model"), *TINY, option, ""])
    assert end.value.code == WRONG_USE
    assert f"argument {option}: the value is empty" in capsys.readouterr().err
