"""Texts cut into pieces that an analyser reads quickly and soundly."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Kiwi is quadratic on runs without a Hangul syllable or a space, keeps for ever what its longest
# piece needed (12 KB a syllable of `가가가…`), and counts a token's length in 16 bits; lone
# surrogates make reading a token's form raise
_LONGEST_PIECE = 500
_LONGEST_RUN = 200
_RUN = re.compile(rf"\S{{{_LONGEST_RUN}}}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[^\S ]")  # not all of it is white space to Kiwi


def safe_pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text cut, with offsets, into pieces that Kiwi analyses quickly and soundly.

    Texts without very long runs and of usual length are one piece; the others are cut after
    white space where there is some.
    """
    text = _SPACE.sub(" ", _SURROGATE.sub("\ufffd", text))
    start = 0
    while start < len(text):
        end = _piece_end(text, start)
        yield start, text[start:end]
        start = end


def _piece_end(text: str, start: int) -> int:
    end = min(len(text), start + _LONGEST_PIECE)
    run = _RUN.search(text, start, end)
    if run:
        return run.end()
    if end == len(text):
        return end
    space = text.rfind(" ", start, end)
    return space + 1 if space > start else end
