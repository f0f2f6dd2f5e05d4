"""From sentences to examples, the symbols that the network reads.

`examples_of` is the only way to make them, with gold tags or without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, repeat

import numpy

from tagger.labeling import labels
from tagger.labeling.columns import Columns, Layout, counts_before
from tagger.labeling.labels import structure_of
from tagger.labeling.lexicon import COLUMNS, NO_LEXICON, Lexicon, Morphemes, Sighting
from tagger.labeling.restoration import Restorer
from tagger.labeling.step import Step, Views
from tagger.labeling.units import Unit
from tagger.text.hangul import ComposedText, compose
from tagger.text.segmentation import WINDOW
from tagger.text.sentence import Sentence, Token, TokenColumns, spans
from tagger.tokenizer.base import Hint, Hints, Tokenizer, View
from tagger.tokenizer.noun_dictionary import NO_NOUNS, Nouns
from tagger.vocabulary import Column


@dataclass(frozen=True, eq=False)
class Window:
    """Sentences that are analysed together, as the network reads them.

    `counts` says how many steps each token has, `[tokens]`, `columns` the symbols of the steps
    of all sentences in a row.
    """

    unit: Unit
    layout: Layout
    counts: numpy.ndarray
    columns: Columns

    @cached_property
    def steps(self) -> numpy.ndarray:
        """How many steps are before each token, and in all: `[tokens + 1]`."""
        return counts_before(self.counts)

    def steps_of(self, token: int) -> tuple[Step, ...]:
        """The steps of a token."""
        return self.unit.steps(self.layout, token)


@dataclass(frozen=True, eq=False)
class Example:
    """A sentence of a window, and its gold symbols: `labels` by step and `upos` by token, None
    where there is none."""

    window: Window
    number: int
    labels: Sequence[str | None]
    upos: Sequence[str | None]

    def __len__(self) -> int:
        """The number of steps."""
        return len(self.labels)

    @property
    def text(self) -> ComposedText:
        return self.window.layout.composed[self.number]

    @property
    def views(self) -> Sequence[Hints]:
        """The tokenizer's analyses."""
        return self.window.layout.views[self.number]

    @property
    def starts(self) -> Sequence[int]:
        """The place of each token in the composed text."""
        return self.window.layout.places[self.number][0]

    @property
    def tokens(self) -> slice:
        """Which tokens of the window are its own."""
        first, last = self.window.layout.tokens[self.number : self.number + 2].tolist()
        return slice(first, last)

    @property
    def first_step(self) -> int:
        """The place of its steps among those of the window."""
        return int(self.window.steps[self.tokens.start])

    @property
    def columns(self) -> dict[str, list[str]]:
        """The symbols of its steps, by input column."""
        return {name: self.symbols(name) for name in self.window.columns}

    def symbols(self, name: str) -> list[str]:
        """The symbols of its steps in one input column."""
        first = self.first_step
        return self.window.columns[name].symbols(first, first + len(self))

    @cached_property
    def steps(self) -> tuple[tuple[Step, ...], ...]:
        """The steps of each token."""
        of_window = range(len(self.window.counts))
        return tuple([self.window.steps_of(token) for token in of_window[self.tokens]])

    @property
    def surfaces(self) -> list[str]:
        """Its tokens in the composed text."""
        layout = self.window.layout
        return list(map(layout.token, range(len(layout.starts))[self.tokens]))


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
    [example] = _examples([sentence], [composed_text(sentence)], [views], unit, nouns)
    return example


def examples_of(
    sentences: Sequence[Sentence],
    tokenizer: Tokenizer,
    unit: Unit,
    lexicon: Lexicon = NO_LEXICON,
) -> list[Example]:
    """The examples of the sentences, all in one window, with the tokenizer's analyses as hints."""
    composed = list(map(composed_text, sentences))
    views = tokenizer.analyze([text.text for text in composed])
    return _examples(sentences, composed, views, unit, tokenizer.nouns, lexicon)


def make_examples(
    sentences: Iterable[Sentence],
    tokenizer: Tokenizer,
    unit: Unit,
    lexicon: Lexicon = NO_LEXICON,
) -> Iterator[Example]:
    """The examples of any number of sentences."""
    remaining = iter(sentences)
    while window := list(islice(remaining, WINDOW)):
        yield from examples_of(window, tokenizer, unit, lexicon)


def _examples(
    sentences: Sequence[Sentence],
    composed: Sequence[ComposedText],
    views: Sequence[Views],
    unit: Unit,
    nouns: Nouns,
    lexicon: Lexicon = NO_LEXICON,
) -> list[Example]:
    layout = Layout(
        composed,
        [_places(sentence.tokens, text) for sentence, text in zip(sentences, composed)],
        [[Hints.of(view) for view in of_text] for of_text in views],
    )
    counts, columns = unit.columns(layout, nouns)
    if lexicon:
        columns |= _lexicon_columns(lexicon, layout, repeat(None))
    window = Window(unit, layout, counts, columns)
    steps = window.steps[layout.tokens].tolist()
    examples = []
    for number, sentence in enumerate(sentences):
        tokens = sentence.tokens
        unlabelled = [None] * (steps[number + 1] - steps[number])
        if isinstance(tokens, TokenColumns) and tokens.are_bare:
            examples.append(Example(window, number, unlabelled, tokens.upos))
            continue
        example = Example(window, number, unlabelled, [token.upos for token in tokens])
        if any(token.morphemes for token in tokens):
            example = replace(example, labels=_gold_labels(example, tokens))
        examples.append(example)
    return examples


def _gold_labels(example: Example, tokens: Sequence[Token]) -> list[str | None]:
    given: list[str | None] = []
    for steps, token in zip(example.steps, tokens, strict=True):
        if token.morphemes:
            analysis = [(morpheme.form, morpheme.tag) for morpheme in token.morphemes]
            given += example.window.unit.encode(steps, analysis)
        else:
            given += [None] * len(steps)
    return given


def with_lexicon(example: Example, lexicon: Lexicon, *, learnt_from: bool = False) -> Example:
    """The example of a syllable unit, in a window of its own, with the columns of a lexicon,
    which leave it out of their counts if the lexicon has learned from it."""
    window, number = example.window, example.number
    layout = Layout([example.text], [window.layout.places[number]], [window.layout.views[number]])
    first = example.first_step
    columns = {
        name: Column(codes[first : first + len(example)], alphabet)
        for name, (codes, alphabet) in window.columns.items()
    }
    left_out = sightings(example) if learnt_from else repeat(None)
    columns |= _lexicon_columns(lexicon, layout, left_out)
    alone = Window(window.unit, layout, window.counts[example.tokens], columns)
    return Example(alone, 0, example.labels, example.upos)


def _lexicon_columns(
    lexicon: Lexicon,
    layout: Layout,
    left_out: Iterable[tuple[str, Sighting, Morphemes] | None],
) -> Columns:
    """The columns of a lexicon, of each token without what is left out."""
    columns: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for token, one in zip(range(len(layout.starts)), left_out):
        found = lexicon.columns_without(*one) if one else lexicon.columns(layout.token(token))
        for name, symbols in found.items():
            columns[name] += symbols
    return {name: Column.of(symbols) for name, symbols in columns.items()}


def sightings(example: Example) -> Iterator[tuple[str, Sighting, Morphemes] | None]:
    """Of each token of a syllable unit what a lexicon learns from it, None if it is not gold."""
    first = 0
    for token, upos in zip(example.surfaces, example.upos, strict=True):
        given = [label for label in example.labels[first : first + len(token)] if label is not None]
        first += len(token)
        if len(given) < len(token):
            yield None
            continue
        morphemes = [(piece.form, piece.tag) for piece in labels.decode(token, given)]
        yield token, Sighting(upos, tuple(map(structure_of, given))), morphemes


def open_labels(example: Example, restorer: Restorer) -> list[str | None]:
    """The example's gold labels with open restorations."""
    if not any(example.labels):  # nothing is gold
        return [None] * len(example)
    steps = (step for token_steps in example.steps for step in token_steps)
    return [
        None if label is None else restorer.open(label, step.form, step.analyses)
        for label, step in zip(example.labels, steps, strict=True)
    ]


def hints_by_token(
    sentence: Sentence, composed: ComposedText, view: View
) -> Iterator[tuple[int, int, Sequence[Hint]]]:
    """Of each token its place in the composed text and the morphemes that begin in it."""
    starts, ends = _places(sentence.tokens, composed)
    [analysis] = Layout([composed], [(starts, ends)], [[Hints.of(view)]]).analyses
    for start, end, first, last in zip(starts, ends, analysis.first, analysis.last, strict=True):
        yield start, end, view[first:last]


def _places(tokens: Sequence[Token], composed: ComposedText) -> tuple[list[int], list[int]]:
    """Where each token begins and ends in the composed text."""
    given = spans(tokens)
    if isinstance(composed.starts, range):  # nothing was joined
        return given
    starts = {offset: index for index, offset in reversed(list(enumerate(composed.starts)))}
    ends = {offset: index + 1 for index, offset in enumerate(composed.ends)}
    return [starts[start] for start in given[0]], [ends[end] for end in given[1]]
