"""Numbers in one piece: 12.5/SN and 1,234,567/SN for what Sejong corpora cut at the marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tagger.text.sentence import Analysis, Morpheme, Sentence, Token

NUMBER = "SN"
MARKS = (".", ",")
"""What stands between the digits of one number."""


def with_whole_numbers(sentence: Sentence) -> Sentence:
    """The sentence with numbers such as 12.5 and 1,234 as one morpheme, in each of its analyses.

    The score of a number is the lowest of its parts'."""
    return replace(sentence, tokens=tuple(map(_with_whole_numbers, sentence.tokens)))


def _with_whole_numbers(token: Token) -> Token:
    if not any(morpheme.form in MARKS for morpheme in token.morphemes):
        return token
    return replace(
        token,
        morphemes=tuple(_joined(token.morphemes)),
        nbest=tuple(
            Analysis(tuple(_joined(analysis.morphemes)), analysis.score) for analysis in token.nbest
        ),
    )


def _joined(morphemes: Iterable[Morpheme]) -> Iterator[Morpheme]:
    waiting: list[Morpheme] = []  # a number, or one and a mark
    for morpheme in morphemes:
        is_number = morpheme.tag == NUMBER
        if len(waiting) == 2 and is_number:
            waiting = [_one([*waiting, morpheme])]
        elif len(waiting) == 1 and morpheme.form in MARKS:
            waiting.append(morpheme)
        else:
            yield from waiting
            waiting = [morpheme] if is_number else []
            if not is_number:
                yield morpheme
    yield from waiting


def _one(parts: list[Morpheme]) -> Morpheme:
    scores = [part.score for part in parts if part.score is not None]
    return Morpheme(
        "".join(part.form for part in parts),
        NUMBER,
        parts[0].start,
        parts[-1].end,
        min(scores, default=None),
    )
