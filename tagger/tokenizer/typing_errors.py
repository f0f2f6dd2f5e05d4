"""Typing errors, as Kiwi finds them: 됀다 for 된다, 뺐기고 for 뺏기고, 행우나 for 행운아.

Kiwi analyses a text as if some of it were written otherwise, where that is much likelier
(https://bab2min.github.io/kiwipiepy/, `typos`), and joins the morphemes of what it would have
written otherwise. The past with ㅅ for ㅆ (왓어) is mended here too, which Kiwi lets stand or
takes for another ending.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tagger.text.hangul import is_syllable, join_syllable, split_syllable

KINDS = "basic_with_continual"
"""Of errors: wrong letters that sound alike, and codas that run into the next syllable."""

_PAST = {"앗": "았", "엇": "었", "엿": "였"}
"""Endings of the past with ㅅ for ㅆ, which Kiwi knows and takes for no errors."""


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
        if " " in given:
            continue
        if any(token.typo_cost for token in stretch):
            pairs = [(_in_full(token), token.tag) for token in stretch]
            written = _contracted(given, kiwi.join(pairs).replace(" ", ""))
            if not any(_coda(token.form) == "ㅅ" for token in stretch):
                written = _in_past(given, written)
        else:
            written = given
            for token in stretch:
                if _in_full(token) != token.form:  # it ends with the syllable that has its coda
                    last = token.end - start - 1
                    written = written[:last] + _past_syllable(given[last]) + written[last + 1 :]
        if written != given:
            yield Correction(start, end, written)


def _in_full(token: Any) -> str:
    """The form of a morpheme of Kiwi's, that of the past with ㅆ."""
    form: str = token.form
    return _PAST.get(form, form) if token.tag == "EP" else form


def _contracted(given: str, written: str) -> str:
    """The correction with 했 and 해 where no 하 is given."""
    if "하" in given:
        return written
    return written.replace("하였", "했").replace("하여", "해")


def _in_past(given: str, written: str) -> str:
    """The correction, in the past where ㅅ and 어 are given, which Kiwi takes for 어서.

    >>> _in_past("됫어", "돼서"), _in_past("없엇어", "없어서"), _in_past("가라안자서", "가라앉아서")
    ('됐어', '없었어', '가라앉아서')
    """
    if len(written) < 2 or (given[-1], written[-1]) != ("어", "서") or _coda(given[:-1]) != "ㅅ":
        return written
    return written[:-2] + _past_syllable(written[-2]) + "어"


def _past_syllable(syllable: str) -> str:
    """The syllable with ㅆ as its coda, if it has none or ㅅ; 됐 for 되."""
    if not is_syllable(syllable) or _coda(syllable) not in ("", "ㅅ"):
        return syllable
    onset, vowel, _ = split_syllable(syllable)
    return join_syllable(onset, "ㅙ" if vowel == "ㅚ" else vowel, "ㅆ")


def _coda(text: str) -> str:
    """That of the last syllable, if it is one."""
    return split_syllable(text[-1])[2] if text and is_syllable(text[-1]) else ""


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
