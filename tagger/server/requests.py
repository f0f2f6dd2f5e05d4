"""What clients may ask."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tagger.text.formats import FORMATS

Format = Literal["sejong", "conllu", "tsv", "jsonl", "mecab", "words", "html", "pretty"]

MOST_ENTRIES = 100
"""Of the user dictionary of a request."""


def without_nulls(schema: dict[str, Any]) -> None:
    """Let a schema say of fields that may be left out that they are no null."""
    for field in schema.get("properties", {}).values():
        kinds = [kind for kind in field.pop("anyOf", ()) if kind != {"type": "null"}]
        if kinds:
            field.update(kinds[0])
        if field.get("default", ...) is None:
            del field["default"]


class Strict(BaseModel):
    """Fields that nobody knows, and nulls, are refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_nulls)

    @model_validator(mode="before")
    @classmethod
    def refuse_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict) and (nulls := [name for name in data if data[name] is None]):
            raise ValueError(f"{nulls[0]!r} is null; leave it out")
        return data


class Entry(Strict):
    """An entry of a user dictionary, as a line of `tag.py --user-dict` has it."""

    surface: Annotated[str, Field(min_length=1, max_length=100)]
    analysis: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        description="a tag, or form/TAG+form/TAG"
    )
    score: float = Field(0.0, ge=-1e6, le=1e6)


class Options(Strict):
    """What every request may say."""

    model: str | None = Field(None, description="one of /v1/models; by default the first")
    conventions: str | None = Field(
        None, description="training corpus whose habits to follow; by default the model's first"
    )
    nbest: int = Field(0, ge=0, le=10, description="the N best analyses of each eojeol")
    min_score: float | None = Field(
        None, ge=0, le=1, description="morphemes of a lower score are `doubtful`"
    )
    split_sentences: bool = Field(
        False, description="answer with the sentences of each line or text, and where they are"
    )
    normalize: bool = Field(
        False, description="shorten repetitions first; offsets count in the text that is analysed"
    )
    correct_typos: bool = Field(
        False, description="mend the typing errors that Kiwi finds first; offsets as above"
    )
    respace: bool = Field(False, description="correct the spaces first; offsets as above")
    dictionary_forms: bool = Field(
        False, description="also the words as a dictionary has them, `dictionary_form`"
    )
    user_dictionary: list[Entry] = Field(
        [], max_length=MOST_ENTRIES, description="words and analyses that stand"
    )
    formats: list[Format] = Field(
        [], max_length=len(FORMATS), description="also write the answer in these formats"
    )


class TextRequest(Options):
    """One text; each of its lines is analysed on its own."""

    text: str


class BatchRequest(Options):
    """Many texts, each analysed as one line."""

    texts: list[str]
