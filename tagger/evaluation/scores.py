"""Scores from counts: gold sentences against predicted ones, knowing no model.

Two views, as the literature has them. By *token*, where both sides share the gold tokens
(CoNLL-U): XPOS, UPOS and LEMMA accuracy. By *eojeol*, between spaces of the raw text:
exact match of all morphemes and tags, F1 of morphemes (form and tag) and of segmentation
(form alone).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tagger.errors import TaggerError
from tagger.labeling.alignment import common_subsequence
from tagger.text.sentence import Eojeol, Sentence, Token


@dataclass(frozen=True)
class Ratio:
    """Right out of so many; ratios of disjoint data add up."""

    right: int = 0
    total: int = 0

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.right + other.right, self.total + other.total)

    @property
    def percent(self) -> float | None:
        """None where there is nothing to count."""
        return 100 * self.right / self.total if self.total else None


@dataclass(frozen=True)
class Overlap:
    """Items on both sides, in gold and in the prediction."""

    both: int = 0
    gold: int = 0
    predicted: int = 0

    def __add__(self, other: Overlap) -> Overlap:
        return Overlap(
            self.both + other.both, self.gold + other.gold, self.predicted + other.predicted
        )

    @property
    def f1_percent(self) -> float | None:
        """None where there is nothing to count."""
        items = self.gold + self.predicted
        return 100 * 2 * self.both / items if items else None


RELIABILITY_BINS = 15


@dataclass
class Reliability:
    """Scores from 0 to 1, each with whether it came true."""

    pairs: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, score: float, right: bool) -> None:
        self.pairs.append((score, right))

    @property
    def error(self) -> float | None:
        """The expected calibration error, from 0 to 1, over bins of equal width (Naeini,
        Cooper & Hauskrecht 2015); None where there is nothing to count."""
        gaps = [0.0] * RELIABILITY_BINS
        for score, right in self.pairs:
            place = min(int(score * RELIABILITY_BINS), RELIABILITY_BINS - 1)
            gaps[place] += score - right
        return sum(map(abs, gaps)) / len(self.pairs) if self.pairs else None


@dataclass
class TokenScores:
    """Accuracies over gold tokens."""

    xpos: Ratio = field(default_factory=Ratio)
    upos: Ratio = field(default_factory=Ratio)
    lemma: Ratio = field(default_factory=Ratio)


@dataclass
class EojeolScores:
    """Scores over whitespace eojeols; `known` and `unseen` split `eojeol` by whether the
    training data showed the surface; `tags` pairs gold with predicted tags; `reliability`
    is that of the scores of morphemes, where they have one."""

    eojeol: Ratio = field(default_factory=Ratio)
    known: Ratio = field(default_factory=Ratio)
    unseen: Ratio = field(default_factory=Ratio)
    morphemes: Overlap = field(default_factory=Overlap)
    segmentation: Overlap = field(default_factory=Overlap)
    tags: Counter[tuple[str, str]] = field(default_factory=Counter)
    reliability: Reliability = field(default_factory=Reliability)


def score_tokens(gold: Iterable[Sentence], predicted: Iterable[Sentence]) -> TokenScores:
    """Scores of predictions over the gold tokens.

    A token without gold analysis or UPOS does not count there. Raises TaggerError if the
    sentences do not have the same tokens.
    """
    scores = TokenScores()
    for gold_sentence, predicted_sentence in zip(gold, predicted, strict=True):
        if [_place(t) for t in gold_sentence.tokens] != [
            _place(t) for t in predicted_sentence.tokens
        ]:
            raise TaggerError(f"the tokens of {gold_sentence.text!r} were changed")
        for token, guess in zip(gold_sentence.tokens, predicted_sentence.tokens, strict=True):
            if token.morphemes:
                scores.xpos += Ratio(token.xpos == guess.xpos, 1)
                scores.lemma += Ratio(token.lemma == guess.lemma, 1)
            if token.upos:
                scores.upos += Ratio(token.upos == guess.upos, 1)
    return scores


def score_eojeols(
    gold: Iterable[Sentence],
    predicted: Iterable[Sentence],
    is_known: Callable[[str], bool] = lambda surface: False,
) -> EojeolScores:
    """Scores of analyses of raw text over whitespace eojeols.

    An eojeol with a token without gold analysis does not count. One that the prediction
    does not have at the same place is wrong. `is_known` tells whether the training data
    showed an eojeol.
    """
    scores = EojeolScores()
    for gold_sentence, predicted_sentence in zip(gold, predicted, strict=True):
        guesses = {_place(eojeol): eojeol for eojeol in predicted_sentence.eojeols}
        for eojeol in gold_sentence.eojeols:
            if all(token.morphemes for token in eojeol.tokens):
                _score_eojeol(scores, eojeol, guesses.get(_place(eojeol)), is_known)
    return scores


MISSING = "(none)"
"""Stands in a tag pair for the side that has no such morpheme."""


def _score_eojeol(
    scores: EojeolScores, gold: Eojeol, guess: Eojeol | None, is_known: Callable[[str], bool]
) -> None:
    gold_pairs = [(m.form, m.tag) for m in gold.morphemes]
    pairs = [(m.form, m.tag) for m in guess.morphemes] if guess else []
    right = Ratio(gold_pairs == pairs, 1)
    scores.eojeol += right
    if is_known(gold.surface):
        scores.known += right
    else:
        scores.unseen += right
    forms = [form for form, _ in gold_pairs]
    guessed_forms = [form for form, _ in pairs]
    scores.morphemes += _overlap(gold_pairs, pairs)
    scores.segmentation += _overlap(forms, guessed_forms)
    expected = Counter(gold_pairs)
    for morpheme, pair in zip(guess.morphemes if guess else (), pairs, strict=True):
        if morpheme.score is not None:
            scores.reliability.add(morpheme.score, expected[pair] > 0)
        expected[pair] -= 1
    scores.tags.update(paired_tags(gold_pairs, pairs))


def paired_tags(
    gold: Sequence[tuple[str, str]], guess: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Gold with predicted tags, where the forms agree; `MISSING` stands for the other side of
    a morpheme that only one has. Both are (form, tag) pairs.

    >>> paired_tags([("공부", "NNG"), ("하", "XSV")], [("공부", "NNP")])
    [('NNG', 'NNP'), ('XSV', '(none)')]
    """
    unpaired, unpaired_guesses = list(gold), list(guess)
    pairs = []
    common = common_subsequence([form for form, _ in gold], [form for form, _ in guess])
    for i, j in reversed(common):
        pairs.append((unpaired.pop(i)[1], unpaired_guesses.pop(j)[1]))
    pairs.reverse()
    pairs += [(tag, MISSING) for _, tag in unpaired]
    pairs += [(MISSING, tag) for _, tag in unpaired_guesses]
    return pairs


def _overlap(gold: list[Any], predicted: list[Any]) -> Overlap:
    both = (Counter(gold) & Counter(predicted)).total()
    return Overlap(both, len(gold), len(predicted))


def _place(item: Token | Eojeol) -> tuple[int, int]:
    return item.start, item.end


@dataclass(frozen=True)
class TagScore:
    """Precision, recall and F1 in percent, and how often gold has the tag."""

    tag: str
    precision: float
    recall: float
    f1: float
    support: int


def score_tags(pairs: Counter[tuple[str, str]]) -> list[TagScore]:
    """Precision, recall and F1 of each tag, the frequent ones first (scikit-learn)."""
    from sklearn.metrics import precision_recall_fscore_support

    tags = sorted({tag for pair in pairs for tag in pair} - {MISSING})
    if not tags:
        return []
    rows = zip(
        tags,
        *precision_recall_fscore_support(
            [gold for gold, _ in pairs],
            [guess for _, guess in pairs],
            labels=tags,
            sample_weight=list(pairs.values()),
            zero_division=0,
        ),
        strict=True,
    )
    scores = [
        TagScore(tag, 100 * float(p), 100 * float(r), 100 * float(f), round(float(support)))
        for tag, p, r, f, support in rows
    ]
    return sorted(scores, key=lambda score: (-score.support, score.tag))
