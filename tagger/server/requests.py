"""What clients may ask."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from tagger.text.formats import FORMATS

Format = Literal["sejong", "conllu", "tsv", "jsonl", "mecab", "html", "pretty"]


class Options(BaseModel):
    """What every request may say."""

    model: str | None = Field(None, description="one of /v1/models; by default the first")
    nbest: int = Field(0, ge=0, le=10, description="the N best analyses of each eojeol")
    min_score: float | None = Field(
        None, ge=0, le=1, description="morphemes of a lower score are `doubtful`"
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
