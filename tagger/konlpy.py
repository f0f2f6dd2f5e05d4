"""The calls of KoNLPy's analysers (https://konlpy.org/en/latest/api/konlpy.tag/), so that
changing the import is all it takes:

>>> from tagger.konlpy import Pumsa
>>> Pumsa().pos("나 밥 먹었다")
[('나', 'NP'), ('밥', 'NNG'), ('먹', 'VV'), ('었', 'EP'), ('다', 'EF')]
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tagger.analyzer import Tagger
from tagger.text.sentence import Morpheme, Sentence
from tagger.text.tag_names import is_noun, tag_of
from tagger.tokenizer.user_dictionary import UserDictionary

_IN_COMPOUNDS = {"XPN", "XSN", "SN", "SL", "SH", "xp", "xsn", "f"}
"""Tags of what may stand between the nouns of a phrase, as in `3차 산업`."""


class Pumsa:
    """An analyser with KoNLPy's methods. Lines of a text are analysed on their own, as MeCab
    and Kkma do there.

    `userdic` is a file of words, as Komoran's is, in the form of `tag.py --user-dict`.
    """

    def __init__(
        self, model: str | Path = "sejong", userdic: str | Path | UserDictionary | None = None
    ) -> None:
        self._tagger = Tagger.load(model, user_dictionary=userdic)

    @property
    def tagset(self) -> dict[str, str]:
        """The tags of the model with their Korean names."""
        bundle = self._tagger.bundle
        return {tag: tag_of(tag).korean for tag in sorted(bundle.knowledge.tags[bundle.corpus])}

    def pos(self, phrase: str, flatten: bool = True, join: bool = False) -> list[Any]:
        """The morphemes with their tags; not `flatten`: a list for each eojeol; `join`:
        `form/TAG` in place of pairs."""
        by_eojeol = [
            [str(m) if join else (m.form, m.tag) for m in eojeol.morphemes]
            for sentence in self._sentences(phrase)
            for eojeol in sentence.eojeols
        ]
        return list(chain.from_iterable(by_eojeol)) if flatten else by_eojeol

    def morphs(self, phrase: str) -> list[str]:
        """The forms of the morphemes."""
        return [morpheme.form for morpheme in self._morphemes(phrase)]

    def nouns(self, phrase: str) -> list[str]:
        """The nouns, pronouns and numerals."""
        return [m.form for m in self._morphemes(phrase) if is_noun(m.tag)]

    def phrases(self, phrase: str) -> list[str]:
        """Phrases of nouns that follow one another without anything between, also over
        spaces, and the longer nouns in them, each once, as Okt gives them."""
        found: dict[str, None] = {}
        for sentence in self._sentences(phrase):
            for run in _noun_runs(sentence):
                found.setdefault(sentence.text[run[0].start : run[-1].end])
                if len(run) > 1:
                    for morpheme in run:
                        if is_noun(morpheme.tag) and len(morpheme.form) > 1:
                            found.setdefault(morpheme.form)
        return list(found)

    def _sentences(self, text: str) -> Iterator[Sentence]:
        return self._tagger.tag(text.splitlines())

    def _morphemes(self, text: str) -> Iterator[Morpheme]:
        return chain.from_iterable(sentence.morphemes for sentence in self._sentences(text))


def _noun_runs(sentence: Sentence) -> Iterator[list[Morpheme]]:
    """The morphemes of each phrase of nouns: it begins and ends with what may be in one, has a
    noun, and is as it is written."""
    run: list[Morpheme] = []
    for morpheme in [*sentence.morphemes, None]:
        if (
            morpheme is not None
            and (is_noun(morpheme.tag) or morpheme.tag in _IN_COMPOUNDS)
            and sentence.text[morpheme.start : morpheme.end] == morpheme.form
        ):
            run.append(morpheme)
            continue
        if any(is_noun(part.tag) for part in run):
            yield run
        run = []
