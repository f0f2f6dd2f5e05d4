"""A sentence as text in each output format. Every function ends its text with a line end."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import repeat
from typing import Any

from tagger.text.chips import DOUBTFUL, PAGE_TAIL, page_head, sentence_html, sentence_text
from tagger.text.dictionary_forms import words_of
from tagger.text.hangul import is_syllable, split_syllable
from tagger.text.sentence import Eojeol, Morpheme, Row, Sentence, concatenated, rows_of

Formatter = Callable[[Sentence, int | str], str]
"""Gives the text of a sentence; the number counts sentences from 1, or those of each paragraph
(`3-1`)."""


def sejong(sentence: Sentence, number: int | str) -> str:
    """`나/NP 밥/NNG 먹/VV+었/EP+다/EF`, a line a sentence."""
    return f"{sentence}\n"


def conllu(sentence: Sentence, number: int | str, *, dictionary_forms: bool = False) -> str:
    """CoNLL-U with morphemes and tags joined by `+` in LEMMA and XPOS, as UD Korean has it; with
    `dictionary_forms`, LEMMA is the dictionary's word.

    A text without tokens gives nothing: CoNLL-U has no empty sentences. White space other
    than one space is kept in MISC as UDPipe keeps it (SpacesBefore, SpacesAfter).
    https://universaldependencies.org/format.html
    """
    if not sentence.tokens:
        return ""
    head = f"# sent_id = {sentence.name or number}\n# text = {_plain(sentence)}\n"
    return f"{head}{concatenated(_conllu_rows(sentence, dictionary_forms))}\n"


def _plain(sentence: Sentence) -> str:
    """The text in one line, with one space where there is white space."""
    return concatenated(
        _one_line(row.surface) + (" " if gap else "") for row, gap in _with_gaps(sentence)
    ).rstrip()


def _conllu_rows(sentence: Sentence, dictionary_forms: bool) -> Iterator[str]:
    text, last = sentence.text, len(sentence.tokens)
    words = iter(sentence.tokens if dictionary_forms else ())
    for number, (row, gap) in enumerate(_with_gaps(sentence), start=1):
        misc = []
        if number == 1 and row.start:
            misc.append(f"SpacesBefore={_escaped(text[: row.start])}")
        if gap not in ("", " "):
            misc.append(f"SpacesAfter={_escaped(gap)}")
        elif not gap and number < last:
            misc.append("SpaceAfter=No")
        lemma = next(words).dictionary_form if dictionary_forms else "+".join(row.forms)
        columns = (
            str(number),
            _one_line(row.surface),
            _one_line(lemma) or "_",
            row.upos or "_",
            "+".join(row.tags) or "_",
            *"____",
            "|".join(misc) or "_",
        )
        yield "\t".join(columns) + "\n"


def _with_gaps(sentence: Sentence) -> Iterator[tuple[Row, str]]:
    """Each token with the white space after it."""
    last: Row | None = None
    for row in rows_of(sentence):
        if last:
            yield last, sentence.text[last.end : row.start]
        last = row
    if last:
        yield last, sentence.text[last.end :]


def tsv(sentence: Sentence, number: int | str, *, dictionary_forms: bool = False) -> str:
    """A line an eojeol: surface, morphemes, tags and UPOS, and with `dictionary_forms` the
    dictionary's word; an empty line ends the sentence."""
    words = sentence.each_eojeol() if dictionary_forms else repeat(None)
    lines = (
        (
            _one_line(sentence.text[rows[0].start : rows[-1].end]),
            "+".join([form for row in rows for form in row.forms]),
            "+".join([tag for row in rows for tag in row.tags]),
            _first_word(rows).upos or "_",
            *([_one_line(word.dictionary_form) or "_"] if word else []),
        )
        for rows, word in zip(_by_eojeol(sentence), words)
    )
    return concatenated("\t".join(line) + "\n" for line in lines) + "\n"


def _by_eojeol(sentence: Sentence) -> Iterator[list[Row]]:
    """The tokens of each eojeol."""
    rows: list[Row] = []
    for row in rows_of(sentence):
        if rows and rows[-1].end != row.start:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _first_word(rows: list[Row]) -> Row:
    """The first token that is not punctuation, if there is one."""
    return next((row for row in rows if row.upos != "PUNCT"), rows[0])


def jsonl(
    sentence: Sentence,
    number: int | str,
    *,
    minimum_score: float | None = None,
    dictionary_forms: bool = False,
    with_place: bool = False,
) -> str:
    """One JSON object a line: text, and its eojeols with their morphemes and offsets.

    Eojeols have their `nbest` analyses if the sentence has them. With `minimum_score`,
    `doubtful` says of each morpheme whether its score is less. With `dictionary_forms`, eojeols
    and morphemes have their `dictionary_form`. `with_place`: also the number of the sentence and
    where it is in its paragraph.
    """
    place = ""
    if with_place:
        place = f'"sentence": "{number}", "start": {sentence.start}, "end": {sentence.end}, '
    eojeols = (
        _json(_eojeol_data(eojeol, minimum_score, dictionary_forms))
        for eojeol in sentence.each_eojeol()
    )
    text = _json(sentence.text)
    return f'{{"text": {text}, {place}"eojeols": [{concatenated(eojeols, ", ")}]}}\n'


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


def as_data(
    sentence: Sentence, minimum_score: float | None = None, dictionary_forms: bool = False
) -> dict[str, Any]:
    """What `jsonl` writes, as dictionaries and lists."""
    return {
        "text": sentence.text,
        "eojeols": [
            _eojeol_data(eojeol, minimum_score, dictionary_forms)
            for eojeol in sentence.each_eojeol()
        ],
    }


def words(
    sentence: Sentence,
    number: int | str,
    *,
    pos: Collection[str] | None = None,
    dictionary_forms: bool = True,
    stopwords: Collection[str] = (),
) -> str:
    """The words in a line, with a space between: those of the tags `pos`, without the
    `stopwords`. They are chosen as `Tagger.words` says."""
    found = words_of(sentence, pos, dictionary_forms, stopwords)
    return concatenated(map(_without_spaces, found), " ") + "\n"


def mecab(sentence: Sentence, number: int | str) -> str:
    """MeCab-ko's lines: surface, tab, features; `EOS` ends the sentence.

    The features are those of mecab-ko-dic: tag, meaning, final coda (T or F), reading,
    type, first tag, last tag, expression. Morphemes that share a syllable are one line of
    type Inflect, whose expression names them.
    """
    return concatenated(_mecab_rows(sentence)) + "EOS\n"


def _mecab_rows(sentence: Sentence) -> Iterator[str]:
    for row in rows_of(sentence):
        groups = _sharing(row)
        places = [row.start, *(row.starts[group.start] for group in groups[1:]), row.end]
        for group, start, end in zip(groups, places, places[1:]):
            surface = _one_line(sentence.text[start:end])
            features = _mecab_features(surface, row.forms[group], row.tags[group])
            yield f"{surface}\t{','.join(features)}\n"


def html(sentence: Sentence, number: int | str, *, minimum_score: float = DOUBTFUL) -> str:
    """A sentence of a page to look at; `frame` has what stands around them."""
    shown = sentence_html(sentence.words, minimum_score)
    return shown.replace("<div", f'<div id="s{number}"', 1) + "\n"


def pretty(
    sentence: Sentence, number: int | str, *, minimum_score: float = DOUBTFUL, colour: bool = False
) -> str:
    """A line an eojeol for a terminal: surface, UPOS, morphemes; an empty line ends the
    sentence."""
    return sentence_text(sentence.words, colour, minimum_score)


def frame(format: str, title: str) -> tuple[str, str]:
    """What stands before the first and after the last sentence of an output."""
    return (page_head(title), PAGE_TAIL) if format == "html" else ("", "")


FORMATS: dict[str, Formatter] = {
    "sejong": sejong,
    "conllu": conllu,
    "tsv": tsv,
    "jsonl": jsonl,
    "mecab": mecab,
    "words": words,
    "html": html,
    "pretty": pretty,
}
SHOW_DOUBT = ("jsonl", "html", "pretty")
"""The formats that take a `minimum_score`."""
SHOW_DICTIONARY_FORMS = ("conllu", "tsv", "jsonl")
"""The formats that take `dictionary_forms` beside what they always write."""


def _one_line(text: str) -> str:
    """Without the characters that separate lines and columns."""
    return text.replace("\t", " ").replace("\n", " ").replace("\r", " ")


_ESCAPES = str.maketrans({" ": r"\s", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _escaped(space: str) -> str:
    """White space as UDPipe writes it in MISC."""
    return space.translate(_ESCAPES)


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _eojeol_data(
    eojeol: Eojeol, minimum_score: float | None, dictionary_forms: bool
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "surface": eojeol.surface,
        "start": eojeol.start,
        "end": eojeol.end,
        "upos": eojeol.upos,
        "morphemes": [morpheme_data(morpheme) for morpheme in eojeol.morphemes],
    }
    if minimum_score is not None:
        for morpheme, item in zip(eojeol.morphemes, data["morphemes"], strict=True):
            item["doubtful"] = (morpheme.score or 0.0) < minimum_score
    if dictionary_forms:
        data["dictionary_form"] = eojeol.dictionary_form
        for morpheme, item in zip(eojeol.morphemes, data["morphemes"], strict=True):
            item["dictionary_form"] = morpheme.dictionary_form
    if eojeol.nbest:
        data["nbest"] = [
            {
                "score": round(analysis.score, 4),
                "morphemes": [morpheme_data(morpheme) for morpheme in analysis.morphemes],
            }
            for analysis in eojeol.nbest
        ]
    return data


def morpheme_data(morpheme: Morpheme) -> dict[str, Any]:
    """A morpheme as `jsonl` writes it."""
    return {
        "form": morpheme.form,
        "tag": morpheme.tag,
        "start": morpheme.start,
        "end": morpheme.end,
        "score": None if morpheme.score is None else round(morpheme.score, 4),
    }


def _sharing(row: Row) -> list[slice]:
    """The token's morphemes in groups that share syllables."""
    groups: list[slice] = []
    reached = 0
    for place, (start, end) in enumerate(zip(row.starts, row.ends)):
        if groups and start < reached:
            groups[-1] = slice(groups[-1].start, place + 1)
            reached = max(reached, end)
        else:
            groups.append(slice(place, place + 1))
            reached = end
    return groups


def _mecab_features(surface: str, forms: Sequence[str], tags: Sequence[str]) -> list[str]:
    last = surface[-1]
    coda = "*"
    if is_syllable(last):
        coda = "T" if split_syllable(last)[2] else "F"
    if len(forms) == 1 and forms[0] == surface:
        return [tags[0], "*", coda, surface, "*", "*", "*", "*"]
    expression = "+".join([f"{form}/{tag}/*" for form, tag in zip(forms, tags)])
    return ["+".join(tags), "*", coda, surface, "Inflect", tags[0], tags[-1], expression]
