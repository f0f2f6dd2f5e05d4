"""What stands in quotation marks and brackets: no sentence of the text around it ends there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

LONGEST = 500
"""Characters beyond which a mark that opens and one that closes do not belong together."""

_CLOSING = dict(zip(")]}>〉》」』】〕）］｝＞”’", "([{<〈《「『【〔（［｛＜“‘", strict=True))
_OPENING = frozenset(_CLOSING.values())
_STRAIGHT = "\"'`"


def enclosed(text: str) -> list[tuple[int, int]]:
    """Start and end of what stands between two marks that belong together, the marks with it;
    what stands in another is not told.

    A mark that nothing closes, or that closes nothing, encloses nothing. A straight quotation
    mark opens after a space or a bracket, and closes after anything else.

    >>> text = '"가자. 빨리" (1. 서울) it\\'s :)'
    >>> [text[start:end] for start, end in enclosed(text)]
    ['"가자. 빨리"', '(1. 서울)']
    """
    pairs: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for place, mark in enumerate(text):
        if mark in _STRAIGHT:
            before, after = text[place - 1 : place], text[place + 1 : place + 2]
            opener = mark
            opens = (not before or before.isspace() or before in _OPENING) and (
                bool(after) and not after.isspace()
            )
            if before and before in _STRAIGHT and before != mark and after.strip():
                opens = (before, place - 1) in waiting
        elif mark in _OPENING:
            opens, opener = True, mark
        elif mark in _CLOSING:
            opens, opener = False, _CLOSING[mark]
        else:
            continue
        if opens:
            waiting = [one for one in waiting if one[0] != mark or mark not in _STRAIGHT]
            waiting.append((mark, place))
            continue
        for index in range(len(waiting) - 1, -1, -1):
            kind, start = waiting[index]
            if kind == opener:
                if place - start <= LONGEST:
                    pairs.append((start, place + 1))
                del waiting[index:]
                break
    return _outermost(pairs)


def _outermost(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found


def enclosing(offset: int, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether what is before the offset and what is after it are in one of the pairs."""
    index = bisect_right(pairs, (offset, -1)) - 1
    return index >= 0 and pairs[index][0] < offset < pairs[index][1]
