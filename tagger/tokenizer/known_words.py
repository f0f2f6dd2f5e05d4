"""The nouns, stems, endings and particles that Kiwi knows.

Kiwi gives its 70,000 morphemes one by one, which takes a tenth of a second at each start, so
`recipes/morpheme_codes.py` keeps what it gives in a table. Like that of the morpheme codes, the
table belongs to one version of Kiwi's model; a Kiwi of another one is asked.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy

from tagger.text.hangul import compatibility_codas
from tagger.tokenizer import morpheme_codes
from tagger.tokenizer.noun_dictionary import COMMON, LENGTHS, PROPER, Nouns
from tagger.tokenizer.words import Words, words_of

TABLE = Path(__file__).with_name("known_words.npz")

_KINDS = {"NNG": COMMON, "NNP": PROPER}
_NODES, _NOUN_KINDS, _WORDS = "nodes", "kinds", "words"


def known_words(kiwi: Any) -> tuple[Nouns, Words]:
    """The nouns that Kiwi's language model knows, and its stems, endings and particles."""
    if morpheme_codes.is_usable():
        return _from_table()
    if not _asked:  # it takes a moment
        _asked.append(ask(kiwi))
    return _asked[0]


_asked: list[tuple[Nouns, Words]] = []  # what a Kiwi of another version has said


def ask(kiwi: Any) -> tuple[Nouns, Words]:
    """What `known_words` gives, from Kiwi itself."""
    kinds: dict[str, int] = {}
    morphemes: list[tuple[str, str]] = []
    for number in range(morpheme_codes.count()):
        morpheme = kiwi.morpheme(number)
        form, tag = morpheme.form, morpheme.tag
        kind = _KINDS.get(tag)
        if kind and LENGTHS[0] <= len(form) <= LENGTHS[-1]:
            kinds[form] = kinds.get(form, 0) | kind
        elif tag[0] in "VEJ":
            morphemes.append((compatibility_codas(form), tag))
    return Nouns.of(kinds), words_of(morphemes)


def save(nouns: Nouns, words: Words, stream: IO[bytes]) -> None:
    """Write the table."""
    arrays = {}
    for length, (nodes, kinds) in zip(LENGTHS, nouns.levels, strict=True):
        arrays[f"{_NODES}.{length}"] = nodes
        arrays[f"{_NOUN_KINDS}.{length}"] = kinds.astype(numpy.int8)
    for kind, forms in words.items():
        text = "\n".join(sorted(forms)).encode()
        arrays[f"{_WORDS}.{kind}"] = numpy.frombuffer(text, dtype=numpy.uint8)
    numpy.savez_compressed(stream, allow_pickle=False, **arrays)


@cache
def _from_table() -> tuple[Nouns, Words]:
    with numpy.load(TABLE, allow_pickle=False) as table:
        levels = [
            (table[f"{_NODES}.{length}"], table[f"{_NOUN_KINDS}.{length}"].astype(numpy.int64))
            for length in LENGTHS
        ]
        words = {
            name.removeprefix(f"{_WORDS}."): frozenset(table[name].tobytes().decode().split("\n"))
            for name in table.files
            if name.startswith(_WORDS)
        }
    return Nouns(levels), words
