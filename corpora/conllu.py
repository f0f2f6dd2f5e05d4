"""CoNLL-U as UD Korean writes it: morphemes and tags joined by `+` in LEMMA and XPOS.

https://universaldependencies.org/format.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpora.rows import Analysis, Block, Report, Word, blocks, pair, parse_upos, sentence
from tagger.text.sentence import Sentence

COLUMNS = 10
_FORM, _LEMMA, _UPOS, _XPOS, _MISC = 1, 2, 3, 4, 9


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
    for number, line in block:
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            name = value.strip() if key.strip() == "sent_id" else name
            continue
        row = line.split("\t")
        if len(row) != COLUMNS:
            report.add(number, f"{len(row)} columns instead of {COLUMNS}")
        elif not row[0].isdigit():
            if gold:
                report.add(number, f"row {row[0]} is not a plain token")
        elif not row[_FORM]:
            report.add(number, "an empty FORM")
        else:
            analysis: Analysis = []
            upos = None
            if gold:
                try:
                    upos = parse_upos(row[_UPOS])
                    analysis = parse_analysis(row[_FORM], row[_LEMMA], row[_XPOS])
                except ValueError as error:
                    report.add(number, f"LEMMA {row[_LEMMA]} with XPOS {row[_XPOS]}: {error}")
            words.append(Word(row[_FORM], analysis, upos, has_space_after(row[_MISC])))
    return sentence(words, name) if words else None


def rewrite_block(block: Block, tagged: Sentence) -> str:
    """The block with LEMMA, UPOS and XPOS of the tagged sentence, all else as it was."""
    tokens = iter(tagged.tokens)
    lines: list[str] = []
    for _, line in block:
        row = line.split("\t")
        if not line.startswith("#") and row[0].isdigit():
            token = next(tokens)
            row[_LEMMA], row[_UPOS], row[_XPOS] = token.lemma, token.upos or "_", token.xpos
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
