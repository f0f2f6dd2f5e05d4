"""Scores that are what they say: of the morphemes with a score of 0.9, nine in ten are right.

Label smoothing and the product over syllables bend the network's probabilities at both ends,
which one temperature cannot mend; beta calibration can (Kull, Silva Filho & Flach 2017, Beyond
Sigmoids).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy

SMALLEST = 1e-6


class Calibration(NamedTuple):
    """The map `logit(calibrated) = a log(score) - b log(1 - score) + c`; it never falls if
    `a` and `b` are not negative.

    >>> Calibration()(numpy.array([0.8]))
    array([0.8])
    """

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def __call__(self, scores: numpy.ndarray) -> numpy.ndarray:
        """The calibrated scores, 0 to 1."""
        if self == (1.0, 1.0, 0.0):
            return scores
        inside = numpy.clip(scores, SMALLEST, 1 - SMALLEST)
        logits = self.a * numpy.log(inside) - self.b * numpy.log1p(-inside) + self.c
        calibrated: numpy.ndarray = 1 / (1 + numpy.exp(numpy.minimum(-logits, 700)))
        return calibrated


NOT_CALIBRATED = Calibration()


def fit(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """The calibration with the greatest likelihood for scores and whether they were right;
    none if all were, or none."""
    from scipy.optimize import minimize

    if len({right for _, right in pairs}) < 2:
        return NOT_CALIBRATED
    scores = numpy.clip([score for score, _ in pairs], SMALLEST, 1 - SMALLEST)
    signs = numpy.where([right for _, right in pairs], 1.0, -1.0)
    inputs = numpy.stack([numpy.log(scores), -numpy.log1p(-scores), numpy.ones(len(scores))])

    def loss(weights: numpy.ndarray) -> float:
        return float(numpy.logaddexp(0, -signs * (weights @ inputs)).mean())

    found = minimize(loss, Calibration(), bounds=[(0, None), (0, None), (None, None)])
    return Calibration(*(round(float(weight), 4) for weight in found.x))
