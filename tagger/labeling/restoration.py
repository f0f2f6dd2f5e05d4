"""The text behind labels whose structure is known and whose restored text is left open.

A label that spells its text, `I-VA|B-EC→프아`, can only be chosen for what training showed.
So where the text can be told from the rest, the network learns the open label `I-VA|B-EC→?`
instead, and the restorer writes the text: from what training showed for this syllable and
structure, else from the tokenizer's analysis, else by rule, else by a writer that has learned
restorations (`tagger/training/seq2seq.py`). `I-VA|B-EC→=` stands for the text of the tokenizer's
own analysis instead, so that the network says in context whose text is meant: 판 is 팔/VV or 파/VV
by the sentence, 했 is 하였 by the corpus. Only a text that neither proposes is spelled in the
label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from tagger.labeling.labels import RESTORED, is_label, slots
from tagger.text.hangul import is_syllable, join_syllable, split_syllable

OPEN = "?"
"""Stands for the text that training showed most often, if it showed one."""

ANALYSED = "="
"""Stands for the text that the tokenizer's analysis gives the syllable, if it gives one."""

Seen = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By syllable and structure, the restored texts of training, the frequent ones first."""


class Writer(Protocol):
    """Writes the text of a structure from the syllable and its neighbours."""

    def write(self, before: str, syllable: str, after: str, structure: str) -> str | None:
        """The text, None if there is none that fits."""
        ...


NOWHERE = ("", "")
"""Neighbours that are not known."""


class Restorer:
    """Opens labels for training and closes predicted ones.

    >>> restorer = Restorer({"했": {"B-XSV|B-EP": ("하였",)}})
    >>> restorer.open("B-XSV|B-EP→하였", "했", [])
    'B-XSV|B-EP→?'
    >>> restorer.open("B-VV|B-ETM→파ㄴ", "판", ["B-VV|B-ETM→파ㄴ"])
    'B-VV|B-ETM→='
    >>> restorer.close("B-VV|B-ETM→?", "쑨", [])
    'B-VV|B-ETM→쑤ㄴ'
    """

    def __init__(self, seen: Seen, writer: Writer | None = None) -> None:
        self.seen = seen
        self.writer = writer

    @classmethod
    def learn(
        cls, labels: Iterable[tuple[str, str]], further: Iterable[tuple[str, str]] = ()
    ) -> Restorer:
        """From the (syllable, label) pairs of corpora, and after theirs the texts of further
        ones."""
        return cls(_ranked(_counted(labels), _counted(further)))

    def grown(self, new: Restorer) -> Restorer:
        """This restorer, writer included, with the texts of another, which go first."""
        seen: dict[str, dict[str, tuple[str, ...]]] = {}
        for syllable in sorted({*new.seen, *self.seen}):
            first, then = new.seen.get(syllable, {}), self.seen.get(syllable, {})
            seen[syllable] = {
                structure: tuple(
                    dict.fromkeys((*first.get(structure, ()), *then.get(structure, ())))
                )
                for structure in sorted({*first, *then})
            }
        return Restorer(seen, self.writer or new.writer)

    def open(self, label: str, syllable: str, analyses: Sequence[str]) -> str:
        """The label with its text left open if it is the analysis's, or `propose` would give
        it back."""
        structure, arrow, text = label.partition(RESTORED)
        if arrow and copy_restoration(structure, analyses) == text:
            return structure + RESTORED + ANALYSED
        if arrow and self.propose(structure, syllable, analyses) == text:
            return structure + RESTORED + OPEN
        return label

    def close(
        self,
        label: str,
        syllable: str,
        analyses: Sequence[str],
        around: tuple[str, str] = NOWHERE,
    ) -> str | None:
        """The label with its text; None if it cannot stand for this syllable.

        A label that spells its text stands only for syllables that training showed with it.
        """
        structure, arrow, text = label.partition(RESTORED)
        if not arrow:
            return label
        if text in (OPEN, ANALYSED):
            proposed = copy_restoration(structure, analyses) if text == ANALYSED else None
            proposed = proposed or self.propose(structure, syllable, analyses, around)
            return None if proposed is None else structure + RESTORED + proposed
        return label if text in self.seen.get(syllable, {}).get(structure, ()) else None

    def propose(
        self,
        structure: str,
        syllable: str,
        analyses: Sequence[str],
        around: tuple[str, str] = NOWHERE,
    ) -> str | None:
        """The text of a structure, None if nothing is known that fits.

        `analyses` are the labels that the tokenizer's own analyses give the syllable,
        `around` what is before and after it in the token.
        """
        for seen in self.seen.get(syllable, {}).get(structure, ()):
            return seen
        found = copy_restoration(structure, analyses) or uncontract(structure, syllable)
        if found or self.writer is None or around == NOWHERE:
            return found
        return self.writer.write(around[0], syllable, around[1], structure)

    def texts(self, structure: str, syllable: str, analyses: Sequence[str]) -> list[str]:
        """All texts of a structure that the analysis, training or the rule gives."""
        seen = self.seen.get(syllable, {}).get(structure, ())
        found = (copy_restoration(structure, analyses), *seen, uncontract(structure, syllable))
        return list(dict.fromkeys(text for text in found if text))

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        return {
            syllable: {structure: list(texts) for structure, texts in structures.items()}
            for syllable, structures in self.seen.items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Restorer:
        """The inverse of `to_json`. Raises ValueError for a text that does not fit."""
        seen = {
            syllable: {structure: tuple(texts) for structure, texts in structures.items()}
            for syllable, structures in data.items()
        }
        for structures in seen.values():
            for structure, texts in structures.items():
                for text in texts:
                    if not is_label(structure + RESTORED + text):
                        raise ValueError(f"{text!r} is no restoration of {structure!r}")
        return cls(seen)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Restorer) and self.seen == other.seen and self.writer == other.writer
        )

    def __hash__(self) -> int:
        return hash(tuple(self.seen))


_Counts = dict[str, dict[str, Counter[str]]]


def _counted(labels: Iterable[tuple[str, str]]) -> _Counts:
    """How often each syllable has each text, by structure."""
    counts: _Counts = {}
    for syllable, label in labels:
        structure, arrow, text = label.partition(RESTORED)
        if arrow:
            counts.setdefault(syllable, {}).setdefault(structure, Counter())[text] += 1
    return counts


def _ranked(counts: _Counts, further: _Counts) -> Seen:
    """The texts by syllable and structure, in the order of both counts."""

    def texts(syllable: str, structure: str) -> tuple[str, ...]:
        first = counts.get(syllable, {}).get(structure, Counter())
        second = further.get(syllable, {}).get(structure, Counter())
        return tuple(
            sorted({*first, *second}, key=lambda text: (-first[text], -second[text], text))
        )

    return {
        syllable: {
            structure: texts(syllable, structure)
            for structure in sorted({*counts.get(syllable, {}), *further.get(syllable, {})})
        }
        for syllable in sorted({*counts, *further})
    }


def copy_restoration(structure: str, analyses: Iterable[str]) -> str | None:
    """The text that one of the tokenizer's analyses restores, if it fits the structure; that
    of an analysis with the very structure comes first."""
    fitting = None
    for analysis in analyses:
        found, arrow, text = analysis.partition(RESTORED)
        if arrow and len(text) == slots(structure):
            if found == structure:
                return text
            fitting = fitting or text
    return fitting


def without_mark(label: str) -> str:
    """The label without the mark that leaves its text open, if it has one."""
    return label.removesuffix(RESTORED + OPEN).removesuffix(RESTORED + ANALYSED)


# the vowel of a contracted syllable -> the vowel of the stem, the ending without its coda
_UNCONTRACTED = {"ㅘ": ("ㅗ", "아"), "ㅝ": ("ㅜ", "어"), "ㅕ": ("ㅣ", "어"), "ㅙ": ("ㅚ", "어")}


def uncontract(structure: str, syllable: str) -> str | None:
    """Stem and ending that the regular contractions make into this syllable.

    >>> [uncontract("B-VV|B-EP", s) for s in "쑨펐뒀떼"]
    ['쑤ㄴ', '퍼었', '두었', None]
    """
    if slots(structure) != 2 or not is_syllable(syllable):
        return None
    onset, vowel, coda = split_syllable(syllable)
    if coda in ("ㄴ", "ㄹ", "ㅁ", "ㅂ"):
        return join_syllable(onset, vowel) + coda
    if vowel in _UNCONTRACTED and coda in ("", "ㅆ"):
        stem_vowel, ending = _UNCONTRACTED[vowel]
    elif coda == "ㅆ" and vowel in "ㅏㅓㅐㅔ":
        stem_vowel, ending = vowel, "아" if vowel == "ㅏ" else "어"
    else:
        return None
    ending_onset, ending_vowel, _ = split_syllable(ending)
    return join_syllable(onset, stem_vowel) + join_syllable(ending_onset, ending_vowel, coda)
