"""KLUE-DP: rows of INDEX, WORD_FORM, LEMMA, POS, HEAD, DEPREL (Park et al. 2021).

WORD_FORM is an eojeol, LEMMA its morphemes between spaces, POS their tags joined by `+`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpora.rows import Analysis, Report, Word, blocks, pair, sentence, split_punctuation
from tagger.text.sentence import Sentence

COLUMNS = 6


def write(sentence: Sentence, number: int | str) -> str:
    """The rows of a sentence; HEAD and DEPREL, which it does not have, are `_`."""
    rows = [f"## {sentence.name or number}\t{sentence.text}"]
    for index, eojeol in enumerate(sentence.eojeols, start=1):
        lemma = " ".join(morpheme.form for morpheme in eojeol.morphemes)
        tags = "+".join(morpheme.tag for morpheme in eojeol.morphemes)
        rows.append(f"{index}\t{eojeol.surface}\t{lemma}\t{tags}\t_\t_")
    return "\n".join(rows) + "\n\n"


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a row without a usable analysis gives a token without morphemes."""
    for block in blocks(lines):
        words: list[Word] = []
        name = None
        for number, line in block:
            if line.startswith("##"):
                name = line[2:].partition("\t")[0].strip()
                continue
            row = line.split("\t")
            if len(row) != COLUMNS:
                report.add(number, f"{len(row)} columns instead of {COLUMNS}")
                continue
            _, form, lemma, tags, *_ = row
            if not form:
                report.add(number, "an empty WORD_FORM")
                continue
            analysis: Analysis = []
            try:
                analysis = pair(lemma.split(" "), tags.split("+"))
            except ValueError as error:
                report.add(number, f"LEMMA {lemma} with POS {tags}: {error}")
            words.extend(split_punctuation(Word(form, analysis)))
        if words:
            yield sentence(words, name)
