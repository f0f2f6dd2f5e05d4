"""One label a syllable: aligning, encoding and decoding, as pure functions.

Each surface syllable carries the morpheme syllables that it stands for. Its label names
them: `B-NNG` begins a noun, `I-NNG` goes on with it, and where the text changed the label
spells what is restored: `했` as `하/XSV + 았/EP` is `B-XSV|B-EP→하았`. The part before the
arrow is the label's *structure*. A syllable that stands for nothing is labelled `_`.

>>> labels = encode("했다", [("하", "XSV"), ("았", "EP"), ("다", "EF")])
>>> labels
['B-XSV|B-EP→하았', 'B-EF']
>>> decode("했다", labels)
[Piece(form='하', tag='XSV', first=0, last=0), Piece(form='았', tag='EP', first=0, last=0), \
Piece(form='다', tag='EF', first=1, last=1)]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from tagger.labeling.alignment import Placed, Slot, align, stretches
from tagger.text.tagsets import sejong_tag

NOTHING = "_"
BETWEEN_SLOTS = "|"
RESTORED = "→"


class Piece(NamedTuple):
    """A decoded morpheme and the first and last surface syllable that carry it."""

    form: str
    tag: str
    first: int
    last: int


def encode(surface: str, analysis: Sequence[tuple[str, str]]) -> list[str]:
    """The labels of the surface's syllables for its (form, tag) pairs.

    `decode(surface, encode(surface, analysis))` gives the pairs back, whatever they are,
    as long as surface and forms are not empty.
    """
    if "".join([form for form, _ in analysis]) == surface:  # every syllable is as written
        return [
            f"I-{tag}" if place else f"B-{tag}"
            for form, tag in analysis
            for place in range(len(form))
        ]
    return [
        _label(syllable, slots)
        for syllable, slots in zip(surface, align(surface, analysis), strict=True)
    ]


def encode_placed(surface: str, analysis: Sequence[Placed]) -> list[str]:
    """The labels of the surface's syllables for morphemes whose places are known, in order.

    They are those of `encode`, in a time that is linear in the length: the surface is cut
    between morphemes that are as written. A syllable before a cut that no morpheme covers
    stands for nothing.

    >>> encode_placed("한글은", [Placed("한글", "NNG", 0, 2), Placed("은", "JX", 2, 3)])
    ['B-NNG', 'I-NNG', 'B-JX']
    """
    labels: list[str] = []
    for start, end, morphemes in stretches(surface, analysis):
        labels += [NOTHING] * (start - len(labels))
        labels += encode(surface[start:end], morphemes)
    return labels + [NOTHING] * (len(surface) - len(labels))


def decode(surface: str, labels: Sequence[str]) -> list[Piece]:
    """The morphemes that the labels spell.

    Any sequence of labels can be decoded: a syllable that claims to go on with a morpheme
    of another tag, or with none, begins one.
    """
    pieces: list[Piece] = []
    form, open_tag, first, last = "", None, 0, 0
    for position, (syllable, label) in enumerate(zip(surface, labels, strict=True)):
        for character, tag, begins in spelled(syllable, label):
            if begins or tag != open_tag:
                if open_tag is not None:
                    pieces.append(Piece(form, open_tag, first, last))
                form, open_tag, first, last = character, tag, position, position
            else:
                form, last = form + character, position
    if open_tag is not None:
        pieces.append(Piece(form, open_tag, first, last))
    return pieces


@lru_cache(maxsize=1 << 11)
def follows(previous: str | None, label: str) -> bool:
    """Whether the label can come after the last one that stood for something, None at the
    beginning: what goes on must go on with a morpheme of its own tag.

    >>> follows("I-VA|B-EC→프아", "I-EC"), follows("B-NNG", "I-NNP"), follows(None, "I-NNG")
    (True, False, False)
    """
    first = structure_of(label).partition(BETWEEN_SLOTS)[0]
    if first[:1] != "I":
        return True
    return previous is not None and (
        structure_of(previous).rpartition(BETWEEN_SLOTS)[2][2:] == first[2:]
    )


def tags(label: str) -> list[str]:
    """The tags that a label names.

    >>> tags("B-XSV|B-EP→하았"), tags(NOTHING)
    (['XSV', 'EP'], [])
    """
    if label == NOTHING:
        return []
    return [part[2:] for part in structure_of(label).split(BETWEEN_SLOTS)]


_STRUCTURE = re.compile(r"[BI]-[^|→]+(?:\|[BI]-[^|→]+)*")


def is_label(label: str) -> bool:
    """Whether the text is a label as `encode` writes them.

    >>> is_label("B-XSV|B-EP→하았"), is_label(NOTHING), is_label("B-XSV|B-EP→하"), is_label("XSV")
    (True, True, False, False)
    """
    structure, arrow, text = label.partition(RESTORED)
    if not _STRUCTURE.fullmatch(structure):
        return label == NOTHING
    return not arrow or len(text) == slots(structure)


def slots(structure: str) -> int:
    """How many morpheme syllables a structure restores.

    >>> slots("B-VV|B-ETM")
    2
    """
    return structure.count(BETWEEN_SLOTS) + 1


def structure_of(label: str) -> str:
    """The label without its restored text.

    >>> structure_of("B-XSV|B-EP→하았")
    'B-XSV|B-EP'
    """
    return label.partition(RESTORED)[0]


def in_sejong(label: str) -> str:
    """A label of Kiwi's tags in the Sejong tag set.

    >>> in_sejong("I-VV-I|B-EP→르었")
    'I-VV|B-EP→르었'
    """
    return with_tags(label, sejong_tag)


def with_tags(label: str, renamed: Callable[[str], str]) -> str:
    """The label with each of its tags renamed."""
    structure, arrow, text = label.partition(RESTORED)
    parts = structure.split(BETWEEN_SLOTS)
    return BETWEEN_SLOTS.join(part[:2] + renamed(part[2:]) for part in parts) + arrow + text


def _label(syllable: str, slots: Sequence[Slot]) -> str:
    if not slots:
        return NOTHING
    structure = BETWEEN_SLOTS.join(f"{'B' if slot.begins else 'I'}-{slot.tag}" for slot in slots)
    text = "".join(slot.character for slot in slots)
    return structure if text == syllable else structure + RESTORED + text


@lru_cache(maxsize=1 << 12)
def spelled(syllable: str, label: str) -> list[Slot]:
    """The morpheme syllables that a closed label of this syllable names.

    >>> spelled("한", "B-XSV|B-ETM→하ㄴ")
    [Slot(character='하', tag='XSV', begins=True), Slot(character='ㄴ', tag='ETM', begins=True)]
    """
    if label == NOTHING:
        return []
    structure, arrow, text = label.partition(RESTORED)
    return [
        Slot(character, tag, begins)
        for (tag, begins), character in zip(
            _parts(structure), text if arrow else syllable, strict=True
        )
    ]


@lru_cache(maxsize=1 << 12)
def _parts(structure: str) -> list[tuple[str, bool]]:
    """The tag of each slot of a structure, and whether it begins a morpheme."""
    return [(part[2:], part[0] == "B") for part in structure.split(BETWEEN_SLOTS)]
