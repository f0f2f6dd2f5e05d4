"""Trained models as teachers: what they say of a sentence, as targets for another network.

An ensemble is more accurate than each of its networks, and one network can learn most of
what it knows from its probabilities, on any text (Hinton, Vinyals & Dean 2015, Distilling
the Knowledge in a Neural Network).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.labeling.closing import Choice, close_labels
from tagger.labeling.examples import Example
from tagger.labeling.units import Unit
from tagger.model.bundle import Bundle
from tagger.model.predictor import Prediction, by_token, choices
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class Opinion:
    """The mean probabilities of the teachers for one sentence: closed labels by step, UPOS
    by token (empty where no teacher predicts UPOS)."""

    labels: Sequence[Mapping[str, float]]
    upos: Sequence[Mapping[str, float]]


class Teachers:
    """Several models that answer together.

    Raises TaggerError if one has another unit than the network that is to learn.
    """

    def __init__(self, taggers: Sequence[Tagger], unit: Unit) -> None:
        for tagger in taggers:
            if tagger.bundle.unit != unit:
                raise TaggerError(
                    f"a teacher labels every {tagger.bundle.unit.name}, not every {unit.name}",
                    remedy="give teachers of the same --unit",
                )
        self._taggers = taggers

    def ask(
        self, sentences: Sequence[Sentence], conventions: str, *, is_target: bool
    ) -> list[Opinion] | list[None]:
        """The opinion on each sentence, whose gold analysis is not looked at, of those who
        know the conventions of that corpus. Of the target corpus the others speak
        too, in their own. None where nobody does.
        """
        by_teacher = []
        for tagger in self._taggers:
            knows = conventions in tagger.bundle.knowledge.tags
            if not knows and not is_target:
                continue
            speaker = Tagger(
                tagger.bundle,
                tagger.tokenizer,
                device=tagger.device,
                conventions=conventions if knows else None,
            )
            examples = tagger.examples(sentences)
            predictions = speaker.predict(examples)
            by_teacher.append(
                [
                    _answer(example, prediction, tagger.bundle)
                    for example, prediction in zip(examples, predictions, strict=True)
                ]
            )
        if not by_teacher:
            return [None] * len(sentences)
        return [
            Opinion(
                [
                    _mean(by_step)
                    for by_step in zip(*(labels for labels, _ in answers), strict=True)
                ],
                [
                    _mean(by_token)
                    for by_token in zip(*(upos for _, upos in answers if upos), strict=True)
                ],
            )
            for answers in zip(*by_teacher, strict=True)
        ]


def _answer(
    example: Example, prediction: Prediction, bundle: Bundle
) -> tuple[list[list[Choice]], list[list[Choice]]]:
    """The predicted labels of each step that can stand for it, with their texts, and the UPOS
    of each token, nothing if they are not predicted."""
    labels = [
        list(of_step)
        for steps, candidates in by_token(example, prediction, bundle.vocabulary.labels)
        for of_step in close_labels(steps, candidates, bundle.knowledge.restorer)
    ]
    if not prediction.upos.shape[1]:
        return labels, []
    return labels, choices(bundle.vocabulary.upos, prediction.upos, prediction.upos_scores)


def _mean(answers: Sequence[Sequence[Choice]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for of_one in answers:
        for symbol, probability in of_one:
            total[symbol] += probability  # type: ignore[assignment]
    return {symbol: value / len(answers) for symbol, value in total.items()}
