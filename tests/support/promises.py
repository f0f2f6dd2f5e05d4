"""What the tagger promises of every answer, whatever the text was."""

from __future__ import annotations

import json
from collections.abc import Collection

from tagger import Tagger
from tagger.text.escaping import is_printable
from tagger.text.formats import FORMATS
from tagger.text.sentence import Sentence


def known_tags(tagger: Tagger) -> set[str]:
    """All tags that the model has learnt."""
    return {tag for tags in tagger.bundle.knowledge.tags.values() for tag in tags}


def lost_text(text: str, sentence: Sentence) -> str | None:
    """Where the tokens of the sentence, with white space between, do not rebuild the text."""
    if sentence.text != text:
        return "it answers another text"
    end = 0
    for token in sentence.tokens:
        if text[end : token.start].strip() or not end <= token.start < token.end <= len(text):
            return f"something is lost before {token.surface!r}"
        if text[token.start : token.end] != token.surface:
            return f"{token.surface!r} is not what stands at its offsets"
        end = token.end
    return "something is lost at the end" if text[end:].strip() else None


def broken_promise(text: str, sentence: Sentence, tags: Collection[str]) -> str | None:
    """The first promise that the analysis of a text breaks, None if it keeps them all:
    surfaces with offsets rebuild the text, every offset lies inside it, all tags are those of
    the model, and every format is written as it should be.
    """
    lost = lost_text(text, sentence)
    if lost:
        return lost
    for token in sentence.tokens:
        if not token.morphemes or not token.upos:
            return f"{token.surface!r} has no analysis"
        for morpheme in token.morphemes:
            if not token.start <= morpheme.start < morpheme.end <= token.end:
                return f"{morpheme} lies outside its token"
            if morpheme.tag not in tags:
                return f"{morpheme} has no tag of the model"
            if not morpheme.form or any(map(str.isspace, morpheme.form)):
                return f"{morpheme.form!r} is no form"
            if morpheme.score is None or not 0 <= morpheme.score <= 1:
                return f"{morpheme} has the score {morpheme.score}"
    if [eojeol.surface for eojeol in sentence.eojeols] != text.split():
        return "the eojeols are not what stands between spaces"
    return _wrongly_written(text, sentence)


def _wrongly_written(text: str, sentence: Sentence) -> str | None:
    written = {name: write(sentence, 1) for name, write in FORMATS.items()}
    if len(written["sejong"].splitlines()) != 1 or len(written["sejong"].split()) != len(
        text.split()
    ):
        return "sejong is not one line of eojeols"
    data = json.loads(written["jsonl"])
    if written["jsonl"].count("\n") != 1 or data["text"] != text:
        return "jsonl is not one line with the text"
    if any(text[e["start"] : e["end"]] != e["surface"] for e in data["eojeols"]):
        return "jsonl has wrong offsets"
    rows = written["conllu"].split("\n")
    count = len(sentence.tokens)
    if count and (len(rows) != count + 4 or any(r.count("\t") != 9 for r in rows[2:-2])):
        return "conllu has not a row of ten columns for each token"
    if [row.count("\t") for row in written["tsv"].split("\n")[:-2]] != [3] * len(text.split()):
        return "tsv has not a row of four columns for each eojeol"
    if not written["mecab"].endswith("EOS\n") or any(
        row.count("\t") != 1 for row in written["mecab"].split("\n")[:-2]
    ):
        return "mecab has not a row of two columns for each morpheme"
    if not all(map(is_printable, (written["html"] + written["pretty"]).split("\n"))):
        return "html or pretty has characters that cannot be shown"
    return None
