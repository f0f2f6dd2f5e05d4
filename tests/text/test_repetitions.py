from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import normalize
from tagger.text.repetitions import normalised


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ㅋㅋㅋㅋㅋ", "ㅋㅋ"),
        ("ㅋㅋ ㅎ", "ㅋㅋ ㅎ"),
        ("ㅠㅠㅠㅠ 어떡해", "ㅠㅠ 어떡해"),
        ("ㅋㅎㅋㅎㅋㅎㅋㅎ", "ㅋㅎㅋㅎ"),
        ("너무우우", "너무"),
        ("사랑해애애애요", "사랑해요"),
        ("가요오오", "가요"),
        ("야아아아", "야"),
        ("와아아", "와"),
        ("나아지다", "나아지다"),
        ("아이이", "아이이"),
        ("밥아아", "밥아아"),
        ("하하하하하하", "하하하"),
        ("하하하", "하하하"),
        ("되나욬ㅋㅋ", "되나요ㅋㅋ"),
        ("좋닼ㅋㅋㅋ", "좋다ㅋㅋ"),
        ("부엌ㅋㅋㅋ", "부엌ㅋㅋ"),
        ("새벽녘ㅋㅋ", "새벽녘ㅋㅋ"),
        ("10000000", "10000000"),
        ("", ""),
    ],
)
def test_repetitions_are_left_out(text: str, plain: str) -> None:
    assert normalised(text).text == plain
    assert normalised(unicodedata.normalize("NFD", text)).text == plain


def test_offsets_are_those_of_the_text_that_was_given() -> None:
    found = normalised("너무우우 좋닼ㅋㅋㅋ")
    spans = list(zip(found.text, found.starts, found.ends))
    assert spans[:4] == [("너", 0, 1), ("무", 1, 4), (" ", 4, 5), ("좋", 5, 6)]
    assert spans[4:] == [("다", 6, 7), ("ㅋ", 7, 8), ("ㅋ", 8, 10)]


@given(st.text(alphabet="가아너무우해애요오ㅋㅎㅠ닼 .a\u1161\u11ab"))
def test_the_map_covers_the_text_in_order(text: str) -> None:
    found = normalised(text)
    assert len(found.starts) == len(found.ends) == len(found.text)
    assert len(found.text) <= len(text)
    assert all(start < end for start, end in zip(found.starts, found.ends))
    assert [*found.starts] == sorted(found.starts) and [*found.ends] == sorted(found.ends)
    if text:
        assert (found.starts[0], found.ends[-1]) == (0, len(text))


def test_the_public_function_gives_a_text() -> None:
    assert normalize("아니이이 진짜 넘 웃곀ㅋㅋㅋ") == "아니 진짜 넘 웃겨ㅋㅋ"
    assert normalize("") == ""
    with pytest.raises(TypeError, match="str"):
        normalize(b"\xec")  # type: ignore[arg-type]
