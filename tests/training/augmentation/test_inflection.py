from __future__ import annotations

import random

import pytest

from tagger.training.augmentation.inflection import Inflected, Inflection, ending_of
from tests.support.verbs import CORPUS, WATER, sentence_of, verb


def test_a_word_is_told_by_the_forms_that_are_its_own() -> None:
    inflection = Inflection(CORPUS)
    grind = Inflected("갈", "VV", None)
    assert inflection.word_of("갈던", [("갈", "VV"), ("던", "ETM")]) == grind
    assert inflection.word_of("가는", [("가", "VV"), ("는", "ETM")]) is None  # 갈다 has it too
    assert inflection.shared_forms(grind, "ETM") == {(("는", "ETM"),): "가는"}


def test_a_sentence_gets_the_form_that_words_share_and_keeps_the_word() -> None:
    inflection = Inflection(CORPUS)
    made = {str(sentence) for sentence in inflection.rewritten(CORPUS, 100, random.Random(1))}
    assert made == {"물/NNG+을/JKO 갈/VV+는/ETM 날/NNG", "가/VV+는/ETM 길/NNG"}


def test_the_text_is_that_of_the_new_form() -> None:
    inflection = Inflection(CORPUS)
    texts = {sentence.text for sentence in inflection.rewritten(CORPUS, 100, random.Random(1))}
    assert texts == {"물을 가는 날", "가는 길"}


def test_no_more_sentences_than_wanted() -> None:
    inflection = Inflection(CORPUS)
    assert len(list(inflection.rewritten(CORPUS, 2, random.Random(1)))) == 2


def test_two_words_of_one_stem_are_kept_apart() -> None:
    """묻다 (to ask) has 물어, 묻다 (to bury) 묻어; 묻고 is of both."""
    ask = sentence_of(verb("물어서", "묻", "어서/EC"))
    bury = sentence_of(verb("묻어서", "묻", "어서/EC"))
    inflection = Inflection([ask] * 3 + [bury] * 3)
    assert inflection.stems["묻", "VV"] == [
        Inflected("묻", "VV", False),
        Inflected("묻", "VV", True),
    ]
    analysis = [("묻", "VV"), ("어서", "EC")]
    assert inflection.word_of("물어서", analysis) == Inflected("묻", "VV", True)
    assert inflection.word_of("묻어서", analysis) == Inflected("묻", "VV", False)


@pytest.mark.parametrize(
    "analysis",
    [
        [("책", "NNG")],
        [("읽", "VV")],
        [("읽", "VV"), ("기", "ETN"), ("를", "JKO")],
        [("공부", "NNG"), ("하", "XSV"), ("다", "EF")],
    ],
)
def test_only_a_stem_with_endings_alone_is_inflected(analysis: list[tuple[str, str]]) -> None:
    assert ending_of(analysis) == ()


def test_a_progressive_can_stand_for_the_plain_form() -> None:
    """갈고 있는 is 가는: what is said of grinding tells 가는 of 갈다."""
    sharpen = sentence_of(
        WATER,
        verb("갈고", "갈", "고/EC"),
        ("있는", [("있", "VX"), ("는", "ETM")]),
        ("날", [("날", "NNG")]),
    )
    inflection = Inflection([*CORPUS, *[sharpen] * 3])
    made = {str(sentence) for sentence in inflection.rewritten([sharpen], 9, random.Random(2))}
    assert made == {
        "물/NNG+을/JKO 갈/VV+는/ETM 날/NNG",
        "물/NNG+을/JKO 갈/VV+는/ETM 길/NNG",  # as a clause before what follows 가는 and 아는
    }


def test_what_is_before_a_verb_becomes_a_relative_clause() -> None:
    """After 갈았다 nothing stands that 가는 could belong to; 길 and what follows it is taken from
    the sentences with 가는 and 아는."""
    ground = sentence_of(WATER, verb("갈았다", "갈", "았/EP", "다/EF"))
    inflection = Inflection([*CORPUS, *[ground] * 3])
    made = {str(sentence) for sentence in inflection.rewritten([ground], 9, random.Random(1))}
    assert made == {"물/NNG+을/JKO 갈/VV+는/ETM 길/NNG"}


def test_a_stem_in_rieul_is_shown_without_it_though_no_other_word_is_known() -> None:
    drive = sentence_of(
        ("버스를", [("버스", "NNG"), ("를", "JKO")]),
        verb("몰던", "몰", "던/ETM"),
        ("날", [("날", "NNG")]),
    )
    inflection = Inflection([*CORPUS, *[drive] * 3])
    made = {sentence.text for sentence in inflection.rewritten([drive], 9, random.Random(1))}
    assert made == {"버스를 모는 날"}


def test_other_tag_sets_have_no_such_words() -> None:
    assert Inflection([sentence_of(("가는", [("가", "pvg"), ("는", "etm")]))] * 5).stems == {}


def test_of_a_rare_word_each_sentence_makes_several() -> None:
    hang = sentence_of(
        WATER, verb("갈면", "갈", "면/EC"), ("사람은", [("사람", "NNG"), ("은", "JX")])
    )
    endings = [
        sentence_of(verb("알면", "알", "면/EC")),
        sentence_of(verb("안", "알", "ㄴ/ETM")),
        sentence_of(verb("가며", "가", "며/EC")),
        sentence_of(verb("간", "가", "ㄴ/ETM")),
    ]
    inflection = Inflection([*CORPUS, *[hang] * 3, *endings])
    texts = {made.text for made in inflection.rewritten([hang], 100, random.Random(1))}
    assert texts == {"물을 가는 사람은", "물을 간 사람은", "물을 가는 길"}


def test_what_is_said_of_a_form_wherever_it_stands_means_nothing() -> None:
    """The analyser takes 가는 for 가다 always, though 갈다 is as frequent."""
    told = Inflection(CORPUS).trusted(CORPUS)
    assert all(not sentence.tokens[0].morphemes for sentence in told[6:9])
    assert told[:6] == CORPUS[:6]
    assert told[9:] == CORPUS[9:]


def test_an_analyser_that_tells_words_apart_is_believed() -> None:
    ground = sentence_of(WATER, verb("가는", "갈", "는/ETM"), ("날", [("날", "NNG")]))
    corpus = [*CORPUS, *[ground] * 3]
    assert Inflection(corpus).trusted(corpus) == corpus
