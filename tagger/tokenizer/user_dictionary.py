"""What a user decides: words with their tag, and surfaces with their whole analysis.

The tokenizer learns them, so that it finds their places in a text; where it finds one, or where
a token is one as a whole, the decision stands and the network is not asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tagger.errors import TaggerError
from tagger.system.files import read_text
from tagger.text.hangul import compose
from tagger.text.segmentation import split_tokens
from tagger.text.tagsets import kiwi_tag, sejong_tag
from tagger.tokenizer.base import Hint, UserWord

Analysis = tuple[tuple[str, str], ...]

_MORPHEME = re.compile(r"(?P<form>\S+?)/(?P<tag>[^\s/+]+)(?:\s*\+\s*(?=\S)|\s*$)")


@dataclass(frozen=True)
class Entry:
    """A surface and its morphemes; one morpheme of the same form makes it a word, which may
    stand within a token. Words of a higher score are preferred by the tokenizer, whose own
    words have scores of about -5 to -15."""

    surface: str
    analysis: Analysis
    score: float = 0.0
    where: str = "user dictionary"

    @property
    def is_word(self) -> bool:
        return len(self.analysis) == 1 and self.analysis[0][0] == self.surface


class Decision(NamedTuple):
    """A stretch of a token, in characters, and its morphemes."""

    start: int
    end: int
    analysis: Analysis


class UserDictionary:
    """Entries by surface.

    >>> dictionary = UserDictionary([("쿠버네티스", "NNP"), ("사겼다", "사귀/VV+었/EP+다/EF")])
    >>> dictionary.entries[1].analysis
    (('사귀', 'VV'), ('었', 'EP'), ('다', 'EF'))
    """

    def __init__(self, entries: Iterable[Entry | tuple[str, str] | tuple[str, str, float]]) -> None:
        """Entries may be given as a surface, a tag or `form/TAG+form/TAG`, and a score.

        Raises TaggerError if one cannot be used.
        """
        self.entries = tuple(
            entry if isinstance(entry, Entry) else _entry(*entry) for entry in entries
        )
        self._by_surface: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_surface.setdefault(entry.surface, []).append(entry)
        self._longest = max((len(entry.analysis) for entry in self.entries), default=0)
        self._words = {
            (entry.surface, kiwi_tag(entry.analysis[0][1])): entry
            for entry in self.entries
            if entry.is_word
        }

    @classmethod
    def read(cls, path: str | Path) -> UserDictionary:
        """From a file of lines `surface<TAB>tag` or `surface<TAB>form/TAG+form/TAG`, with a
        score after another tab or not; empty lines and those that begin with `# ` are passed
        over. Raises TaggerError, naming the line, if the file or one of them cannot be used."""
        entries = []
        for number, line in enumerate(read_text(path).split("\n"), start=1):
            if not line.strip() or line.startswith("# "):
                continue
            where = f"{path}:{number}"
            row = line.rstrip("\r\n").split("\t")
            if len(row) not in (2, 3):
                raise TaggerError(
                    f"{len(row)} columns instead of 2 or 3",
                    where=where,
                    remedy="write surface, tag or analysis, and perhaps a score, with tabs between",
                )
            score = 0.0
            try:
                if len(row) == 3:
                    score = float(row[2])
                if not math.isfinite(score):
                    raise ValueError
            except ValueError:
                raise TaggerError(
                    f"{row[2]!r} is not a score", where=where, remedy="write a number"
                ) from None
            entries.append(_entry(row[0], row[1], score, where))
        return cls(entries)

    @property
    def words(self) -> list[UserWord]:
        """The entries as the tokenizer learns them."""
        return [
            UserWord(
                entry.surface,
                tuple((form, kiwi_tag(tag)) for form, tag in entry.analysis),
                entry.score,
            )
            for entry in self.entries
        ]

    def check(self, tags: Collection[str]) -> None:
        """Raises TaggerError, naming the entry, if a tag is not one of the model's."""
        for entry in self.entries:
            for _, tag in entry.analysis:
                if tag not in tags:
                    raise TaggerError(
                        f"{tag!r} is not a tag of this model",
                        where=entry.where,
                        remedy=f"use one of {', '.join(sorted(tags))}",
                    )

    def decisions(self, surface: str, start: int, hints: Sequence[Hint]) -> list[Decision]:
        """The decisions for a token, from its surface, its place in the text, and the
        tokenizer's morphemes that begin in it. They do not overlap. If a stem is a part of a
        contracted syllable, the rest of the syllable keeps the tokenizer's tags."""
        whole = self._by_surface.get(surface, ())
        if len(whole) == 1:
            return [Decision(0, len(surface), whole[0].analysis)]
        found: list[Decision] = []
        place = 0
        for decision in self._within(surface, start, hints):
            if decision.start >= place:
                found.append(decision)
                place = decision.end
        return found

    def _within(self, surface: str, start: int, hints: Sequence[Hint]) -> Iterator[Decision]:
        index = 0
        while index < len(hints):
            for count in range(min(self._longest, len(hints) - index), 0, -1):
                some = hints[index : index + count]
                first, last = some[0].start - start, max(hint.end for hint in some) - start
                entry = self._spelled(surface[first:last], some)
                if entry:
                    yield Decision(first, first + len(entry.surface), entry.analysis)
                    index += count
                    break
            else:
                entry = self._words.get((hints[index].form, hints[index].tag.partition("-")[0]))
                if entry:
                    joined = _sharing(hints, index)  # a stem within `했`
                    last = max(hint.end for hint in joined) - start
                    tags = [entry.analysis[0][1], *(sejong_tag(hint.tag) for hint in joined[1:])]
                    forms = [hint.form for hint in joined]
                    if last <= len(surface):
                        yield Decision(
                            joined[0].start - start, last, tuple(zip(forms, tags, strict=True))
                        )
                    index += len(joined)
                else:
                    index += 1

    def _spelled(self, surface: str, hints: Sequence[Hint]) -> Entry | None:
        """The entry of this surface whose morphemes the tokenizer found."""
        for entry in self._by_surface.get(surface, ()):
            wanted = [(form, kiwi_tag(tag)) for form, tag in entry.analysis]
            if wanted == [(hint.form, hint.tag.partition("-")[0]) for hint in hints]:
                return entry
        return None


def _sharing(hints: Sequence[Hint], index: int) -> list[Hint]:
    """The morpheme and those after it that share its last syllable."""
    joined = [hints[index]]
    for hint in hints[index + 1 :]:
        if hint.start >= joined[0].end:
            break
        joined.append(hint)
    return joined


def _entry(
    surface: str, analysis: str, score: float = 0.0, where: str = "user dictionary"
) -> Entry:
    surface = compose(surface).text
    if surface.split() != [surface] or [*split_tokens(surface)] != [(0, len(surface))]:
        raise TaggerError(
            f"{surface!r} is not one token, because white space and punctuation are split off",
            where=where,
            remedy="give its parts a line each",
        )
    morphemes = parse_analysis(compose(analysis.strip()).text, surface)
    if not morphemes:
        raise TaggerError(
            f"{analysis!r} is neither a tag nor form/TAG+form/TAG", where=where, remedy="fix it"
        )
    return Entry(surface, morphemes, score, where)


def parse_analysis(text: str, surface: str) -> Analysis:
    """The morphemes of `form/TAG+form/TAG`, or of a tag alone, which is that of the surface;
    none if the text is neither."""
    if "/" not in text:
        return ((surface, text),) if re.fullmatch(r"[^\s+|→]+", text) else ()
    morphemes = []
    position = 0
    while position < len(text):
        match = _MORPHEME.match(text, position)
        if match is None:
            return ()
        morphemes.append((match["form"], match["tag"]))
        position = match.end()
    return tuple(morphemes)
