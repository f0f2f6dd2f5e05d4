from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.segmentation import (
    LONGEST_TOKEN,
    addresses,
    cut_sentence,
    join_sentences,
    segment,
    split_tokens,
)
from tests.support.strategies import texts


@pytest.mark.parametrize(
    ("eojeol", "tokens"),
    [
        ("먹었다.", "먹었다 ."),
        ("경기(e-gima.com)가", "경기 ( e-gima.com ) 가"),
        ("1.46배로", "1.46배로"),
        ("40.3%로", "40.3 % 로"),
        ("그런데...", "그런데 ..."),
        ("“네”라고", "“ 네 ” 라고"),
        ("((가))", "( ( 가 ) )"),
        ("1,000원,", "1,000원 ,"),
        ("?!", "? !"),
        ("ㅋㅋ", "ㅋㅋ"),
        ("https://example.com/a?b=1,에서", "https://example.com/a?b=1 , 에서"),
        ("(www.example.org).", "( www.example.org ) ."),
        ("help@example.co.kr로", "help@example.co.kr로"),
    ],
)
def test_punctuation_is_split_off(eojeol: str, tokens: str) -> None:
    assert [eojeol[start:end] for start, end in split_tokens(eojeol)] == tokens.split()


def test_a_run_without_end_is_cut() -> None:
    assert [end - start for start, end in split_tokens("가" * 1200)] == [LONGEST_TOKEN] * 2 + [200]


@given(texts)
def test_tokens_and_spaces_rebuild_the_text(text: str) -> None:
    sentence = segment(text)
    rebuilt = ""
    for token in sentence.tokens:
        gap = text[len(rebuilt) : token.start]
        assert not gap.strip()
        rebuilt += gap + token.surface
        assert text[token.start : token.end] == token.surface
    assert not text[len(rebuilt) :].strip()
    assert [e.surface for e in sentence.eojeols] == text.split() or not text.isascii()


def test_offsets_count_what_was_given() -> None:
    text = unicodedata.normalize("NFD", "밥 먹다.")
    assert [token.surface for token in segment(text).tokens] == [
        unicodedata.normalize("NFD", surface) for surface in ("밥", "먹다", ".")
    ]


@given(st.text("가. \t", max_size=60), st.integers(1, 20))
def test_parts_join_to_the_sentence(text: str, longest: int) -> None:
    sentence = segment(text)
    parts = [part.sentence for part in cut_sentence(sentence, longest)]
    assert join_sentences(parts) == sentence
    for part in parts:
        assert all(part.text[t.start : t.end] == t.surface for t in part.tokens)


def test_parts_of_one_text_are_told_from_whole_ones() -> None:
    assert [(part.is_first, part.is_last) for part in cut_sentence(segment("가나 다라"), 9)] == [
        (True, True)
    ]
    assert [(p.is_first, p.is_last) for p in cut_sentence(segment("가나 다라 마바"), 3)] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def test_equal_surfaces_are_one_object() -> None:
    first, _, second = segment("가나다, 가나다").tokens
    assert first.surface is second.surface


def test_a_text_is_cut_after_a_full_stop_or_before_a_space() -> None:
    parts = cut_sentence(segment("가나. 다라 마바 사아"), 7)
    assert [part.sentence.text for part in parts] == ["가나. ", "다라 마바 ", "사아"]


@pytest.mark.parametrize(
    "text",
    [
        "!́ͅ",
        "?ְཱ가",
        ".𝅥́",
        "((゙́",
        "가\u0323\u0301" * 2,
        " \u064b\u0301",
        "\u0387\u035d",
        "\u1fef\u0e3a",
        "\u2329\u1bae",
        "나\u2329\u0323\u0307",
    ],
)
def test_marks_whose_order_changes_stay_where_they_are(text: str) -> None:
    """Normal form C puts marks in order; the offsets count what was given."""
    sentence = segment(text)
    assert "".join(token.surface for token in sentence.tokens) == text.strip()
    composed = segment(unicodedata.normalize("NFC", text))
    assert len(sentence.tokens) == len(composed.tokens)


def test_a_run_of_marks_is_cut_where_its_composed_form_is() -> None:
    for text in ("가" + "\u0301\u0323" * 600, "\u1100\u1161" + "\u0301\u0323" * 600):
        sentence = segment(text)
        assert "".join(token.surface for token in sentence.tokens) == text
        composed = segment(unicodedata.normalize("NFC", text))
        assert len(sentence.tokens) == len(composed.tokens)
    text = "x" + "\u0958" * 700  # each composes to two characters, which are cut apart
    assert "".join(token.surface for token in segment(text).tokens) == text


@pytest.mark.parametrize("unit", ["-", "a", "a.", "a@", "a@b", "@a", "www.!", "http:", "()", "가."])
def test_a_pattern_repeated_is_split_in_linear_time(unit: str) -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        spans = list(split_tokens(unit * count))
        assert spans[0][0] == 0 and spans[-1][1] == len(unit) * count
        return time.process_time() - start

    seconds(100)
    assert seconds(16_000) < 60 * max(seconds(1000), 0.001)


def test_addresses_have_the_lengths_of_the_standards() -> None:
    local, label = "a" * 64, "b" * 63
    for address in (f"{local}@{label}.kr", f"x@{label}.{label}.{label}"):
        text = f"({address}),"
        tokens = [text[start:end] for start, end in split_tokens(text)]
        assert tokens == ["(", address, ")", ","]


@pytest.mark.parametrize("text", ["@_@ 어지럽다", "사과 3개@500원", "awww.nice 하네", "@minsu@"])
def test_what_looks_like_an_address_is_none(text: str) -> None:
    assert list(addresses(text)) == []
