"""A tokenizer by its name: Kiwi, MeCab-ko, both or none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from tagger.errors import TaggerError
from tagger.tokenizer.base import NoTokenizer, Tokenizer, UserWord, View
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.tokenizer.mecab import MecabTokenizer
from tagger.tokenizer.noun_dictionary import NO_NOUNS
from tagger.tokenizer.words import NO_WORDS

TOKENIZERS = ("kiwi", "kiwi-names", "mecab", "kiwi+mecab", "none")


class JointTokenizer:
    """Several tokenizers, each one's analysis a view of its own."""

    def __init__(self, parts: Sequence[Tokenizer]) -> None:
        self.parts = parts
        self.name = "+".join(part.name for part in parts)
        self.version = "+".join(part.version for part in parts)
        self.nouns = next((p.nouns for p in parts if p.nouns is not NO_NOUNS), NO_NOUNS)
        self.words = next((p.words for p in parts if p.words), NO_WORDS)

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        by_part = [part.analyze(texts) for part in self.parts]
        return [tuple(chain.from_iterable(views)) for views in zip(*by_part, strict=True)]


def kiwi_of(tokenizer: Tokenizer) -> KiwiTokenizer:
    """The Kiwi of a tokenizer. Raises TaggerError if it has none."""
    for part in tokenizer.parts if isinstance(tokenizer, JointTokenizer) else [tokenizer]:
        if isinstance(part, KiwiTokenizer):
            return part
    raise TaggerError(
        f"the model's tokenizer, {tokenizer.name!r}, finds no typing errors",
        remedy="use a model with the tokenizer kiwi",
    )


def make_tokenizer(name: str, threads: int = 1, words: Sequence[UserWord] = ()) -> Tokenizer:
    """The tokenizer of that name, with a `+` several as one; Kiwi learns the words.

    Raises TaggerError if there is none, or its package is not installed.
    """
    if "+" in name:
        return JointTokenizer([make_tokenizer(part, threads, words) for part in name.split("+")])
    if name in ("kiwi", "kiwi-names"):
        return KiwiTokenizer(threads, words, names=name == "kiwi-names")
    if name == "mecab":
        return MecabTokenizer()
    if name == "none":
        return NoTokenizer()
    raise TaggerError(f"unknown tokenizer {name!r}", remedy=f"use one of {', '.join(TOKENIZERS)}")
