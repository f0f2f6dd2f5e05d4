"""Scores that are what they say: of the morphemes with a score of 0.9, nine in ten are right.

Label smoothing and the product over syllables bend the network's probabilities in their own
way for each model, so no curve of a few parameters fits: the share that is right is measured
at some scores, never falls from one to the next (isotonic regression; Zadrozny & Elkan 2002,
Transforming Classifier Scores into Accurate Multiclass Probability Estimates), and runs
straight between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy

MOST_GROUPS = 12
"""Groups of morphemes with like scores, whose means are the knots of the map."""

WRONG_IN_GROUP = 10
"""Wrong morphemes that a group should have, or its share says little."""

_SMALLEST = 1e-6


class Calibration(NamedTuple):
    """The map through the points (`scores`, `shares`), straight between them; neither falls.

    >>> Calibration((0.0, 0.5, 1.0), (0.0, 0.8, 1.0))(numpy.array([0.5, 0.75]))
    array([0.8, 0.9])
    """

    scores: tuple[float, ...] = (0.0, 1.0)
    shares: tuple[float, ...] = (0.0, 1.0)

    def __call__(self, scores: numpy.ndarray) -> numpy.ndarray:
        """The calibrated scores, 0 to 1."""
        if self == NOT_CALIBRATED:
            return scores
        calibrated: numpy.ndarray = numpy.interp(scores, self.scores, self.shares)
        return calibrated

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Calibration:
        """The calibration of a model's config: scores and shares, or the three numbers that
        format 2 had (beta calibration). Raises ValueError if it is no map that never falls."""
        if not data:
            return NOT_CALIBRATED
        if len(data) == 3:
            return _of_beta(*data)
        scores, shares = (tuple(map(float, numbers)) for numbers in data)
        if len(scores) != len(shares) or not scores:
            raise ValueError("the calibration's scores and shares are not pairs")
        for numbers in (scores, shares):
            if not all(0 <= lower <= higher <= 1 for lower, higher in pairwise((0, *numbers))):
                raise ValueError("the calibration's scores or shares fall")
        return cls(scores, shares)


NOT_CALIBRATED = Calibration()


def fit(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """The calibration of scores and whether they were right; none if nearly all were, or
    nearly none."""
    from sklearn.isotonic import IsotonicRegression

    scores = numpy.array([score for score, _ in pairs], dtype=float)
    wrong = numpy.array([not right for _, right in pairs], dtype=float)
    groups = min(MOST_GROUPS, int(min(wrong.sum(), len(wrong) - wrong.sum())) // WRONG_IN_GROUP)
    if groups < 2:
        return NOT_CALIBRATED
    order = numpy.argsort(scores, kind="stable")
    scores, wrong = scores[order], wrong[order]
    # groups of as many morphemes have few wrong ones where scores are high, which most are, and
    # groups of as many wrong ones would be few morphemes where scores are low
    weights = numpy.cumsum(wrong + wrong.mean())
    ends = numpy.searchsorted(weights, numpy.linspace(0, weights[-1], groups + 1)[1:-1])
    means = [
        (scores[group].mean(), 1 - wrong[group].mean())
        for group in numpy.split(numpy.arange(len(scores)), ends)
        if len(group)
    ]
    knots, shares = map(numpy.array, zip(*means))
    rising = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit_transform(knots, shares)
    right = [round(float(share), 6) for share in rising]
    return Calibration(
        (0.0, *(round(float(score), 6) for score in knots), 1.0),
        (right[0], *right, 1.0),  # what is certain stays so; below the lowest group its share holds
    )


def _of_beta(a: float, b: float, c: float) -> Calibration:
    """`logit(calibrated) = a log(score) - b log(1 - score) + c` at many scores (Kull, Silva
    Filho & Flach 2017, Beyond Sigmoids). Raises ValueError if it falls."""
    if min(a, b) < 0:
        raise ValueError("the calibration falls")
    logits = numpy.linspace(numpy.log(_SMALLEST), -numpy.log(_SMALLEST), 200)
    scores = 1 / (1 + numpy.exp(-logits))
    bent = a * numpy.log(scores) - b * numpy.log1p(-scores) + c
    shares = 1 / (1 + numpy.exp(numpy.minimum(-bent, 700)))
    return Calibration(tuple(scores.tolist()), tuple(shares.tolist()))
