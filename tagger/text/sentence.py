"""What the tagger produces and what a gold corpus holds: sentences of tokens of morphemes.

All classes are frozen; offsets count characters (code points) of the sentence's text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, TypeAlias

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

    `tokens` is a tuple, or for a text of more than 1,000 characters a sequence that equals it
    and takes less memory (`tagger/text/packed_tokens.py`).

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
        return concatenated(map(str, self.each_eojeol()), " ")


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
