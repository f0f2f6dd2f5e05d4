"""Where sentences end: a logistic regression over an analyser's morphemes, within rules.

A sentence may end after each token of a text. Rules say where it cannot: within quotation marks
or brackets (`enclosed.py`), before what belongs to the sentence that ends (closing marks,
emoticons, ㅋㅋ), before a particle or an ending, within an eojeol unless after a full stop. Of the
other places the regression decides, by the morphemes before and after, the marks between and how
long the sentence is. `recipes/boundaries.py` trains it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tagger.boundaries import regression
from tagger.boundaries.enclosed import enclosed, enclosing
from tagger.text.hangul import ComposedText
from tagger.text.sentence import Sentence
from tagger.tokenizer.base import Hint, View

Span = tuple[int, int]

LEAST = -0.6
"""The log odds from which on a place is an end, chosen on text by sentence of other people: more
sentences there end without a mark than in what the regression learned from."""

LEAST_UNUSUAL = 1.5
"""The same of a place without a mark, in a text that marks its sentences' ends."""

_EDGE = Hint("", "-", 0, 0)

_BELONGS = re.compile(
    r"(?:[.,!?;~·…。、，！？；～”’)\]}>〉》」』】〕）］｝＞ㅋㅎㅠㅜㅡ^♡♥★☆*]"
    r"|[:;=]-?[)(DPp]+|[\"'`](?!\w))+"
)
"""What belongs to the sentence before."""

_STOPS = ".!?…。！？"
_BRACKETS = ")]}>〉》」』】〕）］｝＞"
_KINDS = {
    **dict.fromkeys(".。", "."),
    "…": ":",
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys("?？", "?"),
    **dict.fromkeys("~～", "~"),
    **dict.fromkeys(",，、", ","),
    **dict.fromkeys(_BRACKETS, ")"),
    **dict.fromkeys("([{<〈《「『【〔（［｛＜", "("),
    **dict.fromkeys("\"'`“”‘’", '"'),
    **dict.fromkeys("ㅋㅎㅠㅜㅡ^;♡♥★☆♪♬", "e"),
    "-": "-",
    "#": "#",
    ":": ";",
}
_ORDER = "?!.:~,e"
_MARKED = re.compile(r"[.!?…](?=[\"'”’)ㅋㅎㅠㅜ^~.!?]*(?:\s|$))")
_CLOSED = re.compile(r"[.!?…。！？][”’\"'」』]+$")
_SPEAKER = re.compile(r"[\w() ]{1,8}? ?: ?(?=\w)")
_BOUND = ("JK", "JX", "JC", "EP", "EF", "EC", "ET", "XS", "VC")


class Place(NamedTuple):
    """A place where a sentence may end: after which token, at which offset, how many eojeols
    and words are before it, the marks before it, how the text is written, what else is known,
    and whether the rules are sure of an end."""

    token: int
    offset: int
    eojeols: int
    words: int
    marks: str
    style: str
    symbols: tuple[str, ...]
    is_sure: bool

    def symbols_after(self, eojeols: int) -> tuple[str, ...]:
        """What is known if so many eojeols stand before the sentence."""
        length = _bucket(self.eojeols - eojeols)
        return (
            *self.symbols,
            f"l {length} {bool(self.marks)}",
            f"ls {length} {self.style}",
            f"lm {length} {self.marks}",
        )


def sentence_ends(text: str, tokens: Sequence[Span], view: View) -> list[int]:
    """The numbers of the tokens after which a sentence ends, the last of the text not told.

    The text is composed; `tokens` are start and end of each token, `view` is an analysis of the
    text, empty if there is none: then full stops decide alone.
    """
    if not view:
        return _ends_by_marks(text, tokens)
    model = regression.load("sentence_ends")
    ends: list[int] = []
    eojeols = words = 0
    for place in places(text, tokens, view):
        if place.words == words:  # a sentence has a word
            continue
        least = LEAST_UNUSUAL if not place.marks and place.style == "often" else LEAST
        if place.is_sure or model.log_odds(place.symbols_after(eojeols)) > least:
            ends.append(place.token)
            eojeols, words = place.eojeols, place.words
    return ends


def ends_of(
    sentence: Sentence, composed: ComposedText, starts: Sequence[int], view: View
) -> tuple[int, ...]:
    """The offsets in a paragraph's text at which its sentences end, the last left out. `starts`
    are the places of its tokens in the composed text."""
    tokens = [
        (start, bisect_right(composed.ends, token.end))
        for start, token in zip(starts, sentence.tokens, strict=True)
    ]
    given = list(sentence.tokens)
    return tuple(given[number].end for number in sentence_ends(composed.text, tokens, view))


def _ends_by_marks(text: str, tokens: Sequence[Span]) -> list[int]:
    pairs = enclosed(text)
    return [
        number
        for number, ((_, end), (after, _)) in enumerate(pairwise(tokens))
        if end < after
        and text[:end].rstrip("\"'”’)]」』")[-1:] in tuple(_STOPS)
        and not enclosing(end, pairs)
        and not _BELONGS.fullmatch(text, after, _end_of_eojeol(tokens, number + 1))
    ]


def places(text: str, tokens: Sequence[Span], view: View) -> Iterator[Place]:
    """The places in a composed text where the rules let a sentence end."""
    pairs = enclosed(text)
    words = [hint for hint in view if not _is_mark(hint.tag)]
    stops = [match.end() for match in _MARKED.finditer(text)]
    style = _style(text, len(stops))
    closing = words[-1] if words else _EDGE
    final = f"{closing.tag} {mark_kinds(text[closing.end :])}"
    known = eojeols = 0
    for number, ((_, end), (after, _)) in enumerate(pairwise(tokens)):
        while known < len(words) and words[known].start < end:
            known += 1
        spaced = end < after
        eojeols += spaced
        if not known or enclosing(end, pairs):
            continue
        following = [*words[known : known + 2], _EDGE, _EDGE][:2]
        if not _may_end(text, tokens, number, following[0]):
            continue
        last, before = _said_before(text, end, pairs, words[max(0, known - 12) : known])
        reached = max((hint.end for hint in before), default=0)
        marks = mark_kinds(text[min(reached, last) : last]) + ")" * (last < end)
        if marks == ",":
            continue
        if marks and text[end - 1] in "\"'”’" and following[0].form in ("하", "라고", "라며"):
            continue
        begin = following[0].start if known < len(words) else len(text)
        rest = bisect_left(stops, end + 1)
        yield Place(
            number,
            end,
            eojeols,
            known,
            marks,
            style,
            _symbols(
                [*[_EDGE] * (3 - len(before)), *before],
                following,
                marks if spaced else f"{marks}_",
                mark_kinds(text[after : max(after, begin)]),
                text[max(0, reached - 3) : reached].rpartition(" ")[2],
                text[begin : begin + 2].partition(" ")[0],
                style,
                _bucket(text.count(" ", after, stops[rest] if rest < len(stops) else len(text))),
                bool(_SPEAKER.match(text, after)),
                final,
            ),
            bool(spaced and _CLOSED.search(text, max(0, end - 4), end))
            or text.count("\n", end, after) > 1,
        )


def _may_end(text: str, tokens: Sequence[Span], number: int, following: Hint) -> bool:
    (_, end), (after, _) = tokens[number : number + 2]
    if end < after:
        return not _BELONGS.fullmatch(text, after, _end_of_eojeol(tokens, number + 1)) and (
            text[end - 1] not in "\"'”’" or following.tag[:2] not in _BOUND
        )
    return (
        text[end - 1] in ".!?。！？~ㅋㅎㅠㅜ^"
        and following is not _EDGE
        and following.tag[:2] not in _BOUND
        and not _BELONGS.match(text, after)
    )


def _said_before(
    text: str, end: int, pairs: Sequence[Span], words: Sequence[Hint]
) -> tuple[int, list[Hint]]:
    """The last words before a place and where they end with their marks. What stands in brackets
    is passed over: `갔다 (어제)` ends as `갔다` does."""
    place = len(text[:end].rstrip(".…~!?"))
    if place and text[place - 1] in _BRACKETS:
        index = bisect_left(pairs, place, key=lambda pair: pair[1])
        if index < len(pairs) and pairs[index][1] == place:
            opened = pairs[index][0]
            last = len(text[:opened].rstrip())
            if last and text[last - 1] not in _STOPS:
                return last, [hint for hint in words if hint.start < opened][-3:]
    return end, list(words[-3:])


def _end_of_eojeol(tokens: Sequence[Span], number: int) -> int:
    end = tokens[number][1]
    while number + 1 < len(tokens) and tokens[number + 1][0] == end:
        number += 1
        end = tokens[number][1]
    return end


def _is_mark(tag: str) -> bool:
    return (tag[0] == "S" and tag not in ("SL", "SN", "SH")) or tag == "W_EMOJI"


def mark_kinds(marks: str) -> str:
    """The kinds of the marks in an order of their own; several full stops are an ellipsis.

    >>> mark_kinds("..!!! ㅋㅋ"), mark_kinds('."')
    ('!e', '."')
    """
    kinds = {_KINDS.get(mark, "o") for mark in marks if not mark.isspace()}
    if "." in kinds and marks.count(".") + marks.count("。") > 1:
        kinds = kinds - {"."} | {":"}
    if "?" in kinds:
        kinds.discard("!")
    if kinds & {"!", "?"}:
        kinds -= {".", ":", "~"}
    return "".join(sorted(kinds, key=lambda kind: ((_ORDER + kind).index(kind), kind)))


def _style(text: str, marked: int) -> str:
    """How the text marks its sentences' ends."""
    if not marked:
        return "never"
    return "often" if marked * 15 > text.count(" ") else "seldom"


def _bucket(eojeols: int) -> int:
    """A number in steps that grow with it: 0 to 3, 4 and 5, 6 and 7, 8 to 11, …"""
    bits = eojeols.bit_length()
    return eojeols if bits < 3 else min(10, 2 * bits - 2 + (eojeols >> (bits - 2) & 1))


def _symbols(
    before: Sequence[Hint],
    after: Sequence[Hint],
    marks: str,
    opening: str,
    syllables: str,
    following: str,
    style: str,
    left: int,
    is_speaker: bool,
    final: str,
) -> tuple[str, ...]:
    third, second, last = (hint.tag for hint in before)
    form = f"{before[-1].form}/{last}"
    first, then = (hint.tag for hint in after)
    word = f"{after[0].form}/{first}"
    is_marked = bool(marks)
    parts = before[-1].sentence != after[0].sentence  # as the analyser sees it
    return (
        f"m {marks} {style}",
        f"o {opening}",
        f"mo {marks} {opening}",
        f"f {form}",
        f"mf {marks} {form}",
        f"sf {style} {is_marked} {form}",
        f"ff {before[-2].form}/{second} {form}",
        f"mtt {marks} {second} {last}",
        f"ttt {is_marked} {third} {second} {last}",
        f"w {word}",
        f"mw {marks} {word}",
        f"tw {last} {word}",
        f"ft {form} {first}",
        f"tT {last} {first} {then}",
        f"mtT {marks} {last} {first}",
        f"fT {form} {first} {then}",
        f"1 {syllables[-1:]} {marks}",
        f"2 {syllables[-2:]}",
        f"3 {syllables}",
        f"n {following}",
        f"k {parts} {marks}",
        f"kt {parts} {last}",
        f"r {left} {is_marked}",
        f"rs {left} {style}",
        f"c {is_speaker}",
        f"e {final} {marks}",
        f"et {final} {is_marked} {last}",
    )
