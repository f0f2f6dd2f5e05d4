"""The words that an analyser knows: stems, endings, particles and nouns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from tagger.text.tagsets import kiwi_tag

STEM, ENDING, PARTICLE, NOUN = "V", "E", "J", "N"
"""Kinds of words; of these, only nouns, with pronouns and numerals, are made anew every day."""

Words = Mapping[str, frozenset[str]]
"""Forms by kind."""

NO_WORDS: Words = {}
"""Of a tokenizer that does not say which it knows."""

_KINDS = {"VV": STEM, "VA": STEM, "VX": STEM, "VCN": STEM}


def kind_of(tag: str) -> str | None:
    """The kind of the words with a tag of Sejong, Kiwi or KAIST, None for all others.

    >>> kind_of("VV-I"), kind_of("paa"), kind_of("EP"), kind_of("NP"), kind_of("XSV")
    ('V', 'V', 'E', 'N', None)
    """
    tag = kiwi_tag(tag.partition("-")[0])
    return _KINDS.get(tag, tag[0] if tag[0] in (ENDING, PARTICLE, NOUN) else None)


def words_of(morphemes: Iterable[tuple[str, str]], least: int = 1) -> Words:
    """The words of these kinds among the (form, tag) pairs, if they are seen so often."""
    counts: dict[str, Counter[str]] = {}
    for form, tag in morphemes:
        if kind := kind_of(tag):
            counts.setdefault(kind, Counter())[form] += 1
    return {
        kind: frozenset(form for form, count in seen.items() if count >= least)
        for kind, seen in counts.items()
    }
