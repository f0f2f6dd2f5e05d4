"""Typing errors that Kiwi finds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings

from tagger import Tagger, TaggerError
from tagger.tokenizer.base import NoTokenizer
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.tokenizer.make import JointTokenizer, kiwi_of
from tests.support.strategies import texts


@pytest.fixture(scope="module")
def kiwi() -> KiwiTokenizer:
    return KiwiTokenizer()


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("왠만하면 가지 마", "웬만하면 가지 마"),  # an adjective with its ending
        ("의심해야댐.", "의심해야됨."),  # what stands beside the error stays as it is written
        ("이야기를  드렀는데", "이야기를  들었는데"),
        ("행우나", "행운아"),  # a coda that runs over
        ("늦게 도착햇어", "늦게 도착했어"),  # ㅅ for ㅆ: the past, not 해서
        ("그땐 몰랏어요", "그땐 몰랐어요"),
        ("벌써 갓는데 왜 왓지", "벌써 갔는데 왜 왔지"),
        ("이제 다 됫어요", "이제 다 됐어요"),
        ("손을 씻어", "손을 씻어"),
        ("이것이 저 옷보다 비슷해", "이것이 저 옷보다 비슷해"),
        ("나 밥 먹었다", "나 밥 먹었다"),
        ("하\u3000왠만하면", "하\u3000웬만하면"),
        ("가\ud800 왠만하면", "가\ud800 웬만하면"),
        ("ㅋㅋㅋ 🙂 abc 12", "ㅋㅋㅋ 🙂 abc 12"),
        ("", ""),
    ],
)
def test_typing_errors_are_mended(kiwi: KiwiTokenizer, text: str, right: str) -> None:
    assert kiwi.correct(text) == right


def test_a_long_text_is_mended_in_pieces(kiwi: KiwiTokenizer) -> None:
    assert kiwi.correct("왠만하면 간다. " * 200) == "웬만하면 간다. " * 200


@settings(max_examples=50)
@given(texts)
def test_spaces_stay(kiwi: KiwiTokenizer, text: str) -> None:
    found = kiwi.correct(unicodedata.normalize("NFC", text))
    spaces = [sign for sign in unicodedata.normalize("NFC", text) if sign.isspace()]
    assert [sign for sign in found if sign.isspace()] == spaces


def test_which_tokenizers_find_them(kiwi: KiwiTokenizer, tiny_tagger: Tagger) -> None:
    assert kiwi_of(JointTokenizer([NoTokenizer(), kiwi])) is kiwi
    with pytest.raises(TaggerError, match="'none', finds no typing errors; use a model"):
        kiwi_of(NoTokenizer())
    tagger = Tagger(tiny_tagger.bundle, kiwi)
    decomposed = unicodedata.normalize("NFD", "드렀는데")
    assert tagger.correct(decomposed) == "들었는데"
    assert list(tagger.correct_texts(["행우나", ""])) == ["행운아", ""]
    with pytest.raises(TypeError, match="a text must be a str, not bytes"):
        tagger.correct(b"x")  # type: ignore[arg-type]
