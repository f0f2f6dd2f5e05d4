"""Kiwi's analysis as hints: the network decides where morphemes begin and what they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from operator import add
from pathlib import Path
from sys import intern
from tempfile import TemporaryDirectory
from typing import Any

from tagger.system.concurrency import native_code
from tagger.system.memory import frugal_allocator
from tagger.text.hangul import compatibility_codas, conjoining_coda
from tagger.tokenizer import morpheme_codes
from tagger.tokenizer.base import Hint, Hints, UserWord, View, installed_version
from tagger.tokenizer.known_words import known_words
from tagger.tokenizer.pieces import safe_pieces
from tagger.tokenizer.typing_errors import Correction, corrected, corrections
from tagger.tokenizer.words import Words, words_of

_SCORE_OF_PART = -10.0  # of a morpheme that is known only because an analysis has it


def load_kiwi(
    threads: int = 1,
    words: Sequence[UserWord] = (),
    names: bool = False,
    model: str | None = None,
) -> Any:
    """A Kiwi as this program sets it up: endings as they are written, and of its further
    dictionaries that of names alone, if at all."""
    with frugal_allocator():
        from kiwipiepy import Kiwi

    kiwi = Kiwi(
        num_workers=threads,
        integrate_allomorph=False,
        load_default_dict=names and not words,
        load_multi_dict=False,
        model_type=model,
    )
    for word in words:
        with suppress(ValueError):  # of signs that it cannot hold, such as U+10FFFF
            _teach(kiwi, word)
    if names and words:
        _teach_names(kiwi, {word.surface.replace(" ", "") for word in words})
    return kiwi


class KiwiTokenizer:
    """Kiwi without its dictionary of words with spaces (quicker to start), with endings as they
    are written (아/어, 았/었 are kept apart).

    May be called from several threads at once, pickled, and used in a forked process.
    """

    def __init__(
        self,
        threads: int = 1,
        words: Sequence[UserWord] = (),
        names: bool = False,
        model: str | None = None,
    ) -> None:
        """With `names`, Kiwi has its dictionary of names, which takes 0.3 s and 67 MiB. `model`
        is the `model_type` of a Kiwi that labels text instead of giving hints
        (`tagger/training/augmentation/silver.py`)."""
        self.name = "kiwi-names" if names else "kiwi"
        self.version = installed_version(self.name)
        self._threads = threads
        self._words = tuple(words)
        self._names = names
        self._model = model
        self._has_spaced_words = any(" " in word.surface for word in self._words)
        self._numbers = morpheme_codes.is_usable()
        kiwi = self._load()
        self._by_process = {os.getpid(): kiwi}
        self.nouns, known = known_words(kiwi)
        of_user = words_of(morpheme for word in self._words for morpheme in word.analysis)
        self.words: Words = {
            kind: forms | of_user.get(kind, frozenset()) for kind, forms in known.items()
        }

    def __reduce__(
        self,
    ) -> tuple[type[KiwiTokenizer], tuple[int, tuple[UserWord, ...], bool, str | None]]:
        return KiwiTokenizer, (self._threads, self._words, self._names, self._model)

    def _load(self) -> Any:
        return load_kiwi(self._threads, self._words, self._names, self._model)

    def _kiwi(self) -> Any:
        """This process's Kiwi. Kiwi works in threads of its own, which a forked process does
        not have: there the parent's would wait for them for ever, also while it is deleted."""
        process = os.getpid()
        if process not in self._by_process:
            with native_code.here():
                self._by_process[process] = self._load()
        return self._by_process[process]

    def correct(self, text: str) -> str:
        """The composed text without the typing errors that Kiwi finds."""
        kiwi = self._kiwi()
        with native_code.here():
            found = [
                Correction(offset + start, offset + end, written)
                for offset, piece in safe_pieces(text)
                for start, end, written in corrections(kiwi, piece)
            ]
        return corrected(text, found)

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        pieces = [
            (index, offset, piece)
            for index, text in enumerate(texts)
            for offset, piece in safe_pieces(text)
        ]
        kiwi = self._kiwi()
        with native_code.here():
            analyses = kiwi.tokenize([piece for _, _, piece in pieces])
        found = [Hints.of([]) for _ in texts]
        for (index, offset, piece), analysis in zip(pieces, analyses, strict=True):
            hints = self._hints(analysis, offset, offset + len(piece) - 1)
            if self._has_spaced_words:
                text = texts[index]
                hints = Hints.of(part for hint in hints for part in _parts(hint, text))
            found[index] = found[index].followed_by(hints) if offset else hints
        return [(analysis,) for analysis in found]

    def _hints(self, analysis: Sequence[Any], offset: int, last: int) -> Hints:
        """Kiwi's tokens of a piece of text, of which `offset` is the first character, `last` the
        last one."""
        if not analysis:
            return Hints.of([])
        starts = [min(offset + token.start, last) for token in analysis]
        lengths = [token.len or 1 for token in analysis]  # a copula that is not written (관례다)
        # has no length: the syllable after it carries it
        return Hints(
            compatibility_codas("\n".join([token.form for token in analysis])).split("\n"),
            [intern(token.tag) for token in analysis],
            starts,
            list(map(add, starts, lengths)),
            [token.id for token in analysis] if self._numbers else [0] * len(starts),
            [token.sent_position for token in analysis],
        )


def _parts(hint: Hint, text: str) -> Iterator[Hint]:
    """A user's word with spaces in parts, as a text has it with or without the spaces."""
    if " " not in hint.form:
        yield hint
        return
    parts = hint.form.split()
    place = hint.start
    for number, part in enumerate(parts, start=1):
        while text[place : place + 1].isspace():
            place += 1
        end = hint.end if number == len(parts) else min(place + len(part), hint.end)
        yield Hint(intern(part), hint.tag, place, end)
        place = end


def _teach_names(kiwi: Any, known: Set[str]) -> None:
    """Load the dictionary of names after the user's words, and without those that are known:
    서울 시립 대학교 could not be added to 서울시립대학교, nor would it stay beside it."""
    from kiwipiepy_model import get_model_path

    dictionary = Path(get_model_path(), "default.dict")
    lines = dictionary.read_text(encoding="utf-8").splitlines(keepends=True)
    others = [line for line in lines if line.partition("\t")[0] not in known]
    if len(others) == len(lines):
        kiwi.load_user_dictionary(str(dictionary))
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder, dictionary.name)
        copy.write_text("".join(others), encoding="utf-8")
        kiwi.load_user_dictionary(str(copy))


def _teach(kiwi: Any, word: UserWord) -> None:
    if word.analysis == ((word.surface, word.analysis[0][1]),):
        kiwi.add_user_word(word.surface, word.analysis[0][1], word.score)
        return
    analysis = [(conjoining_coda(form), tag) for form, tag in word.analysis]
    try:
        kiwi.add_pre_analyzed_word(word.surface, analysis, word.score)
    except ValueError:  # it does not know one of the morphemes
        for form, tag in analysis:
            kiwi.add_user_word(form, tag, _SCORE_OF_PART)
        kiwi.add_pre_analyzed_word(word.surface, analysis, word.score)
