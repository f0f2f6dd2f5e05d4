"""What the readers share: reporting rows that cannot be used, and placing tokens in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tagger.text.escaping import UNPRINTABLE, is_printable
from tagger.text.hangul import corpus_form
from tagger.text.segmentation import split_tokens
from tagger.text.sentence import Sentence, Token, gold_token

Analysis = list[tuple[str, str]]
Block = list[tuple[int, str]]
"""Lines that stand together, each with its number."""

_TAG = re.compile(rf"[^\s+/|→{UNPRINTABLE}]+")
_UPOS = re.compile(rf"[^\s{UNPRINTABLE}]+")
LONGEST_PROBLEM = 300
"""Characters of what is said about a row."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Report:
    """Collects the problems of one file."""

    path: str
    problems: list[Problem] = field(default_factory=list)
    passed_over: int = 0
    """Rows that are no faults, and not used."""

    def add(self, line: int | str, what: str) -> None:
        """A problem of a line, by its number, or of a sentence, by its name."""
        if len(what) > LONGEST_PROBLEM:
            what = what[:LONGEST_PROBLEM] + "…"
        self.problems.append(Problem(f"{self.path}:{line}", what))


@dataclass(frozen=True, slots=True)
class Word:
    """A row of a corpus: a surface with its analysis, empty if it cannot be used."""

    surface: str
    analysis: Analysis
    upos: str | None = None
    space_after: bool = True


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Runs of lines between empty lines, each line with its number."""
    block: Block = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def pair(forms: Sequence[str], tags: Sequence[str]) -> Analysis:
    """Forms and tags side by side. Raises ValueError, with the reason, if they do not match."""
    if len(forms) != len(tags):
        raise ValueError(f"{len(forms)} morphemes but {len(tags)} tags")
    if not all(forms):
        raise ValueError("an empty morpheme")
    for form in forms:
        if not is_printable(form):
            raise ValueError(f"{form!r} is not a form")
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise ValueError(f"{tag!r} is not a tag")
    return [(corpus_form(form), tag) for form, tag in zip(forms, tags, strict=True)]


def parse_upos(text: str) -> str | None:
    """The UPOS of a row, None for `_`. Raises ValueError if it is not a tag."""
    if text in ("", "_"):
        return None
    if not _UPOS.fullmatch(text):
        raise ValueError(f"{text!r} is not a UPOS")
    return text


def sentence(words: Sequence[Word], name: str | None = None) -> Sentence:
    """The sentence of these words, with its text rebuilt from their surfaces."""
    tokens: list[Token] = []
    text = ""
    for position, word in enumerate(words):
        tokens.append(gold_token(word.surface, len(text), word.analysis, word.upos))
        text += word.surface
        if word.space_after and position + 1 < len(words):
            text += " "
    return Sentence(text, tuple(tokens), name)


def split_punctuation(word: Word) -> list[Word]:
    """A whitespace eojeol as tokens, as `segmentation.split_tokens` makes them of raw text.

    Each punctuation token takes the morphemes that spell it and the tokens between take the
    rest. An eojeol whose morphemes cannot be shared out like this stays whole.
    """
    surfaces = [word.surface[start:end] for start, end in split_tokens(word.surface)]
    if len(surfaces) == 1 or not word.analysis:
        return [word]
    shares: list[Analysis] = []
    whole, start = word.analysis, 0
    for position, surface in enumerate(surfaces):
        if any(character.isalnum() for character in surface):
            next_mark = surfaces[position + 1] if position + 1 < len(surfaces) else None
            end = len(whole) if next_mark is None else _before(whole, start, next_mark)
        else:
            end = start + _spelling(whole, start, surface)
        if end == start:
            return [word]
        shares.append(whole[start:end])
        start = end
    if start < len(whole):
        return [word]
    last = len(surfaces) - 1
    return [
        Word(surface, share, None, word.space_after and position == last)
        for position, (surface, share) in enumerate(zip(surfaces, shares, strict=True))
    ]


def _before(analysis: Analysis, start: int, mark: str) -> int:
    """Where the morphemes from `start` on end before those that spell the mark; `start` if
    nothing does."""
    for end in range(start + 1, len(analysis)):
        if _spelling(analysis, end, mark):
            return end
    return start


def _spelling(analysis: Analysis, start: int, surface: str) -> int:
    """How many morphemes from `start` on spell the surface; 0 if they do not."""
    spelled = ""
    for end in range(start, len(analysis)):
        spelled += analysis[end][0]
        if spelled == surface:
            return end + 1 - start
        if not surface.startswith(spelled):
            return 0
    return 0
