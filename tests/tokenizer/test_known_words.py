from __future__ import annotations

from io import BytesIO

import numpy
import pytest

from tagger.tokenizer import known_words, morpheme_codes
from tagger.tokenizer.kiwi import load_kiwi


def test_the_table_holds_what_kiwi_says() -> None:
    nouns, words = known_words.known_words(kiwi := load_kiwi())
    asked_nouns, asked_words = known_words.ask(kiwi)
    assert words == asked_words
    for (nodes, kinds), (asked_nodes, asked_kinds) in zip(
        nouns.levels, asked_nouns.levels, strict=True
    ):
        assert numpy.array_equal(nodes, asked_nodes)
        assert numpy.array_equal(kinds, asked_kinds)


def test_a_kiwi_of_another_version_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(morpheme_codes, "is_usable", lambda: False)
    monkeypatch.setattr(known_words, "ask", asked.append)
    monkeypatch.setattr(known_words, "_asked", [])
    known_words.known_words("kiwi")
    known_words.known_words("kiwi")
    assert asked == ["kiwi"]


def test_the_recipe_makes_the_same_table() -> None:
    stream = BytesIO()
    known_words.save(*known_words.ask(load_kiwi()), stream)
    stream.seek(0)
    with numpy.load(stream) as made, numpy.load(known_words.TABLE) as kept:
        assert made.files == kept.files
        assert all(numpy.array_equal(made[name], kept[name]) for name in made.files)
