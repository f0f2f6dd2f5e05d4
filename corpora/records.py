"""Corpora that a Python program has in memory: records, data frames, spaCy documents, datasets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from corpora.formats import jsonl
from corpora.reading import Corpus
from corpora.rows import Report
from tagger.errors import TaggerError
from tagger.text.sentence import Sentence

PATH = "records"


def from_records(source: Any, *, columns: Mapping[str, str] | None = None) -> Corpus:
    """A corpus of what a program holds: an iterable of dictionaries with lists of tokens and
    tags (`corpora/formats/jsonl.py` has their names), such as a Hugging Face dataset; a data
    frame of such rows, or one with a row a token and a column `sentence`; a spaCy `DocBin`,
    `Doc` or several of these.

    `columns` says what the lists are called, by the names `tokens`, `tags`, `lemmas`, `upos`,
    `spaces`, `name` and, of a long data frame, `sentence`. Raises TaggerError if no sentence
    can be used.
    """
    report = Report(PATH)
    sentences = tuple(_sentences(source, dict(columns or {}), report))
    if not any(token.morphemes for sentence in sentences for token in sentence.tokens):
        hint = f"; first problem, {report.problems[0]}" if report.problems else ""
        raise TaggerError(
            f"not one usable sentence in these records{hint}",
            remedy="give lists of tokens and tags, or say their names with columns",
        )
    return Corpus(PATH, "records", sentences, tuple(report.problems))


def _sentences(source: Any, columns: dict[str, str], report: Report) -> Iterator[Sentence]:
    for number, record in enumerate(_records(source, columns), start=1):
        if not isinstance(record, Mapping):
            report.add(number, f"a {type(record).__name__} instead of a dictionary")
            continue
        renamed = {**record, **{ours: record.get(theirs) for ours, theirs in columns.items()}}
        if sentence := jsonl.sentence_of(renamed, number, report):
            yield sentence


def _records(source: Any, columns: dict[str, str]) -> Iterator[Any]:
    kind = type(source).__name__
    if kind == "DocBin":
        import spacy

        source = source.get_docs(spacy.blank("xx").vocab)
    elif kind == "Doc":
        source = [source]
    elif hasattr(source, "to_dict") and hasattr(source, "columns"):
        yield from _rows(source, columns)
        return
    tag_names = _tag_names(source, columns)
    for item in source:
        if type(item).__name__ == "Doc":
            yield _of_doc(item)
        elif tag_names and isinstance(item, Mapping):
            yield {**item, **{name: _named(item[name], names) for name, names in tag_names.items()}}
        else:
            yield item


def _rows(frame: Any, columns: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A record a row, or a record for the rows of each sentence, where tokens stand alone."""
    by = columns.pop("sentence", "sentence")
    records: Iterable[dict[str, Any]] = frame.to_dict("records")
    if by not in frame.columns:
        yield from records
        return
    single = {"token": "tokens", "tag": "tags", "lemma": "lemmas", "space": "spaces"}
    last, gathered = None, dict[str, list[Any]]()
    for record in records:
        if gathered and record[by] != last:
            yield gathered
            gathered = {}
        last = record[by]
        for name, value in record.items():
            if name != by:
                gathered.setdefault(single.get(name, name), []).append(value)
    if gathered:
        yield gathered


def _of_doc(doc: Any) -> dict[str, Any]:
    """Tokens with their tags, UPOS, lemmas and spaces, those that are set."""
    tokens = [token for token in doc if not token.is_space]
    lemmas = [token.lemma_ for token in tokens]
    return {
        "tokens": [token.text for token in tokens],
        "tags": [token.tag_ or None for token in tokens],
        "upos": [token.pos_ for token in tokens],
        "spaces": [bool(token.whitespace_) for token in tokens],
        **({"lemmas": lemmas} if all(lemmas) else {}),
    }


def _tag_names(source: Any, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """Of a Hugging Face dataset, the names of those columns that hold numbers of classes."""
    found = {}
    for name, feature in (getattr(source, "features", None) or {}).items():
        inner = getattr(feature, "feature", feature)
        if names := getattr(inner, "names", None):
            found[name] = list(names)
    return found


def _named(values: Any, names: list[str]) -> list[Any]:
    return [names[value] if isinstance(value, int) else value for value in values]
