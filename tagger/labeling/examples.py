"""From a sentence to an example, the symbols that the network reads.

`make_example` is the only way to make one, with gold tags or without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from tagger.labeling import labels
from tagger.labeling.labels import structure_of
from tagger.labeling.lexicon import COLUMNS, NO_LEXICON, Lexicon, Morphemes, Sighting
from tagger.labeling.restoration import Restorer
from tagger.labeling.step import INSIDE, JOINED, SPACE, Step, Views, spelling
from tagger.labeling.units import Unit
from tagger.text.hangul import ComposedText, compose
from tagger.text.sentence import Sentence, Token
from tagger.tokenizer.base import Hint, Tokenizer, View
from tagger.tokenizer.noun_dictionary import NO_NOUNS, Nouns


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
    given = sightings(example) if learnt_from else repeat(None)
    for steps, one in zip(example.steps, given):
        found = lexicon.columns_without(*one) if one else lexicon.columns(spelling(steps))
        for name, symbols in found.items():
            columns[name] += symbols
    return replace(example, columns={**example.columns, **columns})


def sightings(example: Example) -> Iterator[tuple[str, Sighting, Morphemes] | None]:
    """Of each token of a syllable unit what a lexicon learns from it, None if it is not gold."""
    first = 0
    for steps, upos in zip(example.steps, example.upos, strict=True):
        given = [label for label in example.labels[first : first + len(steps)] if label is not None]
        first += len(steps)
        if len(given) < len(steps):
            yield None
            continue
        token = spelling(steps)
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
    places = _places(sentence.tokens, composed)
    for (start, end), (hints,) in zip(places, _views_by_token(places, [view]), strict=True):
        yield start, end, hints


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
