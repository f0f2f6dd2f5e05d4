"""The steps of a token, as the network reads it."""

from __future__ import annotations

from collections.abc import Sequence

from tagger.labeling.examples import make_example
from tagger.labeling.step import Step
from tagger.labeling.units import UNITS
from tagger.text.segmentation import segment
from tagger.tokenizer.base import Hint


def syllables_of(token: str, hints: Sequence[Hint] = ()) -> tuple[Step, ...]:
    """The syllables of a token that is the whole text, with the tokenizer's morphemes."""
    [steps] = make_example(segment(token), [hints], UNITS["syllable"]).steps
    return steps
