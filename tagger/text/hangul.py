"""Hangul as Unicode writes it: jamo, codas, and composed text with a map back to the input.

Syllable arithmetic: The Unicode Standard, section 3.12, "Conjoining Jamo Behavior".
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO

FIRST_SYLLABLE, LAST_SYLLABLE = "가", "힣"
ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

_FIRST_CONJOINING_CODA = 0x11A8
_TO_COMPATIBILITY = {_FIRST_CONJOINING_CODA + i: coda for i, coda in enumerate(CODAS[1:])}

_HAS_CODA = re.compile(f"[{''.join(map(chr, _TO_COMPATIBILITY))}]").search
_TO_CONJOINING = {coda: chr(number) for number, coda in _TO_COMPATIBILITY.items()}


def is_syllable(character: str) -> bool:
    """Whether the character is a composed Hangul syllable."""
    return FIRST_SYLLABLE <= character <= LAST_SYLLABLE


@lru_cache(1 << 11)
def split_syllable(syllable: str) -> tuple[str, str, str]:
    """Onset, vowel and coda (empty if there is none) as compatibility jamo.

    >>> split_syllable("한")
    ('ㅎ', 'ㅏ', 'ㄴ')
    """
    rest, coda = divmod(ord(syllable) - ord(FIRST_SYLLABLE), len(CODAS))
    onset, vowel = divmod(rest, len(VOWELS))
    return ONSETS[onset], VOWELS[vowel], CODAS[coda]


def compatibility_codas(form: str) -> str:
    """The form with conjoining codas (U+11A8…, as Kiwi writes them) as compatibility jamo
    (ㄴ, ㄹ, …, as corpora write them)."""
    return form.translate(_TO_COMPATIBILITY) if _HAS_CODA(form) else form


def conjoining_coda(form: str) -> str:
    """The form, if it begins with a consonant alone, as Kiwi writes such endings.

    >>> conjoining_coda("ㄴ다") == "\u11ab다", conjoining_coda("다")
    (True, '다')
    """
    return _TO_CONJOINING.get(form[:1], form[:1]) + form[1:]


def corpus_form(form: str) -> str:
    """The form of a morpheme as this program keeps it, however a corpus writes it: composed
    (normal form C), with compatibility jamo.

    >>> corpus_form("\\u1112\\u1161"), corpus_form("\\u11ab다")
    ('하', 'ㄴ다')
    """
    return compatibility_codas(unicodedata.normalize("NFC", form))


@dataclass(frozen=True, slots=True)
class ComposedText:
    """Text in normal form C; character i stands for `starts[i]:ends[i]` of the input."""

    text: str
    starts: range | array[int]
    ends: range | array[int]


def compose(text: str) -> ComposedText:
    """Text in normal form C with a map back to the input's offsets.

    >>> composed = compose("\\u1112\\u1161\\u11ab글")
    >>> composed.text, [*composed.starts], [*composed.ends]
    ('한글', [0, 3], [3, 4])
    """
    if unicodedata.is_normalized("NFC", text):
        return ComposedText(text, range(len(text)), range(1, len(text) + 1))
    pieces = StringIO()  # a list of them would take as much memory as the maps of a long text
    starts, ends = array("q"), array("q")
    start = 0
    while start < len(text):
        end = start + 1
        if not text[start].isspace():  # which nothing joins, though marks may follow it
            while end < len(text) and _may_join_previous(text[end]):
                end += 1
        given = text[start:end]
        piece = unicodedata.normalize("NFC", given)
        pieces.write(piece)
        if len(piece) == len(given):
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            _place_unequal(piece, given, start, starts, ends)
        start = end
    return ComposedText(pieces.getvalue(), starts, ends)


def _place_unequal(
    piece: str, given: str, start: int, starts: array[int], ends: array[int]
) -> None:
    """Map a composed piece to what was given from `start` on: of its characters the first that
    differs takes what is over, the others follow one by one."""
    end = start + len(given)
    shorter = min(len(piece), len(given))
    same = 0
    while same < shorter - 1 and piece[same] == _alone(given[same]):
        same += 1
    over = len(given) - len(piece)
    first = start + same
    after = first + max(over, 0) + 1
    count = max(-over, 0) + 1
    starts.extend((*range(start, first), *[first] * count, *range(after, end)))
    ends.extend((*range(start + 1, first + 1), *[after] * count, *range(after + 1, end + 1)))


def _alone(character: str) -> str:
    return unicodedata.normalize("NFC", character)


def _may_join_previous(character: str) -> bool:
    if unicodedata.combining(character):
        return True
    # vowels and codas have class 0 yet compose; a few Indic vowel signs do as well
    return "\u1160" <= character <= "\u11ff" or unicodedata.category(character) in ("Mc", "Mn")


def join_syllable(onset: str, vowel: str, coda: str = "") -> str:
    """The syllable of these compatibility jamo; the inverse of `split_syllable`."""
    index = (ONSETS.index(onset) * len(VOWELS) + VOWELS.index(vowel)) * len(CODAS)
    return chr(ord(FIRST_SYLLABLE) + index + CODAS.index(coda))


# vowel of the stem and of the ending without onset -> vowel that both become
_CONTRACTIONS = {
    **{(vowel, vowel): vowel for vowel in "ㅏㅓ"},
    **{(vowel, "ㅓ"): vowel for vowel in "ㅐㅔㅕ"},
    **{("ㅡ", vowel): vowel for vowel in "ㅏㅓ"},
    ("ㅗ", "ㅏ"): "ㅘ",
    ("ㅜ", "ㅓ"): "ㅝ",
    ("ㅣ", "ㅓ"): "ㅕ",
    ("ㅚ", "ㅓ"): "ㅙ",
}


def contract(forms: Sequence[str]) -> str:
    """Morphemes written together by the regular contractions.

    Irregular stems are not known here: 돕+아 stays 돕아.

    >>> contract(["하", "았", "다"]), contract(["가", "ㄴ다"]), contract(["배우", "어"])
    ('했다', '간다', '배워')
    """
    written = ""
    for form in forms:
        last, first = written[-1:], form[0]
        merged = None
        if last and is_syllable(last):
            onset, vowel, coda = split_syllable(last)
            if not coda and first in CODAS:
                merged = join_syllable(onset, vowel, first)
            elif not coda and is_syllable(first):
                first_onset, first_vowel, first_coda = split_syllable(first)
                if last == "하" and first in "아여어았였었":
                    merged = join_syllable("ㅎ", "ㅐ", first_coda)
                elif first_onset == "ㅇ" and (vowel, first_vowel) in _CONTRACTIONS:
                    merged = join_syllable(onset, _CONTRACTIONS[vowel, first_vowel], first_coda)
        written = written[:-1] + merged + form[1:] if merged else written + form
    return written
