"""From the network's labels to the morphemes, UPOS and scores of a sentence's tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, compress, groupby, pairwise
from typing import Any, NamedTuple

import numpy

from tagger.labeling.closing import Choice, probability
from tagger.labeling.columns import counts_before
from tagger.labeling.decoding import UNDECIDED, Decided, Decoder, Spelled
from tagger.labeling.examples import Example, Window, examples_of, hints_by_token
from tagger.labeling.units import Unit
from tagger.model.bundle import Bundle
from tagger.model.predictor import Prediction, by_token, choices
from tagger.text.hangul import ComposedText
from tagger.text.segmentation import addresses, segment
from tagger.text.sentence import (
    Analysis,
    Morpheme,
    MorphemeColumns,
    Sentence,
    Token,
    TokenColumns,
    spans,
)
from tagger.text.tagsets import kiwi_tag, upos_of
from tagger.tokenizer.base import Tokenizer
from tagger.tokenizer.user_dictionary import Decision, Entry, UserDictionary
from tagger.tokenizer.words import NO_WORDS, NOUN, Words, kind_of
from tagger.vocabulary import Symbols


class PlainLabels:
    """The labels that stand for characters as they are written, as arrays over all labels.

    `is_plain`, whether a morpheme `begins` and its `tag`, a place in `tags`: `[labels]`;
    `never` whether a tag cannot follow another, `[tags + 1, tags]`, the last row being that of
    none before; `words` the known forms by tag, where a form that nothing knows is invented: of
    a noun that is as written none is.
    """

    def __init__(self, unit: Unit, labels: Symbols, decoder: Decoder) -> None:
        self.words = {tag: forms for tag, forms in decoder.words.items() if kind_of(tag) != NOUN}
        plain = [unit.as_written(label) for label in labels.symbols]
        self.is_plain = numpy.array([found is not None for found in plain])
        self.begins = numpy.array([found is not None and found[0] for found in plain])
        tags = dict.fromkeys(found[1] for found in plain if found)
        self.tags = numpy.array(list(tags) or [""], dtype=object)
        places = {tag: place for place, tag in enumerate(tags)}
        self.tag = numpy.array([places[found[1]] if found else 0 for found in plain])
        self.never = numpy.array(
            [
                [tag in decoder.never.get(before, ()) for tag in self.tags]
                for before in (*self.tags, "")
            ]
        )


class Spelling(NamedTuple):
    """The morphemes of tokens in a row: how many each token has, `[tokens]`; their forms and
    tags; the first step that carries each and the one after the last, `spans`, and where they
    begin and end in their composed text, `places`: `[morphemes, 2]`."""

    counts: numpy.ndarray
    forms: list[str]
    tags: list[str]
    spans: numpy.ndarray
    places: numpy.ndarray


class Annotator:
    """Writes what a model's labels stand for, in its conventions."""

    def __init__(self, bundle: Bundle, words: Words = NO_WORDS) -> None:
        """`words` are those that the tokenizer knows."""
        self._labels = bundle.vocabulary.labels
        self._upos_symbols = bundle.vocabulary.upos.symbols
        self._settled_upos = bundle.knowledge.settled_upos.get(bundle.corpus, {})
        self._calibration = bundle.calibration
        self._decoder = Decoder(bundle.unit, self._labels, bundle.knowledge, bundle.corpus, words)
        self._plain = PlainLabels(bundle.unit, self._labels, self._decoder)

    def annotate(
        self,
        sentences: Sequence[Sentence],
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        nbest: int = 0,
        decided: Sequence[Sequence[Decided]] | None = None,
    ) -> list[Sentence]:
        """The sentences with the morphemes and UPOS that the predictions spell, and the
        `nbest` best analyses of each token. `decided` has what the user dictionary and
        addresses say of the tokens of each sentence, and overrides the predictions."""
        if decided is None:
            decided = [[UNDECIDED] * len(sentence.tokens) for sentence in sentences]
        annotated: list[Sentence] = []
        for _, group in groupby(enumerate(examples), _follow_in_window):
            some = slice(len(annotated), len(annotated) + len(list(group)))
            annotated += self._annotate(
                sentences[some], examples[some], predictions[some], nbest, decided[some]
            )
        return annotated

    def _annotate(
        self,
        sentences: Sequence[Sentence],
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        nbest: int,
        decided: Sequence[Sequence[Decided]],
    ) -> Iterator[Sentence]:
        """`annotate` of sentences that follow one another in a window."""
        spelling, scores = self._spell(examples, predictions, decided)
        upos = self._upos(predictions, spelling)
        before = counts_before(spelling.counts).tolist()
        starts, ends = spelling.places.T.tolist()
        first = 0
        for index, (sentence, example) in enumerate(zip(sentences, examples, strict=True)):
            last = first + len(sentence.tokens)
            among = slice(before[first], before[last])
            morphemes = MorphemeColumns(
                [place - among.start for place in before[first : last + 1]],
                spelling.forms[among],
                spelling.tags[among],
                *_in_given(example.text, starts[among], ends[among]),
                scores[among],
            )
            tokens: Sequence[Token] = TokenColumns(
                sentence.text, *spans(sentence.tokens), upos[first:last], morphemes
            )
            if nbest:
                tokens = self._with_analyses(
                    tokens, example, predictions[index], nbest, decided[index]
                )
            yield Sentence(sentence.text, tokens, sentence.name)
            first = last

    def _spell(
        self,
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        decided: Sequence[Sequence[Decided]],
    ) -> tuple[Spelling, list[float]]:
        """What the likeliest labels spell, and the calibrated score of each morpheme."""
        window = examples[0].window
        tokens = slice(examples[0].tokens.start, examples[-1].tokens.stop)
        labels = numpy.concatenate([prediction.labels[:, 0] for prediction in predictions])
        scores = numpy.concatenate([prediction.label_scores[:, 0] for prediction in predictions])
        scores = scores.astype(numpy.float64)
        by_token = list(chain.from_iterable(decided))
        plain = self._spell_as_written(window, tokens, labels, numpy.array(by_token, dtype=bool))
        others: list[Sequence[Spelled]] = []
        of_examples = counts_before([len(example) for example in examples])
        steps_before = (window.steps[tokens] - window.steps[tokens.start]).tolist()
        for token in numpy.flatnonzero(plain.counts == 0).tolist():
            first = steps_before[token]
            steps = window.steps_of(tokens.start + token)
            last = first + len(steps)
            morphemes = None
            if not by_token[token]:
                likeliest = tuple(labels[first:last].tolist())
                morphemes = self._decoder.likeliest(steps, likeliest)
            if morphemes is None:
                candidates = self._candidates(predictions, of_examples, first, last)
                chosen = self._decoder.choose(steps, candidates, by_token[token])
                morphemes = self._decoder.spell(steps, [label for label, _ in chosen])
                scores[first:last] = [score for _, score in chosen]
            others.append(morphemes)
        spelling = _merged(plain, others, window, tokens)
        return spelling, self._certainties(scores, spelling.spans)

    def _spell_as_written(
        self, window: Window, tokens: slice, labels: numpy.ndarray, decided: numpy.ndarray
    ) -> Spelling:
        """The morphemes of the tokens, those undecided, whose labels all stand for characters as
        they are written and make a sound analysis; of others there are none."""
        known = self._plain
        counts = window.counts[tokens]
        first = window.steps[tokens] - window.steps[tokens.start]
        token = numpy.repeat(numpy.arange(len(counts)), counts)  # of each step
        tag, begins = known.tag[labels], known.begins[labels]
        before = numpy.roll(tag, 1)
        before[first[counts > 0]] = len(known.tags)
        sound = numpy.where(begins, ~known.never[before, tag], before == tag)
        sound &= known.is_plain[labels]
        is_plain = ~decided & (numpy.bincount(token, ~sound, len(counts)) == 0)
        starts = numpy.flatnonzero(begins & is_plain[token])
        token = token[starts]  # of each morpheme
        ends = numpy.minimum(numpy.append(starts[1:], len(labels)), (first + counts)[token])
        text = window.layout.written[window.steps[tokens.start] : window.steps[tokens.stop]]
        forms = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist())]
        tags = known.tags[tag[starts]].tolist()
        unknown = [
            place
            for place, (form, name) in enumerate(zip(forms, tags))
            if form not in known.words.get(name, (form,))
        ]
        if unknown:
            is_plain[token[unknown]] = False
            kept = is_plain[token]
            forms, tags = list(compress(forms, kept)), list(compress(tags, kept))
            starts, ends, token = starts[kept], ends[kept], token[kept]
        steps = numpy.stack([starts, ends], axis=1)
        in_token = steps - first[token, None]
        return Spelling(numpy.bincount(token, minlength=len(counts)), forms, tags, steps, in_token)

    def _candidates(
        self, predictions: Sequence[Prediction], before: numpy.ndarray, first: int, last: int
    ) -> Sequence[Sequence[Choice]]:
        """The likely labels of some steps, counted from the first of all; `before` are those
        before each prediction."""
        index = int(numpy.searchsorted(before, first, "right")) - 1
        steps = slice(first - before[index], last - before[index])
        prediction = predictions[index]
        return choices(self._labels, prediction.labels[steps], prediction.label_scores[steps])

    def _certainties(self, scores: numpy.ndarray, spans: numpy.ndarray) -> list[float]:
        """The calibrated score of each morpheme: the product of its steps' scores."""
        if not len(spans):
            return []
        products = numpy.multiply.reduceat(numpy.append(scores, 1.0), spans.ravel())[::2]
        scores_of_morphemes: list[float] = self._calibration(products).tolist()
        return scores_of_morphemes

    def _upos(self, predictions: Sequence[Prediction], spelling: Spelling) -> list[str]:
        """Of each token the UPOS that its tags always have, else the one that the network
        predicts."""
        before = counts_before(spelling.counts).tolist()
        forms, tags = spelling.forms, spelling.tags
        if not self._upos_symbols:
            pairs = list(zip(forms, tags))
            return [upos_of(pairs[a:b]) for a, b in pairwise(before)]
        predicted = [
            self._upos_symbols[index] for p in predictions for index in p.upos[:, 0].tolist()
        ]
        if not self._settled_upos:
            return predicted
        settled = self._settled_upos.get
        return [
            settled("+".join(tags[a:b]), name) for name, a, b in zip(predicted, before, before[1:])
        ]

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
                scores = numpy.array([score for _, score in sequence])
                steps_of = numpy.array([(m.first, m.last + 1) for m in spelled]).reshape(-1, 2)
                morphemes = tuple(
                    Morpheme(m.form, m.tag, starts[place + m.start], ends[place + m.end - 1], score)
                    for m, score in zip(spelled, self._certainties(scores, steps_of), strict=True)
                )
                analyses.append(Analysis(morphemes, probability(sequence)))
            result.append(replace(token, nbest=tuple(analyses)))
        return result


def _follow_in_window(numbered: tuple[int, Example]) -> tuple[int, int]:
    """The same for examples that follow one another in a window."""
    place, example = numbered
    return id(example.window), example.number - place


def _merged(
    plain: Spelling, others: Iterable[Sequence[Spelled]], window: Window, tokens: slice
) -> Spelling:
    """The morphemes of all tokens, in order; `others` are of those tokens that have none yet,
    with places in their token, as those of `plain` are."""
    others = list(others)
    without = plain.counts == 0
    counts = plain.counts.copy()
    counts[without] = list(map(len, others))
    token = numpy.repeat(numpy.arange(len(counts)), counts)  # of each morpheme
    new = without[token]
    more = list(chain.from_iterable(others))
    first = (window.steps[tokens] - window.steps[tokens.start])[token]
    start = (window.layout.starts - window.layout.begins)[tokens][token]

    def both(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
        found = numpy.empty(len(token), dtype=object)
        found[~new] = numpy.array(one, dtype=object)
        found[new] = numpy.array(other, dtype=object)
        return list(found)

    spans, places = numpy.zeros((2, len(token), 2), dtype=numpy.int64)
    spans[~new], places[~new] = plain.spans, plain.places
    if more:
        carried = numpy.array([(m.first, m.last + 1, m.start, m.end) for m in more])
        spans[new] = carried[:, :2] + first[new, None]
        places[new] = carried[:, 2:]
    return Spelling(
        counts,
        both(plain.forms, [morpheme.form for morpheme in more]),
        both(plain.tags, [morpheme.tag for morpheme in more]),
        spans,
        places + start[:, None],
    )


def _in_given(
    composed: ComposedText, starts: list[int], ends: list[int]
) -> tuple[list[int], list[int]]:
    """Places in a composed text as places in what was given."""
    if isinstance(composed.starts, range):
        return starts, ends
    return [composed.starts[start] for start in starts], [composed.ends[end - 1] for end in ends]


def decided_labels(
    dictionary: UserDictionary | None, bundle: Bundle, sentence: Sentence, example: Example
) -> list[Decided]:
    """What a user dictionary says of each token, and that an address is one word of Latin
    letters: the labels of some of its steps, in the tag set of the model."""
    decided = [UNDECIDED] * len(sentence.tokens)
    has_addresses = any(addresses(example.text.text))
    if dictionary is None and not has_addresses:
        return decided
    tags = bundle.knowledge.tags[bundle.corpus]
    by_token: Iterable[list[Decision]] = [[]] * len(decided)
    if dictionary is not None:
        by_token = _decisions(dictionary, sentence, example)
    if has_addresses:
        latin = next((tag for tag in sorted(tags) if kiwi_tag(tag) == "SL"), "SL")
        by_token = map(partial(_with_addresses, latin), example.surfaces, by_token)
    return [
        {
            step: label
            for decision in decisions
            if all(tag in tags for _, tag in decision.analysis)
            for step, label in bundle.unit.decided(steps, *decision).items()
        }
        for steps, decisions in zip(example.steps, by_token, strict=True)
    ]


def _with_addresses(tag: str, surface: str, decisions: list[Decision]) -> list[Decision]:
    """The decisions for a token, and one for each address in it that they leave."""
    found = (
        Decision(start, end, ((surface[start:end], tag),)) for start, end in addresses(surface)
    )
    return _with_apart(decisions, found)


def _decisions(
    dictionary: UserDictionary, sentence: Sentence, example: Example
) -> Iterator[list[Decision]]:
    """What the dictionary says of each token: those of entries of several tokens come first."""
    text, view = example.text.text, list(example.views[0])  # of Kiwi, which knows the words
    tokens = list(hints_by_token(sentence, example.text, view))
    across = dictionary.decisions_across(text, [(start, end) for start, end, _ in tokens], view)
    for number, (start, end, hints) in enumerate(tokens):
        others = dictionary.decisions(text[start:end], start, hints)
        yield _with_apart(across.get(number, []), others)


def _with_apart(decisions: list[Decision], others: Iterable[Decision]) -> list[Decision]:
    """The decisions, and those of the others that overlap none of them."""
    return [
        *decisions,
        *(d for d in others if all(d.end <= o.start or o.end <= d.start for o in decisions)),
    ]


def idle_entries(
    entries: Sequence[Entry], dictionary: UserDictionary, bundle: Bundle, tokenizer: Tokenizer
) -> list[Entry]:
    """Those of the entries that do not even apply where their surface is the whole text."""
    sentences = [segment(entry.surface) for entry in entries]
    lexicon = bundle.knowledge.lexicon
    examples = examples_of(sentences, tokenizer, bundle.unit, lexicon)
    idle = []
    for entry, sentence, example in zip(entries, sentences, examples, strict=True):
        decided = _decisions(dictionary, sentence, example)
        wanted = [[Decision(0, len(part), analysis)] for part, analysis in entry.by_token]
        if wanted != list(decided) or not all(
            bundle.unit.decided(steps, *decision)
            for steps, [decision] in zip(example.steps, wanted, strict=True)
        ):
            idle.append(entry)
    return idle
