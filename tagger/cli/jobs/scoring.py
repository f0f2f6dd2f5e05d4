"""The scores of a tagger on a gold corpus, as training and evaluation both report them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tagger.evaluation.scores import (
    EojeolScores,
    Reliability,
    TokenScores,
    score_eojeols,
    score_tokens,
)
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.model.bundle import Bundle


def score_tagger(tagger: Tagger, gold: Sequence[Sentence]) -> tuple[TokenScores, EojeolScores]:
    """Scores from the gold tokens and from the raw text."""
    from_tokens = score_tokens(gold, tagger.tag_sentences(gold))
    from_text = score_eojeols(
        gold, tagger.tag(sentence.text for sentence in gold), tagger.bundle.knows
    )
    return from_tokens, from_text


def calibrated(tagger: Tagger, gold: Sequence[Sentence]) -> tuple[Bundle, float | None]:
    """The tagger's bundle with the calibration that fits the corpus and the scores there,
    and its calibration error without."""
    import numpy

    from tagger.analyzer import Tagger
    from tagger.evaluation.calibration import NOT_CALIBRATED, fit

    raw = replace(tagger.bundle, calibration=NOT_CALIBRATED)
    tokens, eojeols = score_tagger(
        Tagger(raw, tagger.tokenizer, device=tagger.device, threads=tagger.threads), gold
    )
    before = eojeols.reliability
    calibration = fit(before.pairs)
    raw_scores = numpy.array([score for score, _ in before.pairs])
    rights = [right for _, right in before.pairs]
    after = Reliability(list(zip(calibration(raw_scores).tolist(), rights)))
    scores = percentages(tokens, replace(eojeols, reliability=after))
    uncalibrated = percentages(tokens, eojeols)["calibration_error"]
    return replace(raw, calibration=calibration, scores=scores), uncalibrated


def percentages(tokens: TokenScores, eojeols: EojeolScores) -> dict[str, float | None]:
    """The scores by name, in percent with two decimals, but the expected calibration error
    of morphemes from 0 to 1; None where there is nothing to count."""
    return {
        "xpos": _rounded(tokens.xpos.percent),
        "upos": _rounded(tokens.upos.percent),
        "lemma": _rounded(tokens.lemma.percent),
        **eojeol_values(eojeols),
    }


def eojeol_values(scores: EojeolScores) -> dict[str, float | None]:
    """The part of `percentages` that is about raw text."""
    return {
        "eojeol": _rounded(scores.eojeol.percent),
        "morpheme_f1": _rounded(scores.morphemes.f1_percent),
        "segmentation_f1": _rounded(scores.segmentation.f1_percent),
        "eojeol_known": _rounded(scores.known.percent),
        "eojeol_unseen": _rounded(scores.unseen.percent),
        "calibration_error": _rounded(scores.reliability.error, 4),
    }


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def dev_scores(tagger: Tagger, gold: Sequence[Sentence]) -> dict[str, float | None]:
    """The scores of a tagger by name, as `percentages` has them."""
    return percentages(*score_tagger(tagger, gold))
