"""How sure a score is: confidence intervals and paired comparison by resampling sentences.

Efron & Tibshirani 1993, percentile intervals; Koehn 2004, paired bootstrap resampling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from tagger.evaluation.scores import (
    EojeolScores,
    Overlap,
    Ratio,
    TokenScores,
    score_eojeols,
    score_tokens,
)
from tagger.text.sentence import Sentence

SAMPLES = 2000
_BATCH = 100  # resamples that are held in memory at once
_SEED = 1

SCORES = (
    "xpos",
    "upos",
    "lemma",
    "eojeol",
    "eojeol_known",
    "eojeol_unseen",
    "morpheme_f1",
    "segmentation_f1",
)
"""The scores that are resampled, in the order of the columns below."""


@dataclass(frozen=True)
class Interval:
    """A score in percent and the bounds of its 95 % confidence interval, None where there is
    nothing to count."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Difference:
    """How much the second of two systems is better, in points, with its 95 % interval, and
    the p value: how often chance alone would make a difference so large (two-sided)."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None


def count_by_sentence(
    gold: Sequence[Sentence],
    from_tokens: Sequence[Sentence],
    from_text: Sequence[Sentence],
    is_known: Callable[[str], bool] = lambda surface: False,
) -> numpy.ndarray:
    """What each sentence adds to the scores: right (twice, for F1) and total of each of
    `SCORES`. Shape: `[sentences, scores, 2]`."""
    counts = [
        _counts(
            score_tokens([one], [tokens]),
            score_eojeols([one], [text], is_known),
        )
        for one, tokens, text in zip(gold, from_tokens, from_text, strict=True)
    ]
    return numpy.array(counts, dtype=float).reshape(-1, len(SCORES), 2)


def _counts(tokens: TokenScores, eojeols: EojeolScores) -> list[tuple[int, int]]:
    ratios = (tokens.xpos, tokens.upos, tokens.lemma, eojeols.eojeol, eojeols.known, eojeols.unseen)
    return [
        *map(_of_ratio, ratios),
        _of_overlap(eojeols.morphemes),
        _of_overlap(eojeols.segmentation),
    ]


def _of_ratio(ratio: Ratio) -> tuple[int, int]:
    return ratio.right, ratio.total


def _of_overlap(overlap: Overlap) -> tuple[int, int]:
    return 2 * overlap.both, overlap.gold + overlap.predicted


def intervals(counts: numpy.ndarray) -> dict[str, Interval]:
    """Each score with its interval. Shape of counts: `[sentences, scores, 2]`."""
    found = {}
    for index, name in enumerate(SCORES):
        value = _percent(counts[:, index].sum(0))
        samples = _resampled(counts[:, index])
        low, high = _bounds(samples)
        found[name] = Interval(_number(value), low, high)
    return found


def differences(counts: numpy.ndarray, others: numpy.ndarray) -> dict[str, Difference]:
    """How much better the others are, by score; both are of the same sentences.

    Shape of each: `[sentences, scores, 2]`.
    """
    found = {}
    for index, name in enumerate(SCORES):
        one, other = counts[:, index], others[:, index]
        value = _percent(other.sum(0)) - _percent(one.sum(0))
        samples = _resampled(other) - _resampled(one)
        low, high = _bounds(samples)
        p = None
        if not numpy.isnan(value):
            # what chance alone makes: the resamples, centred on no difference
            as_large = int((numpy.abs(samples - value) >= abs(value) - 1e-9).sum())
            p = (as_large + 1) / (SAMPLES + 1)
        found[name] = Difference(_number(value), low, high, p)
    return found


def _resampled(counts: numpy.ndarray) -> numpy.ndarray:
    """The score in each resample, the same sentences for the same number of them.

    Shape: counts `[sentences, 2]`, result `[SAMPLES]`.
    """
    random = numpy.random.default_rng(_SEED)
    size = len(counts)
    percents = []
    for _ in range(SAMPLES // _BATCH):
        weights = random.multinomial(size, [1 / size] * size, size=_BATCH)  # [_BATCH, sentences]
        percents.append(_percent(weights @ counts))
    return numpy.concatenate(percents)


def _percent(counts: numpy.ndarray) -> numpy.ndarray:
    """Shape: counts `[…, 2]`, result `[…]`; NaN where there is nothing to count."""
    with numpy.errstate(invalid="ignore", divide="ignore"):
        percent: numpy.ndarray = 100 * counts[..., 0] / counts[..., 1]
    return percent


def _bounds(samples: numpy.ndarray) -> tuple[float | None, float | None]:
    real = samples[~numpy.isnan(samples)]
    if not len(real):
        return None, None
    low, high = numpy.percentile(real, [2.5, 97.5])
    return float(low), float(high)


def _number(value: numpy.ndarray) -> float | None:
    return None if numpy.isnan(value) else float(value)
