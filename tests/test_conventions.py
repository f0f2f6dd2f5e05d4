"""What docs/conventions.md promises of `sejong`, a sentence of each kind; none was trained on."""

from __future__ import annotations

import pytest

from tagger import Tagger

CONVENTIONS = [
    ("형이 가게로 들어갔다.", "들어가/VV+았/EP+다/EF"),
    ("창밖을 바라보는 아이", "바라보/VV+는/ETM"),
    ("나는 수박을 좋아해요.", "좋아하/VV+아요/EF"),
    ("기온이 크게 떨어졌다.", "떨어지/VV+었/EP+다/EF"),
    ("그 소식은 널리 알려졌다.", "알리/VV+어/EC+지/VX+었/EP+다/EF"),
    ("갑자기 날이 더워졌다.", "덥/VA+어/EC+지/VX+었/EP+다/EF"),
    ("이 집 국수는 맛있다.", "맛있/VA+다/EF"),
    ("그 영화는 재미없어.", "재미없/VA+어/EF"),
    ("한번 먹어봤다.", "먹/VV+어/EC+보/VX+았/EP+다/EF"),
    ("집이 참 넓네요.", "넓/VA+네요/EF"),
    ("정말 잘 어울리더라고요.", "어울리/VV+더라고요/EF"),
    ("여기에 이름을 적으세요.", "적/VV+으세요/EF"),
    ("열심히 공부하였다.", "공부/NNG+하/XSV+였/EP+다/EF"),
    ("비가 많이 온다", "오/VV+ㄴ다/EF"),
    ("그럼 우리 같이 먹자", "먹/VV+자/EF"),
    ("비가 올 거야", "거/NNB+이/VCP+야/EF"),
    ("이게 대체 뭔지 알려 줘.", "뭐/NP+이/VCP+ㄴ지/EC"),
    ("그 사람은 배우다.", "배우/NNG+이/VCP+다/EF"),
    ("우린 널 믿어", "우리/NP+ㄴ/JX 너/NP+ㄹ/JKO"),
    ("내 동생은 키가 크다.", "나/NP+의/JKG"),
    ("이게 얼마예요?", "이것/NP+이/JKS"),
    ("마실 것을 샀다.", "것/NNB+을/JKO"),
    ("미성년자가 아닙니다.", "미성년자/NNG+가/JKC"),
    ("미성년자 보호 정책", "미성년자/NNG 보호/NNG"),
    ("국회의원과 만났다.", "국회의원/NNG+과/JKB"),
    ("새로 산 책을 공부하게 됐다.", "공부/NNG+하/XSV+게/EC"),
    ("조용하게 말해라.", "조용하/VA+게/EC"),
    ("마음이 편한 사람", "편하/VA+ㄴ/ETM"),
    ("이천십팔년에 지은 건물", "이천십팔/NR+년/NNB"),
    ("열두 시에 만났다.", "열두/MMN 시/NNB"),
    ("스물세 살에 결혼했다.", "스물세/"),
    ("몸무게가 3.7킬로 줄었다.", "3/SN+./SP+7/SN"),
    ("이 옷은 새 옷이다.", "이/MMD 옷/NNG"),
    ("새 신을 샀다.", "새/MMA 신/NNG"),
    ("♥ 고마워 ♥", "♥/SW"),
    ("`함수` 안에서만 쓴다.", "`/SS+함수/NNG+`/SS"),
    ("값이 30% 올랐다!", "%/SW"),
]
STEMS = [
    ("가방을 꼭 잠가라", "잠그/VV+아라/EF"),
    ("나무가 쑥쑥 자랐다", "자라/VV+았/EP"),
    ("서로 도왔다", "돕/VV+았/EP+다/EF"),
    ("내가 도와줄게", "돕/VV+아/EC+주/VX+ㄹ게/EF"),
    ("이제야 뜻을 깨달았어요", "깨닫/VV+았/EP"),
    ("그렇게 하라고 일렀다", "이르/VV+었/EP"),
    ("바다가 파래서 좋았다", "파랗/VA+아서/EC"),
    ("배부르면 그만 먹어", "배부르/VA+면/EC"),
    ("얼른 이리 올라와라", "올라오/VV+아라/EF"),
    ("노인을 비롯하여 여럿이 왔다", "비롯하/VV+여/EC"),
    ("할머니도 좀 드셔요", "드시/VV+어요/EF"),
]


@pytest.fixture(scope="module")
def sejong() -> Tagger:
    return Tagger.load("sejong")


@pytest.mark.parametrize(("text", "written"), CONVENTIONS + STEMS)
def test_a_sentence_of_each_kind_is_written_in_one_convention(
    sejong: Tagger, text: str, written: str
) -> None:
    assert written in str(sejong.tag(text))


def test_numbers_are_whole_on_demand() -> None:
    tagger = Tagger.load("sejong", whole_numbers=True)
    assert "3.7/SN+킬로" in str(tagger.tag("몸무게가 3.7킬로 줄었다."))
    assert "12,500/SN+원/NNB" in str(tagger.tag("12,500원을 냈다."))
