"""From the network's labels to the morphemes, UPOS and scores of a sentence's tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy

from tagger.labeling.closing import probability
from tagger.labeling.decoding import UNDECIDED, Decided, Decoder, Spelled
from tagger.labeling.examples import Example, analysed_examples, hints_by_token
from tagger.model.bundle import Bundle
from tagger.model.predictor import Prediction, by_token, choices
from tagger.text.segmentation import segment
from tagger.text.sentence import Analysis, Morpheme, Sentence, Token
from tagger.text.tagsets import upos_of
from tagger.tokenizer.base import Tokenizer, View
from tagger.tokenizer.user_dictionary import Decision, Entry, UserDictionary
from tagger.tokenizer.words import NO_WORDS, Words


class Annotator:
    """Writes what a model's labels stand for, in its conventions."""

    def __init__(self, bundle: Bundle, words: Words = NO_WORDS) -> None:
        """`words` are those that the tokenizer knows."""
        self._labels = bundle.vocabulary.labels
        self._upos_symbols = bundle.vocabulary.upos
        self._settled_upos = bundle.knowledge.settled_upos.get(bundle.corpus, {})
        self._calibration = bundle.calibration
        self._decoder = Decoder(bundle.unit, self._labels, bundle.knowledge, bundle.corpus, words)

    def annotate(
        self,
        sentences: Sequence[Sentence],
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        nbest: int = 0,
        decided: Sequence[Sequence[Decided]] | None = None,
    ) -> list[Sentence]:
        """The sentences with the morphemes and UPOS that the predictions spell, and the
        `nbest` best analyses of each token. `decided` has what the user dictionary says of the
        tokens of each sentence, and overrides the predictions."""
        if decided is None:
            decided = [[UNDECIDED] * len(example.steps) for example in examples]
        spelled, certain = self._spell(examples, predictions, decided)
        annotated = []
        place = 0  # of the sentence's first morpheme
        for index, (sentence, of_tokens) in enumerate(zip(sentences, spelled, strict=True)):
            end = place + sum(map(len, of_tokens))
            example, prediction = examples[index], predictions[index]
            tokens = self._tokens(sentence, example, prediction, of_tokens, certain[place:end])
            if nbest:
                tokens = self._with_analyses(tokens, example, prediction, nbest, decided[index])
            annotated.append(Sentence(sentence.text, tuple(tokens), sentence.name))
            place = end
        return annotated

    def _spell(
        self,
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        decided: Sequence[Sequence[Decided]],
    ) -> tuple[list[list[tuple[Spelled, ...]]], list[float]]:
        """What the likeliest labels spell, by sentence and token, and the calibrated score of
        each morpheme, all in a row."""
        scores = numpy.concatenate([[1.0], *(p.label_scores[:, 0] for p in predictions)])
        spelled: list[list[tuple[Spelled, ...]]] = []  # by sentence and token
        spans: list[int] = []  # of each morpheme, first step and the one after the last
        step = 1
        for example, prediction, by_user in zip(examples, predictions, decided, strict=True):
            first = 0
            likeliest = prediction.labels[:, 0].tolist()
            of_tokens = []
            for steps, labels_by_user in zip(example.steps, by_user, strict=True):
                last = first + len(steps)
                morphemes = None
                if not labels_by_user:
                    morphemes = self._decoder.likeliest(steps, tuple(likeliest[first:last]))
                if morphemes is None:
                    candidates = choices(
                        self._labels,
                        prediction.labels[first:last],
                        prediction.label_scores[first:last],
                    )
                    chosen = self._decoder.choose(steps, candidates, labels_by_user)
                    morphemes = self._decoder.spell(steps, [label for label, _ in chosen])
                    scores[step : step + len(steps)] = [score for _, score in chosen]
                of_tokens.append(morphemes)
                for morpheme in morphemes:
                    spans += (step + morpheme.first, step + morpheme.last + 1)
                first = last
                step += len(steps)
            spelled.append(of_tokens)
        return spelled, self._certainties(scores, spans)

    def _certainties(self, scores: numpy.ndarray, spans: Sequence[int]) -> list[float]:
        """The calibrated score of each morpheme: the product of its steps' scores."""
        products = numpy.multiply.reduceat(numpy.append(scores, 1.0), spans or [0])[::2]
        scores_of_morphemes: list[float] = self._calibration(products).tolist()
        return scores_of_morphemes

    def _tokens(
        self,
        sentence: Sentence,
        example: Example,
        prediction: Prediction,
        spelled: Sequence[Sequence[Spelled]],
        certain: Sequence[float],
    ) -> list[Token]:
        """The tokens with their morphemes, whose scores are `certain`, one after another."""
        symbols = self._upos_symbols
        upos = prediction.upos[:, 0].tolist() if prediction.upos.shape[1] else None
        starts, ends = example.text.starts, example.text.ends
        tokens = []
        first = 0
        for index, (token, place, of_token) in enumerate(
            zip(sentence.tokens, example.starts, spelled, strict=True)
        ):
            last = first + len(of_token)
            morphemes = tuple(
                [
                    Morpheme(form, tag, starts[place + start], ends[place + end - 1], score)
                    for (form, tag, _, _, start, end), score in zip(of_token, certain[first:last])
                ]
            )
            first = last
            tokens.append(
                Token(
                    token.surface,
                    token.start,
                    token.end,
                    morphemes,
                    self._upos(symbols.symbol(upos[index]) if upos else None, morphemes),
                )
            )
        return tokens

    def _upos(self, predicted: str | None, morphemes: Sequence[Morpheme]) -> str:
        """The UPOS that these tags always have, else the one that the network predicts."""
        if predicted is None:
            return upos_of([(morpheme.form, morpheme.tag) for morpheme in morphemes])
        if not self._settled_upos:
            return predicted
        xpos = "+".join([morpheme.tag for morpheme in morphemes])
        return self._settled_upos.get(xpos, predicted)

    def _with_analyses(
        self,
        tokens: Sequence[Token],
        example: Example,
        prediction: Prediction,
        nbest: int,
        decided: Sequence[Decided],
    ) -> list[Token]:
        """The tokens with their `nbest` best analyses."""
        starts, ends = example.text.starts, example.text.ends
        likely = by_token(example, prediction, self._labels)
        result = []
        for token, place, (steps, candidates), by_user in zip(
            tokens, example.starts, likely, decided, strict=True
        ):
            analyses = []
            for spelled, sequence in self._decoder.analyses(steps, candidates, nbest, by_user):
                scores = numpy.array([1.0, *(score for _, score in sequence)])
                spans = [x for m in spelled for x in (1 + m.first, 2 + m.last)]
                morphemes = tuple(
                    Morpheme(m.form, m.tag, starts[place + m.start], ends[place + m.end - 1], score)
                    for m, score in zip(spelled, self._certainties(scores, spans), strict=True)
                )
                analyses.append(Analysis(morphemes, probability(sequence)))
            result.append(replace(token, nbest=tuple(analyses)))
        return result


def decided_labels(
    dictionary: UserDictionary, bundle: Bundle, sentence: Sentence, example: Example, view: View
) -> Iterator[Decided]:
    """What a user dictionary says of each token: the labels of some of its steps, in the tag set
    of the model. `view` is the analysis of Kiwi, which knows the dictionary's words."""
    tags = bundle.knowledge.tags[bundle.corpus]
    by_token = _decisions(dictionary, sentence, example, view)
    for steps, decisions in zip(example.steps, by_token, strict=True):
        yield {
            step: label
            for decision in decisions
            if all(tag in tags for _, tag in decision.analysis)
            for step, label in bundle.unit.decided(steps, *decision).items()
        }


def _decisions(
    dictionary: UserDictionary, sentence: Sentence, example: Example, view: View
) -> Iterator[list[Decision]]:
    """What the dictionary says of each token: those of entries of several tokens come first."""
    text = example.text.text
    tokens = list(hints_by_token(sentence, example.text, view))
    across = dictionary.decisions_across(text, [(start, end) for start, end, _ in tokens], view)
    for number, (start, end, hints) in enumerate(tokens):
        first = across.get(number, [])
        others = dictionary.decisions(text[start:end], start, hints)
        yield [
            *first,
            *(d for d in others if all(d.end <= o.start or o.end <= d.start for o in first)),
        ]


def idle_entries(
    entries: Sequence[Entry], dictionary: UserDictionary, bundle: Bundle, tokenizer: Tokenizer
) -> list[Entry]:
    """Those of the entries that do not even apply where their surface is the whole text."""
    sentences = [segment(entry.surface) for entry in entries]
    lexicon = bundle.knowledge.lexicon
    analysed = analysed_examples(sentences, tokenizer, bundle.unit, lexicon)
    idle = []
    for entry, sentence, (example, views) in zip(entries, sentences, analysed, strict=True):
        decided = _decisions(dictionary, sentence, example, views[0])
        wanted = [[Decision(0, len(part), analysis)] for part, analysis in entry.by_token]
        if wanted != list(decided) or not all(
            bundle.unit.decided(steps, *decision)
            for steps, [decision] in zip(example.steps, wanted, strict=True)
        ):
            idle.append(entry)
    return idle
