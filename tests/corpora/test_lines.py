"""Bytes become lines: encodings, places of errors, and what arrives piece by piece."""

from __future__ import annotations

import codecs
import sys
import time
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.lines import (
    AUTO,
    Encoding,
    arriving_lines,
    check_encoding,
    file_lines,
    recognised,
)
from tagger.errors import TaggerError
from tests.fuzz.bytes import Pipe

TEXT = "abc 나 밥 먹었다\n친구와 걸었다.\r\n\n끝"
LINES = ["abc 나 밥 먹었다", "친구와 걸었다.", "", "끝"]
MARKED = ("utf-8-sig", "utf-16", "utf-32")
UNMARKED = ("utf-8", "cp949", "euc-kr")
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def lines(data: bytes, encoding: str = "utf-8", errors: str = "strict", size: int = 99) -> list:
    groups = arriving_lines(Pipe(data, size), "x", Encoding(encoding, errors))
    return [line for group in groups for line in group]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 16])
@pytest.mark.parametrize("encoding", MARKED + UNMARKED + WIDE)
def test_an_encoding_by_its_name(encoding: str, size: int) -> None:
    assert lines(TEXT.encode(encoding), encoding, size=size) == LINES


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 16])
@pytest.mark.parametrize("encoding", MARKED + UNMARKED)
def test_an_encoding_is_recognised(encoding: str, size: int) -> None:
    assert lines(TEXT.encode(encoding), AUTO, size=size) == LINES


@pytest.mark.parametrize("encoding", [*WIDE[:2], "johab"])
def test_an_encoding_without_a_mark_is_recognised_by_what_it_says(encoding: str) -> None:
    text = "아버지가 방에 들어가신다.\n나는 어제 친구와 함께 영화를 보았다.\n" * 5
    if encoding == "johab":  # CP949 reads it too, as nonsense: it must be named
        assert lines(text.encode(encoding), encoding) == text.split("\n")[:-1]
        return
    assert lines(text.encode(encoding), AUTO, size=1 << 16) == text.split("\n")[:-1]
    assert lines(text.encode(encoding), AUTO, size=40) == text.split("\n")[:-1]


def test_big_endian_marks_are_marks() -> None:
    for mark, encoding in (
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ):
        data = mark + TEXT.encode(encoding)
        family = encoding[:6]
        assert lines(data, family, size=1) == lines(data, AUTO, size=1) == LINES


def test_without_a_mark_wide_text_is_the_machines() -> None:
    here = "le" if sys.byteorder == "little" else "be"
    assert lines(TEXT.encode(f"utf-16-{here}"), "utf-16") == LINES
    assert lines(TEXT.encode(f"utf-32-{here}"), "utf-32") == LINES
    assert lines(TEXT.encode(f"utf-16-{here}"), "U16") == LINES  # another name of it


def test_plain_lines_are_answered_before_the_encoding_is_known() -> None:
    pipe = Pipe(b"one\ntwo\n" + "셋\n".encode("cp949"), 4)
    groups = arriving_lines(pipe, "x", Encoding(AUTO))
    assert next(groups) == ["one"] and pipe.tell() == 4
    assert next(groups) == ["two"] and pipe.tell() == 8
    assert next(groups) == ["셋"]
    assert lines(b"one\ntwo", AUTO, size=2) == ["one", "two"]
    assert lines(b"", AUTO) == [] and lines(b"\n", AUTO) == [""]


def test_null_characters_do_not_make_utf_8_something_else() -> None:
    assert lines("가\0나\n다\n".encode(), AUTO, size=5) == ["가\0나", "다"]
    assert lines(b"a\0b\n", AUTO) == ["a\0b"]
    assert lines(b"x" * 80 + b"\0\n", AUTO) == ["x" * 80 + "\0"]


def test_the_encoding_of_bytes() -> None:
    assert recognised("나".encode(), True) == "utf-8"
    assert recognised("나 밥".encode("cp949"), True) == "cp949"
    assert recognised("나".encode()[:2], False) == "utf-8"  # the rest may come
    assert recognised("나".encode()[:2], True) != "utf-8"
    assert recognised("나 밥 먹었다".encode("utf-16-be"), True) == "utf_16_be"


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 16])
def test_the_place_of_a_byte_that_cannot_be_decoded(size: int) -> None:
    data = "나\n밥 ".encode() + b"\xff" + "다\n".encode()
    groups = arriving_lines(Pipe(data, size), "a.txt", Encoding())
    before = []
    with pytest.raises(TaggerError) as refused:
        for group in groups:
            before += group
    assert before == ["나"]
    assert str(refused.value) == (
        "a.txt:2: byte 8 cannot be decoded as utf-8; "
        "give the encoding with --encoding, for example cp949 or auto"
    )


def test_the_place_in_other_encodings() -> None:
    data = "나\n".encode("cp949") + b"\xff\n"
    with pytest.raises(TaggerError, match="x:2: byte 3 cannot be decoded as cp949"):
        lines(data, "cp949", size=2)
    data = "나\n".encode("utf-16") + b"\x00\xdc"
    with pytest.raises(TaggerError, match="x:2: byte 6 cannot be decoded as utf-16-le"):
        lines(data, "utf-16", size=3)
    with pytest.raises(TaggerError, match="x:1: byte 0 cannot be decoded as utf-8"):
        lines("나".encode()[:2])


@given(st.binary(max_size=40), st.integers(1, 9))
def test_replacing_never_fails_and_keeps_the_lines(data: bytes, size: int) -> None:
    wanted = data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    if wanted[-1] == "":
        wanted.pop()
    assert lines(data, "utf-8", "replace", size) == [line.removesuffix("\r") for line in wanted]


@given(st.text(st.characters(codec="cp949"), max_size=30), st.integers(1, 5))
def test_any_text_in_cp949_comes_back(text: str, size: int) -> None:
    wanted = lines(text.encode(), "utf-8")
    assert lines(text.encode("cp949"), "cp949", size=size) == wanted


def test_progress_counts_the_bytes() -> None:
    seen: list[int] = []
    for _ in arriving_lines(Pipe(TEXT.encode(), 10), "x", Encoding(), seen.append):
        pass
    assert sum(seen) == len(TEXT.encode()) and max(seen) == 10


@pytest.mark.parametrize("name", ["utf-8", "UTF_16", "cp949", "euc-kr", "johab", "latin-1"])
def test_encodings_of_text_are_known(name: str) -> None:
    check_encoding(name)


@pytest.mark.parametrize(
    "name",
    [
        *("klingon", "", "a\0b", "rot13", "hex", "idna", "punycode", "undefined", "utf-7"),
        *("unicode_escape", "raw_unicode_escape", AUTO),
    ],
)
def test_what_is_no_encoding_of_text_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TaggerError) as refused:
        check_encoding(name)
    assert str(refused.value) == f"unknown encoding {name!r}; use a name such as utf-8 or cp949"
    (tmp_path / "x").write_bytes(b"x")
    if name != AUTO:
        with pytest.raises(TaggerError, match="unknown encoding"):
            next(file_lines(tmp_path / "x", Encoding(name)))


def test_a_file_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(TEXT.encode("cp949"))
    seen: list[int] = []
    assert [*chain(*file_lines(path, Encoding("cp949"), seen.append))] == LINES
    assert sum(seen) == path.stat().st_size
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Pipe(TEXT.encode("cp949"), 99)))
    assert [*chain(*file_lines("-", Encoding(AUTO)))] == LINES
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Pipe(b"\xff", 99)))
    with pytest.raises(TaggerError, match=r"^standard input:1: byte 0"):
        next(file_lines("-"))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(TaggerError) as refused:
        next(file_lines("-"))
    assert str(refused.value) == "standard input: it is closed; give a file"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(TaggerError, match=f"^{path}: "):
            next(file_lines(path))
    bad = tmp_path / "bad"
    bad.write_bytes(b"a\n\xff")
    with pytest.raises(TaggerError, match=f"^{bad}:2: byte 2 "):
        list(file_lines(bad))


def test_a_long_line_in_many_chunks_is_read_in_linear_time() -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        assert len(lines(b"x" * (count * 100), size=100)[0]) == count * 100
        return time.process_time() - start

    seconds(100)
    assert seconds(20_000) < 40 * max(seconds(2000), 0.005)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 99])
def test_one_byte_order_mark_is_dropped(size: int) -> None:
    assert lines(("\ufeff" * 2 + "가\n\ufeff나").encode(), size=size) == ["\ufeff가", "\ufeff나"]
