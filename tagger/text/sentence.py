"""What the tagger produces and what a gold corpus holds: sentences of tokens of morphemes.

All classes are frozen; offsets count characters (code points) of the sentence's text.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from sys import intern
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, overload

from tagger.text.dictionary_forms import dictionary_form, word_of

if TYPE_CHECKING:
    from tagger.text.chips import Word


@dataclass(frozen=True, slots=True)
class Morpheme:
    """A morpheme as restored from the surface (`하/XSV` and `았/EP` from `했`).

    `start` and `end` bound the syllables that carry it, so fused morphemes share a
    syllable. Gold corpora do not say which syllables those are: there the span is the
    whole token's. `score` is the network's probability of the morpheme, or None for gold.
    """

    form: str
    tag: str
    start: int
    end: int
    score: float | None = None

    @property
    def dictionary_form(self) -> str:
        """The form with 다 for a verb, an adjective, the copula and a suffix that derives one
        (먹/VV: 먹다), else the form."""
        return dictionary_form(self.form, self.tag)

    def __str__(self) -> str:
        return f"{self.form}/{self.tag}"


@dataclass(frozen=True, slots=True)
class Analysis:
    """One of several possible analyses and its probability."""

    morphemes: tuple[Morpheme, ...]
    score: float

    def __str__(self) -> str:
        return "+".join(map(str, self.morphemes))


@dataclass(frozen=True, slots=True)
class Token:
    """A token in the sense of UD Korean: an eojeol, or a part of one from which
    punctuation has been split off.

    In a gold corpus `morphemes` is empty where the corpus gives no usable analysis.
    `nbest` holds the best analyses, `morphemes` the first of them, if they were asked for.
    """

    surface: str
    start: int
    end: int
    morphemes: tuple[Morpheme, ...] = ()
    upos: str | None = None
    nbest: tuple[Analysis, ...] = ()

    @property
    def lemma(self) -> str:
        """The forms joined by `+`, as UD Korean writes LEMMA."""
        return "+".join(morpheme.form for morpheme in self.morphemes)

    @property
    def xpos(self) -> str:
        """The tags joined by `+`, as UD Korean writes XPOS."""
        return "+".join(morpheme.tag for morpheme in self.morphemes)

    @property
    def dictionary_form(self) -> str:
        """The word as a dictionary has it: 먹다 for 먹었다, 공부하다 for 공부했다, 학교 for 학교에.

        It is all up to the first particle, ending, copula or mark, and not beyond the first stem
        of a verb or an adjective, or suffix that makes one, which gets 다. The plural 들 is left
        off. A token of particles, endings or marks alone gives the first of them, one without
        an analysis nothing.
        """
        return word_of(self.morphemes)

    def __str__(self) -> str:
        return "+".join(map(str, self.morphemes))


def spans(tokens: Sequence[Token]) -> tuple[list[int], list[int]]:
    """Where each token begins, and where it ends."""
    if isinstance(tokens, TokenColumns):
        return tokens.starts, tokens.ends
    return [token.start for token in tokens], [token.end for token in tokens]


class MorphemeColumns(NamedTuple):
    """The morphemes of tokens in a row, a list for each part of a `Morpheme`, and how many are
    before each token, and in all: `[tokens + 1]`."""

    before: list[int]
    forms: list[str]
    tags: list[str]
    starts: list[int]
    ends: list[int]
    scores: list[float]


class Row(NamedTuple):
    """A token with what `Morpheme` has of each of its morphemes, the scores left out."""

    surface: str
    start: int
    end: int
    upos: str | None
    forms: Sequence[str]
    tags: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]


class TokenColumns(Sequence[Token]):
    """The tokens of a text as lists; it equals the tuple of them, which is made when a token is
    looked at. Without `morphemes` they are not analysed."""

    __slots__ = ("_made", "_morphemes", "ends", "starts", "text", "upos")

    def __init__(
        self,
        text: str,
        starts: list[int],
        ends: list[int],
        upos: Sequence[str | None] | None = None,
        morphemes: MorphemeColumns | None = None,
    ) -> None:
        self.text = text
        self.starts = starts
        self.ends = ends
        self.upos = upos or [None] * len(starts)
        self._morphemes = morphemes
        self._made: tuple[Token, ...] | None = None

    @property
    def are_bare(self) -> bool:
        """Whether they are not analysed."""
        return self._morphemes is None

    @property
    def morphemes(self) -> MorphemeColumns:
        """Those of all tokens."""
        return self._morphemes or MorphemeColumns([0] * (len(self) + 1), [], [], [], [], [])

    def rows(self) -> Iterator[Row]:
        """Each token without objects."""
        before, forms, tags, starts, ends, _ = self.morphemes
        for start, end, upos, a, b in zip(self.starts, self.ends, self.upos, before, before[1:]):
            surface = self.text[start:end]
            yield Row(surface, start, end, upos, forms[a:b], tags[a:b], starts[a:b], ends[a:b])

    def written(self) -> str:
        """As `Sentence.__str__` writes them."""
        before, forms, tags, *_ = self.morphemes
        written = [f"{form}/{tag}" for form, tag in zip(forms, tags)]
        after_space = zip(before[1:], self.starts[1:], self.ends)
        cuts = [0, *[place for place, start, end in after_space if start != end], len(forms)]
        return " ".join(["+".join(written[a:b]) for a, b in itertools.pairwise(cuts)])

    def _tokens(self) -> tuple[Token, ...]:
        if self._made is None:
            before, forms, tags, starts, ends, scores = self.morphemes
            morphemes = tuple(map(Morpheme, forms, tags, starts, ends, scores))
            self._made = tuple(
                [
                    Token(intern(self.text[start:end]), start, end, morphemes[a:b], upos)
                    for start, end, upos, a, b in zip(
                        self.starts, self.ends, self.upos, before, before[1:]
                    )
                ]
            )
        return self._made

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Token]:
        return iter(self._tokens())

    @overload
    def __getitem__(self, index: int) -> Token: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Token, ...]: ...

    def __getitem__(self, index: int | slice) -> Token | tuple[Token, ...]:
        return self._tokens()[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, list):
            return NotImplemented
        return self._tokens() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._tokens())

    def __repr__(self) -> str:
        return repr(self._tokens())


_Chain: TypeAlias = "tuple[_Chain, Analysis] | None"
"""Analyses of tokens in a row: those before, and the last."""


@dataclass(frozen=True, slots=True)
class Eojeol:
    """What stands between two spaces: one token, or several without space between them."""

    surface: str
    start: int
    end: int
    tokens: tuple[Token, ...]

    @property
    def morphemes(self) -> tuple[Morpheme, ...]:
        """Those of its tokens, in order."""
        return tuple(morpheme for token in self.tokens for morpheme in token.morphemes)

    @property
    def nbest(self) -> tuple[Analysis, ...]:
        """The best analyses, as many as were asked for of each token, the best first."""
        count = max(len(token.nbest) for token in self.tokens)
        best: list[tuple[float, _Chain]] = [(1.0, None)]
        for token in self.tokens if count else ():
            joined: list[tuple[float, _Chain]] = [
                (score * analysis.score, (chain, analysis))
                for score, chain in best
                for analysis in token.nbest
            ]
            joined.sort(key=lambda item: -item[0])
            best = joined[:count]
        return tuple(_joined(chain, score) for score, chain in best if chain is not None)

    @property
    def upos(self) -> str | None:
        """The UPOS of the first token that is not punctuation."""
        return self._first_word.upos

    @property
    def dictionary_form(self) -> str:
        """That of the first token that is not punctuation."""
        return self._first_word.dictionary_form

    @property
    def _first_word(self) -> Token:
        words = [token for token in self.tokens if token.upos != "PUNCT"]
        return (words or self.tokens)[0]

    def __str__(self) -> str:
        return "+".join(map(str, self.morphemes))


def _joined(chain: _Chain, score: float) -> Analysis:
    analyses: list[Analysis] = []
    while chain is not None:
        chain, analysis = chain
        analyses.append(analysis)
    morphemes = tuple(m for analysis in reversed(analyses) for m in analysis.morphemes)
    return Analysis(morphemes, score)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of text with its tokens in order; what is between them is white space.

    `tokens` is a tuple or a sequence that equals it: what the tagger gives makes the objects when
    they are looked at, and of a text of more than 1,000 characters it is packed
    (`tagger/text/packed_tokens.py`).

    `start` is where the text begins in a document that it was taken from. `ends` are the offsets
    at which sentences of a paragraph end, the last of them left out, if they were asked for.
    """

    text: str
    tokens: Sequence[Token]
    name: str | None = None
    start: int = 0
    ends: tuple[int, ...] | None = None

    @property
    def end(self) -> int:
        """Where the text ends in the document."""
        return self.start + len(self.text)

    @property
    def eojeols(self) -> tuple[Eojeol, ...]:
        """The tokens grouped by the spaces of the text."""
        return tuple(self.each_eojeol())

    def each_eojeol(self) -> Iterator[Eojeol]:
        """The eojeols one after another: those of a very long text need not be there at once."""
        group: list[Token] = []
        for token in self.tokens:
            if group and group[-1].end != token.start:
                yield self._eojeol(group)
                group = []
            group.append(token)
        if group:
            yield self._eojeol(group)

    def _eojeol(self, tokens: Sequence[Token]) -> Eojeol:
        start, end = tokens[0].start, tokens[-1].end
        return Eojeol(self.text[start:end], start, end, tuple(tokens))

    @property
    def morphemes(self) -> tuple[Morpheme, ...]:
        """Those of its tokens, in order."""
        return tuple(morpheme for token in self.tokens for morpheme in token.morphemes)

    @property
    def words(self) -> list[Word]:
        """The eojeols as they are shown to people."""
        from tagger.text.chips import Chip, Word

        return [
            Word(
                eojeol.surface,
                eojeol.upos,
                [Chip(m.form, m.tag, m.score) for m in eojeol.morphemes],
            )
            for eojeol in self.each_eojeol()
        ]

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        from tagger.text.chips import notebook_html

        return notebook_html(self.words)

    def __str__(self) -> str:
        if isinstance(self.tokens, TokenColumns):
            return self.tokens.written()
        return concatenated(map(str, self.each_eojeol()), " ")


def rows_of(sentence: Sentence) -> Iterator[Row]:
    """Each token, without making objects of columns."""
    if isinstance(sentence.tokens, TokenColumns):
        return sentence.tokens.rows()
    return map(_row, sentence.tokens)


def _row(token: Token) -> Row:
    parts = [(m.form, m.tag, m.start, m.end) for m in token.morphemes]
    return Row(
        token.surface, token.start, token.end, token.upos, *(zip(*parts) if parts else [()] * 4)
    )


def concatenated(pieces: Iterable[str], between: str = "") -> str:
    """One string of all; `str.join` would keep every piece until the last one has come."""
    text = StringIO()
    before = ""
    for piece in pieces:
        text.write(before)
        text.write(piece)
        before = between
    return text.getvalue()


def count_tags(sentences: Iterable[Sentence]) -> Counter[str]:
    """How often each tag stands in the sentences."""
    return Counter(
        morpheme.tag
        for sentence in sentences
        for token in sentence.tokens
        for morpheme in token.morphemes
    )


def gold_token(
    surface: str,
    start: int,
    analysis: Sequence[tuple[str, str]] = (),
    upos: str | None = None,
) -> Token:
    """A token of a gold corpus from its (form, tag) pairs."""
    end = start + len(surface)
    morphemes = tuple(Morpheme(form, tag, start, end) for form, tag in analysis)
    return Token(surface, start, end, morphemes, upos)
