"""Columns as in CoNLL-2003 and its like: token, tag and whatever else, between spaces or tabs;
an empty line ends a sentence, a row `-DOCSTART-` a document (Tjong Kim Sang & De Meulder 2003).

Each token is one morpheme; tokens are taken to stand apart in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpora.rows import Analysis, Report, Word, blocks, pair, sentence
from tagger.text.sentence import Sentence

DOCUMENT = "-DOCSTART-"
COLUMNS = range(2, 5)


def is_conll(lines: Iterable[str]) -> bool:
    """Whether a row begins a document, as no other format has it."""
    return any(line.split()[:1] == [DOCUMENT] for line in lines)


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a row without a usable tag gives a token without morphemes."""
    for block in blocks(lines):
        words: list[Word] = []
        for number, line in block:
            row = line.split("\t") if "\t" in line else line.split()
            if row[0].strip() == DOCUMENT:
                continue
            if len(row) not in COLUMNS or not row[0]:
                report.add(number, f"{len(row)} columns instead of 2 to 4")
                continue
            analysis: Analysis = []
            try:
                analysis = pair([row[0]], [row[1].strip()])
            except ValueError as error:
                report.add(number, str(error))
            words.append(Word(row[0], analysis))
        if words:
            yield sentence(words)
