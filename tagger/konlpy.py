"""The calls of KoNLPy's analysers (https://konlpy.org/en/latest/api/konlpy.tag/), so that
changing the import is all it takes:

>>> from tagger.konlpy import Pumsa
>>> Pumsa().pos("나 밥 먹었다")
[('나', 'NP'), ('밥', 'NNG'), ('먹', 'VV'), ('었', 'EP'), ('다', 'EF')]
>>> Pumsa().pos("나 밥 먹었다", stem=True)
[('나', 'NP'), ('밥', 'NNG'), ('먹다', 'VV')]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tagger.analyzer import Tagger
from tagger.text.dictionary_forms import is_ending
from tagger.text.repetitions import normalize
from tagger.text.sentence import Morpheme, Sentence
from tagger.text.tag_names import is_noun, tag_of
from tagger.text.tagsets import role_of
from tagger.tokenizer.user_dictionary import UserDictionary

_IN_COMPOUNDS = {"XPN", "XSN", "SN", "SL", "SH", "xp", "xsn", "f"}
"""Tags of what may stand between the nouns of a phrase, as in `3차 산업`."""

ANALYSES = 5
"""Of a token, at most."""

_HANNANUM = """
    NC: NNG XR NF
    NQ: NNP
    NB: NNB NNC
    NN: NR SN
    NP: NP
    PV: VV NV
    PA: VA VCN
    PX: VX
    MM: MM MMA MMD MMN
    MA: MAG MAJ
    II: IC
    JC: JKS JKC JKG JKO JKB JKV JKQ JC
    JX: JX
    JP: VCP
    EP: EP
    EC: EC
    ET: ETN ETM
    EF: EF
    XP: XPN
    XS: XSN XSV XSA XSM
    S: SF SP SS SSO SSC SE SO SW
    F: SL SH
"""
"""Hannanum's 22 tags, whose first letters are its 9, with those that they stand for."""

_TO_HANNANUM = {
    tag: hannanum
    for row in _HANNANUM.split("\n")
    for hannanum, _, tags in [row.strip().partition(":")]
    for tag in tags.split()
}


class Pumsa:
    """An analyser with KoNLPy's methods. Lines of a text are analysed on their own, as MeCab
    and Kkma do there.

    `userdic` is a file of words, as Komoran's is, in the form of `tag.py --user-dict`, and
    `modelpath`, as of Komoran, another name of `model`. `jvmpath`, `max_heap_size` and `dicpath`
    are accepted and change nothing: there is neither Java nor MeCab.
    """

    def __init__(
        self,
        model: str | Path = "sejong",
        userdic: str | Path | UserDictionary | None = None,
        *,
        jvmpath: str | None = None,
        max_heap_size: int | None = None,
        dicpath: str | None = None,
        modelpath: str | Path | None = None,
    ) -> None:
        self._tagger = Tagger.load(modelpath or model, user_dictionary=userdic)

    @property
    def tagset(self) -> dict[str, str]:
        """The tags of the model with their Korean names."""
        bundle = self._tagger.bundle
        return {tag: tag_of(tag).korean for tag in sorted(bundle.knowledge.tags[bundle.corpus])}

    def pos(
        self,
        phrase: str,
        flatten: bool = True,
        join: bool = False,
        *,
        norm: bool = False,
        stem: bool = False,
        ntags: int | None = None,
    ) -> list[Any]:
        """The morphemes with their tags.

        Not `flatten`: a list for each eojeol. `join`: `form/TAG` in place of pairs. `norm`, as of
        Okt: first without repetitions (너무 for 너무우우). `stem`, as of Okt: verbs and adjectives
        as a dictionary has them, without the endings after them. `ntags`, as of Hannanum: its 9
        or 22 tags in place of the model's. Raises ValueError for another number.
        """
        if ntags not in (None, 9, 22):
            raise ValueError(f"ntags must be 9 or 22, not {ntags!r}")
        by_eojeol = []
        for sentence in self._sentences(phrase, norm):
            for eojeol in sentence.each_eojeol():
                pairs = [
                    (form, _broader(tag, ntags)) for form, tag in _forms(eojeol.morphemes, stem)
                ]
                by_eojeol.append(["/".join(pair) for pair in pairs] if join else pairs)
        return list(chain.from_iterable(by_eojeol)) if flatten else by_eojeol

    def analyze(self, phrase: str) -> list[list[list[tuple[str, str]]]]:
        """For each token the analyses that it may have, the best first, as Hannanum gives them:
        each a list of morphemes with their tags."""
        return [
            [[(m.form, m.tag) for m in analysis.morphemes] for analysis in token.nbest]
            for sentence in self._tagger.tag(phrase.splitlines(), nbest=ANALYSES)
            for token in sentence.tokens
        ]

    def morphs(self, phrase: str, norm: bool = False, stem: bool = False) -> list[str]:
        """The forms of the morphemes; `norm` and `stem` as for `pos`."""
        return [form for form, _ in _forms(self._morphemes(phrase, norm), stem)]

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

    def normalize(self, phrase: str) -> str:
        """The text without repetitions, as Okt gives it: 너무 for 너무우우, ㅋㅋ for ㅋㅋㅋㅋ."""
        return normalize(phrase)

    def sentences(self, phrase: str) -> list[str]:
        """The sentences, as Kkma gives them."""
        return [sentence.text for sentence in self._tagger.tag_document(phrase).sentences]

    def _sentences(self, text: str, norm: bool = False) -> Iterator[Sentence]:
        return self._tagger.tag((normalize(text) if norm else text).splitlines())

    def _morphemes(self, text: str, norm: bool = False) -> Iterator[Morpheme]:
        return chain.from_iterable(sentence.morphemes for sentence in self._sentences(text, norm))


def _forms(morphemes: Iterable[Morpheme], stem: bool) -> Iterator[tuple[str, str]]:
    for morpheme in morphemes:
        if not stem:
            yield morpheme.form, morpheme.tag
        elif not is_ending(morpheme.tag):
            yield morpheme.dictionary_form, morpheme.tag


def _broader(tag: str, count: int | None) -> str:
    """The tag of Hannanum's, of so many; a tag of other tag sets stays as it is."""
    if count is None:
        return tag
    broad = _TO_HANNANUM.get(role_of(tag))
    if broad is None:
        return tag
    return broad if count == 22 else broad[0]


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
