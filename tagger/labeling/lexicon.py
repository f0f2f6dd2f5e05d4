"""What training shows of a token and of the morphemes in it, as columns that the network reads.

Annotators are consistent where grammar leaves a choice: in one corpus `연구를` is always
`연구/ncpa + 를/jco`, and a network of this size does not keep each such word in its weights. So
each syllable is told which analyses its token has in training, and how sure that is, and the
tag of the longest morpheme that training writes like it.

Leave-one-out: a training token's own occurrence is not counted, so that training looks like new
text. Tokens seen fewer than MINIMUM times are unknown, in training and in tagging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from tagger.labeling.labels import is_label
from tagger.system.caching import LONGEST_CACHED, cache_repeated

MINIMUM = 2
"""How often a token or morpheme must be seen to be known."""

COLUMNS = ("usual_analysis", "other_analysis", "usual_upos", "known_morpheme")
"""The input columns: the structure of the token's most frequent analysis and of the next one,
its most frequent UPOS, and the tag of the longest known morpheme, each where it is known."""

NOTHING_KNOWN = "-"

LONGEST_MORPHEME = 8
"""Syllables; longer ones are rare, and each length costs a look-up at every syllable."""


class Sighting(NamedTuple):
    """One analysis of a token: its UPOS if it has one, the structure of each syllable's label."""

    upos: str | None
    structures: tuple[str, ...]


Morphemes = Sequence[tuple[str, str]]
"""Form and tag of each."""

Key = TypeVar("Key", bound=Hashable)


class Lexicon:
    """How often training shows each analysis of a token, and each tag of a morpheme that has
    two syllables or more.

    >>> noun = Sighting("NOUN", ("B-NNG", "I-NNG"))
    >>> lexicon = Lexicon({"사과": {noun: 5}}, {"사과": {"NNG": 7}})
    >>> lexicon.columns("사과")["usual_analysis"]
    ('3B-NNG', '3I-NNG')
    """

    def __init__(
        self,
        tokens: Mapping[str, Mapping[Sighting, int]],
        morphemes: Mapping[str, Mapping[str, int]],
    ) -> None:
        self.tokens = tokens
        self.morphemes = morphemes
        self._cached_columns = cache_repeated(1 << 10, longest=LONGEST_CACHED)(self._columns)

    def __reduce__(self) -> tuple[type[Lexicon], tuple[Any, Any]]:
        return Lexicon, (self.tokens, self.morphemes)

    def __bool__(self) -> bool:
        return bool(self.tokens or self.morphemes)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Lexicon)
            and self.tokens == other.tokens
            and self.morphemes == other.morphemes
        )

    def __hash__(self) -> int:
        return hash(tuple(self.tokens))

    @classmethod
    def learn(cls, shown: Iterable[tuple[str, Sighting, Morphemes]]) -> Lexicon:
        """From the tokens of a corpus."""
        tokens: dict[str, Counter[Sighting]] = {}
        morphemes: dict[str, Counter[str]] = {}
        for token, sighting, analysis in shown:
            tokens.setdefault(token, Counter())[sighting] += 1
            for form, tag in filter(_is_counted, analysis):
                morphemes.setdefault(form, Counter())[tag] += 1
        return cls(tokens, morphemes)

    def columns(self, token: str) -> dict[str, tuple[str, ...]]:
        """A symbol for each syllable of the token, in each of COLUMNS."""
        return dict(zip(COLUMNS, self._cached_columns(token)))

    def columns_without(
        self, token: str, sighting: Sighting, analysis: Morphemes
    ) -> dict[str, tuple[str, ...]]:
        """The same, but for one occurrence of the token that the lexicon has learned from."""
        return dict(zip(COLUMNS, self._columns(token, sighting, analysis)))

    def _columns(
        self,
        token: str,
        left_out: Sighting | None = None,
        analysis: Morphemes = (),
    ) -> tuple[tuple[str, ...], ...]:
        length = len(token)
        usual = other = upos = (NOTHING_KNOWN,) * length
        seen: dict[Sighting, int] = dict(self.tokens.get(token, {}))
        if left_out and seen.get(left_out):  # not of a token that noise made
            seen[left_out] -= 1
        if sum(seen.values()) >= MINIMUM:
            analyses = _ranked((sighting.structures, count) for sighting, count in seen.items())
            sureness = _sureness(analyses)
            usual = tuple([sureness + structure for structure in analyses[0][0]])
            if len(analyses) > 1:
                other = analyses[1][0]
            names = _ranked((sighting.upos or "", count) for sighting, count in seen.items())
            if names[0][0]:
                upos = (_sureness(names) + names[0][0],) * length
        return (
            usual,
            other,
            upos,
            self._known_morphemes(token, Counter(filter(_is_counted, analysis))),
        )

    def _known_morphemes(
        self, token: str, left_out: Mapping[tuple[str, str], int]
    ) -> tuple[str, ...]:
        """The tag of the longest known morpheme at each syllable, read from the left."""
        found = [NOTHING_KNOWN] * len(token)
        start = 0
        while start < len(token) - 1:
            for end in range(min(len(token), start + LONGEST_MORPHEME), start + 1, -1):
                tags = self._tags(token[start:end], left_out)
                if sum(count for _, count in tags) >= MINIMUM:
                    sureness, (tag, _) = _sureness(tags), tags[0]
                    found[start] = f"{sureness}B-{tag}"
                    found[start + 1 : end] = [f"{sureness}I-{tag}"] * (end - start - 1)
                    start = end - 1
                    break
            start += 1
        return tuple(found)

    def _tags(self, form: str, left_out: Mapping[tuple[str, str], int]) -> list[tuple[str, int]]:
        tags = self.morphemes.get(form)
        if tags is None:
            return []
        return _ranked((tag, count - left_out.get((form, tag), 0)) for tag, count in tags.items())

    def kept(self) -> Lexicon:
        """The lexicon without what was seen less than MINIMUM times: what a model takes along."""
        return Lexicon(_often_seen(self.tokens), _often_seen(self.morphemes))

    def to_json(self) -> dict[str, Any]:
        """Each analysis with its tokens, and each tag with its morphemes, by how often they
        were seen."""
        return {
            "tokens": [
                [sighting.upos, list(sighting.structures), by_count]
                for sighting, by_count in _by_answer(self.tokens).items()
            ],
            "morphemes": _by_answer(self.morphemes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lexicon:
        """The inverse of `to_json`. Raises ValueError for an analysis that does not fit."""
        sightings = []
        for upos, structures, by_count in data["tokens"]:
            fits = all(map(is_label, structures))
            for token in chain.from_iterable(by_count.values()):
                if not fits or len(token) != len(structures):
                    raise ValueError(f"{structures} is no analysis of {token!r}")
            sightings.append((Sighting(upos, tuple(structures)), by_count))
        return cls(_by_name(sightings), _by_name(data["morphemes"].items()))


def _is_counted(morpheme: tuple[str, str]) -> bool:
    return len(morpheme[0]) > 1


def _ranked(counts: Iterable[tuple[Key, int]]) -> list[tuple[Key, int]]:
    """The keys that were seen with how often, the most frequent first."""
    total: Counter[Key] = Counter()
    for key, count in counts:
        total[key] += count
    return sorted(
        [item for item in total.items() if item[1] > 0], key=lambda item: (-item[1], item[0])
    )


def _sureness(ranked: Sequence[tuple[Any, int]]) -> str:
    """A digit for how far the first of these can be trusted: 2 if all are like it, 3 if these
    are many, 4 if most are, 5 if not."""
    total = sum(count for _, count in ranked)
    share = ranked[0][1] / total
    if share > 0.97:
        return "3" if total >= 5 else "2"
    return "4" if share >= 0.75 else "5"


def _often_seen(
    entries: Mapping[str, Mapping[Key, int]],
) -> dict[str, Mapping[Key, int]]:
    return {name: seen for name, seen in entries.items() if sum(seen.values()) >= MINIMUM}


def _by_answer(entries: Mapping[str, Mapping[Key, int]]) -> dict[Key, dict[str, list[str]]]:
    """The names by what is said of them and how often."""
    found: dict[Key, dict[str, list[str]]] = {}
    for name, seen in entries.items():
        for answer, count in seen.items():
            found.setdefault(answer, {}).setdefault(str(count), []).append(name)
    return found


def _by_name(
    answers: Iterable[tuple[Key, Mapping[str, Sequence[str]]]],
) -> dict[str, dict[Key, int]]:
    """The inverse of `_by_answer`."""
    entries: dict[str, dict[Key, int]] = {}
    for answer, by_count in answers:
        for count, names in by_count.items():
            for name in names:
                entries.setdefault(name, {})[answer] = int(count)
    return entries


NO_LEXICON = Lexicon({}, {})
"""Of a model that was trained without one."""
