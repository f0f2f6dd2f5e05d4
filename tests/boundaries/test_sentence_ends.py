from __future__ import annotations

import pytest
from hypothesis import given

from tagger.boundaries.enclosed import enclosed, enclosing
from tagger.boundaries.sentence_ends import sentence_ends
from tagger.text.segmentation import segment
from tagger.tokenizer.kiwi import KiwiTokenizer
from tests.support.strategies import texts


@pytest.fixture(scope="module")
def kiwi() -> KiwiTokenizer:
    return KiwiTokenizer()


def split(text: str, kiwi: KiwiTokenizer | None) -> list[str]:
    tokens = [(token.start, token.end) for token in segment(text).tokens]
    view = kiwi.analyze([text])[0][0] if kiwi else []
    starts = [0, *(tokens[number + 1][0] for number in sentence_ends(text, tokens, view))]
    return [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["어제는 비가 왔다.", "오늘은 날이 맑다."],
        ["점심은 먹었어?", "난 아직이야!", "같이 갈래?"],
        ["버스가 안 와요", "조금 늦을 것 같습니다"],  # without full stops
        ["정말 맛있었어요ㅎㅎ", "또 갈게요 ^^", "고맙습니다 ㅠㅠ"],  # they stay with what is before
        ["친구가 “늦었다. 뛰자.”라고 말했다.", "우리는 뛰었다."],  # quotes
        ["동생은 '어디 가? 나도 갈래.' 하고 물었다."],
        ["가게(어제 열었다. 비싸다)는 붐볐다.", "줄이 길었다."],
        ["키는 1.75미터이고 값은 3.5만 원이다.", "주소는 www.example.org입니다."],
        ['"언제 와?"', '"곧 갈게."', "둘은 웃었다."],
        ["그는 갔지만 나는 남았다."],
    ],
)
def test_sentences_of_a_paragraph(kiwi: KiwiTokenizer, sentences: list[str]) -> None:
    assert split(" ".join(sentences), kiwi) == sentences


def test_without_an_analysis_full_stops_decide() -> None:
    assert split('그는 "갔다. 왔다."고 했다. 1.5배다! 정말?! 그래', None) == [
        '그는 "갔다. 왔다."고 했다.',
        "1.5배다!",
        "정말?!",
        "그래",
    ]


@pytest.mark.parametrize(
    "text", ["그는 (갔다. 왔다", "갔다.) 왔다", "it's 3' 5\" a' b'", "“가 ‘나” 다’"]
)
def test_marks_that_do_not_belong_together(text: str) -> None:
    for start, end in enclosed(text):
        assert text[start] != text[end - 1] or text[start] in "\"'"
        assert end - start > 1


def test_a_quote_within_a_quote_is_one() -> None:
    text = "\"'가다'라는 말은 '나. 다.'와 같다.\" 끝"
    [(start, end)] = enclosed(text)
    assert (start, end) == (0, text.index(" 끝"))
    assert enclosing(5, [(start, end)]) and not enclosing(end, [(start, end)])


@given(texts)
def test_any_text_ends_after_tokens(kiwi: KiwiTokenizer, text: str) -> None:
    from tagger.text.hangul import compose

    text = compose(text).text
    tokens = [(token.start, token.end) for token in segment(text).tokens]
    for view in (kiwi.analyze([text])[0][0], []):
        ends = sentence_ends(text, tokens, view)
        assert ends == sorted(set(ends)) and all(0 <= one < len(tokens) - 1 for one in ends)
