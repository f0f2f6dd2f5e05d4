"""The words of a dictionary, from analyses."""

from __future__ import annotations

import pytest

from tagger.text.dictionary_forms import words_of
from tagger.text.sentence import Morpheme, Sentence, Token, gold_token
from tagger.text.tag_names import KAIST, SEJONG


def token(analysis: str) -> Token:
    """A token that has this analysis."""
    pairs = [part.rpartition("/") for part in analysis.split("+") if part]
    return gold_token("가나다", 0, [(form, tag) for form, _, tag in pairs])


@pytest.mark.parametrize(
    ("analysis", "word"),
    [
        ("먹/VV+었/EP+다/EF", "먹다"),
        ("예쁘/VA+어요/EF", "예쁘다"),
        ("공부/NNG+하/XSV+았/EP+다/EF", "공부하다"),
        ("깨끗/XR+하/XSA+ㄴ/ETM", "깨끗하다"),
        ("학교/NNG+에서/JKB", "학교"),
        ("나무/NNG+꾼/XSN+은/JX", "나무꾼"),
        ("학생/NNG+이/VCP+다/EF", "학생"),
        ("학생/NNG+들/XSN+은/JX", "학생"),
        ("힘/NNG+들/VV+었/EP+다/EF", "힘들다"),  # a verb, and no plural
        ("들/XSN+이/JKS", "들"),
        ("아니/VCN+었/EP+다/EF", "아니다"),
        ("먹/VV+어/EC+보/VX+았/EP+다/EF", "먹다"),
        ("먹/VV+기/ETN+는/JX", "먹다"),
        ("현대/NNG+화/XSN+되/XSV+었/EP+다/EF", "현대화되다"),
        ("3/SN+월/NNB+에/JKB", "3월"),
        ("5/SN+%/SW+가/JKS", "5"),
        ("맨/XPN+손/NNG+으로/JKB", "맨손"),
        ("이/VCP+다/EF", "이다"),
        ("에서/JKB+는/JX", "에서"),
        ("(/SS+주/NNG", "주"),
        ("./SF", "."),
        ("춥/VA-I+다/EF", "춥다"),  # as Kiwi writes it
        ("공부/ncpa+하/xsv+었/ep+다/ef", "공부하다"),
        ("건강/ncps+하/xsm+ㄴ/etm", "건강하다"),
        ("조용/ncps+히/xsa", "조용히"),
        ("학생/ncn+이/jp+다/ef", "학생"),
        ("먹었다/VERB", "먹었다"),  # a tag of whole words says nothing of stems
        ("", ""),
    ],
)
def test_the_word_of_a_token(analysis: str, word: str) -> None:
    assert token(analysis).dictionary_form == word


def test_the_predicates_of_each_tag_set() -> None:
    for tags, predicates in (
        (SEJONG, "VV VA VX VCN VCP XSV XSA"),
        (KAIST, "pvg pvd paa pad px jp xsv xsm"),
    ):
        with_ending = {tag for tag in tags if Morpheme("하", tag, 0, 1).dictionary_form == "하다"}
        assert with_ending == set(predicates.split())
        assert all(Morpheme("하", tag, 0, 1).dictionary_form in ("하", "하다") for tag in tags)


@pytest.mark.parametrize(
    ("tags", "words", "forms"),
    [
        (None, "나무꾼 깨끗하다 학교 공부하다 맨손 학생", "나무꾼 깨끗하 학교 공부하 맨손 학생들"),
        ({"NNG"}, "나무 학교 공부 손 학생", "나무 학교 공부 손 학생"),
        ({"NNG", "XSN"}, "나무꾼 학교 공부 손 학생", "나무꾼 학교 공부 손 학생들"),
        ({"NNG", "XSV"}, "나무 학교 공부하다 손 학생", "나무 학교 공부하 손 학생"),
        ({"XSA", "XPN"}, "깨끗하다 맨손", "깨끗하 맨손"),
        ({"VCP", "JX"}, "은 이다", "은 이"),
        ({"SF"}, ".", "."),
        (set(), "", ""),
    ],
)
def test_the_words_of_a_sentence(tags: set[str] | None, words: str, forms: str) -> None:
    analyses = "나무/NNG+꾼/XSN+은/JX 깨끗/XR+하/XSA+ㄴ/ETM 학교/NNG+에서/JKB 공부/NNG+하/XSV+고/EC"
    analyses += " 맨/XPN+손/NNG+의/JKG 학생/NNG+들/XSN+이/VCP+다/EF ./SF"
    sentence = Sentence("", tuple(map(token, analyses.split())))
    assert " ".join(words_of(sentence, tags)) == words
    assert " ".join(words_of(sentence, tags, dictionary_forms=False)) == forms
    some = words.split()[:1]
    assert " ".join(words_of(sentence, tags, stopwords=some)) == " ".join(words.split()[1:])


def test_an_eojeol_has_the_word_of_its_first_token_that_is_no_mark() -> None:
    mark = Token("“", 0, 1, (Morpheme("“", "SS", 0, 1),), "PUNCT")
    word = Token("밥을", 1, 3, (Morpheme("밥", "NNG", 1, 2), Morpheme("을", "JKO", 2, 3)), "NOUN")
    [eojeol] = Sentence("“밥을", (mark, word)).eojeols
    assert eojeol.dictionary_form == "밥"
    [alone] = Sentence("“", (mark,)).eojeols
    assert alone.dictionary_form == "“"
