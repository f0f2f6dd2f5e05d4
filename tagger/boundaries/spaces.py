"""Where a new eojeol begins: a logistic regression over syllables and an analyser's morphemes.

Of each place between two characters that are not white space, the regression decides whether
there is a space. A space that is there is one of the reasons for it; how long the text goes
without one says how far to trust that. `recipes/boundaries.py` trains it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from tagger.boundaries import regression
from tagger.text.segmentation import LONGEST_PART
from tagger.tokenizer.base import Hint, Tokenizer, View

PIECES = 16
"""Pieces of a text that are analysed together."""

_EDGE = Hint("", "-", 0, 0)
_WHITE = re.compile(r"\s+")


def cut_text(text: str, longest: int) -> Iterator[str]:
    """The text in pieces of at most so many characters, before white space where there is some.

    >>> list(cut_text("가나 다라마바", 3))
    ['가나', ' 다라', '마바']
    """
    for match in re.finditer(rf"(?s).{{1,{longest}}}(?=\s|$)|.{{1,{longest}}}", text):
        yield match.group()


def space(text: str, tokenizer: Tokenizer) -> str:
    """The composed text with its spaces corrected, however long it is."""
    found: list[str] = []
    pieces = cut_text(text, LONGEST_PART)
    while group := list(islice(pieces, PIECES)):
        analyses = tokenizer.analyze(group)
        found += [spaced(piece, views[0]) for piece, views in zip(group, analyses, strict=True)]
    return "".join(found)


def spaced(text: str, view: View) -> str:
    """The composed text with its spaces corrected. White space that is there stays as it is, or
    goes; what is at the ends stays. `view` is an analysis of the text as it is."""
    model = regression.load("spaces")
    core = text.strip()
    start = text.find(core) if core else len(text)
    out = [text[:start]]
    gaps = {match.start(): match.group() for match in _WHITE.finditer(core)}
    gap = ""
    place = 0
    wanted = iter(symbols_of(text, view))
    while place < len(core):
        if place in gaps:
            gap = gaps[place]
            place += len(gap)
            continue
        if place:
            if "\n" in gap or "\r" in gap:
                next(wanted)
                out.append(gap)
            elif model.log_odds(next(wanted)) > 0:
                out.append(gap or " ")
        gap = ""
        out.append(core[place])
        place += 1
    out.append(text[start + len(core) :])
    return "".join(out)


def symbols_of(text: str, view: View) -> Iterator[tuple[str, ...]]:
    """What is known of each place between two characters that are not white space."""
    places = [place for place, sign in enumerate(text) if not sign.isspace()]
    if not places:
        return
    bare = "".join([text[place] for place in places])
    padded = f"   {bare}   "
    lengths = _run_lengths(places)
    density = _density(len(bare), sum(length[0] == 0 for length in lengths))
    hints = [_EDGE, *sorted(view, key=lambda hint: (hint.start, hint.end))]
    known = 0
    for number in range(1, len(bare)):
        place = places[number]
        while known + 1 < len(hints) and hints[known + 1].start < place:
            known += 1
        after = hints[known + 1] if known + 1 < len(hints) else _EDGE
        given = place > places[number - 1] + 1
        yield _symbols(
            padded[number : number + 6],
            hints[max(0, known - 1)],
            hints[known],
            after,
            after.start == place and hints[known].end <= place,
            f"{given} {density}",
            *lengths[number],
        )


def _run_lengths(places: Sequence[int]) -> list[tuple[int, int]]:
    """Of each character how many stand before it, and from it on, without white space."""
    found: list[tuple[int, int]] = []
    first = 0
    for number, place in enumerate(places):
        if number and place > places[number - 1] + 1:
            first = number
        found.append((number - first, 0))
    last = len(places)
    for number in range(len(places) - 1, -1, -1):
        before = found[number][0]
        found[number] = before, last - number
        if not before:
            last = number
    return found


def _density(characters: int, eojeols: int) -> int:
    """How sparse the spaces are: 0 for none."""
    return 0 if eojeols == 1 and characters > 6 else min(9, 1 + characters // eojeols)


def _symbols(
    near: str,
    second: Hint,
    last: Hint,
    after: Hint,
    is_boundary: bool,
    given: str,
    before: int,
    behind: int,
) -> tuple[str, ...]:
    """`near` has the three characters before the place and the three after it; `before` and
    `behind` count those that stand there without white space."""
    words: tuple[str, ...]
    if is_boundary:
        tags = f"{last.tag} {after.tag}"
        words = (
            f"t {tags}",
            f"tg {tags} {given}",
            f"tt {second.tag} {tags}",
            f"ft {last.form}/{tags}",
            f"tf {tags}/{after.form}",
            f"ff {last.form}/{tags}/{after.form}",
            f"ttf {second.form}/{second.tag} {last.form}/{tags}",
            f"s {last.sentence != after.sentence}",
        )
    else:
        words = (
            f"i {last.tag}",
            f"ig {last.tag} {given}",
            f"in {last.form}/{last.tag} {near[2:4]}",
            f"il {last.tag} {len(last.form)}",
        )
    boundary = last.tag if is_boundary else "i"
    return (
        *words,
        f"g {given}",
        f"l {min(before, 12)} {given}",
        f"r {min(behind, 12)} {given}",
        f"lr {min(before + behind, 20)} {given}",
        f"1 {near[2]} {boundary}",
        f"2 {near[3]} {boundary}",
        f"12 {near[2:4]}",
        f"02 {near[1:4]}",
        f"13 {near[2:5]}",
        f"03 {near[1:5]}",
        f"01 {near[1:3]} {boundary}",
        f"23 {near[3:5]} {boundary}",
        f"-1 {near[:3]}",
        f"24 {near[3:]}",
        f"-2 {near[:4]}",
        f"14 {near[2:]}",
        f"all {near}",
    )
