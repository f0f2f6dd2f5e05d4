"""The analyses that the network is given as hints: Kiwi's, MeCab-ko's, both or none.

A tokenizer takes composed texts (normal form C) and gives each one's morphemes with
offsets into it, in as many views as it has analysers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from itertools import chain
from sys import intern
from typing import Any, NamedTuple, Protocol

from tagger import meanings
from tagger.errors import TaggerError
from tagger.extras import require
from tagger.hangul import compatibility_codas, conjoining_coda
from tagger.memory import frugal_allocator
from tagger.nouns import COMMON, LENGTHS, NO_NOUNS, PROPER, Nouns
from tagger.processes import native_code

TOKENIZERS = ("kiwi", "mecab", "kiwi+mecab", "none")


class Hint(NamedTuple):
    """A morpheme as an analyser sees it, with its place in the text, and the number that
    Kiwi's language model knows it by (`tagger/meanings.py`), 0 for none."""

    form: str
    tag: str
    start: int
    end: int
    number: int = 0


View = list[Hint]
"""The morphemes that one analyser sees in a text, in the order of their beginnings."""


class UserWord(NamedTuple):
    """A surface that a user knows, its morphemes with Kiwi's tags, and how much it is to be
    preferred; words of Kiwi's own have scores of about -5 to -15."""

    surface: str
    analysis: tuple[tuple[str, str], ...]
    score: float


_SCORE_OF_PART = -10.0  # of a morpheme that is known only because an analysis has it


class Tokenizer(Protocol):
    """Analyses texts; `name` and `version` are recorded in a trained model, `nouns` are those
    that it knows.

    The first view is the one whose morphemes the `MorphemeUnit` labels.
    """

    name: str
    version: str
    nouns: Nouns

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        """The analyses of each text, one for each view."""
        ...


class NoTokenizer:
    """Gives no hints: the network sees the text alone."""

    name = "none"
    version = ""
    nouns = NO_NOUNS

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        return [([],) for _ in texts]


class KiwiTokenizer:
    """Kiwi without its extra dictionaries (as accurate, and quicker to start), with endings
    as they are written (아/어, 았/었 are kept apart).

    May be called from several threads at once, pickled, and used in a forked process.
    """

    name = "kiwi"

    def __init__(self, threads: int = 1, words: Sequence[UserWord] = ()) -> None:
        self.version = installed_version(self.name)
        self._threads = threads
        self._words = tuple(words)
        self._numbers = meanings.is_usable()
        kiwi = self._load()
        self._by_process = {os.getpid(): kiwi}
        self.nouns = _nouns(kiwi)

    def __reduce__(self) -> tuple[type[KiwiTokenizer], tuple[int, tuple[UserWord, ...]]]:
        return KiwiTokenizer, (self._threads, self._words)

    def _load(self) -> Any:
        with frugal_allocator():
            from kiwipiepy import Kiwi

        kiwi = Kiwi(
            num_workers=self._threads,
            integrate_allomorph=False,
            load_default_dict=False,
            load_multi_dict=False,
        )
        for word in self._words:
            with suppress(ValueError):  # of signs that it cannot hold, such as U+10FFFF
                _teach(kiwi, word)
        return kiwi

    def _kiwi(self) -> Any:
        """This process's Kiwi. Kiwi works in threads of its own, which a forked process does
        not have: there the parent's would wait for them for ever, also while it is deleted."""
        process = os.getpid()
        if process not in self._by_process:
            with native_code:
                self._by_process[process] = self._load()
        return self._by_process[process]

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        pieces = [
            (index, offset, piece)
            for index, text in enumerate(texts)
            for offset, piece in safe_pieces(text)
        ]
        kiwi = self._kiwi()
        with native_code:
            analyses = kiwi.tokenize([piece for _, _, piece in pieces])
        found: list[View] = [[] for _ in texts]
        for (index, offset, piece), analysis in zip(pieces, analyses, strict=True):
            last = len(piece) - 1
            found[index] += [
                # the copula that is not written (관례다) has no length: the syllable after
                # it carries it
                Hint(
                    intern(compatibility_codas(token.form)),
                    intern(token.tag),
                    start := offset + min(token.start, last),
                    start + (token.len or 1),
                    token.id if self._numbers else 0,
                )
                for token in analysis
            ]
        return [(analysis,) for analysis in found]


def _nouns(kiwi: Any) -> Nouns:
    """The nouns that Kiwi's language model knows."""
    kinds: dict[str, int] = {}
    for number in range(meanings.count()):
        morpheme = kiwi.morpheme(number)
        kind = _KINDS.get(morpheme.tag)
        if kind and LENGTHS[0] <= len(morpheme.form) <= LENGTHS[-1]:
            kinds[morpheme.form] = kinds.get(morpheme.form, 0) | kind
    return Nouns(kinds)


_KINDS = {"NNG": COMMON, "NNP": PROPER}


def _teach(kiwi: Any, word: UserWord) -> None:
    if word.analysis == ((word.surface, word.analysis[0][1]),):
        kiwi.add_user_word(word.surface, word.analysis[0][1], word.score)
        return
    analysis = [(conjoining_coda(form), tag) for form, tag in word.analysis]
    try:
        kiwi.add_pre_analyzed_word(word.surface, analysis, word.score)
    except ValueError:  # it does not know one of the morphemes
        for form, tag in analysis:
            kiwi.add_user_word(form, tag, _SCORE_OF_PART)
        kiwi.add_pre_analyzed_word(word.surface, analysis, word.score)


class MecabTokenizer:
    """MeCab-ko with its dictionary; inflected and compound words taken apart.

    Raises TaggerError if the package is not installed.
    """

    name = "mecab"
    nouns = NO_NOUNS

    def __init__(self) -> None:
        require("mecab")
        from mecab import MeCab

        self.version = installed_version(self.name)
        self._mecab = MeCab()

    def __reduce__(self) -> tuple[type[MecabTokenizer], tuple[()]]:
        return MecabTokenizer, ()

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        return [(self._analyze(text),) for text in texts]

    def _analyze(self, text: str) -> View:
        found: View = []
        for offset, piece in safe_pieces(text.replace("\0", " ")):  # which ends its strings
            for word in self._mecab.parse(piece):
                start, end = offset + word.span.start, offset + word.span.end
                for form, tag in _mecab_parts(word.surface, word.feature):
                    found.append(Hint(compatibility_codas(form), tag, start, end))
        return found


def _mecab_parts(surface: str, feature: Any) -> list[tuple[str, str]]:
    """A word's (form, tag) pairs: those of its expression, as `하/VV/*+았/EP/*`, if it has one."""
    parts = [part.split("/") for part in (feature.expression or "").split("+")]
    if all(len(part) == 3 and part[0] for part in parts):
        return [(form, tag) for form, tag, _ in parts]
    return [(surface, feature.pos)]


class JointTokenizer:
    """Several tokenizers, each one's analysis a view of its own."""

    def __init__(self, parts: Sequence[Tokenizer]) -> None:
        self._parts = parts
        self.name = "+".join(part.name for part in parts)
        self.version = "+".join(part.version for part in parts)
        self.nouns = next((p.nouns for p in parts if p.nouns is not NO_NOUNS), NO_NOUNS)

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        by_part = [part.analyze(texts) for part in self._parts]
        return [tuple(chain.from_iterable(views)) for views in zip(*by_part, strict=True)]


_PACKAGES = {"kiwi": "kiwipiepy", "mecab": "python-mecab-ko-dic"}


def installed_version(name: str) -> str:
    """The version of what makes the hints of the tokenizer of that name."""
    packages = [_PACKAGES[part] for part in name.split("+") if part in _PACKAGES]
    return "+".join(map(version, packages))


def make_tokenizer(name: str, threads: int = 1, words: Sequence[UserWord] = ()) -> Tokenizer:
    """The tokenizer of that name, with a `+` several as one; Kiwi learns the words.

    Raises TaggerError if there is none, or its package is not installed.
    """
    if "+" in name:
        return JointTokenizer([make_tokenizer(part, threads, words) for part in name.split("+")])
    if name == "kiwi":
        return KiwiTokenizer(threads, words)
    if name == "mecab":
        return MecabTokenizer()
    if name == "none":
        return NoTokenizer()
    raise TaggerError(f"unknown tokenizer {name!r}", remedy=f"use one of {', '.join(TOKENIZERS)}")


# Kiwi is quadratic on runs without a Hangul syllable or a space, keeps for ever what its longest
# piece needed (12 KB a syllable of `가가가…`), and counts a token's length in 16 bits; lone
# surrogates make reading a token's form raise
_LONGEST_PIECE = 500
_LONGEST_RUN = 200
_RUN = re.compile(rf"\S{{{_LONGEST_RUN}}}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[^\S ]")  # not all of it is white space to Kiwi


def safe_pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text cut, with offsets, into pieces that Kiwi analyses quickly and soundly.

    Texts without very long runs and of usual length are one piece; the others are cut after
    white space where there is some.
    """
    text = _SPACE.sub(" ", _SURROGATE.sub("\ufffd", text))
    start = 0
    while start < len(text):
        end = _piece_end(text, start)
        yield start, text[start:end]
        start = end


def _piece_end(text: str, start: int) -> int:
    end = min(len(text), start + _LONGEST_PIECE)
    run = _RUN.search(text, start, end)
    if run:
        return run.end()
    if end == len(text):
        return end
    space = text.rfind(" ", start, end)
    return space + 1 if space > start else end
