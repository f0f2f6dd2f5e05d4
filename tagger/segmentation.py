"""Raw text into tokens: eojeols between white space, with punctuation split off as UD does.

The rule reproduces the tokens of UD_Korean-GSD and UD_Korean-Kaist closely enough that a
model sees the same boundaries in training and in raw text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from sys import intern

from tagger.hangul import compose
from tagger.morphology import Analysis, Morpheme, Sentence, Token

_BRACKETS = "()[]{}<>〈〉《》「」『』【】〔〕（）［］｛｝＜＞"
_QUOTES = "\"'“”‘’`´″′"
_STOPS = ".,?!;:~·ㆍ、。，．？！；：～/…‥%％"

LONGEST_PART = 1000
"""Characters beyond which a text is analysed, and learnt from, in parts."""

MOST_SCORES = 1 << 12
"""Different scores among which those of a long text are looked for, to be one object if equal."""

LONGEST_TOKEN = 500
"""A longer run without space or punctuation is cut into several tokens."""

_EOJEOL = re.compile(r"\S+")
_ADDRESS = (
    r"(?:https?://|www\.)[!-~]*[0-9A-Za-z/]"
    r"|[0-9A-Za-z._+-]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+"
)
_PUNCTUATION = re.compile(
    rf"(?P<address>{_ADDRESS})"
    rf"|[{re.escape(_BRACKETS)}]|(?P<mark>[{re.escape(_QUOTES + _STOPS)}])(?P=mark)*"
)


def split_eojeols(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of everything between white space."""
    for match in _EOJEOL.finditer(text):
        yield match.span()


def split_tokens(eojeol: str) -> list[tuple[int, int]]:
    """Start and end of the tokens of an eojeol; together they cover it.

    Each bracket is a token of its own, as is a run of one stop or quotation mark. Between
    digits or Latin letters punctuation belongs to the number or name, and web and e-mail
    addresses are left whole.

    >>> ["건물(3.5층)에는.."[a:b] for a, b in split_tokens("건물(3.5층)에는..")]
    ['건물', '(', '3.5층', ')', '에는', '..']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _PUNCTUATION.finditer(eojeol):
        if not match["address"] and _is_token(eojeol, *match.span()):
            spans.extend(_cut(start, match.start()))
            spans.extend(_cut(*match.span()))
            start = match.end()
    spans.extend(_cut(start, len(eojeol)))
    return spans


def _cut(start: int, end: int) -> list[tuple[int, int]]:
    return [(place, min(place + LONGEST_TOKEN, end)) for place in range(start, end, LONGEST_TOKEN)]


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
    spans: list[tuple[int, int]] = []
    for start, end in split_eojeols(composed.text):
        for first, last in split_tokens(composed.text[start:end]):
            begin = composed.starts[start + first]
            finish = composed.ends[start + last - 1]
            if spans and begin < spans[-1][1]:  # marks of one letter do not come apart
                begin, _ = spans.pop()
            spans.append((begin, finish))
    return Sentence(
        text, tuple([Token(intern(text[begin:end]), begin, end) for begin, end in spans])
    )


def cut_sentence(sentence: Sentence, longest: int) -> list[Sentence]:
    """The sentence in parts of at most `longest` composed characters, as far as its tokens
    allow.

    A part ends after a full stop if it can, else before a space, else after any token.
    Each part's offsets count from its own beginning; `join_sentences` puts them together.
    """
    composed = compose(sentence.text)
    if len(composed.text) <= longest:
        return [sentence]

    def place_of(offset: int) -> int:
        """How many composed characters end by that offset."""
        return bisect_right(composed.ends, offset)

    tokens = sentence.tokens
    parts: list[Sentence] = []
    first = start = 0
    while first < len(tokens):
        last = first + 1
        begin = place_of(start)
        while last < len(tokens) and place_of(tokens[last].end) - begin <= longest:
            last += 1
        if last < len(tokens):
            last = _cutting_place(tokens, first, last)
        end = tokens[last].start if last < len(tokens) else len(sentence.text)
        places = range(-start, end - start + 1)
        moved = tuple([_move(token, places, {}, {}) for token in tokens[first:last]])
        parts.append(Sentence(sentence.text[start:end], moved, sentence.name))
        first, start = last, end
    return parts or [sentence]


def join_sentences(parts: Iterable[Sentence]) -> Sentence:
    """The inverse of `cut_sentence`, which takes one part after another. Equal numbers and
    strings become one object: of a very long text they are most of the memory."""
    parts = iter(parts)
    sentence = next(parts)
    second = next(parts, None)
    if second is None:
        return sentence
    tokens: list[Token] = []
    texts: list[str] = []
    start = 0
    strings: dict[str, str] = {}
    scores: dict[float | None, float | None] = {}
    for part in chain([sentence, second], parts):
        places = list(range(start, start + len(part.text) + 1))
        if len(scores) > MOST_SCORES:
            scores = {}
        tokens += [_move(token, places, strings, scores) for token in part.tokens]
        texts.append(part.text)
        start += len(part.text)
    return Sentence("".join(texts), tuple(tokens), sentence.name)


def _cutting_place(tokens: Sequence[Token], first: int, last: int) -> int:
    for place in range(last, first, -1):
        if tokens[place - 1].surface[-1] in ".?!。？！" and _is_apart(tokens, place):
            return place
    for place in range(last, first, -1):
        if _is_apart(tokens, place):
            return place
    return last


def _is_apart(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place - 1].end < tokens[place].start


def _move(
    token: Token,
    places: Sequence[int],
    strings: dict[str, str],
    scores: dict[float | None, float | None],
) -> Token:
    """The token with each place as `places` has it, and strings and scores that are known
    already."""

    def moved(morphemes: tuple[Morpheme, ...]) -> tuple[Morpheme, ...]:
        return tuple(
            [
                Morpheme(
                    strings.setdefault(m.form, m.form),
                    m.tag,
                    places[m.start],
                    places[m.end],
                    scores.setdefault(m.score, m.score),
                )
                for m in morphemes
            ]
        )

    return Token(
        strings.setdefault(token.surface, token.surface),
        places[token.start],
        places[token.end],
        moved(token.morphemes),
        token.upos,
        tuple([Analysis(moved(a.morphemes), a.score) for a in token.nbest]),
    )
