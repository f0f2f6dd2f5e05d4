from __future__ import annotations

import random

from tagger.text.sentence import Sentence, gold_token
from tagger.training.augmentation.noise import (
    Piece,
    chatting,
    noisy,
    pieces_of,
    with_errors,
    without_spaces,
    written,
)

SENTENCE = Sentence(
    "언덕을 넘어 왔다.",
    (
        gold_token("언덕을", 0, [("언덕", "NNG"), ("을", "JKO")], "NOUN"),
        gold_token("넘어", 4, [("넘", "VV"), ("어", "EC")], "VERB"),
        gold_token("왔다", 7, [("오", "VX"), ("았", "EP"), ("다", "EF")], "AUX"),
        gold_token(".", 9, [(".", "SF")], "PUNCT"),
    ),
)
MORPHEMES = [(m.form, m.tag) for m in SENTENCE.morphemes]


def test_a_sentence_is_written_as_it_was() -> None:
    assert written(pieces_of(SENTENCE)) == SENTENCE


def test_without_spaces_the_morphemes_are_the_same() -> None:
    generator = random.Random(1)
    texts = set()
    for _ in range(30):
        pieces = without_spaces(pieces_of(SENTENCE), generator)
        assert pieces is not None
        sentence = written(pieces)
        texts.add(sentence.text)
        assert sentence.text.replace(" ", "") == "언덕을넘어왔다."
        assert [(m.form, m.tag) for m in sentence.morphemes] == MORPHEMES
    assert texts == {"언덕을넘어 왔다.", "언덕을 넘어왔다.", "언덕을넘어왔다."}
    assert without_spaces(pieces_of(SENTENCE)[:1], generator) is None


def test_tokens_that_are_joined_have_no_upos() -> None:
    joined = written(
        [Piece("새", [("새", "MM")], "DET", False), Piece("집", [("집", "NNG")], "NOUN", False)]
    )
    (token,) = joined.tokens
    assert (token.surface, token.upos, token.xpos) == ("새집", None, "MM+NNG")


def test_a_token_that_comes_apart_has_no_analysis() -> None:
    stopped = written([Piece("반.", [("반", "NNG"), (".", "SF")], None, False)])
    assert [(token.surface, token.morphemes) for token in stopped.tokens] == [("반", ()), (".", ())]


def test_errors_change_the_text_and_keep_tags() -> None:
    generator = random.Random(2)
    texts = set()
    for _ in range(40):
        pieces = with_errors(pieces_of(SENTENCE), generator)
        if pieces is None:
            continue
        sentence = written(pieces)
        texts.add(sentence.text)
        assert [m.tag for m in sentence.morphemes] == [tag for _, tag in MORPHEMES]
    assert "언더글 넘어 왔다." in texts  # as it is heard
    assert any("왓" in text for text in texts)
    assert SENTENCE.text not in texts


def test_a_word_is_misspelled_as_it_sounds_and_keeps_its_morphemes() -> None:
    generator = random.Random(4)
    analysis = [("않", "VX"), ("았", "EP"), ("어", "EF")]
    found = {
        written(pieces).text
        for _ in range(200)
        if (pieces := with_errors([Piece("않았어", analysis, "AUX", False)], generator))
        and [(m.form, m.tag) for m in written(pieces).morphemes] == analysis
    }
    assert {"안았어", "않앗어", "아났어", "않아써"} <= found


def test_laughing_takes_the_place_of_the_stop() -> None:
    generator = random.Random(3)
    ends = []
    for _ in range(20):
        pieces = chatting(pieces_of(SENTENCE), generator)
        assert pieces is not None
        ends.append(written(pieces))
    assert any(sentence.text.startswith("언덕을 넘어 왔다ㅋㅋ") for sentence in ends)
    assert all(sentence.morphemes[-1].tag in ("SW", "SF", "SO") for sentence in ends)


def test_shares_say_how_many_sentences_are_written_anew() -> None:
    sentences = [SENTENCE] * 10
    found = list(noisy(sentences, {"without_spaces": 0.3, "chatting": 0.2}, random.Random(0)))
    assert len(found) == 5
    assert list(noisy(sentences, {"without_spaces": 0.0}, random.Random(0))) == []
