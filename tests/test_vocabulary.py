from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.vocabulary import (
    PADDING,
    PADDING_INDEX,
    UNKNOWN,
    UNKNOWN_INDEX,
    Symbols,
    Vocabulary,
    build_inputs,
    build_outputs,
)

SEQUENCES = st.lists(st.lists(st.text(max_size=3)))


@given(SEQUENCES)
def test_every_listed_symbol_has_its_index(sequences: list[list[str]]) -> None:
    symbols = build_inputs({"x": sequences}, {})["x"]
    for index in range(len(symbols)):
        assert symbols.index(symbols.symbol(index)) == index
    assert {s for row in sequences for s in row} <= set(symbols.symbols)


@given(SEQUENCES, st.randoms())
def test_the_order_does_not_depend_on_the_order_of_sentences(
    sequences: list[list[str]], random: Random
) -> None:
    shuffled = random.sample(sequences, len(sequences))
    assert build_inputs({"x": sequences}, {}) == build_inputs({"x": shuffled}, {})


def test_rare_symbols_are_unknown() -> None:
    symbols = build_inputs({"x": [["가", "나", "가"]]}, {"x": 2})["x"]
    assert symbols.symbols == (PADDING, UNKNOWN, "가")
    assert symbols.index("나") == UNKNOWN_INDEX != PADDING_INDEX


def test_looking_up_an_unknown_symbol_stores_nothing() -> None:
    symbols = build_inputs({"x": [["가"]]}, {})["x"]
    size = len(symbols)
    symbols.index("힣")
    assert len(symbols) == size and "힣" not in symbols


def test_an_unknown_output_raises() -> None:
    labels = build_outputs([["B-NNG", None], ["B-VV", "B-NNG"]])
    assert labels.symbols == ("B-NNG", "B-VV")
    with pytest.raises(KeyError):
        labels.index("B-JKS")


def test_a_vocabulary_travels_as_json() -> None:
    vocabulary = Vocabulary(
        build_inputs({"syllable": [["가", "\u2028"]]}, {}),
        build_outputs([["B-NNG"]]),
        build_outputs([[None]]),
        build_outputs([["klue"]]),
    )
    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json()))) == vocabulary


def test_symbols_must_differ() -> None:
    with pytest.raises(ValueError, match="twice"):
        Symbols(["a", "a"], unknown=False)


def test_the_indices_of_many_symbols() -> None:
    known = Symbols(["<pad>", "<unk>", "가"], unknown=True)
    assert known.indices(["가", "나", "<pad>"]) == [2, 1, 0]
    tags = Symbols(["JKS", "NNG"], unknown=False)
    assert tags.indices(["NNG", "JKS"]) == [1, 0]
    with pytest.raises(KeyError):
        tags.indices(["VV"])


def test_equal_lists_of_symbols_are_equal() -> None:
    one = Symbols(["<pad>", "<unk>"], unknown=True)
    assert one == Symbols(["<pad>", "<unk>"], unknown=True)
    assert hash(one) == hash(Symbols(["<pad>", "<unk>"], unknown=True))
    for other in (Symbols(["<pad>", "<unk>"], unknown=False), ("<pad>", "<unk>"), None):
        assert one != other
    assert one != Symbols(["<pad>", "<unk>", "x"], unknown=True)
    assert hash(one) != hash(Symbols(["<pad>", "<unk>"], unknown=False))


def test_a_list_with_unknown_begins_with_the_special_symbols() -> None:
    with pytest.raises(ValueError, match="does not begin with <pad>, <unk>"):
        Symbols(["가"], unknown=True)
