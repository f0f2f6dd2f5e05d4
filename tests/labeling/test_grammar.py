from __future__ import annotations

import json

from tagger.labeling.grammar import SEEN, Grammar
from tagger.text.sentence import Sentence, gold_token


def sentence(*words: list[tuple[str, str]]) -> Sentence:
    tokens, start = [], 0
    for word in words:
        surface = "".join(form for form, _ in word)
        tokens.append(gold_token(surface, start, word))
        start += len(surface) + 1
    return Sentence(" ".join(token.surface for token in tokens), tuple(tokens))


NOUN = [("바다", "NNG"), ("를", "JKO")]
VERB = [("걷", "VV"), ("는다", "EF")]
CORPUS = [sentence(NOUN, VERB)] * 60 + [sentence([("졷", "VV"), ("는다", "EF")])]


def test_stems_are_those_that_are_seen_often() -> None:
    assert Grammar.learn({"a": CORPUS}).words["V"] == {"걷"}
    assert Grammar.learn({"a": CORPUS[: SEEN - 1]}).words == {}


def test_of_nouns_the_contracted_ones_are_kept() -> None:
    contracted = Sentence("날", (gold_token("날", 0, [("나", "NP"), ("ㄹ", "JKO")]),))
    words = Grammar.learn({"a": [contracted, sentence(NOUN)] * SEEN}).words
    assert words["N"] == {"나"}
    assert words["J"] == {"ㄹ", "를"}


def test_tags_that_chance_would_put_in_a_row_never_follow() -> None:
    never = Grammar.learn({"a": CORPUS}).never["a"]
    assert "EF" in never["NNG"] and "JKO" in never["VV"]
    # what follows after a space may follow without one
    assert "VV" not in never["JKO"]


def test_a_small_corpus_forbids_nothing() -> None:
    assert Grammar.learn({"a": CORPUS[:5]}).never == {}


def test_much_silver_forbids_what_a_small_corpus_does_not_show() -> None:
    small = [*CORPUS[:5], sentence([("걷", "VV"), ("를", "JKO")])]
    never = Grammar.learn({"a": small, "b": CORPUS[:5]}, CORPUS).never
    assert "EF" in never["a"]["NNG"] and "b" not in never
    assert "JKO" not in never["a"]["VV"]  # gold shows it


def test_a_grammar_travels_as_json() -> None:
    grammar = Grammar.learn({"a": CORPUS, "b": CORPUS})
    assert Grammar.from_json(json.loads(json.dumps(grammar.to_json()))) == grammar
    assert set(grammar.of(["b"]).never) == {"b"}
