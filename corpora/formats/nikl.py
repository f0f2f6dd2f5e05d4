"""The JSON of the morphological corpora of the National Institute of Korean Language
(국립국어원 모두의 말뭉치, 형태 분석 말뭉치; https://kli.korean.go.kr/corpus).

A file holds documents, a document sentences. A sentence has `form`, a list `word` (`id`, `form`,
`begin`, `end`) of its eojeols and a list `morpheme` (`form`, `label`, `word_id`, `position`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from corpora.rows import Analysis, Report, Word, pair, sentence, split_punctuation
from tagger.text.sentence import Sentence


def is_nikl(lines: Sequence[str]) -> bool:
    """Whether these first lines of a file begin such JSON."""
    beginning = "".join(lines).lstrip()
    return beginning.startswith("{") and '"document"' in beginning


def read(lines: Iterable[str], report: Report) -> Iterator[Sentence]:
    """The sentences; an eojeol without a usable analysis gives tokens without morphemes."""
    try:
        corpus = json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        report.add(1, "the file is not JSON")
        return
    documents = corpus.get("document") if isinstance(corpus, dict) else None
    if not isinstance(documents, list):
        report.add(1, 'the JSON has no list "document"')
        return
    for document in documents:
        given = document.get("sentence") if isinstance(document, dict) else None
        for number, item in enumerate(given if isinstance(given, list) else [], start=1):
            name = str(item.get("id", number)) if isinstance(item, dict) else str(number)
            try:
                words = list(_words(item, name, report))
            except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
                report.add(name, f"not a sentence with word and morpheme ({error})")
                continue
            if words:
                yield sentence(words, name)


def _words(item: Mapping[str, Any], name: str, report: Report) -> Iterator[Word]:
    morphemes: dict[int, list[Mapping[str, Any]]] = {}
    for morpheme in item["morpheme"]:
        morphemes.setdefault(int(morpheme["word_id"]), []).append(morpheme)
    for word in sorted(item["word"], key=lambda word: int(word["id"])):
        surface = word["form"].strip()
        if not surface or len(surface.split()) > 1:
            report.add(name, f"word {word['id']} is not one eojeol")
            continue
        parts = sorted(morphemes.get(int(word["id"]), []), key=lambda part: int(part["position"]))
        analysis: Analysis = []
        try:
            analysis = pair([part["form"] for part in parts], [part["label"] for part in parts])
        except ValueError as error:
            report.add(name, f"word {word['id']}, {surface!r}: {error}")
        if not parts:
            report.add(name, f"word {word['id']}, {surface!r}, has no morphemes")
        yield from split_punctuation(Word(surface, analysis))
