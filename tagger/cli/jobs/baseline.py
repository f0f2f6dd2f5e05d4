"""Kiwi's own analysis of a corpus, for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tagger.text.segmentation import segment
from tagger.text.sentence import Morpheme, Sentence, Token
from tagger.text.tagsets import broad_tag, sejong_tag

if TYPE_CHECKING:
    from tagger.tokenizer.base import Hint


def kiwi_sentences(gold: Sequence[Sentence], threads: int) -> list[Sentence]:
    """The texts as Kiwi alone analyses them, its tags mapped to Sejong, each eojeol one token."""
    from tagger.labeling.examples import composed_text
    from tagger.tokenizer.kiwi import KiwiTokenizer

    bare = [segment(sentence.text) for sentence in gold]
    composed = [composed_text(sentence) for sentence in bare]
    analyses = KiwiTokenizer(threads).analyze([text.text for text in composed])
    return [
        _by_eojeol(sentence, [(text.starts[hint.start], hint) for hint in analysis])
        for sentence, text, (analysis,) in zip(bare, composed, analyses, strict=True)
    ]


def _by_eojeol(sentence: Sentence, analysis: Sequence[tuple[int, Hint]]) -> Sentence:
    """The sentence with each eojeol as one token of the morphemes that begin in it."""
    tokens = tuple(
        Token(
            eojeol.surface,
            eojeol.start,
            eojeol.end,
            tuple(
                Morpheme(hint.form, sejong_tag(hint.tag), eojeol.start, eojeol.end)
                for start, hint in analysis
                if eojeol.start <= start < eojeol.end
            ),
        )
        for eojeol in sentence.eojeols
    )
    return replace(sentence, tokens=tokens)


def with_broad_tags(sentence: Sentence) -> Sentence:
    """The sentence with the kinds of determiner not told apart, as Kiwi does not."""
    tokens = tuple(
        replace(token, morphemes=tuple(replace(m, tag=broad_tag(m.tag)) for m in token.morphemes))
        for token in sentence.tokens
    )
    return replace(sentence, tokens=tokens)
