from __future__ import annotations

import pytest

import tagger
from tagger import Eojeol, Morpheme, Tagger, Token


@pytest.mark.parametrize(
    ("analysis", "text"),
    [
        ("나/NP 는/JX 밥/NNG 을/JKO 먹/VV 었/EP 다/EF ./SF", "나는 밥을 먹었다."),
        ("아름답/VA ㄴ/ETM 꽃/NNG", "아름다운 꽃"),
        ("가/VV ㄹ/ETM 것/NNB 이/VCP ㅂ니다/EF", "갈 것입니다"),
        ("공부/ncpa 하/xsv ㄴ다/ef", "공부한다"),
        ("못하/VX 았/EP 다/EF", "못했다"),
        ("걷/VV-R 어/EC 굽/VA-I 어/EC", "걷어 구워"),
        ("", ""),
    ],
)
def test_morphemes_are_joined(analysis: str, text: str) -> None:
    pairs = [one.rsplit("/", 1) for one in analysis.split()]
    assert tagger.join((form, tag) for form, tag in pairs) == text
    assert tagger.join(Morpheme(form, tag, 0, 0) for form, tag in pairs) == text


def test_eojeols_keep_their_spaces() -> None:
    sentence = Tagger.load().tag("하늘이 맑은 날에는 산에 올라간다.")
    assert tagger.join(sentence.eojeols) == sentence.text
    morphemes = (Morpheme("갈", "NNG", 0, 1), Morpheme("길", "NNG", 1, 2))
    eojeol = Eojeol("갈길", 0, 2, (Token("갈길", 0, 2, morphemes),))
    assert tagger.join([eojeol, eojeol]) == "갈길 갈길"
