from __future__ import annotations

import pytest

from tagger.errors import TaggerError
from tagger.evaluation.scores import (
    MISSING,
    Overlap,
    Ratio,
    score_eojeols,
    score_tags,
    score_tokens,
)
from tagger.text.sentence import Sentence, Token, gold_token


def sentence(*words: str, upos: str | None = None) -> Sentence:
    """`surface form/TAG form/TAG` a word; the words stand apart."""
    tokens: list[Token] = []
    text = ""
    for word in words:
        surface, *analysis = word.split()
        pairs = [(m.rpartition("/")[0], m.rpartition("/")[2]) for m in analysis]
        tokens.append(gold_token(surface, len(text), pairs, upos))
        text += surface + " "
    return Sentence(text.rstrip(), tuple(tokens))


GOLD = [
    sentence("나 나/NP", "먹었다 먹/VV 었/EP 다/EF", upos="X"),
    sentence("간다 가/VV ㄴ다/EF", "뭐 뭐/IC"),
]
GUESS = [
    sentence("나 나/NP", "먹었다 먹/VV 었/EP 다/EC", upos="X"),
    sentence("간다 갈/VV ㄴ다/EF", "뭐 뭐/NP"),
]


def test_a_gold_answer_is_all_right() -> None:
    tokens, eojeols = score_tokens(GOLD, GOLD), score_eojeols(GOLD, GOLD)
    assert tokens.xpos == tokens.lemma == Ratio(4, 4) and tokens.upos == Ratio(2, 2)
    assert eojeols.eojeol == Ratio(4, 4)
    assert eojeols.morphemes == eojeols.segmentation == Overlap(7, 7, 7)


def test_each_measure_counts_its_own_errors() -> None:
    tokens = score_tokens(GOLD, GUESS)
    assert tokens.xpos == Ratio(2, 4)  # EF for EC, IC for NP
    assert tokens.lemma == Ratio(3, 4)  # 가 for 갈
    eojeols = score_eojeols(GOLD, GUESS, {"나", "뭐"}.__contains__)
    assert eojeols.eojeol == Ratio(1, 4)
    assert eojeols.known == Ratio(1, 2) and eojeols.unseen == Ratio(0, 2)
    assert eojeols.morphemes == Overlap(4, 7, 7)
    assert eojeols.segmentation == Overlap(6, 7, 7)
    assert eojeols.morphemes.f1_percent == pytest.approx(100 * 4 / 7)


def test_tags_are_paired_along_the_forms() -> None:
    pairs = score_eojeols(GOLD, GUESS).tags
    assert pairs["EF", "EC"] == pairs["IC", "NP"] == 1
    assert pairs["VV", MISSING] == pairs[MISSING, "VV"] == 1
    scores = {score.tag: score for score in score_tags(pairs)}
    assert scores["VV"].support == 2
    assert scores["VV"].precision == scores["VV"].recall == pytest.approx(50)
    assert scores["EF"].precision == pytest.approx(100)
    assert scores["EC"].support == 0


def test_an_eojeol_without_gold_analysis_does_not_count() -> None:
    gold = [sentence("나 나/NP", "몰라")]
    assert score_eojeols(gold, gold).eojeol == Ratio(1, 1)
    assert score_tokens(gold, gold).xpos == Ratio(1, 1)


def test_an_eojeol_that_is_not_predicted_is_wrong() -> None:
    whole = Sentence("나도", (gold_token("나도", 0, [("나", "NP"), ("도", "JX")]),))
    parts = Sentence(
        "나도", (gold_token("나", 0, [("나", "NP")]), gold_token("도", 1, [("도", "JX")]))
    )
    assert score_eojeols([whole], [parts]).eojeol == Ratio(1, 1)  # same eojeol, same morphemes
    other = Sentence("나도", (gold_token("나", 0, [("나", "NP")]),))
    assert score_eojeols([whole], [other]).eojeol == Ratio(0, 1)


def test_changed_tokens_are_refused() -> None:
    with pytest.raises(TaggerError, match="tokens"):
        score_tokens([sentence("나 나/NP")], [sentence("너희 너희/NP")])


def test_nothing_to_count_is_no_percentage() -> None:
    assert Ratio().percent is None and Overlap().f1_percent is None
    assert score_tags(score_eojeols([], []).tags) == []


def test_counts_add_up() -> None:
    apart = [score_eojeols([g], [p]) for g, p in zip(GOLD, GUESS)]
    together = score_eojeols(GOLD, GUESS)
    assert apart[0].eojeol + apart[1].eojeol == together.eojeol
    assert apart[0].morphemes + apart[1].morphemes == together.morphemes
