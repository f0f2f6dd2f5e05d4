"""One step of the sequence that the network reads, and the names of its input columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tagger.tokenizer.base import Hint

EDGE = " "
"""Stands for what is beyond the first and last step."""

SPACE, JOINED, INSIDE = "space", "joined", "inside"
"""What is before a step: white space, the end of another token, or a step of its own token."""

NO_HINT = "-"

Views = Sequence[Sequence[Hint]]
"""The morphemes of a text in each view of the tokenizer."""

MEANING = "meaning_"
"""What the names of the columns of a meaning begin with."""


class Step(NamedTuple):
    """One step of the sequence: a stretch of its token with the tokenizer's views.

    `start` and `end` count the token's composed characters. `hints` has one symbol for each
    view, `analyses` the labels that the tokenizer's own analyses would give the step.
    """

    start: int
    end: int
    form: str
    hints: tuple[str, ...]
    analyses: tuple[str, ...] = ()


def hint_column(view: int) -> str:
    """The name of the input column of a view, counted from 0."""
    return f"hint_{view + 1}" if view else "hint"


def meaning_column(part: int) -> str:
    """The name of the input column of a part of the meaning, counted from 0."""
    return f"{MEANING}{part + 1}"


def spelling(steps: Sequence[Step]) -> str:
    return "".join([step.form for step in steps])


def neighbours(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """The form before and after each step of a token, EDGE at its ends."""
    forms = [EDGE, *(step.form for step in steps), EDGE]
    return list(zip(forms, forms[2:]))
