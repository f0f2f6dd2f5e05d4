"""CoNLL-U as UD Korean writes it: morphemes and tags joined by `+` in LEMMA and XPOS.

The words of a multiword token (`3-4`) are one token here, with the morphemes of all of them: it
is what stands in the text. Empty nodes (`5.1`) do not stand there and are passed over. Where
LEMMA and XPOS differ in number, `OrigLemma` of MISC is read instead of LEMMA, as some treebanks
keep the morphemes there.

https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from corpora.rows import Analysis, Block, Report, Word, blocks, pair, parse_upos, sentence
from tagger.text.sentence import Sentence

COLUMNS = 10
_FORM, _LEMMA, _UPOS, _XPOS, _MISC = 1, 2, 3, 4, 9
_ID = re.compile(r"[0-9]{1,9}")
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_EMPTY_NODE = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")
_ORIGINAL_LEMMA = re.compile(r"(?:^|\|)OrigLemma=([^|]+)")


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a row without a usable analysis gives a token without morphemes."""
    for block in blocks(lines):
        block_sentence = read_block(block, report)
        if block_sentence:
            yield block_sentence


def read_block(block: Block, report: Report, *, gold: bool = True) -> Sentence | None:
    """The sentence of one block of lines, None if it has no token.

    Without `gold` only the tokens are read, and rows that are no plain token passed over.
    """
    words: list[Word] = []
    name = None
    span: _Range | None = None  # the multiword token that the rows belong to
    for number, line in block:
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            name = value.strip() if key.strip() == "sent_id" else name
            continue
        row = line.split("\t")
        if len(row) != COLUMNS:
            report.add(number, f"{len(row)} columns instead of {COLUMNS}")
        elif not _ID.fullmatch(row[0]):
            if gold and (found := _RANGE.fullmatch(row[0])):
                span = _Range(int(found[1]), int(found[2]))
                words.append(Word(row[_FORM], [], None, has_space_after(row[_MISC])))
            elif gold and _EMPTY_NODE.fullmatch(row[0]):
                report.passed_over += 1
            elif gold:
                report.add(number, f"row {row[0]} is not a plain token")
        elif not row[_FORM]:
            report.add(number, "an empty FORM")
        elif span and int(row[0]) in span:
            words[-1] = span.with_word(words[-1], _word(number, row, report, gold))
        else:
            span = None
            words.append(_word(number, row, report, gold))
    return sentence(words, name) if words else None


class _Range:
    """A multiword token, whose analysis is that of its words."""

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last
        self._analyses: list[Analysis] = []

    def __contains__(self, number: int) -> bool:
        return self._first <= number <= self._last

    def with_word(self, token: Word, word: Word) -> Word:
        """The token with one more of its words; it has an analysis if all of them do."""
        self._analyses.append(word.analysis)
        is_whole = len(self._analyses) == self._last - self._first + 1 and all(self._analyses)
        return replace(token, analysis=list(chain(*self._analyses)) if is_whole else [])


def _word(number: int, row: Sequence[str], report: Report, gold: bool) -> Word:
    analysis: Analysis = []
    upos = None
    if gold:
        try:
            upos = parse_upos(row[_UPOS])
            analysis = _analysis_of(row)
        except ValueError as error:
            report.add(number, f"LEMMA {row[_LEMMA]} with XPOS {row[_XPOS]}: {error}")
    return Word(row[_FORM], analysis, upos, has_space_after(row[_MISC]))


def _analysis_of(row: Sequence[str]) -> Analysis:
    try:
        return parse_analysis(row[_FORM], row[_LEMMA], row[_XPOS])
    except ValueError:
        original = _ORIGINAL_LEMMA.search(row[_MISC])
        if original is None:
            raise
        return parse_analysis(row[_FORM], original[1], row[_XPOS])


def rewrite_block(block: Block, tagged: Sentence, dictionary_forms: bool = False) -> str:
    """The block with LEMMA, UPOS and XPOS of the tagged sentence, all else as it was. With
    `dictionary_forms`, LEMMA is the dictionary's word."""
    tokens = iter(tagged.tokens)
    lines: list[str] = []
    for _, line in block:
        row = line.split("\t")
        if not line.startswith("#") and _ID.fullmatch(row[0]):
            token = next(tokens)
            row[_LEMMA] = token.dictionary_form if dictionary_forms else token.lemma
            row[_UPOS], row[_XPOS] = token.upos or "_", token.xpos
        lines.append("\t".join(row))
    return "\n".join(lines) + "\n\n"


def has_space_after(misc: str) -> bool:
    """Whether the MISC column leaves the usual space after the token."""
    return "SpaceAfter=No" not in misc.split("|")


def parse_analysis(form: str, lemma: str, xpos: str) -> Analysis:
    """The (form, tag) pairs of a row. Raises ValueError if the columns do not match.

    UD Korean writes the XPOS of a plus sign as `+SW`.
    """
    if lemma == "_" and form != "_":
        raise ValueError("no LEMMA")
    if xpos == "_":
        raise ValueError("no XPOS")
    tags = xpos.removeprefix("+").split("+")
    if len(tags) == 1:
        return pair([lemma], tags)
    return pair(split_plus(lemma), tags)


def split_plus(joined: str) -> list[str]:
    """Parts joined by `+`, of which some may be `+` themselves.

    >>> split_plus("++1"), split_plus("가+ㄴ")
    (['+', '1'], ['가', 'ㄴ'])
    """
    parts: list[str] = []
    start = 0
    while start <= len(joined):
        end = joined.find("+", start + 1)  # a part has at least one character
        end = len(joined) if end < 0 else end
        parts.append(joined[start:end])
        start = end + 1
    return parts
