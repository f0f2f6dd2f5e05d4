from __future__ import annotations

import pickle
import sys

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import TaggerError
from tagger.tokenizer import morpheme_codes
from tagger.tokenizer.base import NoTokenizer, UserWord
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.tokenizer.make import JointTokenizer, make_tokenizer
from tagger.tokenizer.mecab import MecabTokenizer
from tagger.tokenizer.morpheme_codes import NO_MEANING, PARTS, meaning
from tagger.tokenizer.noun_dictionary import DIGITS
from tagger.tokenizer.pieces import safe_pieces
from tagger.vocabulary import code_points
from tests.support.places import ROOT
from tests.support.strategies import texts


@pytest.fixture(scope="module")
def kiwi() -> KiwiTokenizer:
    return KiwiTokenizer()


def test_kiwi_gives_morphemes_with_offsets(kiwi: KiwiTokenizer) -> None:
    [(analysis,)] = kiwi.analyze(["나 밥 먹었다"])
    assert [(m.form, m.tag, m.start, m.end) for m in analysis] == [
        ("나", "NP", 0, 1),
        ("밥", "NNG", 2, 3),
        ("먹", "VV", 4, 5),
        ("었", "EP", 5, 6),
        ("다", "EF", 6, 7),
    ]


def test_codas_are_written_as_in_corpora(kiwi: KiwiTokenizer) -> None:
    [(analysis,)] = kiwi.analyze(["간다"])
    assert [m.form for m in analysis] == ["가", "ㄴ다"]


def test_kiwi_numbers_what_its_language_model_knows(kiwi: KiwiTokenizer) -> None:
    [(analysis,)] = kiwi.analyze(["어머니와 아버지"])
    mother, _, father = (meaning(morpheme.number) for morpheme in analysis)
    shared = sum(one == other for one, other in zip(mother, father, strict=True))
    assert 1 <= shared < PARTS


def test_another_model_of_kiwi_has_other_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(morpheme_codes, "KIWI_MODEL", "0.0.0")
    [(analysis,)] = KiwiTokenizer().analyze(["어머니"])
    assert meaning(analysis[0].number) == NO_MEANING


def test_the_meanings_are_those_of_the_pinned_model() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert f"kiwipiepy_model=={morpheme_codes.KIWI_MODEL}\n" in pins
    assert (
        meaning(0)
        == meaning(morpheme_codes.count())
        == NO_MEANING
        != meaning(morpheme_codes.count() - 1)
    )


def test_kiwi_knows_nouns(kiwi: KiwiTokenizer) -> None:
    begins, ends = kiwi.nouns.places(code_points("왕세자"), numpy.array([3, 3, 3]))
    assert DIGITS.symbols(begins) == ["0100", "1000", "0000"]
    assert DIGITS.symbols(ends) == ["0000", "0000", "1100"]
    assert JointTokenizer([NoTokenizer(), kiwi]).nouns is kiwi.nouns


def test_texts_keep_their_order(kiwi: KiwiTokenizer) -> None:
    analyses = kiwi.analyze(["", "밥", "가" * 5000, "나"])
    assert [len(a) > 0 for (a,) in analyses] == [False, True, True, True]
    assert analyses[1][0][0].form == "밥" and analyses[3][0][0].form == "나"


@given(texts)
@settings(max_examples=200)
def test_offsets_stay_inside_any_text(kiwi: KiwiTokenizer, text: str) -> None:
    [(analysis,)] = kiwi.analyze([text])
    for morpheme in analysis:
        assert 0 <= morpheme.start < morpheme.end <= len(text)


@given(st.text("가a. ", max_size=50), st.integers(0, 3))
def test_pieces_rebuild_the_text(text: str, times: int) -> None:
    text = text * 10**times
    rebuilt = ""
    for offset, piece in safe_pieces(text):
        assert offset == len(rebuilt)
        rebuilt += piece
        assert len(piece) <= 500 and all(len(run) <= 200 for run in piece.split())
    assert rebuilt == text


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "." * 50_000, "가" * 20_000, "\ud800", "ㅋ" * 9_999]
)
def test_what_kiwi_cannot_take_is_cut_for_it(kiwi: KiwiTokenizer, text: str) -> None:
    [(analysis,)] = kiwi.analyze([text])
    assert analysis[-1].end == len(text)


def test_kiwi_may_know_names(kiwi: KiwiTokenizer) -> None:
    named = make_tokenizer("kiwi-names")
    assert named.name == pickle.loads(pickle.dumps(named)).name == "kiwi-names"
    for tokenizer, parts in ((named, ["임영웅/NNP"]), (kiwi, ["임/NNP", "영웅/NNG"])):
        [(analysis,)] = tokenizer.analyze(["임영웅의 노래"])
        assert [f"{hint.form}/{hint.tag}" for hint in analysis][: len(parts)] == parts


def test_user_words_stay_beside_names() -> None:
    words = [UserWord("부산 시립 미술관", (("부산 시립 미술관", "NNP"),), 0.0)]
    [(analysis,)] = make_tokenizer("kiwi-names", words=words).analyze(["부산 시립 미술관에서"])
    assert [(hint.form, hint.tag) for hint in analysis] == [
        ("부산", "NNP"),
        ("시립", "NNP"),
        ("미술관", "NNP"),
        ("에서", "JKB"),
    ]


def test_an_unknown_tokenizer_is_refused() -> None:
    with pytest.raises(TaggerError, match="unknown tokenizer 'okt'"):
        make_tokenizer("okt")


@pytest.fixture(scope="module")
def mecab() -> MecabTokenizer:
    pytest.importorskip("mecab")
    return MecabTokenizer()


def test_mecab_takes_inflected_words_apart(mecab: MecabTokenizer) -> None:
    [(analysis,)] = mecab.analyze(["밥을 했다."])
    assert [(m.form, m.tag, m.start, m.end) for m in analysis] == [
        ("밥", "NNG", 0, 1),
        ("을", "JKO", 1, 2),
        ("하", "VV", 3, 4),
        ("았", "EP", 3, 4),
        ("다", "EF", 4, 5),
        (".", "SF", 5, 6),
    ]


@given(texts)
@settings(max_examples=200)
def test_offsets_of_mecab_stay_inside_any_text(mecab: MecabTokenizer, text: str) -> None:
    [(analysis,)] = mecab.analyze([text])
    assert all(0 <= m.start < m.end <= len(text) and m.form and m.tag for m in analysis)
    assert [m.start for m in analysis] == sorted(m.start for m in analysis)


def test_a_null_character_does_not_end_the_analysis(mecab: MecabTokenizer) -> None:
    [(analysis,)] = mecab.analyze(["\0밥 + a/b"])
    assert [m.form for m in analysis][-3:] == ["a", "/", "b"]


def test_two_tokenizers_give_two_views(mecab: MecabTokenizer) -> None:
    both = make_tokenizer("kiwi+mecab")
    assert both.name == "kiwi+mecab"
    [(first, second), (), (_, other)] = [
        views if any(views) else () for views in both.analyze(["먹었다", "", "밥"])
    ]
    assert [m.tag for m in first] == ["VV", "EP", "EF"]
    assert [(m.form, m.tag) for m in second] == [("먹", "VV"), ("었", "EP"), ("다", "EC")]
    assert [m.form for m in other] == ["밥"]


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mecab", None)
    with pytest.raises(
        TaggerError, match="needs mecab, which is not installed; install it with: pip"
    ):
        make_tokenizer("kiwi+mecab")


def test_no_tokenizer_gives_no_hints() -> None:
    assert make_tokenizer("none").analyze(["나", "밥"]) == [([],), ([],)]
