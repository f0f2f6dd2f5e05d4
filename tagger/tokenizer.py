"""The analysis that the network is given as a hint: Kiwi's, or none.

A tokenizer takes composed texts (normal form C) and gives each one's morphemes with
offsets into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Protocol

from tagger.errors import TaggerError
from tagger.hangul import compatibility_codas
from tagger.morphology import Morpheme

TOKENIZERS = ("kiwi", "none")


class Tokenizer(Protocol):
    """Analyses texts; `name` and `version` are recorded in a trained model."""

    name: str
    version: str

    def analyze(self, texts: Sequence[str]) -> list[list[Morpheme]]:
        """The morphemes of each text, in the order of their beginnings."""
        ...


class NoTokenizer:
    """Gives no hints: the network sees the text alone."""

    name = "none"
    version = ""

    def analyze(self, texts: Sequence[str]) -> list[list[Morpheme]]:
        return [[] for _ in texts]


class KiwiTokenizer:
    """Kiwi without its extra dictionaries (as accurate, and quicker to start), with endings
    as they are written (아/어, 았/었 are kept apart)."""

    name = "kiwi"

    def __init__(self, threads: int = 1) -> None:
        from kiwipiepy import Kiwi

        self.version = version("kiwipiepy")
        self._kiwi = Kiwi(
            num_workers=threads,
            integrate_allomorph=False,
            load_default_dict=False,
            load_multi_dict=False,
        )

    def analyze(self, texts: Sequence[str]) -> list[list[Morpheme]]:
        pieces = [
            (index, offset, piece)
            for index, text in enumerate(texts)
            for offset, piece in safe_pieces(text)
        ]
        analyses = self._kiwi.tokenize([piece for _, _, piece in pieces])
        morphemes: list[list[Morpheme]] = [[] for _ in texts]
        for (index, offset, piece), analysis in zip(pieces, analyses, strict=True):
            for token in analysis:
                # the copula that is not written (관례다) has no length: the syllable after
                # it carries it
                start = offset + min(token.start, len(piece) - 1)
                end = start + max(token.len, 1)
                form = compatibility_codas(token.form)
                morphemes[index].append(Morpheme(form, token.tag, start, end))
        return morphemes


def make_tokenizer(name: str, threads: int = 1) -> Tokenizer:
    """The tokenizer of that name. Raises TaggerError if there is none."""
    if name == "kiwi":
        return KiwiTokenizer(threads)
    if name == "none":
        return NoTokenizer()
    raise TaggerError(f"unknown tokenizer {name!r}", remedy=f"use one of {', '.join(TOKENIZERS)}")


# Kiwi is quadratic on runs without a Hangul syllable or a space, and counts a token's
# length in 16 bits; lone surrogates make reading a token's form raise
_LONGEST_PIECE = 2_000
_LONGEST_RUN = 200
_RUN = re.compile(rf"[^\s가-힣]{{{_LONGEST_RUN}}}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def safe_pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text cut, with offsets, into pieces that Kiwi analyses quickly and soundly.

    Texts without very long runs and of usual length are one piece; the others are cut after
    white space where there is some.
    """
    text = _SURROGATE.sub("\ufffd", text)
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
    space = max(text.rfind(mark, start, end) for mark in " \t\u3000")
    return space + 1 if space > start else end
