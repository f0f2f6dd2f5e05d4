"""From a sentence to what the network reads, and from its labels back to morphemes.

`make_example` is the only way to make an example, with gold tags or without. A *unit* says
what one step of the sequence is: a syllable (`SyllableUnit`) or a morpheme of the tokenizer
(`MorphemeUnit`). Nothing after this module knows which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, repeat
from sys import intern
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy

from tagger import labels
from tagger.hangul import ComposedText, compose
from tagger.labels import BETWEEN_SLOTS, NOTHING, RESTORED, Placed, structure
from tagger.lexicon import COLUMNS, NO_LEXICON, Lexicon, Morphemes, Sighting
from tagger.meanings import NO_MEANING, meaning
from tagger.memory import LONGEST_REMEMBERED, remembered
from tagger.morphology import Sentence, Token
from tagger.nouns import NO_NOUNS, Nouns
from tagger.restoration import OPEN, Restorer
from tagger.tokenizer import Hint, Tokenizer, View
from tagger.vocabulary import Symbols, Vocabulary

IGNORED = -100
"""The target of a step or token without gold label; cross-entropy leaves it out."""

EDGE = " "
"""Stands for what is beyond the first and last step."""

SPACE, JOINED, INSIDE = "space", "joined", "inside"
"""What is before a step: white space, the end of another token, or a step of its own token."""

NO_HINT = "-"


Columns = dict[str, Sequence[str]]
"""The symbols of each step, by input column."""

Views = Sequence[Sequence[Hint]]
"""The morphemes of a text or token in each view of the tokenizer."""


class Step(NamedTuple):
    """One step of the sequence: a stretch of its token with the tokenizer's views.

    `start` and `end` count the token's composed characters. `hints` has one symbol for each
    view; `analyses` the labels that the tokenizer's own analyses would give the step;
    `meaning` what is known of the first morpheme that stands in it, in the first view.
    """

    start: int
    end: int
    form: str
    hints: tuple[str, ...]
    analyses: tuple[str, ...] = ()
    meaning: tuple[str, ...] = NO_MEANING


class Unit(Protocol):
    """What one step of the sequence is, which symbols describe it, and what its label says."""

    name: str

    def steps(self, surface: str, start: int, views: Views) -> tuple[Step, ...]:
        """The steps of a token, at least one; `views` are the tokenizer's morphemes that
        begin in it, `start` its place in the text."""
        ...

    def columns(
        self,
        tokens: Sequence[Sequence[Step]],
        boundaries: Sequence[str],
        views: int,
        nouns: Nouns,
    ) -> Columns:
        """The symbols of each step of a sentence by input column."""
        ...

    def encode(
        self, steps: Sequence[Step], analysis: Sequence[tuple[str, str]]
    ) -> list[str | None]:
        """The gold labels of a token's steps, None where there is none."""
        ...

    def decode(self, steps: Sequence[Step], labels: Sequence[str]) -> list[labels.Piece]:
        """The morphemes that a token's labels spell; `first` and `last` are steps."""
        ...

    def follows(self, previous: str | None, label: str) -> bool:
        """Whether a label can come after the last one that stood for something."""
        ...

    def decided(
        self, steps: Sequence[Step], start: int, end: int, analysis: Sequence[tuple[str, str]]
    ) -> dict[int, str]:
        """The labels, by step, that say that these characters of a token have this analysis;
        none if the steps cannot say so."""
        ...

    def tags(self, label: str) -> list[str]:
        """The tags that a label names."""
        ...

    def is_label(self, text: str) -> bool:
        """Whether the text can be a label of a model."""
        ...


class SyllableUnit:
    """Each character is a step; its hint is the structure of the label that the tokenizer's
    morphemes would give it."""

    name = "syllable"

    def steps(self, surface: str, start: int, views: Views) -> tuple[Step, ...]:
        analyses = tuple(
            [
                tuple(
                    [
                        Placed(hint.form, hint.tag, hint.start - start, hint.end - start)
                        for hint in view
                    ]
                )
                for view in views
            ]
        )
        numbers = tuple([hint.number for hint in views[0]])
        return _remembered_syllables(surface, analyses, numbers)

    def columns(
        self,
        tokens: Sequence[Sequence[Step]],
        boundaries: Sequence[str],
        views: int,
        nouns: Nouns,
    ) -> Columns:
        steps = list(chain.from_iterable(tokens))
        forms = [step.form for step in steps]
        places = [nouns.within(_spelling(token)) for token in tokens]
        apart = [boundary == SPACE for boundary in boundaries] + [True]
        return {
            "syllable": forms,
            "left_bigram": [
                (EDGE if space else left) + form
                for left, form, space in zip([EDGE, *forms], forms, apart)
            ],
            "right_bigram": [
                form + (EDGE if space else right)
                for form, right, space in zip(forms, [*forms[1:], EDGE], apart[1:])
            ],
            "noun_begins": list(chain.from_iterable([place.begins for place in places])),
            "noun_ends": list(chain.from_iterable([place.ends for place in places])),
            **_hint_columns(steps, views),
        }

    def encode(
        self, steps: Sequence[Step], analysis: Sequence[tuple[str, str]]
    ) -> list[str | None]:
        return list(labels.encode(_spelling(steps), analysis))

    def decode(self, steps: Sequence[Step], chosen: Sequence[str]) -> list[labels.Piece]:
        return labels.decode(_spelling(steps), chosen)

    def follows(self, previous: str | None, label: str) -> bool:
        return labels.follows(previous, label)

    def decided(
        self, steps: Sequence[Step], start: int, end: int, analysis: Sequence[tuple[str, str]]
    ) -> dict[int, str]:
        surface = _spelling(steps[start:end])
        return dict(enumerate(labels.encode(surface, analysis), start))

    def tags(self, label: str) -> list[str]:
        return labels.tags(label)

    def is_label(self, text: str) -> bool:
        return labels.is_label(text.removesuffix(RESTORED + OPEN))


class MorphemeUnit:
    """Each morpheme of the tokenizer is a step with one tag: the textbook tagger.

    A token that the tokenizer leaves whole is one step, and its label all its tags, as in
    systems that label whole eojeols. Where the tokenizer's morphemes are not the gold ones,
    only those that agree have a gold label. Further views of the tokenizer are not used.
    """

    name = "morpheme"

    def steps(self, surface: str, start: int, views: Views) -> tuple[Step, ...]:
        length = len(surface)
        steps = tuple(
            Step(
                hint.start - start,
                min(max(hint.end, hint.start + 1) - start, length),
                hint.form,
                (hint.tag,),
                meaning=meaning(hint.number),
            )
            for hint in views[0]
        )
        return steps or (Step(0, length, surface, (NO_HINT,)),)

    def columns(
        self,
        tokens: Sequence[Sequence[Step]],
        boundaries: Sequence[str],
        views: int,
        nouns: Nouns,
    ) -> Columns:
        steps = list(chain.from_iterable(tokens))
        forms = [step.form for step in steps]
        return {
            "form": forms,
            "previous_form": [EDGE, *forms][:-1],
            "next_form": [*forms, EDGE][1:],
            "first_syllable": [form[:1] for form in forms],
            "first_syllables": [form[:2] for form in forms],
            "last_syllable": [form[-1:] for form in forms],
            "last_syllables": [form[-2:] for form in forms],
            **_hint_columns(steps, 1),
        }

    def encode(
        self, steps: Sequence[Step], analysis: Sequence[tuple[str, str]]
    ) -> list[str | None]:
        if len(steps) == 1 and steps[0].hints == (NO_HINT,):
            return ["+".join(tag for _, tag in analysis)]
        targets: list[str | None] = [None] * len(steps)
        for step, morpheme in labels.common_subsequence(
            [step.form for step in steps], [form for form, _ in analysis]
        ):
            targets[step] = analysis[morpheme][1]
        return targets

    def decode(self, steps: Sequence[Step], chosen: Sequence[str]) -> list[labels.Piece]:
        return [
            labels.Piece(step.form, label, index, index)
            for index, (step, label) in enumerate(zip(steps, chosen, strict=True))
        ]

    def follows(self, previous: str | None, label: str) -> bool:
        return True

    def decided(
        self, steps: Sequence[Step], start: int, end: int, analysis: Sequence[tuple[str, str]]
    ) -> dict[int, str]:
        within = [i for i, step in enumerate(steps) if start <= step.start and step.end <= end]
        if [steps[index].form for index in within] != [form for form, _ in analysis]:
            return {}
        return {index: tag for index, (_, tag) in zip(within, analysis, strict=True)}

    def tags(self, label: str) -> list[str]:
        return label.split("+")

    def is_label(self, text: str) -> bool:
        return all(self.tags(text))


def _syllables(
    surface: str, analyses: tuple[tuple[Placed, ...], ...], numbers: tuple[int, ...]
) -> tuple[Step, ...]:
    """The steps of a token whose tokenizer's analyses are these, one for each view; `numbers`
    are those of the morphemes of the first."""
    by_view = [
        labels.encode_placed(surface, analysis) if analysis else [""] * len(surface)
        for analysis in analyses
    ]
    return tuple(
        [
            Step(
                place,
                place + 1,
                intern(form),
                *_described(given),
                known,
            )
            for place, (form, given, known) in enumerate(
                zip(surface, zip(*by_view), _meanings(by_view[0], numbers), strict=True)
            )
        ]
    )


@lru_cache(maxsize=1 << 11)
def _described(given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hints of a step with these labels, one of each view, and the labels: equal ones are
    one object, for thousands of steps are remembered."""
    hints = tuple([structure(label) or NO_HINT for label in given])
    return (given if hints == given else hints), given


_remembered_syllables = remembered(1 << 10, longest=LONGEST_REMEMBERED)(_syllables)


def _meanings(view: Sequence[str], numbers: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """What is known of the first morpheme in each syllable, by the labels that the morphemes
    of these numbers give them."""
    morpheme = -1
    for label in view:
        if not label or label == NOTHING:
            yield NO_MEANING
            continue
        morpheme += label[0] == "B"
        yield meaning(numbers[morpheme])
        if BETWEEN_SLOTS in label:
            _, *others = structure(label).split(BETWEEN_SLOTS)
            morpheme += sum(slot[0] == "B" for slot in others)


def hint_column(view: int) -> str:
    """The name of the input column of a view, counted from 0."""
    return f"hint_{view + 1}" if view else "hint"


def _hint_columns(steps: Sequence[Step], views: int) -> Columns:
    """What the tokenizer says of each step: a tag or structure for each view, and the meaning."""
    meanings = list(zip(*[step.meaning for step in steps])) or [()] * len(NO_MEANING)
    return {
        **{hint_column(view): [step.hints[view] for step in steps] for view in range(views)},
        **{meaning_column(part): symbols for part, symbols in enumerate(meanings)},
    }


def meaning_column(part: int) -> str:
    """The name of the input column of a part of the meaning, counted from 0."""
    return f"meaning_{part + 1}"


UNITS: dict[str, Unit] = {unit.name: unit for unit in (SyllableUnit(), MorphemeUnit())}


@dataclass(frozen=True)
class Example:
    """A sentence as the network's symbols.

    `steps` holds each token's steps and `starts` its place in the composed text, `columns`
    the symbols of all steps in a row
    (`[length]` each), `labels` and `upos` the gold symbols by step and by token, None
    where there is none.
    """

    text: ComposedText
    steps: tuple[tuple[Step, ...], ...]
    starts: Sequence[int]
    columns: Mapping[str, Sequence[str]]
    labels: Sequence[str | None]
    upos: Sequence[str | None]

    def __len__(self) -> int:
        """The number of steps."""
        return len(self.labels)


def composed_text(sentence: Sentence) -> ComposedText:
    """The text that tokenizer and network read: composed, unless a given token ends within
    what would become one character."""
    composed = compose(sentence.text)
    if isinstance(composed.starts, range):  # nothing was joined
        return composed
    starts, ends = set(composed.starts), set(composed.ends)
    if all(token.start in starts and token.end in ends for token in sentence.tokens):
        return composed
    length = len(sentence.text)
    return ComposedText(sentence.text, range(length), range(1, length + 1))


def make_example(sentence: Sentence, views: Views, unit: Unit, nouns: Nouns = NO_NOUNS) -> Example:
    """The example of a sentence whose tokens may carry gold morphemes.

    `views` are the tokenizer's analyses of `composed_text(sentence).text`, `nouns` those that
    it knows.
    """
    return _make_example(sentence, composed_text(sentence), views, unit, nouns)


def _make_example(
    sentence: Sentence, composed: ComposedText, views: Views, unit: Unit, nouns: Nouns
) -> Example:
    steps: list[tuple[Step, ...]] = []
    starts: list[int] = []
    targets: list[str | None] = []
    boundaries: list[str] = []
    last_end = 0
    places = _places(sentence.tokens, composed)
    for token, (start, end), token_views in zip(
        sentence.tokens, places, _views_by_token(places, views), strict=True
    ):
        token_steps = unit.steps(composed.text[start:end], start, token_views)
        steps.append(token_steps)
        starts.append(start)
        boundaries.append(SPACE if start > last_end or not start else JOINED)
        boundaries += [INSIDE] * (len(token_steps) - 1)
        last_end = end
        if token.morphemes:
            analysis = [(morpheme.form, morpheme.tag) for morpheme in token.morphemes]
            targets += unit.encode(token_steps, analysis)
        else:
            targets += [None] * len(token_steps)
    columns = unit.columns(steps, boundaries, len(views), nouns)
    columns["boundary"] = boundaries
    return Example(
        composed,
        tuple(steps),
        starts,
        columns,
        targets,
        [token.upos for token in sentence.tokens],
    )


def make_examples(
    sentences: Sequence[Sentence],
    tokenizer: Tokenizer,
    unit: Unit,
    lexicon: Lexicon = NO_LEXICON,
) -> list[Example]:
    """The examples of the sentences, with the tokenizer's analyses as hints."""
    return [example for example, _ in analysed_examples(sentences, tokenizer, unit, lexicon)]


def analysed_examples(
    sentences: Sequence[Sentence],
    tokenizer: Tokenizer,
    unit: Unit,
    lexicon: Lexicon = NO_LEXICON,
) -> Iterator[tuple[Example, tuple[View, ...]]]:
    """The examples of the sentences, each with the tokenizer's analyses."""
    texts = [composed_text(sentence) for sentence in sentences]
    analyses = tokenizer.analyze([composed.text for composed in texts])
    for sentence, composed, views in zip(sentences, texts, analyses, strict=True):
        example = _make_example(sentence, composed, views, unit, tokenizer.nouns)
        yield (with_lexicon(example, lexicon) if lexicon else example), views


def with_lexicon(example: Example, lexicon: Lexicon, *, learnt_from: bool = False) -> Example:
    """The example of a syllable unit with the columns of a lexicon, which leave it out of
    their counts if the lexicon has learned from it."""
    columns: dict[str, list[str]] = {name: [] for name in COLUMNS}
    given = shown(example) if learnt_from else repeat(None)
    for steps, one in zip(example.steps, given):
        found = lexicon.columns_without(*one) if one else lexicon.columns(_spelling(steps))
        for name, symbols in found.items():
            columns[name] += symbols
    return replace(example, columns={**example.columns, **columns})


def shown(example: Example) -> Iterator[tuple[str, Sighting, Morphemes] | None]:
    """Of each token of a syllable unit what a lexicon learns from it, None if it is not gold."""
    first = 0
    for steps, upos in zip(example.steps, example.upos, strict=True):
        given = [label for label in example.labels[first : first + len(steps)] if label is not None]
        first += len(steps)
        if len(given) < len(steps):
            yield None
            continue
        token = _spelling(steps)
        morphemes = [(piece.form, piece.tag) for piece in labels.decode(token, given)]
        yield token, Sighting(upos, tuple(map(structure, given))), morphemes


def _spelling(steps: Sequence[Step]) -> str:
    return "".join([step.form for step in steps])


def hints_by_token(
    sentence: Sentence, composed: ComposedText, view: View
) -> Iterator[tuple[int, int, Sequence[Hint]]]:
    """Of each token its place in the composed text and the morphemes that begin in it."""
    places = _places(sentence.tokens, composed)
    for (start, end), (hints,) in zip(places, _views_by_token(places, [view]), strict=True):
        yield start, end, hints


def neighbours(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """The form before and after each step of a token, EDGE at its ends."""
    forms = [EDGE, *(step.form for step in steps), EDGE]
    return list(zip(forms, forms[2:]))


def _places(tokens: Sequence[Token], composed: ComposedText) -> list[tuple[int, int]]:
    """Where each token stands in the composed text."""
    if isinstance(composed.starts, range):  # nothing was joined
        return [(token.start, token.end) for token in tokens]
    starts = {offset: index for index, offset in reversed(list(enumerate(composed.starts)))}
    ends = {offset: index + 1 for index, offset in enumerate(composed.ends)}
    return [(starts[token.start], ends[token.end]) for token in tokens]


def _views_by_token(places: Sequence[tuple[int, int]], views: Views) -> Iterator[Views]:
    """For each token the hints of each view that begin in it; all come in order."""
    remaining = [0] * len(views)
    for start, end in places:
        token_views: list[Sequence[Hint]] = []
        for index, view in enumerate(views):
            first = remaining[index]
            while first < len(view) and view[first].start < start:
                first += 1
            last = first
            while last < len(view) and view[last].start < end:
                last += 1
            token_views.append(view[first:last])
            remaining[index] = last
        yield token_views


TAUGHT = 4
"""The most symbols that teachers propose for one place."""


class Taught(NamedTuple):
    """Soft targets: symbols with their weights, which add up to 1 or, where there is no
    target, to 0. Shape of each: `[places, TAUGHT]`."""

    indices: numpy.ndarray
    weights: numpy.ndarray


def taught(choices: Sequence[Mapping[str, float]], symbols: Symbols) -> Taught:
    """The likeliest of each place's choices that the vocabulary lists."""
    indices = numpy.zeros((len(choices), TAUGHT), dtype=numpy.int64)
    weights = numpy.zeros((len(choices), TAUGHT), dtype=numpy.float32)
    for place, probabilities in enumerate(choices):
        known = [
            (p, symbols.index(symbol)) for symbol, p in probabilities.items() if symbol in symbols
        ]
        for rank, (probability, index) in enumerate(sorted(known, reverse=True)[:TAUGHT]):
            indices[place, rank] = index
            weights[place, rank] = probability
    return Taught(indices, weights / numpy.maximum(weights.sum(1, keepdims=True), 1e-9))


@dataclass(frozen=True)
class Indices:
    """An example as indices: `columns` `[column, length]`, `labels` `[length]`,
    `upos` `[tokens]`, `first` and `last` step of each token `[tokens]`.

    `taught_labels` and `taught_upos` are what teachers say, None without them.
    """

    columns: numpy.ndarray
    labels: numpy.ndarray
    upos: numpy.ndarray
    first: numpy.ndarray
    last: numpy.ndarray
    corpus: int
    taught_labels: Taught | None = None
    taught_upos: Taught | None = None

    def __len__(self) -> int:
        return len(self.labels)


def index_example(
    example: Example,
    vocabulary: Vocabulary,
    corpus: int = 0,
    taught_labels: Taught | None = None,
    taught_upos: Taught | None = None,
) -> Indices:
    """The example's symbols as indices of the vocabulary, its labels open where the restorer
    can close them; gold symbols that the vocabulary does not list are ignored as targets."""
    counts = numpy.array([len(steps) for steps in example.steps], dtype=numpy.int64)
    last = numpy.cumsum(counts) - 1
    return Indices(
        numpy.array(
            [symbols.indices(example.columns[name]) for name, symbols in vocabulary.inputs.items()],
            dtype=numpy.int32,
        ),
        _targets(open_labels(example, vocabulary.restorer), vocabulary.labels),
        _targets(example.upos, vocabulary.upos),
        last - counts + 1,
        last,
        corpus,
        taught_labels,
        taught_upos,
    )


def open_labels(example: Example, restorer: Restorer) -> list[str | None]:
    """The example's gold labels with open restorations."""
    if not any(example.labels):  # nothing is gold
        return [None] * len(example)
    steps = (step for token_steps in example.steps for step in token_steps)
    return [
        None if label is None else restorer.open(label, step.form, step.analyses)
        for label, step in zip(example.labels, steps, strict=True)
    ]


def _targets(gold: Sequence[str | None], symbols: Symbols) -> numpy.ndarray:
    if not any(gold):
        return numpy.full(len(gold), IGNORED, dtype=numpy.int64)
    return numpy.array(
        [
            symbols.index(symbol) if symbol is not None and symbol in symbols else IGNORED
            for symbol in gold
        ],
        dtype=numpy.int64,
    )


Array = TypeVar("Array")


@dataclass(frozen=True)
class Batch(Generic[Array]):
    """Examples side by side, padded behind their last step, as arrays or as tensors.

    Shapes: `columns` one `[batch, length]` for each input column, `lengths` `[batch]`,
    `corpus` `[batch]`, `labels` `[batch, length]`, and by token `first`, `last` and `upos`
    `[batch, tokens]`. Padding is 0 in inputs and places and IGNORED in targets. What
    teachers say is None without them, else indices and weights
    `[batch, length or tokens, TAUGHT]`.
    """

    columns: Mapping[str, Array]
    lengths: Array
    corpus: Array
    first: Array
    last: Array
    labels: Array
    upos: Array
    taught_labels: tuple[Array, Array] | None = None
    taught_upos: tuple[Array, Array] | None = None


def make_batch(examples: Sequence[Indices], names: Iterable[str]) -> Batch[numpy.ndarray]:
    """The examples padded to the longest; `names` are the columns in the vocabulary's order."""
    length = max(len(example) for example in examples)
    tokens = max(len(example.first) for example in examples)

    def padded(rows: Callable[[Indices], numpy.ndarray], width: int, padding: int) -> numpy.ndarray:
        table = numpy.full((len(examples), width), padding, dtype=numpy.int64)
        for index, example in enumerate(examples):
            row = rows(example)
            table[index, : len(row)] = row
        return table

    def padded_taught(
        rows: Callable[[Indices], Taught | None], width: int
    ) -> tuple[numpy.ndarray, numpy.ndarray] | None:
        if all(rows(example) is None for example in examples):
            return None
        indices = numpy.zeros((len(examples), width, TAUGHT), dtype=numpy.int64)
        weights = numpy.zeros((len(examples), width, TAUGHT), dtype=numpy.float32)
        for index, example in enumerate(examples):
            if (row := rows(example)) is not None:
                indices[index, : len(row.indices)] = row.indices
                weights[index, : len(row.weights)] = row.weights
        return indices, weights

    return Batch(
        {
            name: padded(lambda example, i=index: example.columns[i], length, 0)  # type: ignore[misc]
            for index, name in enumerate(names)
        },
        numpy.array([len(example) for example in examples]),
        numpy.array([example.corpus for example in examples]),
        padded(lambda example: example.first, tokens, 0),
        padded(lambda example: example.last, tokens, 0),
        padded(lambda example: example.labels, length, IGNORED),
        padded(lambda example: example.upos, tokens, IGNORED),
        padded_taught(lambda example: example.taught_labels, length),
        padded_taught(lambda example: example.taught_upos, tokens),
    )
