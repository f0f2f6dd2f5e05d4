from __future__ import annotations

import numpy
import pytest

from tagger.evaluation.bootstrap import SAMPLES, SCORES, count_by_sentence, differences, intervals
from tagger.evaluation.scores import score_eojeols, score_tokens
from tagger.text.sentence import Sentence, gold_token


def sentence(*tags: str) -> Sentence:
    tokens = [gold_token("가", 2 * i, [("가", tag)], "NOUN") for i, tag in enumerate(tags)]
    return Sentence(" ".join("가" for _ in tags), tuple(tokens))


GOLD = [sentence("A", "B"), sentence("A"), sentence("A", "A", "C")]
GUESS = [sentence("A", "A"), sentence("A"), sentence("C", "A", "C")]


def counts_of(guess: list[Sentence], gold: list[Sentence] = GOLD) -> numpy.ndarray:
    return count_by_sentence(gold, guess, guess, lambda surface: True)


def test_the_counts_of_sentences_add_up_to_the_scores() -> None:
    counts = counts_of(GUESS)
    assert counts.shape == (3, len(SCORES), 2)
    total = dict(zip(SCORES, counts.sum(0).tolist()))
    assert total["xpos"] == [4, 6] and total["lemma"] == [6, 6] == total["upos"]
    assert total["eojeol"] == [4, 6] == total["eojeol_known"] and total["eojeol_unseen"] == [0, 0]
    found = intervals(counts)
    assert found["xpos"].value == score_tokens(GOLD, GUESS).xpos.percent
    eojeols = score_eojeols(GOLD, GUESS)
    assert found["morpheme_f1"].value == eojeols.morphemes.f1_percent
    assert found["segmentation_f1"].value == 100
    assert found["eojeol_unseen"].value is found["eojeol_unseen"].low is None


def test_an_interval_holds_its_score_and_shrinks_with_more_sentences() -> None:
    few, many = intervals(counts_of(GUESS)), intervals(counts_of(GUESS * 50, GOLD * 50))
    for found in (few["xpos"], many["xpos"]):
        assert found.low is not None and found.high is not None and found.value is not None
        assert 0 <= found.low <= found.value <= found.high <= 100
    assert many["xpos"].high - many["xpos"].low < few["xpos"].high - few["xpos"].low  # type: ignore[operator]
    assert intervals(counts_of(GUESS)) == few  # the same resamples each time


def test_the_interval_is_that_of_theory() -> None:
    """400 sentences of one token, half of them right: the standard error is 2.5 points."""
    gold = [sentence("A")] * 400
    guess = [sentence("A"), sentence("B")] * 200
    found = intervals(counts_of(guess, gold))["xpos"]
    assert found.value == 50
    assert found.low == pytest.approx(50 - 1.96 * 2.5, abs=0.6)
    assert found.high == pytest.approx(50 + 1.96 * 2.5, abs=0.6)


def test_a_difference_that_is_one_and_one_that_is_none() -> None:
    gold = [sentence("A")] * 300
    good = [sentence("A")] * 270 + [sentence("B")] * 30
    bad = [sentence("B")] * 60 + [sentence("A")] * 240
    found = differences(counts_of(bad, gold), counts_of(good, gold))["xpos"]
    assert found.value == pytest.approx(10) and found.p is not None and found.p < 0.01
    assert found.low is not None and found.low > 0
    back = differences(counts_of(good, gold), counts_of(bad, gold))["xpos"]
    assert back.value == pytest.approx(-10) and back.p is not None and back.p < 0.01
    same = differences(counts_of(good, gold), counts_of(good, gold))["xpos"]
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    # one sentence of 300 more: may well be chance
    near = [sentence("A")] * 271 + [sentence("B")] * 29
    p = differences(counts_of(good, gold), counts_of(near, gold))["xpos"].p
    assert p is not None and 0.2 < p <= 1
    assert found.p >= 1 / (SAMPLES + 1)


def test_nothing_to_count_is_no_difference() -> None:
    found = differences(counts_of(GUESS), counts_of(GUESS))["eojeol_unseen"]
    assert found.value is None and found.p is None
