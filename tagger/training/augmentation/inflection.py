"""Verbs and adjectives in other forms, so that those which share forms are told apart.

푸는 is 풀다 or 푸다, and analysers take the one that they like; but 퍼즐을 풀었다 can only be
풀다. So what stands beside the forms that are of one word alone teaches which word is meant by
the forms of several: a sentence with 퍼즐을 풀던 is also seen with 퍼즐을 푸는, and what it stands
for is known, whatever an analyser says of the new text. Inflection is Kiwi's, and the endings
are those that the corpus shows after like stems.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tagger.text.hangul import is_syllable, split_syllable
from tagger.text.sentence import Sentence
from tagger.tokenizer.joining import join
from tagger.training.augmentation.noise import Analysis, Piece, pieces_of, written

STEMS = ("VV", "VA")
SEEN = 3
"""How often a stem must be seen to be inflected: analyses have errors."""

ENDINGS = 400
"""How many endings, the frequent ones, are put after stems."""

SHARED = 0.9
"""The share of its forms that must be regular, or irregular, if a stem is to be taken so."""

MOST = 150
"""How many sentences are made for one verb or adjective: some are everywhere."""

_UNFINISHED = ("지", "게", "고", "아", "어", "여")
"""Endings before an auxiliary, which another ending would leave alone."""

Ending = tuple[tuple[str, str], ...]
"""The morphemes after a stem, form and tag."""


class Inflected(NamedTuple):
    """A verb or adjective that inflects in one way: stem, tag, and whether it is irregular where
    both can be (묻다 is two of these: 물어 and 묻어)."""

    stem: str
    tag: str
    irregular: bool | None

    def form(self, ending: Ending) -> str:
        """The stem with the ending, as it is written."""
        suffix = "" if self.irregular is None else "-I" if self.irregular else "-R"
        return join([(self.stem, self.tag + suffix), *ending])


class Inflection:
    """The words that a corpus shows inflected, and which of their forms are of several words."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.stems: dict[tuple[str, str], list[Inflected]] = {}
        self._endings: dict[tuple[object, ...], Counter[Ending]] = defaultdict(Counter)
        self._learn(sentences)
        self.forms: dict[str, set[Inflected]] = defaultdict(set)
        self._by_word: dict[Inflected, dict[Ending, str]] = {}
        for word in (word for words in self.stems.values() for word in words):
            forms = {ending: word.form(ending) for ending in self.endings_of(word)}
            self._by_word[word] = forms
            for form in forms.values():
                self.forms[form].add(word)

    def _learn(self, sentences: Iterable[Sentence]) -> None:
        shown: dict[tuple[str, str], Counter[tuple[str, Ending]]] = defaultdict(Counter)
        for sentence in sentences:
            for token in sentence.tokens:
                pairs = [(morpheme.form, morpheme.tag) for morpheme in token.morphemes]
                if ending := ending_of(pairs):
                    shown[pairs[0]][token.surface, ending] += 1
        frequent = Counter[Ending]()
        for seen in shown.values():
            for (_, ending), count in seen.items():
                frequent[ending] += count
        usual = {ending for ending, _ in frequent.most_common(ENDINGS)}
        for (stem, tag), seen in sorted(shown.items()):
            if seen.total() < SEEN or not is_syllable(stem[-1]):
                continue
            self.stems[stem, tag] = list(_ways(stem, tag, seen))
            for (surface, ending), count in seen.items():
                if ending in usual and (stem[-1] == "하" or ending[0][0][0] not in "여였"):
                    for word in self.stems[stem, tag]:
                        if word.form(ending) == surface:
                            self._endings[_kind(word)][ending] += count

    def endings_of(self, word: Inflected) -> Mapping[Ending, int]:
        """The endings of words that inflect as this one does, and how often each is seen."""
        return self._endings.get(_kind(word), {})

    def word_of(self, surface: str, analysis: Analysis) -> Inflected | None:
        """The word of a form that can be of no other."""
        if not (ending := ending_of(analysis)):
            return None
        fitting = [
            word
            for word in self.stems.get((analysis[0][0], analysis[0][1]), ())
            if self._by_word[word].get(ending, surface) == surface == word.form(ending)
        ]
        others = self.forms.get(surface, set()) - set(fitting)
        return fitting[0] if len(fitting) == 1 and not others else None

    def shared_forms(self, word: Inflected, tag: str) -> dict[Ending, str]:
        """The forms that this word shares with others, with an ending of that last tag."""
        return {
            ending: form
            for ending, form in self._by_word[word].items()
            if ending[-1][1] == tag and len(self.forms[form]) > 1
        }

    def shown_alone(self, sentence: Sentence) -> set[Inflected]:
        """The words that share forms with others and stand here in one of their own."""
        pieces = pieces_of(sentence)
        return {
            word for place in range(len(pieces)) for _, word, _ in self._other_forms(pieces, place)
        }

    def rewritten(
        self, sentences: Sequence[Sentence], count: int, generator: random.Random
    ) -> Iterator[Sentence]:
        """Up to `count` of the sentences, a word in each in a form that it shares with others."""
        made: Counter[Inflected] = Counter()
        for sentence in generator.sample(sentences, len(sentences)):
            pieces = pieces_of(sentence)
            found = [
                (place, length, word, forms)
                for place in range(len(pieces))
                for length, word, forms in self._other_forms(pieces, place)
                if made[word] < MOST
            ]
            if found and made.total() < count:
                place, length, word, forms = generator.choice(found)
                ending = self._drawn(word, forms, generator)
                made[word] += 1
                piece = replace(
                    pieces[place],
                    surface=forms[ending],
                    analysis=[(word.stem, word.tag), *ending],
                )
                anew = [*pieces[:place], piece, *pieces[place + length :]]
                yield written(anew, sentence.name)

    def _other_forms(
        self, pieces: Sequence[Piece], place: int
    ) -> Iterator[tuple[int, Inflected, dict[Ending, str]]]:
        """How many pieces from here another form of a word can stand for, the word, its forms."""
        piece = pieces[place]
        word = self.word_of(piece.surface, piece.analysis)
        if word is None:
            return
        following = pieces[place + 1].analysis if place + 1 < len(pieces) else ()
        form, tag = piece.analysis[-1]
        length = 1
        if (form, tag) == ("고", "EC") and following and following[0][0] == "있":  # 풀고 있는
            (form, tag), length = following[-1], 2
        if tag[0] == "E" and (tag != "EC" or form not in _UNFINISHED) and form != piece.surface:
            forms = {
                ending: form
                for ending, form in self.shared_forms(word, tag).items()
                if ending[-1][0] not in _UNFINISHED
            }
            if forms:
                yield length, word, forms

    def _drawn(
        self, word: Inflected, forms: Mapping[Ending, str], generator: random.Random
    ) -> Ending:
        """One of the endings, the frequent ones more often."""
        endings = sorted(forms)
        counts = self.endings_of(word)
        return generator.choices(endings, [counts[ending] ** 0.5 for ending in endings])[0]


def ending_of(analysis: Analysis) -> Ending:
    """The endings of a verb or adjective that has nothing else, else nothing.

    >>> ending_of([("풀", "VV"), ("었", "EP"), ("다", "EF")])
    (('었', 'EP'), ('다', 'EF'))
    >>> ending_of([("문제", "NNG"), ("를", "JKO")])
    ()
    """
    if len(analysis) < 2 or analysis[0][1] not in STEMS:
        return ()
    endings = tuple((form, tag) for form, tag in analysis[1:])
    return endings if all(tag[0] == "E" for _, tag in endings) else ()


def _ways(stem: str, tag: str, shown: Mapping[tuple[str, Ending], int]) -> Iterator[Inflected]:
    """The ways in which the forms that a corpus shows inflect the stem."""
    ways = [Inflected(stem, tag, irregular) for irregular in (False, True)]
    if all(ways[0].form(((form, "EC"),)) == ways[1].form(((form, "EC"),)) for form in ("어", "은")):
        yield Inflected(stem, tag, None)
        return
    counts = Counter[Inflected]()
    for (surface, ending), count in shown.items():
        fitting = [way for way in ways if way.form(ending) == surface]
        if len(fitting) == 1:
            counts[fitting[0]] += count
    usual = [way for way in ways if counts[way] >= SHARED * max(counts.total(), 1)]
    yield from usual or [way for way in ways if counts[way]]


def _kind(word: Inflected) -> tuple[object, ...]:
    """What the endings of a word depend on: its tag, the last coda, the harmony of its vowels."""
    vowels = [split_syllable(syllable)[1] for syllable in word.stem if is_syllable(syllable)]
    vowel, coda = vowels[-1], split_syllable(word.stem[-1])[2]
    if vowel == "ㅡ" and not coda:
        vowel = vowels[-2] if len(vowels) > 1 else "ㅡ"
    bright = vowel in "ㅏㅑㅗ"
    return word.tag, coda, bright, bool(word.irregular), word.stem[-1] in ("하", "르", "이")
