"""Documents: paragraphs, and the sentences that they come apart into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from tagger.text.packed_tokens import PackedTokens
from tagger.text.segmentation import LONGEST_PART, move
from tagger.text.sentence import Sentence, Token


@dataclass(frozen=True)
class Document:
    """A text by paragraphs of sentences. Each sentence says where it is in the text (`start`,
    `end`); the offsets of its tokens count from its own beginning. Between the sentences there is
    white space, or nothing."""

    text: str
    paragraphs: tuple[tuple[Sentence, ...], ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Those of all paragraphs."""
        return tuple(chain.from_iterable(self.paragraphs))

    def __str__(self) -> str:
        return "\n".join(map(str, self.sentences))


def document_of(
    text: str, starts: Iterable[int], paragraphs: Iterable[Iterable[Sentence]]
) -> Document:
    """The document of paragraphs that start at these places, whose sentences count from there."""
    return Document(
        text,
        tuple(
            tuple([replace(sentence, start=sentence.start + start) for sentence in sentences])
            for start, sentences in zip(starts, paragraphs, strict=True)
        ),
    )


def sentences_of(paragraph: Sentence) -> tuple[Sentence, ...]:
    """The sentences of an analysed paragraph, one after each of its `ends`. A text without tokens
    is one sentence, white space and all."""
    if not paragraph.tokens:
        return (replace(paragraph, ends=None),)
    found: list[Sentence] = []
    ends = iter([*(paragraph.ends or ()), len(paragraph.text)])
    end = next(ends)
    waiting: list[Token] = []
    for token in paragraph.tokens:
        if token.start >= end and waiting:
            found.append(_sentence(paragraph, waiting))
            waiting = []
            while end <= token.start:
                end = next(ends)
        waiting.append(token)
    return (*found, _sentence(paragraph, waiting))


def _sentence(paragraph: Sentence, tokens: list[Token]) -> Sentence:
    start, end = tokens[0].start, tokens[-1].end
    moved = (move(token, -start) for token in tokens)
    return Sentence(
        paragraph.text[start:end],
        PackedTokens(moved) if end - start > LONGEST_PART else tuple(moved),
        paragraph.name,
        paragraph.start + start,
    )


def paragraphs_of(lines: Iterable[str]) -> Iterator[str]:
    """The paragraphs of lines, which blank lines part, their line ends kept within.

    >>> list(paragraphs_of(["나", "너", "", " ", "우리"]))
    ['나\\n너', '우리']
    """
    waiting: list[str] = []
    for line in lines:
        if line.strip():
            waiting.append(line)
        elif waiting:
            yield "\n".join(waiting)
            waiting = []
    if waiting:
        yield "\n".join(waiting)


def placed_paragraphs(text: str, *, by_blank_lines: bool) -> Iterator[tuple[int, str]]:
    """The paragraphs of a text with their offsets: its lines that are not blank, or what blank
    lines part."""
    start = end = 0
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        after = end + len(line)
        if not line.strip():
            if start < end:
                yield start, text[start:end].rstrip("\r\n")
            start = after
        elif not by_blank_lines:
            yield end, line.rstrip("\r\n")
            start = after
        end = after
    if start < end:
        yield start, text[start:end].rstrip("\r\n")
