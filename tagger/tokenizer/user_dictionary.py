"""What a user decides: words with their tag, and surfaces with their whole analysis.

The tokenizer learns them, so that it finds their places in a text; where it finds one, or where
a token is one as a whole, the decision stands and the network is not asked. A word of several
tokens, such as 함박 스테이크, gives each of them its part.
"""

from __future__ import annotations

import csv
import math
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tagger.errors import TaggerError
from tagger.system.files import read_text
from tagger.text.dictionary_forms import is_predicate
from tagger.text.hangul import compose
from tagger.text.segmentation import split_tokens
from tagger.text.tagsets import kiwi_tag, sejong_tag
from tagger.tokenizer.base import Hint, UserWord

Analysis = tuple[tuple[str, str], ...]

Place = tuple[int, int]
"""Start and end of a token in a text."""

_BETWEEN_TOKENS = re.compile(r"(?<![+\s])\s+(?![+\s])")  # and not around the + of an analysis
_MORPHEME = re.compile(r"(?P<form>\S+?)/(?P<tag>[^\s/+]+)(?:\s*\+\s*(?=\S)|\s*$)")


@dataclass(frozen=True)
class Entry:
    """A surface and its morphemes; one morpheme of the same form makes it a word, which may
    stand within a token. Words of a higher score are preferred by the tokenizer, whose own
    words have scores of about -5 to -15. `parts` has each token of a surface of several, with
    its morphemes."""

    surface: str
    analysis: Analysis
    score: float = 0.0
    where: str = "user dictionary"
    parts: tuple[tuple[str, Analysis], ...] = ()

    @property
    def is_word(self) -> bool:
        """Whether it is one morpheme as it is written, which a space in it may have divided."""
        tags = {tag for _, tag in self.analysis}
        return len(tags) == 1 and self.surface.split() == [form for form, _ in self.analysis]

    @property
    def is_infinitive(self) -> bool:
        """Whether it is a verb or an adjective with 다, as a dictionary has it, for which its
        stem was to be given."""
        form, tag = self.analysis[-1]
        return self.is_word and len(form) > 1 and form[-1] == "다" and is_predicate(tag)

    @property
    def by_token(self) -> tuple[tuple[str, Analysis], ...]:
        """Its tokens with their morphemes."""
        return self.parts or ((self.surface, self.analysis),)


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
            alike = self._by_surface.setdefault(entry.surface, [])
            if entry.by_token not in [other.by_token for other in alike]:
                alike.append(entry)
        self._longest = max((len(entry.analysis) for entry in self.entries), default=0)
        self._words: dict[tuple[str, str], Entry] = {}
        self._across: dict[str, list[Entry]] = {}  # those of several tokens, by the first of them
        for entry in sorted(self.entries, key=lambda entry: -len(entry.parts)):
            if entry.parts:
                self._across.setdefault(entry.parts[0][0], []).append(entry)
                joined = entry.surface.replace(" ", "")
                if entry.is_word and joined not in self._by_surface:
                    self._by_surface[joined] = [entry]
            elif entry.is_word:
                self._words[entry.surface, kiwi_tag(entry.analysis[0][1])] = entry

    @classmethod
    def read(cls, path: str | Path) -> UserDictionary:
        """From a file of lines `surface<TAB>tag` or `surface<TAB>form/TAG+form/TAG`, with a
        score after another tab or not; empty lines and those that begin with `# ` are passed
        over. Commas may stand for the tabs if the file has no tab. Raises TaggerError, naming
        the line, if the file or one of them cannot be used."""
        entries = []
        text = read_text(path)
        has_tabs = "\t" in text
        for number, line in enumerate(text.split("\n"), start=1):
            line = line.rstrip("\r")
            if not line.strip() or line.startswith("# "):
                continue
            where = f"{path}:{number}"
            row = line.split("\t") if has_tabs else next(csv.reader([line]))
            if len(row) not in (2, 3):
                raise TaggerError(
                    f"{len(row)} columns instead of 2 or 3",
                    where=where,
                    remedy="write surface, tag or analysis, and perhaps a score, with tabs or "
                    "commas between",
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
        """The entries as the tokenizer learns them. It cannot learn the analyses of several
        tokens."""
        return [
            UserWord(
                entry.surface,
                ((entry.surface, kiwi_tag(entry.analysis[0][1])),)
                if entry.is_word
                else tuple((form, kiwi_tag(tag)) for form, tag in entry.analysis),
                entry.score,
            )
            for entry in self.entries
            if entry.is_word or not entry.parts
        ]

    @property
    def rivals(self) -> list[Entry]:
        """The entries of one surface that say different things: the tokenizer chooses."""
        return [entry for alike in self._by_surface.values() if len(alike) > 1 for entry in alike]

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

    def decisions_across(
        self, text: str, places: Sequence[Place], hints: Sequence[Hint]
    ) -> dict[int, list[Decision]]:
        """The decisions for tokens that are parts of one entry, by the number of the token. An
        entry stands where all its tokens do, or where the tokenizer finds it."""
        found: dict[int, list[Decision]] = {}
        if not self._across:
            return found
        for number, (start, end) in enumerate(places):
            for entry in self._across.get(text[start:end], ()):
                some = places[number : number + len(entry.parts)]
                if number not in found and self._stands(entry, text, some):
                    for index, (part, analysis) in enumerate(entry.parts, start=number):
                        found[index] = [Decision(0, len(part), analysis)]
        for index in range(len(hints)):
            decisions = self._found(places, hints, index)
            if decisions and not any(number in found for number, _ in decisions):
                for number, decision in decisions:
                    found.setdefault(number, []).append(decision)
        return found

    def _stands(self, entry: Entry, text: str, places: Sequence[Place]) -> bool:
        """Whether these are the tokens of the entry, and of no rival of it."""
        surfaces = [text[start:end] for start, end in places]
        alone = len(self._by_surface[entry.surface]) == 1
        return alone and surfaces == [part for part, _ in entry.parts]

    def _found(
        self, places: Sequence[Place], hints: Sequence[Hint], index: int
    ) -> list[tuple[int, Decision]]:
        """The decisions of an entry whose words the tokenizer found from this hint on."""
        for entry in self._across.get(hints[index].form, ()):
            some = hints[index : index + len(entry.analysis)]
            wanted = [(form, kiwi_tag(tag)) for form, tag in entry.analysis]
            if not entry.is_word or wanted != [(hint.form, _plain(hint.tag)) for hint in some]:
                continue
            decisions = []
            for hint, (form, tag) in zip(some, entry.analysis, strict=True):
                joined = [hint]
                if hint is some[-1]:
                    joined = _sharing(hints, index + len(some) - 1)
                number = bisect_right(places, (hint.start, math.inf)) - 1
                start, end = places[number]
                last = max(part.end for part in joined)
                analysis = ((form, tag), *((h.form, sejong_tag(h.tag)) for h in joined[1:]))
                if last <= end:
                    decisions.append((number, Decision(hint.start - start, last - start, analysis)))
            if len(decisions) == len(some):
                return decisions
        return []

    def _within(self, surface: str, start: int, hints: Sequence[Hint]) -> Iterator[Decision]:
        index = 0
        while index < len(hints):
            for count in range(min(self._longest, len(hints) - index), 0, -1):
                some = hints[index : index + count]
                first, last = some[0].start - start, max(hint.end for hint in some) - start
                entry = self._spelled(surface[first:last], some)
                if entry:
                    yield Decision(first, last, entry.analysis)
                    index += count
                    break
            else:
                entry = self._words.get((hints[index].form, _plain(hints[index].tag)))
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
            if wanted == [(hint.form, _plain(hint.tag)) for hint in hints]:
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
    surface = " ".join(compose(surface).text.split())
    tokens = surface.split() or [""]
    for token in tokens:
        if [*split_tokens(token)] != [(0, len(token))]:
            raise TaggerError(
                f"{token!r} is not one token, because punctuation is split off",
                where=where,
                remedy="give its parts a line each",
            )
    text = compose(analysis.strip()).text
    texts = _BETWEEN_TOKENS.split(text) if "/" in text and len(tokens) > 1 else [text] * len(tokens)
    if len(texts) != len(tokens):
        raise TaggerError(
            f"{analysis!r} is not an analysis for each of the {len(tokens)} tokens of {surface!r}",
            where=where,
            remedy="separate those of different tokens by a space",
        )
    by_token = [(token, parse_analysis(text, token)) for token, text in zip(tokens, texts)]
    if not all(morphemes for _, morphemes in by_token):
        raise TaggerError(
            f"{analysis!r} is neither a tag nor form/TAG+form/TAG", where=where, remedy="fix it"
        )
    whole = tuple(morpheme for _, morphemes in by_token for morpheme in morphemes)
    return Entry(surface, whole, score, where, tuple(by_token) if len(tokens) > 1 else ())


def _plain(tag: str) -> str:
    """Kiwi's tag without the mark of regularity."""
    return tag.partition("-")[0]


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
