"""Files of the Sejong corpus as they were distributed: `BTAA0001-00000001<TAB>eojeol<TAB>
form/TAG + form/TAG` a row, among the tags of a header and of paragraphs (21세기 세종계획,
형태 분석 말뭉치; files of UTF-16).

Sentences are `<s>` elements. Where a file has none, a sentence ends with the final punctuation
(SF) of an eojeol, with its closing quotes and brackets, and with a paragraph or heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corpora.formats.sejong import parse_morphemes
from corpora.rows import Report, Word, sentence, split_punctuation
from tagger.text.sentence import Sentence

_ROW = re.compile(r"[A-Z0-9]{4,12}-\d+\t")
_TAG = re.compile(r"\s*</?(\w+)[^>]*>\s*")
_DIVIDING = {"s", "p", "head", "body", "text", "div", "l"}
_CLOSING = {"SS", "SP", "SE", "SO", "SW"}


def is_raw_sejong(lines: Iterable[str]) -> bool:
    """Whether rows of this kind are among the lines."""
    return sum(bool(_ROW.match(line)) for line in lines) > 0


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a row without a usable analysis gives a token without morphemes."""
    words: list[Word] = []
    has_sentences = False
    for number, line in enumerate(lines, start=1):
        if tag := _TAG.fullmatch(line):
            has_sentences |= tag[1] == "s"
            if tag[1] in _DIVIDING and words:
                yield sentence(words)
                words = []
            continue
        if not _ROW.match(line):
            continue  # of the header
        row = line.split("\t")
        if len(row) != 3 or not row[1].strip():
            report.add(number, f"{len(row)} columns instead of 3")
            continue
        surface = row[1].strip()
        analysis = parse_morphemes(row[2].strip())
        if analysis is None:
            report.add(number, f"{row[2]!r} is not form/TAG + form/TAG")
        words.extend(split_punctuation(Word(surface, analysis or [])))
        if not has_sentences and _ends_a_sentence([tag for _, tag in analysis or []]):
            yield sentence(words)
            words = []
    if words:
        yield sentence(words)


def _ends_a_sentence(tags: list[str]) -> bool:
    while tags and tags[-1] in _CLOSING:
        tags = tags[:-1]
    return bool(tags) and tags[-1] == "SF"
