"""Verbs and adjectives in other forms, so that those which share forms are told apart.

푸는 is 풀다 or 푸다, and analysers take the one that they like; but 퍼즐을 풀었다 can only be
풀다. So what stands beside the forms that are of one word alone teaches which word is meant by
the forms of several: a sentence with 퍼즐을 풀던 is also seen with 퍼즐을 푸는, and what it stands
for is known, whatever an analyser says of the new text. What is before a verb also becomes a
relative clause of another sentence: 퍼즐을 풀었다 and 학교에 가는 아이 give 퍼즐을 푸는 아이.
Inflection is Kiwi's, and the endings are those that the corpus shows after like stems.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import NamedTuple

from tagger.text.hangul import is_syllable, split_syllable
from tagger.text.sentence import Sentence
from tagger.tokenizer.joining import join
from tagger.training.augmentation.noise import Analysis, Piece, analysis_of, pieces_of, written

STEMS = ("VV", "VA")
RELATIVE = "ETM"
"""The tag of the ending of a relative clause."""

SEEN = 3
"""How often a stem must be seen to be inflected: analyses have errors."""

ENDINGS = 400
"""How many endings, the frequent ones, are put after stems."""

SHARED = 0.9
"""The share of its forms that must be regular, or irregular, if a stem is to be taken so."""

MOST = 300
"""How many sentences are made for one verb or adjective: some are everywhere."""

FEW, SEVERAL = 60, 6
"""Up to how many are made of one sentence, as long as there are few for the word."""

ALWAYS, RIVAL = 0.97, 0.25
"""The share of its places in which an analyser takes a form for the same word, and how frequent
another word is that has it, by their other forms, if what it says of the form means nothing."""

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


class Place(NamedTuple):
    """Where a word stands that can have other forms: the sentence and its piece, how many pieces
    a form stands for, the forms, and whether the rest of the sentence is left out."""

    sentence: Sentence
    piece: int
    length: int
    forms: Mapping[Ending, str]
    is_clause: bool


class Inflection:
    """The words that a corpus shows inflected, and which of their forms are of several words."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.stems: dict[tuple[str, str], list[Inflected]] = {}
        self._endings: dict[tuple[object, ...], Counter[Ending]] = defaultdict(Counter)
        self._heads: dict[Ending, list[tuple[Sentence, int]]] = defaultdict(list)
        self._learn(sentences)
        self.forms: dict[str, set[Inflected]] = defaultdict(set)
        self._by_word: dict[Inflected, dict[Ending, str]] = {}
        for word in (word for words in self.stems.values() for word in words):
            forms = {ending: word.form(ending) for ending in self.endings_of(word)}
            self._by_word[word] = forms
            for form in forms.values():
                self.forms[form].add(word)
        self._shared = {word: self._shared_by_tag(word) for word in self._by_word}

    def _learn(self, sentences: Iterable[Sentence]) -> None:
        shown: dict[tuple[str, str], Counter[tuple[str, Ending]]] = defaultdict(Counter)
        for sentence in sentences:
            for place, token in enumerate(sentence.tokens, start=1):
                pairs = analysis_of(token)
                if ending := ending_of(pairs):
                    shown[pairs[0]][token.surface, ending] += 1
                    if ending[-1][1] == RELATIVE and place < len(sentence.tokens):
                        self._heads[ending].append((sentence, place))
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
            if (self._by_word[word].get(ending) or word.form(ending)) == surface
        ]
        others = self.forms.get(surface, set()) - set(fitting)
        return fitting[0] if len(fitting) == 1 and not others else None

    def shared_forms(self, word: Inflected, tag: str) -> Mapping[Ending, str]:
        """The forms that this word shares with others, with an ending of that last tag; of a stem
        in ㄹ also those without it, which another word could have that the corpus does not show."""
        return self._shared[word].get(tag, {})

    def _shared_by_tag(self, word: Inflected) -> dict[str, dict[Ending, str]]:
        drops = split_syllable(word.stem[-1])[2] == "ㄹ"
        found: dict[str, dict[Ending, str]] = defaultdict(dict)
        for ending, form in self._by_word[word].items():
            if len(self.forms[form]) > 1 or (drops and not form.startswith(word.stem)):
                found[ending[-1][1]][ending] = form
        return found

    def trusted(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """The sentences, as an analyser labelled them, without what it says of forms that it takes
        for the same word wherever they stand, though others that have them are frequent too."""
        alone: Counter[Inflected] = Counter()
        taken: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        for sentence in sentences:
            for token in sentence.tokens:
                analysis = analysis_of(token)
                if ending_of(analysis):
                    if len(self.forms.get(token.surface, ())) > 1:
                        taken[token.surface][analysis[0]] += 1
                    elif word := self.word_of(token.surface, analysis):
                        alone[word] += 1
        doubtful = {form for form, words in taken.items() if self._is_doubtful(form, words, alone)}
        return [
            replace(
                sentence,
                tokens=tuple(
                    replace(token, morphemes=())
                    if token.surface in doubtful and ending_of(analysis_of(token))
                    else token
                    for token in sentence.tokens
                ),
            )
            for sentence in sentences
        ]

    def _is_doubtful(
        self, form: str, taken: Counter[tuple[str, str]], alone: Mapping[Inflected, int]
    ) -> bool:
        [(pair, count)] = taken.most_common(1)
        if count < ALWAYS * taken.total():
            return False
        usual = max((alone[word] for word in self.forms[form] if word[:2] == pair), default=0)
        rivals = [alone[word] for word in self.forms[form] if word.stem != pair[0]]
        return max(rivals, default=0) >= max(RIVAL * usual, SEEN)

    def shown_alone(self, sentence: Sentence) -> set[Inflected]:
        """The words that share forms with others and stand here in one of their own."""
        return {word for word, _ in self._places(sentence)}

    def rewritten(
        self, sentences: Sequence[Sentence], count: int, generator: random.Random
    ) -> list[Sentence]:
        """Up to `count` sentences made of these, a word in each in a form that it shares with
        others. Of a word that few show, each makes several."""
        shown: dict[Inflected, list[Place]] = {}
        for sentence in sentences:
            for word, place in self._places(sentence):
                shown.setdefault(word, []).append(place)
        made: dict[str, Sentence] = {}
        for word, places in shown.items():
            most = min(MOST, max(len(places), min(FEW, SEVERAL * len(places))))
            for place in islice(cycle(generator.sample(places, len(places))), most):
                ending = self._drawn(word, place.forms, generator)
                anew = self._with_form(place, word, ending, generator)
                made[anew.text] = anew
        return generator.sample(list(made.values()), min(count, len(made)))

    def _places(self, sentence: Sentence) -> Iterator[tuple[Inflected, Place]]:
        """The words of a sentence that can have forms which they share with others."""
        pieces = pieces_of(sentence)
        for number, piece in enumerate(pieces):
            word = self.word_of(piece.surface, piece.analysis)
            if word is None:
                continue
            length, forms = self._forms_here(word, pieces, number)
            if forms and piece.surface not in forms.values():
                yield word, Place(sentence, number, length, forms, is_clause=False)
            if piece.analysis[-1][1] != RELATIVE:
                heads = {
                    ending: form
                    for ending, form in self.shared_forms(word, RELATIVE).items()
                    if ending in self._heads
                }
                if heads:
                    yield word, Place(sentence, number, 1, heads, is_clause=True)

    def _forms_here(
        self, word: Inflected, pieces: Sequence[Piece], number: int
    ) -> tuple[int, dict[Ending, str]]:
        """How many pieces from here another form of the word can stand for, and these forms."""
        last, tag = pieces[number].analysis[-1]
        following = pieces[number + 1].analysis if number + 1 < len(pieces) else ()
        length = 1
        if (last, tag) == ("고", "EC") and following and following[0][0] == "있":  # 풀고 있는
            (last, tag), length = following[-1], 2
        if tag[0] != "E" or (tag == "EC" and last in _UNFINISHED):
            return length, {}
        after = pieces[number + length].analysis if number + length < len(pieces) else ()
        tags = [tag]
        if tag == "EC" and after and after[0][1].startswith("NN"):  # 풀면 사람은: 푸는 사람은
            tags.append(RELATIVE)
        return length, {
            ending: form
            for each in tags
            for ending, form in self.shared_forms(word, each).items()
            if ending[-1][0] not in _UNFINISHED
        }

    def _with_form(
        self, place: Place, word: Inflected, ending: Ending, generator: random.Random
    ) -> Sentence:
        """The sentence with that form of the word, in a relative clause with the rest of another
        sentence."""
        sentence, number, length, forms, is_clause = place
        pieces = pieces_of(sentence)
        analysis = [(word.stem, word.tag), *ending]
        piece = replace(pieces[number], surface=forms[ending], analysis=analysis)
        rest = pieces[number + length :]
        if is_clause:
            other, head = generator.choice(self._heads[ending])
            rest = pieces_of(other)[head:]
        return written([*pieces[:number], piece, *rest], sentence.name)

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
