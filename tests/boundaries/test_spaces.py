from __future__ import annotations

import pytest
from hypothesis import given

from tagger import Tagger, TaggerError
from tagger.boundaries.spaces import cut_text
from tagger.text.hangul import compose
from tests.support.strategies import texts


@pytest.fixture(scope="module")
def sejong() -> Tagger:
    return Tagger.load()


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("동생이학교에서돌아왔다.", "동생이 학교에서 돌아왔다."),
        ("오늘은 날씨가정말 좋네요", "오늘은 날씨가 정말 좋네요"),
        ("할머니 께서 빵을 주셨 다", "할머니께서 빵을 주셨다"),
        ("  이미 잘 띄어 쓴 문장입니다.  ", "  이미 잘 띄어 쓴 문장입니다.  "),
        ("비가온다\n눈이온다\n", "비가 온다\n눈이 온다\n"),
        ("", ""),
        (" \t", " \t"),
    ],
)
def test_spaces_are_corrected(sejong: Tagger, given_text: str, expected: str) -> None:
    assert sejong.space(given_text) == expected


@given(texts)
def test_nothing_but_spaces_changes(sejong: Tagger, text: str) -> None:
    spaced = sejong.space(text)
    assert "".join(spaced.split()) == "".join(compose(text).text.split())
    assert spaced.count("\n") == text.count("\n")
    assert list(sejong.space_texts([text, "나", text])) == [spaced, "나", spaced]


def test_a_long_text_is_corrected_in_pieces(sejong: Tagger) -> None:
    text = "동생이학교에서돌아왔다. " * 200
    assert sejong.space(text).split(". ")[:2] == ["동생이 학교에서 돌아왔다"] * 2
    assert "".join(cut_text(text, 1000)) == text


def test_a_model_without_a_tokenizer_says_so(sejong: Tagger) -> None:
    from dataclasses import replace

    from tagger.tokenizer.base import NoTokenizer

    bundle = replace(sejong.bundle, tokenizer=replace(sejong.bundle.tokenizer, name="none"))
    with pytest.raises(TaggerError, match="hints"):
        Tagger(bundle, NoTokenizer()).space("가나")
    with pytest.raises(TypeError):
        sejong.space(b"a")  # type: ignore[arg-type]
