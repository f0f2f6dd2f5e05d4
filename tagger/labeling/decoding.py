"""From the labels that the network finds likely to the morphemes of a token."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from tagger.labeling.closing import Choice, close_labels, probability
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.labels import NOTHING, RESTORED, Piece, decode, in_sejong
from tagger.labeling.step import Step, neighbours
from tagger.labeling.units import Unit
from tagger.system.caching import LONGEST_CACHED, cache_repeated
from tagger.text.tagsets import sejong_tag
from tagger.tokenizer.words import NO_WORDS, NOUN, Words, kind_of, words_of
from tagger.vocabulary import Symbols

Decided = Mapping[int, str]
"""The closed labels of those steps of a token that a user has decided."""

UNDECIDED: Decided = {}

BEAM = 16
"""Sequences of labels that are followed at once."""

_LIKELY = (1e-1, 1e-3, 0.0)
"""The shares of the best label's probability down to which a search tries labels, one after
another: closing the others may need the encoder-decoder, which takes most of the time."""

_FLAW = 1e-5
"""What a word that nothing knows, or a tag that never follows the one before, takes from the
probability of a sequence of labels."""

_OTHER_TEXT = 0.1
"""The share of a label's probability that each further text of its structure has."""

_ANALYSED = 1e-2
"""The probability of the tokenizer's own label of a step, if the network gives it less."""

CACHED = 1 << 10
"""Tokens whose morphemes are remembered: in running text most come again and again."""


class Spelled(NamedTuple):
    """A morpheme of a token, the steps that carry it, and its place in the token."""

    form: str
    tag: str
    first: int
    last: int
    start: int
    end: int


def _identity(steps: tuple[Step, ...], labels: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Tells tokens apart: the steps of one that is remembered are the same object each time."""
    return id(steps), labels


class Decoder:
    """Writes the morphemes that labels stand for, in the conventions of a model."""

    def __init__(
        self,
        unit: Unit,
        labels: Symbols,
        knowledge: Knowledge,
        corpus: str,
        words: Words = NO_WORDS,
    ) -> None:
        """`words` are those that the tokenizer knows; without them, any word is taken by a model
        that has seen little text, or does not say what training showed."""
        grammar = knowledge.grammar
        is_known = bool(words) or grammar.is_rich
        self.words = {
            tag: words.get(kind, frozenset()) | grammar.words[kind]
            for tag in knowledge.tags[corpus]
            if is_known and (kind := kind_of(tag)) is not None and kind in grammar.words
        }
        self.never = grammar.never.get(corpus, {}) if is_known else {}
        self._unit = unit
        self._tags = frozenset(knowledge.tags[corpus])
        self._restorer = knowledge.restorer
        self._symbols = labels.symbols
        self._cached_likeliest = cache_repeated(CACHED, _identity, LONGEST_CACHED)(self._likeliest)

    def likeliest(
        self, steps: tuple[Step, ...], labels: tuple[int, ...]
    ) -> tuple[Spelled, ...] | None:
        """The morphemes of a token, by the index of the likeliest label of each step; None
        if those cannot all stand for their steps and follow one another."""
        return self._cached_likeliest(steps, labels)

    def _likeliest(
        self, steps: tuple[Step, ...], labels: tuple[int, ...]
    ) -> tuple[Spelled, ...] | None:
        closed_labels = []
        for step, around, index in zip(steps, neighbours(steps), labels, strict=True):
            label = self._restorer.close(self._symbols[index], step.form, step.analyses, around)
            if label is None:
                return None
            closed_labels.append(label)
        if not self._spells_something(closed_labels):
            return None
        morphemes = self.spell(steps, closed_labels)
        return morphemes if self._is_sound(steps, morphemes) else None

    def choose(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        decided: Decided = UNDECIDED,
    ) -> list[Choice]:
        """The likeliest closed labels of a token's steps that can follow one another and
        stand for something, with no word that nothing knows if there are others; if there are
        none, the best of each step that stands for something. What is `decided` stays so."""
        chosen = self._choose(steps, candidates, decided)
        if self._is_sound(steps, self.spell(steps, [label for label, _ in chosen])):
            return chosen
        likeliest = math.prod(
            1.0 if step in decided else choices[0][1] for step, choices in enumerate(candidates)
        )
        for least in _LIKELY:
            others = self._with_others(steps, candidates, decided, least)
            score, sequence = self._soundest(steps, others)
            if score >= least * likeliest:
                return sequence or chosen  # no label that was left out can be part of a better one
        return chosen

    def _choose(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        decided: Decided,
    ) -> list[Choice]:
        chosen = [next(choices) for choices in self._close_labels(steps, candidates, decided)]
        if self._spells_something([label for label, _ in chosen]):
            return chosen
        for least in _LIKELY:
            for sequence in self.sequences(steps, candidates, BEAM, decided, least)[:1]:
                if probability(sequence) >= least * probability(chosen):
                    return sequence  # no label that was left out can be part of a better one
        something = [
            [choice for choice in choices if choice[0] != NOTHING] or choices
            for choices in candidates
        ]
        return [next(choices) for choices in self._close_labels(steps, something, decided)]

    def _close_labels(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        decided: Decided,
        least: float = 0.0,
    ) -> Iterator[Iterator[Choice]]:
        """`close_labels` with the labels of decided steps, after which a morpheme begins."""
        follows = self._unit.follows
        found = close_labels(steps, candidates, self._restorer, least)
        for index, choices in enumerate(found):
            if index in decided:
                yield iter([(decided[index], 1.0)])
            elif index - 1 in decided:
                likely = list(choices)
                given = [choice for choice in likely if choice[0] != NOTHING] or likely
                yield iter(
                    [choice for choice in given if follows(None, choice[0])]
                    or [("B" + label[1:], score) for label, score in given[:1]]
                )
            else:
                yield choices

    def sequences(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        count: int,
        decided: Decided = UNDECIDED,
        least: float = 0.0,
    ) -> list[list[Choice]]:
        """The likeliest sequences of closed labels that can follow one another and stand for
        something, the best first (a beam search); none if there are none.

        Labels below the share `least` of the best of their step are left out.
        """
        follows = self._unit.follows
        best = [_Path(1.0, None, None, None)]
        for choices in map(list, self._close_labels(steps, candidates, decided, least)):
            longer = [
                path.followed_by(choice)
                for path in best
                for choice in choices
                if follows(path.previous, choice[0])
            ]
            longer.sort(key=lambda path: -path.score)
            best = longer[:count]
        return [path.choices() for path in best if path.previous is not None]

    def analyses(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        count: int,
        decided: Decided = UNDECIDED,
    ) -> list[tuple[tuple[Spelled, ...], list[Choice]]]:
        """The best analyses of a token, each with the labels that spell it, the first being
        the one that `choose` finds."""
        found: dict[str, tuple[tuple[Spelled, ...], list[Choice]]] = {}
        chosen = self.choose(steps, candidates, decided)
        likeliest = probability(chosen)
        others = (
            sequence
            for sequence in self.sequences(steps, candidates, BEAM + 4 * count, decided)
            if probability(sequence) <= likeliest  # a wider beam may find better ones
        )
        for sequence in (chosen, *others):
            spelled = self.spell(steps, [label for label, _ in sequence])
            found.setdefault("+".join(f"{m.form}/{m.tag}" for m in spelled), (spelled, sequence))
        return list(found.values())[:count]

    def spell(self, steps: Sequence[Step], labels: Sequence[str]) -> tuple[Spelled, ...]:
        """The morphemes of a token's closed labels."""
        return tuple(
            Spelled(*piece, steps[piece.first].start, steps[piece.last].end)
            for piece in self._unit.decode(steps, labels)
        )

    def _is_sound(self, steps: Sequence[Step], morphemes: Sequence[Spelled]) -> bool:
        """Whether something knows every word, and each tag may follow the one before."""
        last = ""
        for form, tag, *_ in morphemes:
            if self._cannot_follow(steps, last, tag) or self._is_invented(steps, (form, tag)):
                return False
            last = tag
        return True

    def _spelled(
        self, steps: Sequence[Step], morpheme: _Morpheme, step: Step, label: str
    ) -> tuple[_Morpheme, int]:
        """The morpheme under way after the label of a step, and the flaws that this showed."""
        form, tag = morpheme
        flaws = 0
        for character, next_tag, begins in self._unit.spelled(step, label):
            if begins or next_tag != tag:
                flaws += self._is_invented(steps, (form, tag))
                flaws += self._cannot_follow(steps, tag, next_tag)
                form, tag = character, next_tag
            else:
                form += character
        return (form, tag), flaws

    def _cannot_follow(self, steps: Sequence[Step], before: str, tag: str) -> bool:
        """Whether neither training nor the tokenizer's analysis has the tag after that one."""
        if tag not in self.never.get(before, ()):
            return False
        return (before, tag) not in _tags_in_a_row(tuple(steps))

    def _is_invented(self, steps: Sequence[Step], morpheme: _Morpheme) -> bool:
        """Whether the morpheme is a stem, an ending or a particle, or a noun that is not written
        so, that neither training nor the tokenizer knows."""
        form, tag = morpheme
        known = self.words.get(tag)
        if known is None or form in known:
            return False
        kind = kind_of(tag) or ""
        if kind == NOUN and form in "".join([step.form for step in steps]):
            return False
        return form not in _analysed(tuple(steps)).get(kind, ())

    def _with_others(
        self,
        steps: Sequence[Step],
        candidates: Sequence[Sequence[Choice]],
        decided: Decided,
        least: float,
    ) -> Iterator[list[Choice]]:
        """The closed labels of each step, down to the share `least` of the best, those with other
        texts of their structures, and the tokenizer's own."""
        for index, (step, given) in enumerate(
            zip(steps, self._close_labels(steps, candidates, decided, least), strict=True)
        ):
            choices = dict(reversed(list(given)))
            if index not in decided:
                best = max(choices.values())
                for label, probability in candidates[index]:
                    shape, arrow, _ = label.partition(RESTORED)
                    texts = self._restorer.texts(shape, step.form, step.analyses) if arrow else ()
                    for place, text in enumerate(texts, start=1):
                        other = probability * _OTHER_TEXT**place
                        choices.setdefault(shape + RESTORED + text, other)
                for label in map(in_sejong, step.analyses):
                    if self._tags.issuperset(self._unit.tags(label)):
                        choices[label] = max(choices.get(label, 0.0), best * _ANALYSED)
            yield list(choices.items())

    def _soundest(
        self, steps: Sequence[Step], choices_by_step: Iterable[Sequence[Choice]]
    ) -> tuple[float, list[Choice]]:
        """The likeliest sequence of closed labels that can follow one another, where each flaw
        makes one less likely (a beam search), and its probability; none if there is none."""
        follows = self._unit.follows
        best = [_Checked(_Path(1.0, None, None, None), 1.0, NO_MORPHEME)]
        for step, choices in zip(steps, choices_by_step, strict=True):
            longer: list[_Checked] = []
            for path, score, morpheme in best:
                for choice in choices:
                    if follows(path.previous, choice[0]):
                        found, flaws = self._spelled(steps, morpheme, step, choice[0])
                        longer.append(
                            _Checked(
                                path.followed_by(choice), score * choice[1] * _FLAW**flaws, found
                            )
                        )
            longer.sort(key=lambda checked: -checked.score)
            best = longer[:BEAM]
        whole = [
            (score * _FLAW ** self._is_invented(steps, morpheme), path)
            for path, score, morpheme in best
            if path.previous is not None
        ]
        if not whole:
            return 0.0, []
        score, path = max(whole, key=lambda item: item[0])
        return score, path.choices()

    def _spells_something(self, labels: Sequence[str]) -> bool:
        previous = None
        for label in labels:
            if not self._unit.follows(previous, label):
                return False
            if label != NOTHING:
                previous = label
        return previous is not None


class _Path(NamedTuple):
    """A sequence of labels in the beam: its last choice, the path before it, and the last
    label that stands for something."""

    score: float
    choice: Choice | None
    before: _Path | None
    previous: str | None

    def followed_by(self, choice: Choice) -> _Path:
        label, probability = choice
        previous = self.previous if label == NOTHING else label
        return _Path(self.score * probability, choice, self, previous)

    def choices(self) -> list[Choice]:
        chosen: list[Choice] = []
        path: _Path | None = self
        while path is not None and path.choice is not None:
            chosen.append(path.choice)
            path = path.before
        return chosen[::-1]


_Morpheme = tuple[str, str]
"""Form and tag of a morpheme that may go on."""

NO_MORPHEME: _Morpheme = ("", "")


class _Checked(NamedTuple):
    """A sequence of labels, its probability with what its flaws take from it, and the morpheme
    that it ends with."""

    path: _Path
    score: float
    morpheme: _Morpheme


@lru_cache(maxsize=1 << 8)
def _analysed(steps: tuple[Step, ...]) -> Words:
    """The words of the tokenizer's own analyses of a token."""
    return words_of((piece.form, piece.tag) for pieces in _analyses(steps) for piece in pieces)


@lru_cache(maxsize=1 << 8)
def _tags_in_a_row(steps: tuple[Step, ...]) -> frozenset[tuple[str, str]]:
    """The tags of Sejong that follow one another in the tokenizer's own analyses of a token."""
    return frozenset(
        pair
        for pieces in _analyses(steps)
        for pair in pairwise(sejong_tag(piece.tag) for piece in pieces)
    )


def _analyses(steps: tuple[Step, ...]) -> Iterator[list[Piece]]:
    token = "".join([step.form for step in steps])
    for view in zip(*(step.analyses for step in steps)):
        if all(view):
            yield list(decode(token, view))
