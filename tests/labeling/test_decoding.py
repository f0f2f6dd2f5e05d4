"""Decoding does not invent words, nor tags in a row that training never shows."""

from __future__ import annotations

import pytest

from tagger.analyzer import Tagger
from tagger.labeling.closing import Choice
from tagger.labeling.decoding import Decoder
from tagger.labeling.grammar import Grammar
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.restoration import Restorer
from tagger.tokenizer.base import Hint
from tagger.tokenizer.words import Words
from tests.support.steps import syllables_of

STEPS = syllables_of(
    "흘렀다", [Hint("흐르", "VV", 0, 2), Hint("었", "EP", 1, 2), Hint("다", "EF", 2, 3)]
)
FLOWED: list[list[Choice]] = [
    [("B-VV", 0.9), ("B-VV→흐", 0.1)],
    [("I-VV|B-EP→르었", 0.9), ("B-EP", 0.05)],
    [("B-EF", 1.0)],
]


def decoder(tagger: Tagger, grammar: Grammar, words: Words) -> Decoder:
    bundle = tagger.bundle
    tags = {bundle.corpus: ("VV", "EP", "EF", "NNG", "XSV", "XSA", "JKO", "JX", "EC")}
    restorer = Restorer(
        {
            "흘": {"B-VV": ("흐",)},
            "렀": {"I-VV|B-EP": ("르었",)},
            "를": {"B-NNG|B-JKO": ("르ㄹ",)},
        }
    )
    knowledge = Knowledge(restorer, tags, grammar=grammar)
    return Decoder(bundle.unit, bundle.vocabulary.labels, knowledge, bundle.corpus, words)


def chosen(decoder: Decoder) -> str:
    labels = [label for label, _ in decoder.choose(STEPS, FLOWED)]
    return "+".join(f"{m.form}/{m.tag}" for m in decoder.spell(STEPS, labels))


def test_a_stem_that_something_knows_is_preferred(tiny_tagger: Tagger) -> None:
    known = {"V": frozenset({"가"})}
    assert chosen(decoder(tiny_tagger, Grammar(), known)) == "흘르/VV+었/EP+다/EF"
    for grammar, words in (
        (Grammar(known), known),  # the tokenizer's own analysis knows it
        (Grammar({"V": frozenset({"흐르"})}), known),
        (Grammar(known), {"V": frozenset({"흐르"})}),
    ):
        assert chosen(decoder(tiny_tagger, grammar, words)) == "흐르/VV+었/EP+다/EF"


def test_without_an_analyser_the_words_of_much_text_are_all_there_are(
    tiny_tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    grammar = Grammar({"V": frozenset({"흐르", "가"})})
    assert chosen(decoder(tiny_tagger, grammar, {})) == "흘르/VV+었/EP+다/EF"  # two are few
    monkeypatch.setattr("tagger.labeling.grammar.RICH", 2)
    assert chosen(decoder(tiny_tagger, grammar, {})) == "흐르/VV+었/EP+다/EF"


def test_a_noun_is_not_made_of_a_particle(tiny_tagger: Tagger) -> None:
    steps = syllables_of("를", [Hint("를", "JKO", 0, 1)])
    candidates = [[("B-NNG|B-JKO→르ㄹ", 0.8), ("B-JKO", 0.2)]]
    particles = {"J": frozenset({"를", "ㄹ"})}
    for contracted, expected in (({"나"}, "B-JKO"), ({"르"}, "B-NNG|B-JKO→르ㄹ")):
        grammar = Grammar({**particles, "N": frozenset(contracted)})
        found = decoder(tiny_tagger, grammar, particles).choose(steps, candidates)
        assert [label for label, _ in found] == [expected]


def test_a_noun_as_it_is_written_needs_nobody_to_know_it(tiny_tagger: Tagger) -> None:
    steps = syllables_of("쀼를")
    candidates = [[("B-NNG", 0.6), ("B-VV", 0.4)], [("B-JKO", 1.0)]]
    grammar = Grammar({"N": frozenset({"나"}), "J": frozenset({"를"})})
    found = decoder(tiny_tagger, grammar, {"J": frozenset({"를"})}).choose(steps, candidates)
    assert [label for label, _ in found] == ["B-NNG", "B-JKO"]


def test_a_stem_stays_where_nothing_knows_a_better_one(tiny_tagger: Tagger) -> None:
    steps = syllables_of("쀼다")
    candidates = [[("B-VV", 0.9), ("B-VV→쀵", 0.1)], [("B-EF", 1.0)]]
    found = decoder(tiny_tagger, Grammar({"V": frozenset({"가"})}), {"V": frozenset({"가"})})
    assert [label for label, _ in found.choose(steps, candidates)] == ["B-VV", "B-EF"]


def test_tags_that_never_follow_one_another_are_not_chosen(tiny_tagger: Tagger) -> None:
    steps = syllables_of("벗하")
    candidates = [[("B-VV", 0.6), ("B-NNG", 0.4)], [("B-XSV", 0.9), ("B-EC", 0.1)]]
    corpus = tiny_tagger.bundle.corpus
    never = {corpus: {"VV": frozenset({"XSV"})}}
    grammar = Grammar({"V": frozenset({"벗"})}, never)
    found = decoder(tiny_tagger, grammar, {"V": frozenset({"벗"})}).choose(steps, candidates)
    assert [label for label, _ in found] == ["B-NNG", "B-XSV"]
    free = decoder(tiny_tagger, Grammar({"V": frozenset({"벗"})}), {"V": frozenset({"벗"})})
    assert [label for label, _ in free.choose(steps, candidates)] == ["B-VV", "B-XSV"]


def test_tags_may_follow_one_another_where_the_tokenizer_has_them_so(tiny_tagger: Tagger) -> None:
    candidates = [[("B-JX", 1.0)], [("B-JKO", 0.6), ("B-NNG", 0.4)]]
    never = {tiny_tagger.bundle.corpus: {"JX": frozenset({"JKO"})}}
    particles = {"J": frozenset({"만", "을"})}
    made = decoder(tiny_tagger, Grammar(particles, never), particles)
    for hints, expected in (
        ([], "B-NNG"),
        ([Hint("만", "JX", 0, 1), Hint("을", "JKO", 1, 2)], "B-JKO"),
    ):
        found = made.choose(syllables_of("만을", hints), candidates)
        assert [label for label, _ in found] == ["B-JX", expected]


def test_a_decided_label_stays_whatever_it_spells(tiny_tagger: Tagger) -> None:
    known = {"V": frozenset({"가"})}
    found = decoder(tiny_tagger, Grammar(known), known)
    decided = {0: "B-VV", 1: "I-VV|B-EP→르었", 2: "B-EF"}
    labels = [label for label, _ in found.choose(STEPS, FLOWED, decided)]
    assert labels == list(decided.values())
