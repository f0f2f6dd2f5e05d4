"""Words as a dictionary has them: 먹다 for 먹었다, 공부하다 for 공부했다, 학교 for 학교에서.

A Korean dictionary has verbs and adjectives with 다 after their stems, and words without the
particles and endings after them (Standard Korean Language Dictionary,
https://stdict.korean.go.kr).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tagger.text.tag_names import tag_of
from tagger.text.tagsets import role_of

if TYPE_CHECKING:
    from tagger.text.sentence import Morpheme, Sentence

_STEMS = ("VV", "VA", "VX", "VCN")
_VERBAL_SUFFIXES = ("XSV", "XSA")
_COPULA = "VCP"
_SUFFIXES = ("XSN", "XSM", *_VERBAL_SUFFIXES)
_PREFIX = "XPN"
_LETTERS_AND_DIGITS = ("SL", "SH", "SN")
_PLURAL = ("들", "XSN")


def dictionary_form(form: str, tag: str) -> str:
    """The form of a morpheme, with 다 if its tag is that of a verb, an adjective, a copula or a
    suffix that derives a verb or an adjective, in the Sejong or the KAIST tag set.

    >>> dictionary_form("먹", "VV"), dictionary_form("하", "xsv"), dictionary_form("밥", "NNG")
    ('먹다', '하다', '밥')
    """
    return f"{form}다" if is_predicate(tag) else form


def is_predicate(tag: str) -> bool:
    """Whether the tag is that of a verb, an adjective, a copula or a suffix that derives one."""
    return role_of(tag) in (*_STEMS, *_VERBAL_SUFFIXES, _COPULA)


def is_ending(tag: str) -> bool:
    """Whether the tag is that of a verb's ending."""
    return tag_of(tag).family == "ending"


def word_of(morphemes: Sequence[Morpheme]) -> str:
    """The dictionary's word in a token of these morphemes, as `Token.dictionary_form` says."""
    if not morphemes:
        return ""
    pieces = list(_pieces(morphemes))
    return _joined(next((piece for piece in pieces if _is_word(piece[0].tag)), pieces[0]), True)


def words_of(
    sentence: Sentence,
    tags: Collection[str] | None = None,
    dictionary_forms: bool = True,
    stopwords: Collection[str] = (),
) -> Iterator[str]:
    """The words of a sentence, as `Tagger.words` says."""
    for token in sentence.tokens:
        for piece in _pieces(token.morphemes):
            for word in _words_of_piece(piece, tags, dictionary_forms):
                if word not in stopwords:
                    yield word


def _words_of_piece(
    piece: Sequence[Morpheme], tags: Collection[str] | None, dictionary_forms: bool
) -> Iterator[str]:
    wanted = [_is_word(m.tag) if tags is None else m.tag in tags for m in piece]
    whole = 0  # morphemes from the first on that are one word
    for index, morpheme in enumerate(piece):
        if wanted[index] and role_of(morpheme.tag) in _SUFFIXES:
            whole = index + 1
        elif wanted[index] and role_of(morpheme.tag) == _PREFIX:
            whole = min(index + 2, len(piece))
    if whole:
        yield _joined(piece[:whole], dictionary_forms)
    for morpheme, is_wanted in zip(piece[whole:], wanted[whole:], strict=True):
        if is_wanted:
            yield _joined([morpheme], dictionary_forms)


def _joined(morphemes: Sequence[Morpheme], dictionary_forms: bool) -> str:
    """The word that these morphemes make."""
    *before, last = morphemes
    stem = "".join([morpheme.form for morpheme in before])
    if not dictionary_forms:
        return stem + last.form
    if stem and (last.form, role_of(last.tag)) == _PLURAL:
        return stem
    return stem + dictionary_form(last.form, last.tag)


def _pieces(morphemes: Sequence[Morpheme]) -> Iterator[list[Morpheme]]:
    """The morphemes in stretches that are words, which end with a stem or with the suffix that
    makes one; each particle, ending, copula and mark is alone."""
    stretch: list[Morpheme] = []
    for morpheme in morphemes:
        if _is_word(morpheme.tag):
            stretch.append(morpheme)
            if role_of(morpheme.tag) in (*_STEMS, *_VERBAL_SUFFIXES):
                yield stretch
                stretch = []
            continue
        if stretch:
            yield stretch
            stretch = []
        yield [morpheme]
    if stretch:
        yield stretch


@lru_cache(maxsize=1 << 9)
def _is_word(tag: str) -> bool:
    """Whether the tag is that of a word or of what words are made with."""
    role = role_of(tag)
    if role == _COPULA or role in _LETTERS_AND_DIGITS:
        return role != _COPULA
    return tag_of(tag).family not in ("particle", "ending", "symbol")
