"""Letters and syllables that are written again and again to sound longer: ㅋㅋㅋㅋㅋ, 너무우우.

The rules are like those of the normaliser of twitter-korean-text, which KoNLPy's Okt has
(https://github.com/twitter/twitter-korean-text), as far as they need no dictionary.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable

from tagger.text.hangul import VOWELS, ComposedText, compose, join_syllable, split_syllable

_LETTERS = re.compile(r"([ㄱ-ㅎㅏ-ㅣ])\1{2,}|([ㄱ-ㅎㅏ-ㅣ]{2})\2{2,}")
_VOWELS_ALONE = "아애야얘어에여예오와왜외요우워웨위유으의이"
_DRAWN_OUT = re.compile(rf"(?P<syllable>[가-힣])(?P<vowel>[{_VOWELS_ALONE}])(?P=vowel)+")
_SYLLABLE = re.compile(r"([가-힣])\1{3,}")
_LAUGHING = re.compile(r"(?<!부)(?P<syllable>[가-힣])(?=ㅋㅋ)")

# the vowel that one of two parts ends in
_END_OF_VOWEL = {
    **{vowel: vowel for vowel in VOWELS},
    **dict(zip("ㅑㅒㅕㅖㅘㅙㅚㅛㅝㅞㅟㅠㅢ", "ㅏㅐㅓㅔㅏㅐㅔㅗㅓㅔㅣㅜㅣ", strict=True)),
}


def normalize(text: str) -> str:
    """The text without letters and syllables that are repeated to sound longer.

    A letter, or a pair of letters, that stands three times or more stands twice. A syllable that
    a vowel makes longer stands alone (너무우우: 너무). Another syllable that stands four times or
    more stands three times. A ㅋ under the syllable before ㅋㅋ is no part of it (닼ㅋㅋ: 다ㅋㅋ).

    Raises TypeError if the text is not a `str`.

    >>> normalize("너무우우 좋닼ㅋㅋㅋㅋ")
    '너무 좋다ㅋㅋ'
    """
    return normalised(text).text


def normalised(text: str) -> ComposedText:
    """The text that `normalize` gives, with a map to the offsets of what was given."""
    composed = compose(text)
    composed = _replaced(composed, _LETTERS, lambda match: 2 * (match[1] or match[2]))
    composed = _replaced(composed, _DRAWN_OUT, _as_it_was)
    composed = _replaced(composed, _SYLLABLE, lambda match: 3 * match[1])
    return _replaced(composed, _LAUGHING, _without_laughter)


def _as_it_was(match: re.Match[str]) -> str:
    _, vowel, coda = split_syllable(match["syllable"])
    is_longer = not coda and _END_OF_VOWEL[vowel] == split_syllable(match["vowel"])[1]
    return match["syllable"] if is_longer else match[0]


def _without_laughter(match: re.Match[str]) -> str:
    onset, vowel, coda = split_syllable(match["syllable"])
    if coda != "ㅋ" or match["syllable"] == "녘":  # which is a word
        return match[0]
    return join_syllable(onset, vowel)


def _replaced(
    composed: ComposedText, pattern: re.Pattern[str], shorter: Callable[[re.Match[str]], str]
) -> ComposedText:
    """The text with what `shorter` makes of each match, whose last character stands for all that
    was left out."""
    text = composed.text
    pieces: list[str] = []
    starts, ends = array("q"), array("q")
    place = 0
    for match in pattern.finditer(text):
        piece = text[place : match.start()] + shorter(match)
        pieces.append(piece)
        last = place + len(piece)
        starts.extend(composed.starts[place:last])
        ends.extend(composed.ends[place : last - 1])
        ends.append(composed.ends[match.end() - 1])
        place = match.end()
    if not pieces:
        return composed
    pieces.append(text[place:])
    starts.extend(composed.starts[place:])
    ends.extend(composed.ends[place:])
    return ComposedText("".join(pieces), starts, ends)
