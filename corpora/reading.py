"""A corpus file as sentences, with every row that could not be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from corpora.formats import conll, conllu, jsonl, klue, nikl, raw_sejong, sejong, tsv
from corpora.lines import Encoding, file_lines
from corpora.rows import Problem, Report
from tagger.errors import TaggerError
from tagger.text.sentence import Sentence

Reader = Callable[[Iterable[str], Report], Iterator[Sentence]]

FORMATS: dict[str, Reader] = {
    "conll": conll.read,
    "conllu": conllu.read,
    "jsonl": jsonl.read,
    "klue": klue.read,
    "nikl": nikl.read,
    "raw-sejong": raw_sejong.read,
    "sejong": sejong.read,
    "tsv": tsv.read,
}

_LINES_TO_RECOGNISE = 200


@dataclass(frozen=True)
class Corpus:
    """The sentences of one file, and the rows of it that could not be used.

    A sentence may hold tokens without morphemes: those whose row is among the problems.
    `passed_over` counts rows that are no faults, and not used: the empty nodes of CoNLL-U.
    """

    path: str
    format: str
    sentences: tuple[Sentence, ...]
    problems: tuple[Problem, ...]
    passed_over: int = 0


def read(
    path: str | Path,
    format: str | None = None,
    *,
    encoding: str = "utf-8",
    strict: bool = False,
) -> Corpus:
    """All sentences of a corpus file; the format is recognised unless it is given.

    `encoding` is a codec's name, or `auto` to recognise it.

    Raises TaggerError if the file cannot be read or decoded, its format is not recognised,
    no sentence of it can be used, or, with `strict`, any row of it cannot be used.
    """
    lines = list(chain.from_iterable(file_lines(path, Encoding(encoding))))
    return parse(lines, path, format, strict=strict)


def parse(
    lines: Sequence[str], path: str | Path, format: str | None = None, *, strict: bool = False
) -> Corpus:
    """`read` of lines that were read from that path already."""
    name = format or recognise(lines)
    if name is None:
        raise TaggerError(
            "the format of this corpus is not recognised",
            where=path,
            remedy=f"give it with --format ({', '.join(FORMATS)})",
        )
    if name not in FORMATS:
        raise TaggerError(f"unknown format {name!r}", remedy=f"use one of {', '.join(FORMATS)}")
    report = Report(str(path))
    sentences = tuple(FORMATS[name](lines, report))
    if strict and report.problems:
        first = report.problems[0]
        raise TaggerError(
            f"{first.what} (the first of {len(report.problems)} rows that cannot be used)",
            where=first.where,
            remedy="fix them, or leave out --strict to skip them",
        )
    if not any(token.morphemes for sentence in sentences for token in sentence.tokens):
        hint = f"; first problem, {report.problems[0]}" if report.problems else ""
        raise TaggerError(
            f"not one usable sentence in {name} format{hint}",
            where=path,
            remedy="check the file, or give its format with --format",
        )
    return Corpus(str(path), name, sentences, tuple(report.problems), report.passed_over)


def recognise(lines: Iterable[str]) -> str | None:
    """The format that these lines are in, or None.

    >>> recognise(["나/NP 밥/NNG"])
    'sejong'
    """
    filled = list(islice((line for line in lines if line.strip()), _LINES_TO_RECOGNISE))
    if filled and filled[0].lstrip().startswith("{"):
        return "nikl" if nikl.is_nikl(filled) else "jsonl" if jsonl.is_jsonl(filled) else None
    if raw_sejong.is_raw_sejong(filled):
        return "raw-sejong"
    if conll.is_conll(filled):
        return "conll"
    rows = [line.split("\t") for line in filled if "\t" in line and line[:2] not in ("# ", "##")]
    if not rows:
        parts = [part for line in filled if line[0] != "#" for part in line.split()]
        return "sejong" if _mostly(map(sejong.is_analysis, parts)) else None
    [(width, _)] = Counter(map(len, rows)).most_common(1)
    if width == conllu.COLUMNS:
        return "conllu"
    if width == klue.COLUMNS and _mostly(row[0].isdigit() for row in rows):
        return "klue"
    if width == 2 and _mostly(sejong.is_analysis(row[-1]) for row in rows):
        return "sejong"
    return "tsv" if width in tsv.WIDTHS else None


def _mostly(answers: Iterable[bool]) -> bool:
    listed = list(answers)
    return bool(listed) and sum(listed) >= len(listed) / 2
