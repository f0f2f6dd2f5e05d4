"""What the server answers: the description of each answer, and how an analysis is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tagger.server.requests import Options, TextRequest, without_nulls
from tagger.text.document import sentences_of
from tagger.text.formats import FORMATS, SHOW_DICTIONARY_FORMS, SHOW_DOUBT, as_data
from tagger.text.sentence import Sentence


class Data(BaseModel):
    """What was not asked for is left out."""

    model_config = ConfigDict(json_schema_extra=without_nulls)


class MorphemeData(Data):
    form: str
    tag: str
    start: int
    end: int
    score: float
    doubtful: bool | None = None
    dictionary_form: str | None = None


class AnalysisData(BaseModel):
    score: float
    morphemes: list[MorphemeData]


class EojeolData(Data):
    surface: str
    start: int
    end: int
    upos: str
    morphemes: list[MorphemeData]
    nbest: list[AnalysisData] | None = None
    dictionary_form: str | None = None


class SentenceData(BaseModel):
    """As a line of `tag.py -f jsonl`; offsets count characters of `text`.

    With `split_sentences` also its number (`2-1`: of the second line or text the first) and where
    it is in the text of the request.
    """

    text: str
    sentence: str | None = None
    start: int | None = None
    end: int | None = None
    eojeols: list[EojeolData]


class Answer(BaseModel):
    model: str
    sentences: list[SentenceData]
    written: dict[str, str] = Field({}, description="the answer in the formats asked for")


class ModelData(Data):
    name: str
    tags: list[str]
    conventions: list[str] = Field(description="corpora whose habits it knows, the default first")
    version: str = Field(description="of the program")
    licence: str | None = Field(None, description="of the weights, where the model's card says it")


class TagData(BaseModel):
    tag: str
    family: str
    korean: str
    english: str
    examples: str


class Problem(BaseModel):
    detail: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "Host not allowed, or a body with both a length and chunks",
        401: "Without the token that the server wants",
        404: "Not found",
        408: "The request was sent too slowly",
        413: "Larger than the limits",
        415: "Not JSON",
        422: "Invalid request",
        500: "The model cannot be loaded",
        503: "Too many requests",
        504: "Timed out",
    }.items()
}
"""The errors of a request for an analysis."""


def write_answer(model: str, sentences: Iterable[Sentence], options: Options) -> bytes:
    """An `Answer` as JSON. The sentences are written as they come."""
    writers = [_writer(format, options) for format in options.formats]
    written: list[list[str]] = [[] for _ in writers]
    analysed = []
    for number, sentence in _numbered(sentences, options):
        data = as_data(sentence, options.min_score, options.dictionary_forms)
        if options.split_sentences:
            data |= {"sentence": number, "start": sentence.start, "end": sentence.end}
        analysed.append(_json(data))
        for pieces, write in zip(written, writers, strict=True):
            pieces.append(write(sentence, number))
    by_format = dict(zip(options.formats, map("".join, written), strict=True))
    return (
        f'{{"model":{_json(model)},"sentences":[{",".join(analysed)}],"written":{_json(by_format)}}}'
    ).encode()


def _numbered(lines: Iterable[Sentence], options: Options) -> Iterator[tuple[int | str, Sentence]]:
    start = 0  # of the line in the text of the request
    for number, line in enumerate(lines, start=1):
        if not options.split_sentences:
            yield number, line
            continue
        for index, sentence in enumerate(sentences_of(line), start=1):
            yield f"{number}-{index}", replace(sentence, start=start + sentence.start)
        if isinstance(options, TextRequest):
            start += len(line.text) + 1


def _writer(format: str, options: Options) -> Any:
    asked: dict[str, Any] = {}
    if options.min_score is not None and format in SHOW_DOUBT:
        asked["minimum_score"] = options.min_score
    if options.dictionary_forms and format in SHOW_DICTIONARY_FORMS:
        asked["dictionary_forms"] = True
    if format == "jsonl" and options.split_sentences:
        asked["with_place"] = True
    return partial(FORMATS[format], **asked)


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
