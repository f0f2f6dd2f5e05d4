"""Two columns, token and tag, or the four that `tag.py -f tsv` writes: token, morphemes
joined by `+`, tags joined by `+`, UPOS. An empty line ends a sentence.

In two columns each token is one morpheme; tokens are taken to stand apart in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpora.formats.conllu import parse_analysis
from corpora.rows import (
    Analysis,
    Report,
    Word,
    blocks,
    pair,
    parse_upos,
    sentence,
    split_punctuation,
)
from tagger.text.sentence import Sentence

WIDTHS = (2, 4)


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a row without a usable analysis gives a token without morphemes."""
    for block in blocks(lines):
        words: list[Word] = []
        for number, line in block:
            row = line.split("\t")
            analysis: Analysis = []
            if len(row) not in WIDTHS:
                report.add(number, f"{len(row)} columns instead of 2 or 4")
                continue
            if not row[0]:
                report.add(number, "an empty token")
                continue
            try:
                if len(row) == 2:
                    analysis = pair([row[0]], [row[1].strip()])
                    words.append(Word(row[0], analysis))
                else:
                    analysis = parse_analysis(*row[:3])
                    upos = parse_upos(row[3].strip())
                    words.extend(split_punctuation(Word(row[0], analysis, upos)))
            except ValueError as error:
                report.add(number, str(error))
                words.append(Word(row[0], []))
        if words:
            yield sentence(words)
