"""Sejong-style text: `eojeol<TAB>form/TAG + form/TAG` a row, or a sentence a line as
`tag.py` writes it, `form/TAG+form/TAG form/TAG`.

Rows of a sentence stand between empty lines; a line that begins with `#` and has no tab is a
comment. The one-line form does not hold the surface: it is rebuilt by contracting the morphemes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corpora.rows import Analysis, Report, Word, blocks, sentence, split_punctuation
from tagger.text.escaping import is_printable
from tagger.text.hangul import contract, corpus_form
from tagger.text.sentence import Sentence

# a form may hold slashes and plus signs: it ends at the first `/TAG` that ends a morpheme
_MORPHEME = re.compile(r"(?P<form>\S+?)/(?P<tag>[A-Za-z][\w-]*)(?:\s*\+\s*(?=\S)|\s*$)")


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a row without a usable analysis gives a token without morphemes."""
    for block in blocks(lines):
        words: list[Word] = []
        for number, line in block:
            if "\t" in line:
                surface, _, text = line.partition("\t")
                if surface:
                    words.extend(split_punctuation(_row(number, surface, text, report)))
                else:
                    report.add(number, "an empty eojeol")
                continue
            if line.startswith("#") and not is_analysis(line.split()[0]):
                continue
            if words:
                yield sentence(words)
                words = []
            one_line = [_rebuilt(number, part, report) for part in line.split()]
            if any(one_line):
                split = [split_punctuation(word) for word in one_line if word]
                yield sentence([word for group in split for word in group])
        if words:
            yield sentence(words)


def write_rows(sentence: Sentence, number: int | str) -> str:
    """A row an eojeol, `먹었다<TAB>먹/VV + 었/EP + 다/EF`; an empty line ends the sentence."""
    return (
        "".join(
            f"{eojeol.surface}\t{' + '.join(map(str, eojeol.morphemes))}\n"
            for eojeol in sentence.eojeols
        )
        + "\n"
    )


def is_analysis(text: str) -> bool:
    """Whether the text is `form/TAG` or several joined by `+`."""
    return parse_morphemes(text) is not None


def _row(number: int, surface: str, text: str, report: Report) -> Word:
    parsed = parse_morphemes(text.strip())
    if parsed is None:
        report.add(number, f"{text!r} is not form/TAG + form/TAG")
    return Word(surface, parsed or [])


def _rebuilt(number: int, part: str, report: Report) -> Word | None:
    parsed = parse_morphemes(part)
    if parsed is None:
        report.add(number, f"{part!r} is not form/TAG+form/TAG")
        return None
    return Word(contract([form for form, _ in parsed]), parsed)


def parse_morphemes(text: str) -> Analysis | None:
    """The (form, tag) pairs of `form/TAG + form/TAG`, None if the text is not that."""
    analysis: Analysis = []
    position = 0
    while position < len(text):
        match = _MORPHEME.match(text, position)
        if match is None or not is_printable(match["form"]):
            return None
        analysis.append((corpus_form(match["form"]), match["tag"]))
        position = match.end()
    return analysis or None
