"""An analysed sentence to look at: morphemes as coloured chips, as HTML or in a terminal.

Colours tell the families of tags apart, and the tag itself is always written too. A morpheme of
a low score is marked as doubtful.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tagger.text.escaping import html_text, printable
from tagger.text.tag_names import FAMILIES, tag_of

DOUBTFUL = 0.7
"""The score below which a morpheme is marked, if nobody says otherwise."""


class Chip(NamedTuple):
    """A morpheme: form, tag, and the probability that it is right, or None."""

    form: str
    tag: str
    score: float | None


class Word(NamedTuple):
    """An eojeol with its UPOS and chips."""

    surface: str
    upos: str | None
    chips: Sequence[Chip]


LIGHT = {  # background and text
    "noun": ("#d7e8ff", "#0b3a75"),
    "verb": ("#ffdcd6", "#7a1a0c"),
    "adnominal": ("#ece0ff", "#4a2191"),
    "adverb": ("#d3f3e3", "#0b4f31"),
    "interjection": ("#ffe0f2", "#7d1155"),
    "particle": ("#fdeec2", "#5e4300"),
    "ending": ("#ffe3c7", "#703500"),
    "affix": ("#d2f1f4", "#0a4a52"),
    "symbol": ("#e6e8eb", "#363c44"),
    "other": ("#f2f2f2", "#444444"),
}
DARK = {
    "noun": ("#173a63", "#d7e8ff"),
    "verb": ("#6b2418", "#ffdcd6"),
    "adnominal": ("#442a75", "#ece0ff"),
    "adverb": ("#14492f", "#d3f3e3"),
    "interjection": ("#6b1b4c", "#ffe0f2"),
    "particle": ("#544010", "#fdeec2"),
    "ending": ("#65370f", "#ffe3c7"),
    "affix": ("#12474e", "#d2f1f4"),
    "symbol": ("#3a4048", "#e6e8eb"),
    "other": ("#3d3d3d", "#f2f2f2"),
}
_PAPER = {"light": ("#ffffff", "#1c1f23"), "dark": ("#15181c", "#e8eaed")}
_TERMINAL = {  # SGR codes
    "noun": "34",
    "verb": "31",
    "adnominal": "35",
    "adverb": "32",
    "interjection": "95",
    "particle": "33",
    "ending": "33;1",
    "affix": "36",
    "symbol": "90",
    "other": "0",
}


def _colours(families: dict[str, tuple[str, str]]) -> str:
    return "".join(
        f".pumsa .{name}{{background:{back};color:{text}}}"
        for name, (back, text) in families.items()
    )


STYLE = (
    """\
.pumsa{line-height:1.5}
.pumsa .sentence{margin:.6em 0}
.pumsa .eojeol{display:inline-flex;flex-direction:column;margin:.2em .7em .4em 0;\
vertical-align:top;break-inside:avoid}
.pumsa .upos{font-size:.7em;opacity:.8;letter-spacing:.03em}
.pumsa .surface{font-size:1.1em}
.pumsa .chip{display:inline-block;margin:.1em .15em .1em 0;padding:0 .4em;border-radius:.5em;\
border:1px solid transparent;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.pumsa .chip.doubtful{border:1px dashed currentColor}
.pumsa .tag{font-size:.7em;margin-left:.35em}
.pumsa .legend{font-size:.85em}
.pumsa .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);\
white-space:nowrap}
"""
    + _colours(LIGHT)
    + "\n@media (prefers-color-scheme:dark){"
    + _colours(DARK)
    + "}\n@media print{"
    + _colours(LIGHT)
    + "}\n"
)
"""CSS of what this module writes; all of it lies within an element of the class `pumsa`."""


def sentence_html(words: Iterable[Word], doubtful: float = DOUBTFUL) -> str:
    """A `div` with an element for each eojeol; it needs `STYLE`."""
    return f'<div class="sentence" dir="auto">{" ".join(_word(w, doubtful) for w in words)}</div>'


def _word(word: Word, doubtful: float) -> str:
    upos = tag_of(word.upos) if word.upos else None
    above = (
        f'<span class="upos" title="{html_text(upos.korean)} · {html_text(upos.english)}">'
        f"{html_text(upos.tag)}</span> "
        if upos
        else ""
    )
    chips = " ".join(_chip(chip, doubtful) for chip in word.chips)
    return (
        f'<span class="eojeol">{above}<span class="surface">{html_text(word.surface)}</span> '
        f'<span class="morphemes">{chips}</span></span>'
    )


def _chip(chip: Chip, doubtful: float) -> str:
    tag = tag_of(chip.tag)
    names = tag.korean if tag.korean == tag.english else f"{tag.korean} · {tag.english}"
    score = "" if chip.score is None else f" · {chip.score:.0%}"
    mark, spoken = "", ""
    if chip.score is not None and chip.score < doubtful:
        mark, spoken = " doubtful", ", 불확실"
    return (
        f'<span class="chip {tag.family}{mark}" title="{html_text(names)}{score}">'
        f"{html_text(chip.form)}"
        f'<span class="tag" aria-hidden="true">{html_text(chip.tag)}{"?" if mark else ""}</span>'
        f'<span class="sr"> {html_text(tag.korean)}{spoken}</span></span>'
    )


def legend_html() -> str:
    """A line that names the colours."""
    chips = " ".join(
        f'<span class="chip {name}">{korean} <span lang="en">{english}</span></span>'
        for name, (korean, english) in FAMILIES.items()
    )
    return (
        f'<p class="legend">{chips} <span class="chip other doubtful">불확실 '
        '<span lang="en">doubtful</span>?</span></p>'
    )


def page_head(title: str) -> str:
    """A page up to its first sentence: self-contained, light or dark as the reader has it."""
    (light, ink), (dark, chalk) = _PAPER["light"], _PAPER["dark"]
    return (
        '<!DOCTYPE html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html_text(title)}</title>\n<style>\n"
        "body{max-width:60em;margin:1.5em auto;padding:0 1em;"
        f"font-family:system-ui,sans-serif;background:{light};color:{ink}}}\n"
        f"@media (prefers-color-scheme:dark){{body{{background:{dark};color:{chalk}}}}}\n"
        f"@media print{{body{{background:{light};color:{ink}}}}}\n"
        f"{STYLE}</style>\n</head>\n"
        f'<body class="pumsa">\n<h1>{html_text(title)}</h1>\n{legend_html()}\n<main>\n'
    )


PAGE_TAIL = "</main>\n</body>\n</html>\n"


def notebook_html(words: Iterable[Word]) -> str:
    """A sentence with its style, for one cell of a notebook."""
    return f'<style>{STYLE}</style><div class="pumsa">{sentence_html(words)}</div>'


def sentence_text(words: Sequence[Word], colour: bool, doubtful: float = DOUBTFUL) -> str:
    """A line an eojeol, in columns: surface, UPOS, morphemes with their tags; ends with an
    empty line. With `colour`, tags are coloured as terminals do it (ECMA-48, SGR)."""
    surfaces = [printable(word.surface) for word in words]
    width = max(map(columns, surfaces), default=0)
    lines = [
        f"{surface}{' ' * (width - columns(surface))}  {printable(word.upos or '_'):<5}  "
        + " ".join(_plain_chip(chip, colour, doubtful) for chip in word.chips)
        for surface, word in zip(surfaces, words, strict=True)
    ]
    return "".join(f"{line}\n" for line in lines) + "\n"


def _plain_chip(chip: Chip, colour: bool, doubtful: float) -> str:
    mark = "?" if chip.score is not None and chip.score < doubtful else ""
    text = f"{printable(chip.form)}/{printable(chip.tag)}{mark}"
    return f"\x1b[{_TERMINAL[tag_of(chip.tag).family]}m{text}\x1b[0m" if colour else text


def columns(text: str) -> int:
    """The columns that a text takes in a terminal, about.

    >>> columns("밥 ok"), columns(unicodedata.normalize("NFD", "밥"))
    (5, 2)
    """
    return sum(map(_width, text))


def _width(character: str) -> int:
    if "\u1160" <= character <= "\u11ff":  # vowels and codas join the onset before
        return 0
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
