"""Sentences as people type them: spaces left out, typing errors, marks of laughing and crying.

What is made of a gold sentence keeps its morphemes, so a network learns from it what text
without care stands for (noise in training: Belinkov & Bisk 2018). The tokenizer analyses the
new text for its hints, as it will when tagging.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tagger.labeling import labels
from tagger.labeling.labels import RESTORED
from tagger.text.hangul import CODAS, is_syllable, join_syllable, split_syllable
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, Token, gold_token

Analysis = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Piece:
    """A token that is to be written anew, and whether a space is before it."""

    surface: str
    analysis: Analysis
    upos: str | None
    apart: bool


Noise = Callable[[Sequence[Piece], random.Random], "Sequence[Piece] | None"]
"""Writes a sentence anew; None if it cannot be written so."""


def pieces_of(sentence: Sentence) -> list[Piece]:
    """The tokens of a sentence."""
    end = 0
    pieces = []
    for token in sentence.tokens:
        pieces.append(Piece(token.surface, analysis_of(token), token.upos, token.start > end))
        end = token.end
    return pieces


def analysis_of(token: Token) -> Analysis:
    """Form and tag of each morpheme of a token."""
    return [(morpheme.form, morpheme.tag) for morpheme in token.morphemes]


def written(pieces: Sequence[Piece], name: str | None = None) -> Sentence:
    """The sentence of these pieces, its tokens as raw text has them: pieces that no space and
    no punctuation keeps apart are one, and one that would come apart has no analysis.

    >>> day, book = Piece("책", [("책", "NNG")], "NOUN", False), Piece("날", [], None, False)
    >>> [token.surface for token in written([day, book]).tokens]
    ['책날']
    """
    text, spans = "", []
    for piece in pieces:
        text += " " * (piece.apart and bool(text))
        spans.append((len(text), len(text) + len(piece.surface)))
        text += piece.surface
    return Sentence(text, tuple(_tokens(segment(text).tokens, pieces, spans)), name)


def _tokens(
    tokens: Iterable[Token], pieces: Sequence[Piece], spans: Sequence[tuple[int, int]]
) -> Iterator[Token]:
    place = 0
    for token in tokens:
        first = place
        while place < len(spans) and spans[place][0] < token.end:
            place += 1
        covered = pieces[first:place]
        fits = (
            bool(covered)
            and spans[first][0] == token.start
            and spans[place - 1][1] == token.end
            and all(piece.analysis for piece in covered)
        )
        yield gold_token(
            token.surface,
            token.start,
            [pair for piece in covered for pair in piece.analysis] if fits else (),
            covered[0].upos if fits and len(covered) == 1 else None,
        )


def without_spaces(pieces: Sequence[Piece], generator: random.Random) -> Sequence[Piece] | None:
    """The sentence with all spaces of a stretch left out, or some all over it."""
    gaps = [place for place, piece in enumerate(pieces) if place and piece.apart]
    if not gaps:
        return None
    if generator.random() < 0.5:
        first, last = sorted(generator.choices(range(len(gaps) + 1), k=2))
        left_out = set(gaps[first:last] or gaps)
    else:
        share = generator.random()
        left_out = {gap for gap in gaps if generator.random() < share} or {generator.choice(gaps)}
    return [
        replace(piece, apart=piece.apart and place not in left_out)
        for place, piece in enumerate(pieces)
    ]


def with_errors(pieces: Sequence[Piece], generator: random.Random) -> Sequence[Piece] | None:
    """The sentence with one to three typing errors."""
    places = [place for place, piece in enumerate(pieces) if piece.analysis]
    if not places:
        return None
    found = list(pieces)
    count = min(len(places), 1 + (len(pieces) > 6) + (len(pieces) > 12))
    changed = False
    for place in generator.sample(places, count):
        error = (_misspelled, _misspelled, _mistyped)[generator.randrange(3)]
        if (piece := error(found[place], generator)) is not None:
            found[place] = piece
            changed = True
    return found if changed else None


# spellings that are mistaken for one another; what is after the arrow is wrong
_CONFUSED_PAIRS = """
    됐>됬 돼>되 되>돼 않>안 안>않 많>만 싫>실 잃>일 없>업 봤>밨 게>개 개>게 네>내 내>네 데>대 대>데
    에>애 애>에 세>새 새>세 제>재 재>제 예>에 계>게 왜>외 웬>왠 왠>웬 든>던 던>든 의>에 께>게 낫>낳
    낳>낫 좋>조 괜>갠 찮>찬 같>갇 맞>맏 붙>붇 얘>예 걔>개 쟤>제 려>료 희>히 뭐>모 귀>기 워>어 풔>퍼
    줘>조 꿔>꺼 줬>좃 폐>페
"""
_CONFUSED = dict(pair.split(">") for pair in _CONFUSED_PAIRS.split())


def _misspelled(piece: Piece, generator: random.Random) -> Piece | None:
    """The piece with a common mistake of spelling, its morphemes as they should be: a syllable
    mistaken for another, ㅅ for the coda ㅆ (했 햇), or a coda written where it is heard (들어
    드러)."""
    surface = piece.surface
    found = [
        surface[:place] + mistaken + surface[place + 1 :]
        for place, syllable in enumerate(surface)
        for mistaken in (_CONFUSED.get(syllable), _with_single_coda(syllable))
        if mistaken
    ]
    found += [
        surface[:place] + heard + surface[place + 2 :]
        for place in range(len(surface) - 1)
        if (heard := _as_heard(surface[place], surface[place + 1]))
    ]
    return replace(piece, surface=generator.choice(found)) if found else None


def _with_single_coda(syllable: str) -> str | None:
    """The syllable with ㅅ for ㅆ.

    >>> _with_single_coda("졌"), _with_single_coda("곳")
    ('졋', None)
    """
    if not is_syllable(syllable):
        return None
    onset, vowel, coda = split_syllable(syllable)
    return join_syllable(onset, vowel, "ㅅ") if coda == "ㅆ" else None


# a coda before a vowel: what stays of it, and what is heard as the onset of the next syllable
_HEARD = {coda: ("", coda) for coda in "ㄱㄲㄴㄷㄹㅁㅂㅅㅆㅈㅊㅋㅌㅍ"}
_HEARD |= {
    "ㅎ": ("", "ㅇ"),
    "ㄶ": ("", "ㄴ"),
    "ㅀ": ("", "ㄹ"),
    "ㄳ": ("ㄱ", "ㅅ"),
    "ㄵ": ("ㄴ", "ㅈ"),
    "ㄺ": ("ㄹ", "ㄱ"),
    "ㄻ": ("ㄹ", "ㅁ"),
    "ㄼ": ("ㄹ", "ㅂ"),
    "ㄽ": ("ㄹ", "ㅅ"),
    "ㄾ": ("ㄹ", "ㅌ"),
    "ㄿ": ("ㄹ", "ㅍ"),
    "ㅄ": ("ㅂ", "ㅅ"),
}


def _as_heard(syllable: str, following: str) -> str | None:
    """Two syllables with the coda of the first written as the onset of the second.

    >>> _as_heard("들", "어"), _as_heard("많", "이"), _as_heard("없", "어"), _as_heard("방", "에")
    ('드러', '마니', '업서', None)
    """
    if not (is_syllable(syllable) and is_syllable(following)):
        return None
    onset, vowel, coda = split_syllable(syllable)
    silent, next_vowel, next_coda = split_syllable(following)
    if silent != "ㅇ" or coda not in _HEARD:
        return None
    stays, heard = _HEARD[coda]
    return join_syllable(onset, vowel, stays) + join_syllable(heard, next_vowel, next_coda)


# neighbours on the usual keyboard of two sets (KS X 5002)
_ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")
_CONSONANTS, _VOWELS = "ㅂㅈㄷㄱㅅㅁㄴㅇㄹㅎㅋㅌㅊㅍ", "ㅛㅕㅑㅐㅔㅗㅓㅏㅣㅠㅜㅡ"


def _neighbours(jamo: str) -> str:
    """The keys beside that of a jamo that write one of its kind."""
    kind = _CONSONANTS if jamo in _CONSONANTS else _VOWELS
    beside = "".join(
        row[max(row.find(jamo) - 1, 0) : row.find(jamo) + 2] for row in _ROWS if jamo in row
    )
    return "".join(other for other in beside if other != jamo and other in kind)


def _mistyped(piece: Piece, generator: random.Random) -> Piece | None:
    """The piece with a neighbouring key hit in one syllable, which its morphemes then have as
    well: nobody could tell what was meant."""
    given = labels.encode(piece.surface, piece.analysis)
    places = [
        place
        for place, (syllable, label) in enumerate(zip(piece.surface, given, strict=True))
        if is_syllable(syllable) and RESTORED not in label and label != labels.NOTHING
    ]
    if not places:
        return None
    place = generator.choice(places)
    jamo = list(split_syllable(piece.surface[place]))
    part = generator.randrange(3 if jamo[2] else 2)
    others = [other for other in _neighbours(jamo[part]) if part < 2 or other in CODAS]
    if not others:
        return None
    jamo[part] = generator.choice(others)
    surface = piece.surface[:place] + join_syllable(*jamo) + piece.surface[place + 1 :]
    analysis = [(found.form, found.tag) for found in labels.decode(surface, given)]
    return replace(piece, surface=surface, analysis=analysis)


_CHATTING = (
    "ㅋㅋ",
    "ㅋㅋㅋ",
    "ㅎㅎ",
    "ㅠㅠ",
    "ㅜㅜ",
    "ㅋ",
    "ㅎ",
    "ㅠ",
    "^^",
    "♥",
    "ㅡㅡ",
    "😂",
    "👍",
    "~",
    "!!",
)
_STOPS = (".", "?", "!")
_MARK, _STOP = "SW", "SF"


def chatting(pieces: Sequence[Piece], generator: random.Random) -> Sequence[Piece] | None:
    """The sentence with a mark of laughing, crying or the like at its end, in place of a final
    stop or after it."""
    if not pieces:
        return None
    mark = generator.choice(_CHATTING)
    if pieces[-1].surface in _STOPS and generator.random() < 0.7:
        pieces = pieces[:-1]
    if not pieces:
        return None
    tag = {"!!": _STOP, "~": "SO"}.get(mark, _MARK)
    return [*pieces, Piece(mark, [(mark, tag)], None, generator.random() < 0.3)]


NOISES: Mapping[str, Noise] = {
    "without_spaces": without_spaces,
    "with_errors": with_errors,
    "chatting": chatting,
}
"""By the setting that names their share of the sentences."""


def noisy(
    sentences: Sequence[Sentence], shares: Mapping[str, float], generator: random.Random
) -> Iterator[Sentence]:
    """Shares of the sentences written anew, by the names of NOISES."""
    for name, share in shares.items():
        for sentence in generator.sample(sentences, round(share * len(sentences))):
            pieces = NOISES[name](pieces_of(sentence), generator)
            if pieces is not None:
                yield written(pieces, sentence.name)
