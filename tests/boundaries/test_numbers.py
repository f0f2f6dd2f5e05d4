from __future__ import annotations

import pytest

from tagger.boundaries.numbers import with_whole_numbers
from tagger.text.sentence import Analysis, Morpheme, Sentence, Token


def written(*morphemes: str) -> Token:
    """A token of morphemes that are as they are written."""
    found, place = [], 0
    for morpheme in morphemes:
        form, tag = morpheme.rsplit("/", 1)
        found.append(Morpheme(form, tag, place, place + len(form), 0.9))
        place += len(form)
    surface = "".join(morpheme.form for morpheme in found)
    analysis = Analysis(tuple(found), 0.8)
    return Token(surface, 0, place, tuple(found), nbest=(analysis,))


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["12/SN", "./SP", "5/SN", "%/SW"], "12.5/SN+%/SW"),
        (["3/SN", ",/SP", "456/SN", ",/SP", "789/SN", "원/NNB"], "3,456,789/SN+원/NNB"),
        (["7/SN", "./SF"], "7/SN+./SF"),
        (["7/SN", ",/SP", "팔/NR"], "7/SN+,/SP+팔/NR"),
        (["3/SN", ":/SP", "4/SN"], "3/SN+:/SP+4/SN"),
        (["./SP", "5/SN"], "./SP+5/SN"),
    ],
)
def test_digits_with_a_mark_between_them_are_one_number(parts: list[str], whole: str) -> None:
    token = written(*parts)
    (found,) = with_whole_numbers(Sentence(token.surface, (token,))).tokens
    assert "+".join(map(str, found.morphemes)) == whole
    assert str(found.nbest[0]) == whole
    assert found.nbest[0].score == 0.8


def test_the_number_has_the_place_and_the_lowest_score_of_its_parts() -> None:
    whole, point, tenths = written("98/SN", "./SP", "6/SN").morphemes
    unsure = Morpheme(point.form, point.tag, point.start, point.end, 0.4)
    token = Token("98.6", 0, 4, (whole, unsure, tenths))
    (number,) = with_whole_numbers(Sentence("98.6", (token,))).morphemes
    assert (number.form, number.start, number.end, number.score) == ("98.6", 0, 4, 0.4)
