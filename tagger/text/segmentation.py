"""Raw text into tokens: eojeols between white space, with punctuation split off as UD does.

The rule reproduces the tokens of UD_Korean-GSD and UD_Korean-Kaist closely enough that a
model sees the same boundaries in training and in raw text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tagger.text.hangul import ComposedText, compose
from tagger.text.packed_tokens import PackedTokens
from tagger.text.sentence import Analysis, Morpheme, Sentence, Token, TokenColumns

_BRACKETS = "()[]{}<>〈〉《》「」『』【】〔〕（）［］｛｝＜＞"
_QUOTES = "\"'“”‘’`´″′"
_STOPS = ".,?!;:~·ㆍ、。，．？！；：～/…‥%％"

LONGEST_PART = 1000
"""Characters beyond which a text is analysed, and learned from, in parts."""

LONGEST_TOKEN = 500
"""A longer run without space or punctuation is cut into several tokens."""

WINDOW = 512
"""Sentences that are sorted by length together and answered in order."""

WINDOW_CHARACTERS = 1 << 14
"""Characters of a window beyond which no further sentence joins it."""

_EOJEOL = re.compile(r"\S+")
# the lengths of RFC 5321 and 1035; without them a run of n Latin letters takes n² steps
_DOMAIN_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_ADDRESS = (
    r"(?<![0-9A-Za-z])(?:"
    r"(?i:https?://|www\.)(?:(?!,https?://)[!#-;=?-{}~])*[0-9A-Za-z/]"
    rf"|[0-9A-Za-z][0-9A-Za-z._+-]{{0,63}}@{_DOMAIN_LABEL}(?:\.{_DOMAIN_LABEL})+)"
)
_USER_NAME = (
    r"(?<![0-9A-Za-z_.@])@(?=[0-9_.]{0,30}[A-Za-z])"
    r"[0-9A-Za-z_]{1,30}(?:\.[0-9A-Za-z_]{1,30}){0,5}(?![0-9A-Za-z_@])"
)
_WHOLE = re.compile(f"{_ADDRESS}|{_USER_NAME}")
_MAY_BE_WHOLE = re.compile(r"@|://|www\.", re.IGNORECASE).search
_PUNCTUATION = re.compile(
    rf"(?P<address>{_ADDRESS})"
    rf"|[{re.escape(_BRACKETS)}]|(?P<mark>[{re.escape(_QUOTES + _STOPS)}])(?P=mark)*"
)

_MAY_SPLIT = re.compile(f"[{re.escape(_BRACKETS + _QUOTES + _STOPS)}]").search


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the web and e-mail addresses and of the names of users.

    >>> text = "@minsu_99는 www.kr.or.kr/a?b=1에서"
    >>> [text[start:end] for start, end in addresses(text)]
    ['@minsu_99', 'www.kr.or.kr/a?b=1']
    """
    if _MAY_BE_WHOLE(text):
        for match in _WHOLE.finditer(text):
            yield match.span()


def split_eojeols(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of everything between white space."""
    for match in _EOJEOL.finditer(text):
        yield match.span()


def split_tokens(eojeol: str) -> Iterator[tuple[int, int]]:
    """Start and end of the tokens of an eojeol; together they cover it.

    Each bracket is a token of its own, as is a run of one stop or quotation mark. Between
    digits or Latin letters punctuation belongs to the number or name, and web and e-mail
    addresses are left whole.

    >>> ["건물(3.5층)에는.."[a:b] for a, b in split_tokens("건물(3.5층)에는..")]
    ['건물', '(', '3.5층', ')', '에는', '..']
    """
    start = 0
    for match in _PUNCTUATION.finditer(eojeol):
        if not match["address"] and _is_token(eojeol, *match.span()):
            yield from _cut(start, match.start())
            yield from _cut(*match.span())
            start = match.end()
    yield from _cut(start, len(eojeol))


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    for place in range(start, end, LONGEST_TOKEN):
        yield place, min(place + LONGEST_TOKEN, end)


def _is_token(eojeol: str, start: int, end: int) -> bool:
    if start == 0 or end == len(eojeol):
        return True
    left, right = eojeol[start - 1], eojeol[end]
    return not (left.isascii() and right.isascii() and left.isalnum() and right.isalnum())


def segment(text: str) -> Sentence:
    """The sentence of a raw text: its tokens, not yet analysed.

    The rule reads the text in normal form C; the offsets count the characters given.
    """
    composed = compose(text)
    spans = _spans(composed.text)
    if not isinstance(composed.starts, range):
        spans = _in_given(spans, composed)
    if len(composed.text) > LONGEST_PART:
        return Sentence(text, PackedTokens(Token(text[a:b], a, b) for a, b in spans))
    starts, ends = [list(places) for places in zip(*spans)] or [[], []]
    return Sentence(text, TokenColumns(text, starts, ends))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each token of a composed text."""
    for start, end in split_eojeols(text):
        if end - start <= LONGEST_TOKEN and not _MAY_SPLIT(text, start, end):
            yield start, end
            continue
        for first, after in split_tokens(text[start:end]):
            yield start + first, start + after


def _in_given(
    spans: Iterable[tuple[int, int]], composed: ComposedText
) -> Iterator[tuple[int, int]]:
    """The same counted in what was given."""
    last: tuple[int, int] | None = None
    for start, end in spans:
        begin, finish = composed.starts[start], composed.ends[end - 1]
        if last:
            if begin < last[1]:  # marks of one letter do not come apart
                begin, _ = last
            else:
                yield last
        last = begin, finish
    if last:
        yield last


class Part(NamedTuple):
    """A part of a sentence that was cut, or all of one that was not."""

    sentence: Sentence
    is_first: bool
    is_last: bool


def cut_sentence(sentence: Sentence, longest: int) -> Iterator[Part]:
    """The sentence in parts of at most `longest` composed characters, as far as its tokens
    allow.

    A part ends after a full stop if it can, else before a space, else after any token.
    Each part's offsets count from its own beginning; `join_sentences` puts them together.
    """
    composed = compose(sentence.text)
    if len(composed.text) <= longest:
        yield Part(sentence, True, True)
        return

    def place_of(offset: int) -> int:
        """How many composed characters end by that offset."""
        return bisect_right(composed.ends, offset)

    def part(tokens: Iterable[Token], start: int, end: int) -> Sentence:
        moved = tuple([move(token, -start) for token in tokens])
        return Sentence(sentence.text[start:end], moved, sentence.name)

    start = begin = 0  # of the next part, in what was given and composed
    waiting: list[Token] = []
    for token in sentence.tokens:
        waiting.append(token)
        place = place_of(token.end)
        while len(waiting) > 1 and place - begin > longest:
            count = _cutting_place(waiting)
            end = waiting[count].start
            yield Part(part(waiting[:count], start, end), not start, False)
            start, begin, waiting = end, place_of(end), waiting[count:]
    yield Part(part(waiting, start, len(sentence.text)), not start, True)


def join_parts(parts: Iterable[Part]) -> Iterator[Sentence]:
    """The sentences whose parts come one after another, each as soon as its last part comes."""
    remaining = iter(parts)
    for part in remaining:
        yield join_sentences(_to_the_last(part, remaining))


def _to_the_last(part: Part, remaining: Iterator[Part]) -> Iterator[Sentence]:
    yield part.sentence
    while not part.is_last:
        part = next(remaining)
        yield part.sentence


def join_sentences(parts: Iterable[Sentence]) -> Sentence:
    """The inverse of `cut_sentence`, which takes one part after another."""
    parts = iter(parts)
    sentence = next(parts)
    second = next(parts, None)
    if second is None:
        return sentence
    texts: list[str] = []
    asked = sentence.ends is not None
    ends: list[int] = []

    def tokens() -> Iterator[Token]:
        start = 0
        for part in chain([sentence, second], parts):
            if start and _is_after_stop(texts[-1]):
                ends.append(start)
            ends.extend([end + start for end in part.ends or ()])
            for token in part.tokens:
                yield move(token, start)
            texts.append(part.text)
            start += len(part.text)

    packed = PackedTokens(tokens())
    return Sentence("".join(texts), packed, sentence.name, ends=tuple(ends) if asked else None)


def windows(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts in groups that are analysed together. Each part of one that was cut is alone:
    it fills a batch, and beside a very long text the work of a window counts."""
    window: list[Part] = []
    characters = 0
    for part in parts:
        is_whole = part.is_first and part.is_last
        if window and not is_whole:
            yield window
            window, characters = [], 0
        window.append(part)
        characters += len(part.sentence.text)
        if not is_whole or len(window) == WINDOW or characters > WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def _cutting_place(tokens: Sequence[Token]) -> int:
    """How many of the tokens, less than all, are the next part."""
    for place in range(len(tokens) - 1, 0, -1):
        if _is_after_stop(tokens[place - 1].surface) and _is_apart(tokens, place):
            return place
    for place in range(len(tokens) - 1, 0, -1):
        if _is_apart(tokens, place):
            return place
    return len(tokens) - 1


def _is_after_stop(text: str) -> bool:
    return text.rstrip()[-1:] in tuple(".?!。？！")


def _is_apart(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place - 1].end < tokens[place].start


def move(token: Token, by: int) -> Token:
    """The token with all offsets moved by so many characters."""

    def moved(morphemes: tuple[Morpheme, ...]) -> tuple[Morpheme, ...]:
        return tuple(
            [Morpheme(m.form, m.tag, m.start + by, m.end + by, m.score) for m in morphemes]
        )

    return Token(
        token.surface,
        token.start + by,
        token.end + by,
        moved(token.morphemes),
        token.upos,
        tuple([Analysis(moved(analysis.morphemes), analysis.score) for analysis in token.nbest]),
    )
