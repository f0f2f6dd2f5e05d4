from __future__ import annotations

import numpy
import pytest
import torch
from hypothesis import given

from tagger.model.seq2seq import (
    BEGIN,
    Restoration,
    RestorationWriter,
    source,
    target,
    writer_shapes,
)
from tagger.text.hangul import contract, is_syllable, join_syllable
from tagger.training import seq2seq
from tagger.training.seq2seq import RestorerNetwork, train_writer
from tests.support.strategies import HANGUL

STEMS = [join_syllable(onset, vowel) for onset in "ㄱㄴㄷㄹㅂㅅㅈㅎ" for vowel in "ㅏㅗㅜㅣ"]
SEEN = [
    Restoration("klue", " ", contract([stem, "ㄴ"]), "다", "B-VV|B-ETM", stem + "ㄴ")
    for stem in STEMS
]


@pytest.fixture(scope="module")
def writer() -> RestorationWriter:
    written = train_writer(SEEN * 3, "klue", seed=1)
    assert written is not None
    return written


def test_it_writes_what_it_has_learnt(writer: RestorationWriter) -> None:
    right = [writer.write(*item[1:-1]) == item.text for item in SEEN]
    assert sum(right) / len(right) > 0.8


def test_the_same_data_and_seed_give_the_same_writer(writer: RestorationWriter) -> None:
    again = train_writer(reversed(SEEN), "klue", seed=1)
    assert again is not None and again.symbols == writer.symbols
    assert again == writer


def test_rare_restorations_are_left_out_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    rare = [Restoration("klue", " ", "쑨", "다", f"B-{tag}|B-ETM", "쑤ㄴ") for tag in ("A", "B")]
    monkeypatch.setattr(seq2seq, "MOST", len(SEEN) + 1)
    writer = train_writer([*rare, *SEEN * 2], "klue", seed=1)
    assert writer is not None and "B-A" in writer.symbols and "B-B" not in writer.symbols


def test_nothing_to_learn_makes_no_writer() -> None:
    assert train_writer([], "klue", seed=1) is None


@given(HANGUL)
def test_it_writes_one_character_a_slot_or_nothing(
    writer: RestorationWriter, syllable: str
) -> None:
    for shape in ("B-VV|B-ETM", "I-NNG", "B-VV|B-EP|B-X"):
        text = writer.write("", syllable, "", shape)
        assert text is None or len(text) == shape.count("|") + 1


def test_symbols_that_it_has_never_seen(writer: RestorationWriter) -> None:
    text = writer.write("字", "😀", "x", "B-FOREIGN")
    assert text is None or len(text) == 1


def test_what_it_reads_and_writes() -> None:
    item = Restoration("klue", " ", "쑨", "a", "B-VV|B-ETM", "쑤ㄴ")
    assert source(item)[:4] == ["klue", "B-VV", "B-ETM", " "]
    assert len(source(item)) == 3 + 1 + 5 + 1 and len(target(item)) == 5
    assert is_syllable(item.syllable)


def test_tagging_writes_what_training_would(writer: RestorationWriter) -> None:
    """The network read as arrays against the one of PyTorch that was trained."""
    network = RestorerNetwork(len(writer.symbols)).eval()
    network.load_state_dict({name: torch.from_numpy(w) for name, w in writer.weights.items()})
    assert {name: w.shape for name, w in writer.weights.items()} == writer_shapes(
        len(writer.symbols)
    )
    read = source(SEEN[0])
    states, memory = writer.encode(read)
    memory = type(memory)(memory.hidden[None], memory.cell[None])
    with torch.inference_mode():
        expected, expected_memory = network.encode(torch.tensor([writer.symbols.indices(read)]))
        numpy.testing.assert_allclose(states, expected[0].numpy(), atol=1e-5)
        nowhere = torch.zeros(1, len(read), dtype=torch.bool)
        for symbol in (BEGIN, *target(SEEN[0])):
            scores, memory, _ = writer.decode([symbol], states, memory)
            written = torch.tensor([[writer.symbols.index(symbol)]])
            wanted, expected_memory = network.decode(written, expected, nowhere, expected_memory)
            numpy.testing.assert_allclose(scores[0], wanted[0, 0].numpy(), atol=1e-4)
