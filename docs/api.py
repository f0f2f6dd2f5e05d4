"""Writes docs/api.md from the docstrings: `python docs/api.py > docs/api.md`."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

SURFACE = {
    "Tagging": ["tagger.Tagger"],
    "Back to text": ["tagger.join"],
    "Before tagging": ["tagger.normalize"],
    "Analyses": [
        "tagger.Document",
        "tagger.Sentence",
        "tagger.Eojeol",
        "tagger.Token",
        "tagger.Morpheme",
        "tagger.text.sentence.Analysis",
        "tagger.TaggerError",
    ],
    "User dictionary": ["tagger.tokenizer.user_dictionary.UserDictionary"],
    "Output": [
        *(f"tagger.text.formats.{name}" for name in ("sejong", "conllu", "tsv", "jsonl", "mecab")),
        *(f"tagger.text.formats.{name}" for name in ("html", "pretty", "frame", "as_data")),
    ],
    "Tags": [
        "tagger.text.tag_names.Tag",
        "tagger.text.tag_names.tag_of",
        "tagger.text.tag_names.is_noun",
        "tagger.text.tagsets.upos_of",
    ],
    "Corpora": [
        "corpora.read",
        "corpora.from_records",
        "corpora.Corpus",
        "corpora.Problem",
        "corpora.catalogue.read_catalogue",
        "corpora.catalogue.PublishedCorpus",
        "corpora.catalogue.PublishedFile",
        "corpora.fetching.fetch",
        "corpora.fetching.Fetched",
    ],
    "Scores": [
        "tagger.evaluation.scores.score_tokens",
        "tagger.evaluation.scores.TokenScores",
        "tagger.evaluation.scores.score_eojeols",
        "tagger.evaluation.scores.EojeolScores",
        "tagger.evaluation.scores.Ratio",
        "tagger.evaluation.scores.Overlap",
    ],
    "KoNLPy": ["tagger.konlpy.Pumsa"],
    "spaCy": ["tagger.spacy.blank", "tagger.spacy.Tokenizer", "tagger.spacy.Component"],
    "scikit-learn": ["tagger.sklearn.SequenceTagger"],
    "pandas": ["tagger.pandas.PumsaAccessor"],
}

HEAD = """\
# API reference

Generated from the docstrings by `python docs/api.py > docs/api.md`; a test checks that it is
current. This is the supported interface ([Contributing](../CONTRIBUTING.md#versions)); other
modules may change. [Python](python.md) and [Plugging it in](plugging-in.md) have examples.
"""


def page() -> Iterator[str]:
    yield HEAD
    for title, names in SURFACE.items():
        yield f"## {title}\n"
        for name in names:
            yield from entry(name, find(name), "###")


def find(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def entry(name: str, thing: Any, heading: str) -> Iterator[str]:
    """Heading, signature and docstring, and for a class its public members."""
    yield f"{heading} {name}\n"
    if signature := signature_of(name.rpartition(".")[2], thing):
        yield f"```text\n{signature}\n```\n"
    yield from paragraphs(own_docstring(thing))
    if not inspect.isclass(thing):
        return
    constructor = vars(thing).get("__init__")
    yield from paragraphs(inspect.cleandoc(getattr(constructor, "__doc__", None) or ""))
    for attribute, member in vars(thing).items():
        if not attribute.startswith("_") and hasattr(member, "__get__") and own_docstring(member):
            bound = getattr(thing, attribute) if isinstance(member, classmethod) else member
            yield from entry(f"{thing.__name__}.{attribute}", bound, "####")


def signature_of(name: str, thing: Any) -> str:
    if not callable(thing):
        return ""
    signature = inspect.signature(thing)
    parameters = [p for p in signature.parameters.values() if p.name not in ("self", "args")]
    written = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(signature.replace(parameters=parameters)))
    written = re.sub(
        r"<factory>|<function <\w+> at \w+>|PosixPath\('[^']*'\)", "…", written
    ).removesuffix(" -> None")
    if len(name + written) <= 96:
        return name + written
    inside, _, result = written.rpartition(")")
    rows = re.split(r", (?=\**\w+:|\*,)", inside[1:])
    return f"{name}(\n" + "".join(f"    {row},\n" for row in rows) + f"){result}"


def own_docstring(thing: Any) -> str:
    """Not what `dataclass` writes where there is none."""
    text = inspect.getdoc(thing) or ""
    return "" if text.startswith(f"{getattr(thing, '__name__', '?')}(") else text


def paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        if paragraph.lstrip().startswith(">>>"):
            yield f"```text\n{textwrap.dedent(paragraph)}\n```\n"
        elif paragraph:
            yield f"{paragraph}\n"


if __name__ == "__main__":
    print("\n".join(page()).rstrip())
