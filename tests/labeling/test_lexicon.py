"""What training shows of tokens and morphemes, as the network reads it."""

from __future__ import annotations

import json
import pickle
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.labeling.lexicon import COLUMNS, MINIMUM, NO_LEXICON, NOTHING_KNOWN, Lexicon, Sighting

NOUN = Sighting("NOUN", ("B-ncn", "I-ncn", "B-jco"))
ACT = Sighting("NOUN", ("B-ncpa", "I-ncpa", "B-jco"))
RESEARCH = [("연구", "ncn"), ("를", "jco")]
RESEARCHING = [("연구", "ncpa"), ("를", "jco")]


def learnt(nouns: int, acts: int) -> Lexicon:
    return Lexicon.learn(
        [("연구를", NOUN, RESEARCH)] * nouns + [("연구를", ACT, RESEARCHING)] * acts
    )


def test_a_token_is_told_its_analyses_and_how_sure_they_are() -> None:
    assert learnt(1, 5).columns("연구를") == {
        "usual_analysis": ("4B-ncpa", "4I-ncpa", "4B-jco"),
        "other_analysis": ("B-ncn", "I-ncn", "B-jco"),
        "usual_upos": ("3NOUN",) * 3,
        "known_morpheme": ("4B-ncpa", "4I-ncpa", "-"),
    }


@pytest.mark.parametrize(
    ("nouns", "acts", "sureness"), [(0, 2, "2"), (0, 5, "3"), (1, 3, "4"), (2, 3, "5")]
)
def test_sureness_is_how_often_and_how_much(nouns: int, acts: int, sureness: str) -> None:
    assert learnt(nouns, acts).columns("연구를")["usual_analysis"][0] == f"{sureness}B-ncpa"


def test_a_corpus_without_upos_tells_none() -> None:
    lexicon = Lexicon.learn([("연구를", Sighting(None, NOUN.structures), RESEARCH)] * 2)
    assert lexicon.columns("연구를")["usual_analysis"][0] == "2B-ncn"
    assert lexicon.columns("연구를")["usual_upos"] == (NOTHING_KNOWN,) * 3


def test_what_was_seen_once_is_not_known() -> None:
    unknown = dict.fromkeys(COLUMNS, (NOTHING_KNOWN,) * 3)
    assert learnt(0, 1).columns("연구를") == unknown
    assert NO_LEXICON.columns("연구를") == unknown


@given(st.integers(1, 6), st.integers(0, 6))
def test_an_occurrence_that_is_left_out_was_never_there(nouns: int, acts: int) -> None:
    without = learnt(nouns, acts).columns_without("연구를", NOUN, RESEARCH)
    assert without == learnt(nouns - 1, acts).columns("연구를")


def test_the_longest_known_morpheme_is_told_wherever_it_stands() -> None:
    lexicon = Lexicon({}, {"연구": {"ncpa": 3}, "연구소": {"ncn": 5, "nq": 1}, "소장": {"ncn": 1}})
    assert lexicon.columns("새연구소장연구")["known_morpheme"] == (
        *("-", "4B-ncn", "4I-ncn", "4I-ncn"),
        *("-", "2B-ncpa", "2I-ncpa"),
    )


tokens = st.text("가나다", min_size=1, max_size=4)
tags = st.sampled_from(["NNG", "VV", "a b", "x\ty"])


@st.composite
def shown(draw: st.DrawFn) -> tuple[str, Sighting, list[tuple[str, str]]]:
    token, tag = draw(tokens), draw(tags)
    structures = (f"B-{tag}", *[f"I-{tag}"] * (len(token) - 1))
    return token, Sighting(draw(st.sampled_from([None, "NOUN"])), structures), [(token, tag)]


@given(st.lists(shown(), max_size=30))
def test_a_model_takes_along_what_it_reads_for_tagging(
    seen: list[tuple[str, Sighting, list[tuple[str, str]]]],
) -> None:
    lexicon = Lexicon.learn(seen)
    kept = lexicon.kept()
    counts = Counter(token for token, *_ in seen)
    assert set(kept.tokens) == {token for token in counts if counts[token] >= MINIMUM}
    assert Lexicon.from_json(json.loads(json.dumps(kept.to_json()))) == kept
    assert pickle.loads(pickle.dumps(kept)) == kept
    for token in counts:
        assert kept.columns(token) == lexicon.columns(token)


@pytest.mark.parametrize(
    "structures", [["B-NNG"], ["B-NNG", "I-NNG", "I-NNG"], ["B-NNG", "NNG"], []]
)
def test_an_analysis_that_does_not_fit_is_refused(structures: list[str]) -> None:
    data = {"tokens": [[None, structures, {"2": ["사과"]}]], "morphemes": {}}
    with pytest.raises(ValueError, match="no analysis of '사과'"):
        Lexicon.from_json(data)


def test_a_token_that_noise_made_leaves_out_its_morphemes_alone() -> None:
    """`새연구를` was never seen as one token, but the lexicon has learned from its morphemes."""
    lexicon = learnt(2, 0)
    joined = Sighting(None, ("B-mmd", "B-ncn", "I-ncn", "B-jco"))
    given = lexicon.columns_without("새연구를", joined, [("새", "mmd"), *RESEARCH])
    assert set(given["known_morpheme"]) == {NOTHING_KNOWN}
    assert "2B-ncn" in lexicon.columns("새연구를")["known_morpheme"]
