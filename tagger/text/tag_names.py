"""What each tag means: names in Korean and English, examples, and the family it belongs to.

Sejong: 21st Century Sejong Project, guidelines of the morphologically annotated corpus. KAIST:
Choi et al. 1994, KAIST Tree Annotated Corpus, as UD_Korean-Kaist has it. UPOS:
https://universaldependencies.org/u/pos/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tagger.text.tagsets import sejong_tag

FAMILIES = {
    "noun": ("체언", "nouns"),
    "verb": ("용언", "verbs"),
    "adnominal": ("관형사", "adnominals"),
    "adverb": ("부사", "adverbs"),
    "interjection": ("감탄사", "interjections"),
    "particle": ("조사", "particles"),
    "ending": ("어미", "endings"),
    "affix": ("접사·어근", "affixes and roots"),
    "symbol": ("기호", "symbols"),
    "other": ("기타", "others"),
}
"""The names of the families, in Korean and English."""


@dataclass(frozen=True)
class Tag:
    """A tag with its names and some examples; its family is one of FAMILIES."""

    tag: str
    family: str
    korean: str
    english: str
    examples: str = ""


def _table(rows: str) -> dict[str, Tag]:
    tags = (Tag(*map(str.strip, row.split("|"))) for row in rows.strip().splitlines())
    return {tag.tag: tag for tag in tags}


SEJONG: Mapping[str, Tag] = _table(
    """
    NNG | noun | 일반 명사 | common noun | 밥, 학교, 사랑
    NNP | noun | 고유 명사 | proper noun | 서울, 세종
    NNB | noun | 의존 명사 | bound noun | 것, 수, 때문
    NNC | noun | 단위 명사 | counting noun | 개, 명
    NR | noun | 수사 | numeral | 하나, 첫째
    NP | noun | 대명사 | pronoun | 나, 그것, 누구
    VV | verb | 동사 | verb | 먹(다), 가(다)
    VA | verb | 형용사 | adjective | 좋(다), 크(다)
    VX | verb | 보조 용언 | auxiliary verb | (먹어) 보(다), (하지) 않(다)
    VCP | verb | 긍정 지정사 | copula | 이(다)
    VCN | verb | 부정 지정사 | negative copula | 아니(다)
    MM | adnominal | 관형사 | adnominal | 새, 그, 한
    MMA | adnominal | 성상 관형사 | adnominal of quality | 새, 옛
    MMD | adnominal | 지시 관형사 | demonstrative | 이, 그, 저
    MMN | adnominal | 수 관형사 | adnominal of number | 한, 두, 여러
    MAG | adverb | 일반 부사 | adverb | 매우, 빨리
    MAJ | adverb | 접속 부사 | conjunctive adverb | 그리고, 그러나
    IC | interjection | 감탄사 | interjection | 아, 네, 글쎄
    JKS | particle | 주격 조사 | subject particle | 이, 가, 께서
    JKC | particle | 보격 조사 | complement particle | (의사)가 (되다)
    JKG | particle | 관형격 조사 | genitive particle | 의
    JKO | particle | 목적격 조사 | object particle | 을, 를
    JKB | particle | 부사격 조사 | adverbial particle | 에, 에서, 으로
    JKV | particle | 호격 조사 | vocative particle | 아, 야, 이여
    JKQ | particle | 인용격 조사 | quotative particle | 라고, 고
    JX | particle | 보조사 | auxiliary particle | 은, 는, 도, 만
    JC | particle | 접속 조사 | conjunctive particle | 와, 과, 하고
    EP | ending | 선어말 어미 | pre-final ending | 시, 았, 겠
    EF | ending | 종결 어미 | final ending | 다, 니, 어요
    EC | ending | 연결 어미 | connective ending | 고, 어서, 면
    ETN | ending | 명사형 전성 어미 | nominalizing ending | ㅁ, 음, 기
    ETM | ending | 관형형 전성 어미 | adnominalizing ending | 은, 는, 을, ㄴ
    XPN | affix | 체언 접두사 | prefix of nouns | 맨, 햇, 제
    XSN | affix | 명사 파생 접미사 | suffix that makes nouns | 님, 들, 적
    XSV | affix | 동사 파생 접미사 | suffix that makes verbs | (공부)하, (사용)되
    XSA | affix | 형용사 파생 접미사 | suffix that makes adjectives | (행복)하, (자유)롭
    XR | affix | 어근 | root | 깨끗, 조용
    SF | symbol | 마침표·물음표·느낌표 | sentence-final mark | . ? !
    SP | symbol | 쉼표·가운뎃점·쌍점·빗금 | pause mark | , · : /
    SS | symbol | 따옴표·괄호·줄표 | quotation mark, bracket | “ ” ( )
    SE | symbol | 줄임표 | ellipsis | …
    SO | symbol | 붙임표 | hyphen, tilde | - ~
    SW | symbol | 기타 기호 | other symbol | % ₩ +
    SL | symbol | 외국어 | foreign letters | KBS, DNA
    SH | symbol | 한자 | Chinese characters | 金, 大
    SN | symbol | 숫자 | digits | 1, 2026
    NF | noun | 명사 추정 범주 | guessed noun |
    NV | verb | 용언 추정 범주 | guessed verb |
    NA | other | 분석 불능 범주 | not analysable |
    ??  | other | 태그 없음 | without a tag in the corpus |
    """
)

KAIST: Mapping[str, Tag] = _table(
    """
    ncpa | noun | 동작성 서술 명사 | active predicative noun | 공부, 연구
    ncps | noun | 상태성 서술 명사 | stative predicative noun | 행복, 중요
    ncn | noun | 비서술성 명사 | common noun | 밥, 학교
    nq | noun | 고유 명사 | proper noun | 서울, 세종
    nbu | noun | 단위 의존 명사 | bound noun of units | 개, 명, 년
    nbn | noun | 비단위 의존 명사 | bound noun | 것, 수, 때문
    npp | noun | 인칭 대명사 | personal pronoun | 나, 우리, 그
    npd | noun | 지시 대명사 | demonstrative pronoun | 이것, 거기
    nnc | noun | 양수사 | cardinal numeral | 하나, 1, 백
    nno | noun | 서수사 | ordinal numeral | 첫째, 둘째
    pvd | verb | 지시 동사 | demonstrative verb | 이러(다), 그러(다)
    pvg | verb | 일반 동사 | verb | 먹(다), 가(다)
    pad | verb | 지시 형용사 | demonstrative adjective | 이러하(다), 그러하(다)
    paa | verb | 성상 형용사 | adjective | 좋(다), 크(다)
    px | verb | 보조 용언 | auxiliary verb | (먹어) 보(다), (하지) 않(다)
    mmd | adnominal | 지시 관형사 | demonstrative | 이, 그, 저
    mma | adnominal | 성상 관형사 | adnominal of quality | 새, 모든
    mad | adverb | 지시 부사 | demonstrative adverb | 이렇게, 어떻게
    maj | adverb | 접속 부사 | conjunctive adverb | 그리고, 그러나
    mag | adverb | 일반 부사 | adverb | 매우, 빨리
    ii | interjection | 감탄사 | interjection | 아, 네
    jcs | particle | 주격 조사 | subject particle | 이, 가, 께서
    jcc | particle | 보격 조사 | complement particle | (의사)가 (되다)
    jcm | particle | 관형격 조사 | genitive particle | 의
    jco | particle | 목적격 조사 | object particle | 을, 를
    jca | particle | 부사격 조사 | adverbial particle | 에, 에서, 으로
    jcv | particle | 호격 조사 | vocative particle | 아, 야
    jcr | particle | 인용격 조사 | quotative particle | 라고, 고
    jct | particle | 공동격 조사 | comitative particle | 와, 과
    jcj | particle | 접속격 조사 | conjunctive particle | 와, 과, 나
    jxc | particle | 통용 보조사 | auxiliary particle | 도, 만, 까지
    jxf | particle | 종결 보조사 | auxiliary particle after a sentence | 요
    jxt | particle | 주제격 조사 | topic particle | 은, 는
    jp | particle | 서술격 조사 | copula | 이(다)
    ep | ending | 선어말 어미 | pre-final ending | 시, 았, 겠
    ecc | ending | 대등적 연결 어미 | coordinating ending | 고, 며
    ecs | ending | 종속적 연결 어미 | subordinating ending | 면, 어서
    ecx | ending | 보조적 연결 어미 | ending before an auxiliary | 어, 지
    etn | ending | 명사형 전성 어미 | nominalizing ending | ㅁ, 음, 기
    etm | ending | 관형사형 전성 어미 | adnominalizing ending | 은, 는, 을, ㄴ
    ef | ending | 종결 어미 | final ending | 다, 니
    xp | affix | 접두사 | prefix | 맨, 제
    xsn | affix | 명사 파생 접미사 | suffix that makes nouns | 님, 들, 적
    xsv | affix | 동사 파생 접미사 | suffix that makes verbs | (공부)하, (사용)되
    xsm | affix | 형용사 파생 접미사 | suffix that makes adjectives | (행복)하, (자유)롭
    xsa | affix | 부사 파생 접미사 | suffix that makes adverbs | (조용)히, (많)이
    sf | symbol | 마침표·물음표·느낌표 | sentence-final mark | . ? !
    sp | symbol | 쉼표 | pause mark | , :
    sl | symbol | 여는 따옴표·괄호 | opening quotation mark, bracket | “ (
    sr | symbol | 닫는 따옴표·괄호 | closing quotation mark, bracket | ” )
    sd | symbol | 이음표 | dash | -
    se | symbol | 줄임표 | ellipsis | …
    su | symbol | 단위 기호 | symbol of units | % km
    sy | symbol | 기타 기호 | other symbol | + &
    f | symbol | 외국어 | foreign word | KBS, 大
    """
)

UPOS: Mapping[str, Tag] = _table(
    """
    NOUN | noun | 명사 | noun | 밥, 학교에서
    PROPN | noun | 고유 명사 | proper noun | 서울은
    PRON | noun | 대명사 | pronoun | 나는, 그것
    NUM | noun | 수사 | numeral | 하나, 2026
    VERB | verb | 동사 | verb | 먹었다
    ADJ | verb | 형용사 | adjective | 좋은
    AUX | verb | 보조 용언 | auxiliary | (먹고) 있다
    DET | adnominal | 관형사 | determiner | 이, 새
    ADV | adverb | 부사 | adverb | 매우, 빨리
    CCONJ | adverb | 등위 접속사 | coordinating conjunction | 그리고, 및
    SCONJ | adverb | 종속 접속사 | subordinating conjunction | (그에) 따라
    INTJ | interjection | 감탄사 | interjection | 아, 네
    ADP | particle | 부치사 | adposition | (1990)에, 때문에
    PART | particle | 불변화사 | particle | (KBS)는
    PUNCT | symbol | 문장 부호 | punctuation | . , ?
    SYM | symbol | 기호 | symbol | % ₩
    X | other | 기타 | other | KBS
    """
)

TAG_SETS = {"sejong": SEJONG, "kaist": KAIST, "upos": UPOS}


def is_noun(name: str) -> bool:
    """Whether a tag is one of nouns, pronouns and numerals."""
    return tag_of(name).family == "noun"


def tag_of(name: str) -> Tag:
    """What is known of a tag of any tag set; Kiwi's own tags are those of Sejong.

    >>> tag_of("VA-I").english, tag_of("jco").family, tag_of("mine").family
    ('adjective', 'particle', 'other')
    """
    for known in (name, sejong_tag(name)):
        for tags in TAG_SETS.values():
            if known in tags:
                return tags[known]
    return Tag(name, "other", name, name)
