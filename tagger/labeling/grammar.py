"""What training shows of words that decoding must not invent, and of tags in a row.

What is restored can be a stem or an ending that the language does not have (`일르/VV` or `렀/EP`
of 일렀다), or a noun (`르/NNG+ㄹ/JKO` of 를), for labels are chosen syllable by syllable. The
decoder asks here, and Kiwi's dictionary, which there are, and which tags never follow one another
although both are frequent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from tagger.text.sentence import Sentence
from tagger.tokenizer.words import NOUN, STEM, Words, kind_of, words_of

SEEN = 3
"""How often training must show a word that is to count as known: gold has typing errors."""

EXPECTED = 20.0
"""How often chance alone would put two tags in a row, if their absence is to mean anything."""

RARE = 0.05
"""The share of that below which they are taken not to follow one another: gold has errors."""


RICH = 2000
"""The stems of a few hundred thousand lines; a treebank shows about a thousand."""


@dataclass(frozen=True)
class Grammar:
    """The words that training shows, of nouns those that it shows contracted with what follows
    (너 of 널), and for each corpus the tags that never follow each tag."""

    words: Words = field(default_factory=dict)
    never: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    @classmethod
    def learn(
        cls, corpora: Mapping[str, Sequence[Sentence]], silver: Sequence[Sentence] = ()
    ) -> Grammar:
        """From gold corpora by name. Tags that do not follow each other in `silver`, of which
        there is more, do not in the first corpus either, unless it shows them.

        >>> Grammar.learn({}) == NO_GRAMMAR
        True
        """
        shown = (
            (morpheme.form, morpheme.tag)
            for sentences in corpora.values()
            for sentence in sentences
            for token in sentence.tokens
            for morpheme in token.morphemes
            if kind_of(morpheme.tag) != NOUN or morpheme.form not in token.surface
        )
        pairs = {name: _in_a_row(sentences) for name, sentences in corpora.items()}
        never = {name: _never(counts) for name, counts in pairs.items()}
        if corpora:
            first = next(iter(corpora))
            for left, others in _never(_in_a_row(silver)).items():
                unseen = {right for right in others if not pairs[first][left, right]}
                never[first][left] = never[first].get(left, frozenset()) | unseen
        return cls(
            {kind: forms for kind, forms in words_of(shown, SEEN).items() if forms},
            {name: tags for name, tags in never.items() if tags},
        )

    @property
    def is_rich(self) -> bool:
        """Whether training showed so many stems that an unknown one is more likely an error."""
        return len(self.words.get(STEM, ())) >= RICH

    def grown(self, new: Grammar) -> Grammar:
        """This grammar with the words of another, and its tags in a row, which go first."""
        return Grammar(
            {
                kind: self.words.get(kind, frozenset()) | new.words.get(kind, frozenset())
                for kind in sorted({*self.words, *new.words})
            },
            {**self.never, **new.never},
        )

    def of(self, corpora: Sequence[str]) -> Grammar:
        """The grammar with the tags of these corpora only."""
        return replace(
            self, never={name: self.never[name] for name in corpora if name in self.never}
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "words": {kind: sorted(forms) for kind, forms in sorted(self.words.items())},
            "never": {
                corpus: {tag: sorted(others) for tag, others in sorted(by_tag.items())}
                for corpus, by_tag in self.never.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Grammar:
        """The inverse of `to_json`."""
        return cls(
            {kind: frozenset(forms) for kind, forms in data["words"].items()},
            {
                corpus: {tag: frozenset(others) for tag, others in by_tag.items()}
                for corpus, by_tag in data["never"].items()
            },
        )


def _in_a_row(sentences: Iterable[Sentence]) -> Counter[tuple[str, str]]:
    """How often each tag follows each. What follows after a space counts as well, for people
    leave spaces out."""
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        pairs.update(pairwise(morpheme.tag for morpheme in sentence.morphemes))
    return pairs


def _never(pairs: Counter[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """The tags that do not follow each tag, though chance would have it often."""
    before, after = Counter[str](), Counter[str]()
    for (left, right), count in pairs.items():
        before[left] += count
        after[right] += count
    total = max(pairs.total(), 1)
    found: dict[str, frozenset[str]] = {}
    for left, left_count in before.items():
        never = frozenset(
            right
            for right, right_count in after.items()
            if (expected := left_count * right_count / total) >= EXPECTED
            and pairs[left, right] <= RARE * expected
        )
        if never:
            found[left] = never
    return found


NO_GRAMMAR = Grammar()
"""Of a model that was trained without one."""
