from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given

from tagger.text.hangul import (
    CODAS,
    compatibility_codas,
    compose,
    contract,
    join_syllable,
    split_syllable,
)
from tests.support.strategies import HANGUL, texts


@given(HANGUL)
def test_a_syllable_is_its_jamo(syllable: str) -> None:
    assert join_syllable(*split_syllable(syllable)) == syllable


def test_codas_of_kiwi_become_those_of_corpora() -> None:
    assert compatibility_codas("\u11ab다") == "ㄴ다"
    conjoining = "".join(chr(0x11A8 + i) for i in range(27))
    assert compatibility_codas(conjoining) == "".join(CODAS)


@given(texts)
def test_composed_text_maps_back(text: str) -> None:
    composed = compose(text)
    assert composed.text == unicodedata.normalize("NFC", text)
    assert len(composed.text) == len(composed.starts) == len(composed.ends)
    covered = 0
    for start, end in zip(composed.starts, composed.ends):
        assert 0 <= start < end <= len(text)
        assert start <= covered  # nothing is left out
        covered = max(covered, end)
    assert covered == len(text)


@given(texts)
def test_decomposed_text_is_read_as_composed(text: str) -> None:
    assert compose(unicodedata.normalize("NFD", text)).text == compose(text).text


@pytest.mark.parametrize(
    ("forms", "written"),
    [
        (["먹", "었", "다"], "먹었다"),
        (["하", "였", "다"], "했다"),
        (["가", "았", "다"], "갔다"),
        (["오", "아서"], "와서"),
        (["마시", "어"], "마셔"),
        (["되", "었", "다"], "됐다"),
        (["쓰", "어"], "써"),
        (["보내", "ㄴ"], "보낸"),
        (["책", "ㄴ"], "책ㄴ"),
        (["ㅋㅋ", "아"], "ㅋㅋ아"),
    ],
)
def test_contraction(forms: list[str], written: str) -> None:
    assert contract(forms) == written
