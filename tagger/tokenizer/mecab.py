"""MeCab-ko's analysis as hints, for networks that were trained with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tagger.system.extras import require
from tagger.text.hangul import compatibility_codas
from tagger.tokenizer.base import Hint, Hints, View, installed_version
from tagger.tokenizer.noun_dictionary import NO_NOUNS
from tagger.tokenizer.pieces import safe_pieces
from tagger.tokenizer.words import NO_WORDS, Words


class MecabTokenizer:
    """MeCab-ko with its dictionary; inflected and compound words taken apart.

    Raises TaggerError if the package is not installed.
    """

    name = "mecab"
    nouns = NO_NOUNS
    words: Words = NO_WORDS

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
        found: list[Hint] = []
        for offset, piece in safe_pieces(text.replace("\0", " ")):  # which ends its strings
            for word in self._mecab.parse(piece):
                start, end = offset + word.span.start, offset + word.span.end
                for form, tag in _mecab_parts(word.surface, word.feature):
                    found.append(Hint(compatibility_codas(form), tag, start, end))
        return Hints.of(found)


def _mecab_parts(surface: str, feature: Any) -> list[tuple[str, str]]:
    """A word's (form, tag) pairs: those of its expression, as `하/VV/*+았/EP/*`, if it has one."""
    parts = [part.split("/") for part in (feature.expression or "").split("+")]
    if all(len(part) == 3 and part[0] for part in parts):
        return [(form, tag) for form, tag, _ in parts]
    return [(surface, feature.pos)]
