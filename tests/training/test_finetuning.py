"""A trained model as the beginning of another."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from tagger import Tagger
from tagger.cli import train
from tagger.labeling.grammar import Grammar
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.restoration import Restorer
from tagger.model import folder as model_folder
from tagger.training.finetuning import start_from
from tagger.training.settings import Settings
from tagger.training.trainer import make_network
from tagger.vocabulary import Symbols, Vocabulary

# of another tag set, with syllables that the tiny corpus lacks
MINE = "눈이\t눈/n + 이/j\n펑펑\t펑펑/m\n왔다\t오/v + 았/e + 다/e\n\n" * 6


def test_a_grown_vocabulary_keeps_its_indices() -> None:
    columns = {"syllable": Symbols(["<pad>", "<unk>", "가"], unknown=True)}
    old = Vocabulary(columns, *(Symbols([name], unknown=False) for name in ("B-X", "NOUN", "a")))
    new = Vocabulary(
        {"syllable": Symbols(["<pad>", "<unk>", "나", "가"], unknown=True)},
        *(Symbols([name], unknown=False) for name in ("B-Y", "NOUN", "b")),
    )
    grown = old.grown(new)
    assert grown.inputs["syllable"].symbols == ("<pad>", "<unk>", "가", "나")
    assert grown.labels.symbols == ("B-X", "B-Y")
    assert grown.upos == old.upos and grown.corpora.symbols == ("a", "b")


def test_knowledge_of_new_corpora_goes_first() -> None:
    old = Knowledge(
        Restorer({"했": {"B-V|B-E": ("하였",)}, "갔": {"B-V|B-E": ("가았",)}}),
        {"a": ("V",)},
        settled_upos={"a": {"V": "VERB"}},
        grammar=Grammar({"V": frozenset({"가"})}),
    )
    new = Knowledge(
        Restorer({"했": {"B-V|B-E": ("하았",)}}),
        {"b": ("E",)},
        grammar=Grammar({"V": frozenset({"오"})}),
    )
    grown = old.grown(new)
    assert grown.restorer.seen["했"]["B-V|B-E"] == ("하았", "하였")
    assert grown.restorer.seen["갔"]["B-V|B-E"] == ("가았",)
    assert grown.tags == {"a": ("V",), "b": ("E",)}
    assert grown.settled_upos == old.settled_upos
    assert grown.grammar.words == {"V": frozenset({"가", "오"})}


def test_the_weights_of_what_is_known_stay(tiny_model: Path) -> None:
    init = model_folder.load(tiny_model)
    vocabulary = init.vocabulary.grown(
        Vocabulary(
            {
                name: Symbols([*column.symbols, "새"], unknown=True)
                for name, column in init.vocabulary.inputs.items()
            },
            Symbols(["B-NEW", "B-VV|B-EP→하얐"], unknown=False),
            Symbols(["NEW"], unknown=False),
            Symbols(["new"], unknown=False),
        )
    )
    network = make_network(vocabulary, Settings(**init.training))
    start_from(init, vocabulary, network)
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    for name, weight in init.weights.items():
        kept = state[name][tuple(slice(size) for size in weight.shape)]
        assert numpy.array_equal(kept, weight.astype("float32")), name
    syllables = state["embeddings.syllable.weight"]
    assert numpy.array_equal(syllables[-1], syllables[1])
    assert numpy.isfinite(state["label_head.weight"]).all()


def test_a_model_is_trained_on(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "mine.sejong"
    corpus.write_text(MINE, encoding="utf-8")
    args = [str(corpus), "--dev", str(corpus), "--init", str(tiny_model), "--threads", "1"]
    args += ["--learning-rate", "0.02", "--batch-size", "20", "--epochs", "25", "-o"]
    assert train.main([*args, str(tmp_path / "on")]) == 0
    tagger = Tagger.load(tmp_path / "on", device="cpu")
    assert str(tagger.tag("눈이 왔다")) == "눈/n+이/j 오/v+았/e+다/e"
    assert {"tiny", "mine"} <= set(tagger.bundle.knowledge.tags)
    assert tagger.bundle.network.hidden == model_folder.load(tiny_model).network.hidden

    assert train.main([*args, str(tmp_path / "x"), "--hidden", "8"]) == 2
    assert "the model to start from has hidden 24, not 8; leave hidden out" in (
        capsys.readouterr().err
    )
    assert train.main([*args, str(tmp_path / "x"), "--init-conventions", "nobody"]) == 2
    assert "does not know the conventions of 'nobody'" in capsys.readouterr().err


def test_old_conventions_are_not_forgotten(tiny_model: Path, tmp_path: Path) -> None:
    """Text of another tag set is also shown in the model's own, as it labels it."""
    corpus = tmp_path / "mine.sejong"
    corpus.write_text("나\t나/n\n밥\t밥/n\n먹었다\t먹/v + 었/e + 다/e\n\n" * 6, encoding="utf-8")
    args = [str(corpus), "--dev", str(corpus), "--init", str(tiny_model), "--threads", "1"]
    args += ["--learning-rate", "0.02", "--batch-size", "20", "--epochs", "25", "-o"]
    assert train.main([*args, str(tmp_path / "on")]) == 0
    expected = Tagger.load(tiny_model, device="cpu").tag("나 밥")
    home = Tagger.load(tmp_path / "on", device="cpu", conventions="tiny").tag("나 밥")
    assert str(home) == str(expected)
    assert [token.upos for token in home.tokens] == [token.upos for token in expected.tokens]
    assert str(Tagger.load(tmp_path / "on", device="cpu").tag("나 밥")) == "나/n 밥/n"
