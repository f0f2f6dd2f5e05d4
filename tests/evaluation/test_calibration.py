from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpora
from tagger.analyzer import Tagger
from tagger.evaluation.calibration import WRONG_IN_GROUP, Calibration, fit
from tagger.evaluation.scores import Reliability
from tests.conftest import CORPUS

GOLD = corpora.read(CORPUS).sentences


def test_the_error_is_the_mean_gap_between_score_and_truth() -> None:
    reliability = Reliability()
    assert reliability.error is None
    for _ in range(3):
        reliability.add(0.9, True)
    reliability.add(0.9, False)
    assert reliability.error == pytest.approx(0.15)
    reliability.add(1.0, True)
    reliability.add(0.0, False)
    assert reliability.error == pytest.approx(0.1)


def error(pairs: list[tuple[float, bool]]) -> float:
    measured = Reliability(pairs).error
    assert measured is not None
    return measured


def test_scores_that_say_too_little_or_too_much_are_mended() -> None:
    generator = random.Random(1)
    truth = [generator.random() for _ in range(20_000)]
    for bend in (0.5, 2.0):
        pairs = [(p**bend, generator.random() < p) for p in truth]
        fitted = fit(pairs[::2])
        scores = fitted(numpy.array([score for score, _ in pairs[1::2]]))
        mended = list(zip(scores.tolist(), (right for _, right in pairs[1::2])))
        assert error(mended) < 0.02 < 0.05 < error(pairs[1::2])


def test_what_cannot_be_fitted_is_left_alone() -> None:
    assert fit([]) == fit([(0.5, True)] * 30) == fit([(0.5, False)] * 30) == Calibration()
    few = [(0.9, True)] * 100 + [(0.5, False)] * (2 * WRONG_IN_GROUP - 1)
    assert fit(few) == Calibration() != fit([*few, (0.5, False)])


def test_below_the_lowest_group_its_share_holds() -> None:
    # nothing says that fewer are right at 0.1 than at 0.3
    fitted = fit([(0.3, n % 2 == 0) for n in range(100)] + [(0.8, n % 10 > 0) for n in range(500)])
    below, lowest = fitted(numpy.array([0.1, fitted.scores[1]]))
    assert below == lowest == fitted.shares[1] > 0.3


def test_groups_of_one_score_have_a_share() -> None:
    right, wrong = [(0.9, True), (0.2, True)], [(0.9, False), (0.2, False)]
    fitted = fit([right[0]] * 500 + [wrong[0]] * 60 + [right[1]] * 50 + [wrong[1]] * 50)
    assert Calibration.from_json(json.loads(json.dumps(fitted))) == fitted


PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=60, max_size=200)


@given(PAIRS, st.lists(st.floats(0, 1), min_size=2))
def test_a_calibrated_score_stays_one_and_keeps_the_order(
    pairs: list[tuple[float, bool]], scores: list[float]
) -> None:
    fitted = fit(pairs)
    assert Calibration.from_json(json.loads(json.dumps(fitted))) == fitted
    calibrated = fitted(numpy.array(sorted(scores))).tolist()
    assert all(0 <= score <= 1 for score in calibrated)
    assert all(x <= y for x, y in pairwise(calibrated))


def test_three_numbers_are_a_beta_calibration() -> None:
    assert Calibration.from_json([]) == Calibration()
    scores = numpy.array([1e-9, 0.1, 0.5, 0.9, 0.999, 1.0])
    plain = Calibration.from_json([1.0, 1.0, 0.0])
    numpy.testing.assert_allclose(plain(scores), scores, atol=2e-4)
    bent = Calibration.from_json([0.5, 1.2, -0.3])(scores[1:-1])
    logits = 0.5 * numpy.log(scores[1:-1]) - 1.2 * numpy.log1p(-scores[1:-1]) - 0.3
    numpy.testing.assert_allclose(bent, 1 / (1 + numpy.exp(-logits)), atol=1e-3)


@pytest.mark.parametrize(
    "data",
    [
        [[0.0, 1.0], [0.0]],
        [[], []],
        [[0.5, 0.4], [0.5, 0.6]],
        [[0.4, 0.5], [0.6, 0.5]],
        [[0.0, 1.1], [0.0, 1.0]],
        [-1.0, 1.0, 0.0],
    ],
    ids=str,
)
def test_what_is_no_calibration_is_refused(data: list) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_json(data)


def test_calibration_changes_scores_and_no_tag(tiny_tagger: Tagger) -> None:
    bundle = replace(tiny_tagger.bundle, calibration=Calibration((0.0, 1.0), (0.0, 0.9)))
    raw = replace(tiny_tagger.bundle, calibration=Calibration())
    for sentence in GOLD:
        one, other = (Tagger(b, tiny_tagger.tokenizer).tag(sentence.text) for b in (bundle, raw))
        assert str(one) == str(other)
        for lower, higher in zip(one.tokens, other.tokens, strict=True):
            for m, n in zip(lower.morphemes, higher.morphemes, strict=True):
                assert (m.score or 0) < (n.score or 0)
