"""Typing errors, as Kiwi finds them: 됀다 for 된다, 뺐기고 for 뺏기고, 행우나 for 행운아.

Kiwi analyses a text as if some of it were written otherwise, where that is much likelier
(https://bab2min.github.io/kiwipiepy/, `typos`), and joins the morphemes of what it would have
written otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

KINDS = "basic_with_continual"
"""Of errors: wrong letters that sound alike, and codas that run into the next syllable."""


class Correction(NamedTuple):
    """What is to stand in place of a part of the text."""

    start: int
    end: int
    text: str


def corrections(kiwi: Any, text: str) -> Iterator[Correction]:
    """The corrections of a text that Kiwi can read, in order; spaces stay."""
    for stretch in _stretches(kiwi.tokenize(text, typos=KINDS)):
        start, end = stretch[0].start, max(token.end for token in stretch)
        given = text[start:end]
        if not any(token.typo_cost for token in stretch) or " " in given:
            continue
        written = kiwi.join([(token.form, token.tag) for token in stretch]).replace(" ", "")
        if written != given:
            yield Correction(start, end, written)


def corrected(text: str, found: Sequence[Correction]) -> str:
    """The text with these in place.

    >>> corrected("안 됀다", [Correction(2, 3, "된")])
    '안 된다'
    """
    out = []
    place = 0
    for start, end, written in found:
        out += [text[place:start], written]
        place = end
    return "".join([*out, text[place:]])


def _stretches(tokens: Sequence[Any]) -> Iterator[list[Any]]:
    """The tokens, those that share a syllable together, and an ending with the stem before it if
    both are mended."""
    stretch: list[Any] = []
    end = 0
    for token in tokens:
        is_inflected = (
            token.start == end and token.tag[0] in "EX" and any(t.typo_cost for t in stretch)
        )
        if stretch and token.start >= end and not (is_inflected and token.typo_cost):
            yield stretch
            stretch = []
        stretch.append(token)
        end = max(end, token.end)
    if stretch:
        yield stretch
