"""JSON Lines: a sentence a line, as lists of tokens and tags, or as `tag.py -f jsonl` writes it.

    {"tokens": ["나", "밥"], "tags": ["NP", "NNG"]}
    {"tokens": ["먹었다"], "tags": ["VV+EP+EF"], "lemmas": ["먹+었+다"], "upos": ["VERB"]}

The lists may have the names that others give them (`NAMES`). A tag of several joined by `+` needs
the token's morphemes in `lemmas`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from corpora.formats.conllu import parse_analysis
from corpora.rows import Analysis, Report, Word, pair, parse_upos, sentence, split_punctuation
from tagger.text.sentence import Sentence

NAMES = {
    "tokens": ("tokens", "words", "forms", "surfaces"),
    "tags": ("tags", "xpos", "pos_tags", "pos", "labels"),
    "lemmas": ("lemmas", "morphemes", "lemma"),
    "upos": ("upos", "upos_tags"),
    "spaces": ("spaces", "space_after"),
    "name": ("id", "sent_id", "name"),
}
"""By what a record may call each of its lists."""


def is_jsonl(lines: Sequence[str]) -> bool:
    """Whether the first filled line is an object."""
    first = next((line for line in lines if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; a token whose tag cannot be used has no morphemes."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError("it is no object")
        except (ValueError, RecursionError) as error:
            report.add(number, f"this is not a JSON object ({error})")
            continue
        if found := sentence_of(record, number, report):
            yield found


def sentence_of(record: Mapping[str, Any], place: int | str, report: Report) -> Sentence | None:
    """The sentence of one record, None if it has no tokens. What cannot be used is reported
    with its place."""
    if "eojeols" in record:
        words = list(_written_by_us(record, place, report))
        return sentence(words) if words else None
    given = {name: _first(record, names) for name, names in NAMES.items()}
    tokens, tags = given["tokens"], given["tags"]
    if not _is_list(tokens) or not all(isinstance(token, str) for token in tokens):
        report.add(place, f"no list of tokens ({', '.join(NAMES['tokens'])})")
        return None
    if not _is_list(tags) or len(tags) != len(tokens):
        count = len(tags) if _is_list(tags) else 0
        report.add(place, f"{len(tokens)} tokens but {count} tags")
        tags = [None] * len(tokens)
    words = []
    for index, (token, tag) in enumerate(zip(tokens, tags, strict=True)):
        if not _is_token(token):
            report.add(place, f"{token!r} is not a token")
            continue
        analysis: Analysis = []
        upos = None
        try:
            lemma = _item(given["lemmas"], index)
            upos = parse_upos(str(_item(given["upos"], index) or "_"))
            if tag is not None:
                analysis = _analysis(token, str(tag), None if lemma is None else str(lemma))
        except ValueError as error:
            report.add(place, f"{token!r} with tag {tag!r}: {error}")
        spaces = _item(given["spaces"], index)
        words.append(Word(token, analysis, upos, spaces is None or bool(spaces)))
    name = given["name"]
    return sentence(words, None if name is None else str(name)) if words else None


def _analysis(token: str, tag: str, lemma: str | None) -> Analysis:
    if lemma is None:
        if "+" in tag.removeprefix("+"):
            raise ValueError("several tags, but no lemmas")
        return pair([token], [tag])
    return parse_analysis(token, lemma, tag)


def _written_by_us(record: Mapping[str, Any], place: int | str, report: Report) -> Iterator[Word]:
    eojeols = record["eojeols"]
    if not _is_list(eojeols):
        report.add(place, "eojeols is no list")
        return
    for eojeol in eojeols:
        try:
            morphemes = eojeol["morphemes"]
            analysis = pair(
                [morpheme["form"] for morpheme in morphemes],
                [morpheme["tag"] for morpheme in morphemes],
            )
            surface = eojeol["surface"]
        except (KeyError, TypeError, ValueError) as error:
            report.add(place, f"an eojeol that cannot be read ({error})")
            continue
        if not isinstance(surface, str) or not _is_token(surface):
            report.add(place, f"{surface!r} is not a token")
            continue
        yield from split_punctuation(Word(surface, analysis))


def _first(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _is_token(text: str) -> bool:
    return bool(text) and text == text.strip()


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _item(values: Any, index: int) -> Any:
    return values[index] if _is_list(values) and index < len(values) else None
