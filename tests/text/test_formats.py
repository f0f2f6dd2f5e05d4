from __future__ import annotations

import json

import pytest

from tagger.text.formats import FORMATS, conllu, jsonl, tsv, words
from tagger.text.sentence import Analysis, Morpheme, Sentence, Token
from tests.support.places import ROOT
from tests.support.sentences import SENTENCE

GOLDEN = ROOT / "tests" / "golden"


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_as_it_was(name: str) -> None:
    written = FORMATS[name](SENTENCE, 7)
    assert written == (GOLDEN / f"sentence.{name}").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sejong", "\n"),
        ("conllu", ""),
        ("tsv", "\n"),
        ("mecab", "EOS\n"),
        ("words", "\n"),
        ("jsonl", '{"text": " ", "eojeols": []}\n'),
    ],
)
def test_a_text_without_tokens(name: str, text: str) -> None:
    assert FORMATS[name](Sentence(" ", ()), 1) == text


def test_json_lines_rebuild_the_text() -> None:
    data = json.loads(FORMATS["jsonl"](SENTENCE, 1))
    for eojeol in data["eojeols"]:
        assert data["text"][eojeol["start"] : eojeol["end"]] == eojeol["surface"]
    assert "\t".join(eojeol["surface"] for eojeol in data["eojeols"]) == data["text"]


def test_doubtful_morphemes_and_the_best_analyses_in_json() -> None:
    plain = json.loads(FORMATS["jsonl"](SENTENCE, 1))
    assert "nbest" not in plain["eojeols"][0]
    assert "doubtful" not in plain["eojeols"][0]["morphemes"][0]
    marked = json.loads(jsonl(SENTENCE, 1, minimum_score=0.6))
    for eojeol in marked["eojeols"]:
        for morpheme in eojeol["morphemes"]:
            assert morpheme["doubtful"] is ((morpheme["score"] or 0) < 0.6)
    word = Morpheme("끝", "NNG", 0, 1, 0.75)
    other = Morpheme("끝", "NNP", 0, 1, 0.25)
    best = (Analysis((word,), 0.75), Analysis((other,), 0.25))
    data = json.loads(jsonl(Sentence("끝", (Token("끝", 0, 1, (word,), "NOUN", best),)), 1))
    assert [analysis["score"] for analysis in data["eojeols"][0]["nbest"]] == [0.75, 0.25]
    assert data["eojeols"][0]["nbest"][1]["morphemes"][0]["tag"] == "NNP"


def test_mecab_surfaces_rebuild_the_text() -> None:
    lines = FORMATS["mecab"](SENTENCE, 1).splitlines()
    assert lines.pop() == "EOS"
    assert "".join(line.split("\t")[0] for line in lines) == SENTENCE.text.replace("\t", "")
    assert all(line.split("\t")[1].count(",") == 7 for line in lines)


def test_conllu_keeps_the_white_space() -> None:
    tokens = (Token("가", 2, 3), Token("나", 5, 6), Token(".", 6, 7))
    text = FORMATS["conllu"](Sentence("\t 가  나.  ", tokens), 3)
    assert "# text = 가 나.\n" in text
    misc = [line.split("\t")[9] for line in text.splitlines() if line and line[0] != "#"]
    assert misc == [r"SpacesBefore=\t\s|SpacesAfter=\s\s", "SpaceAfter=No", r"SpacesAfter=\s\s"]


def test_separators_in_given_tokens_become_spaces() -> None:
    """Tokens of CoNLL-U are kept as they are, and may hold anything."""
    surface = "가\t나\n다\r라"
    word = Morpheme("가나", "NNG", 0, 7, 0.5)
    sentence = Sentence(surface, (Token(surface, 0, 7, (word,), "NOUN"),))
    assert FORMATS["tsv"](sentence, 1) == "가 나 다 라\t가나\tNNG\tNOUN\n\n"
    assert "1\t가 나 다 라\t가나\tNOUN\tNNG" in FORMATS["conllu"](sentence, 1)
    assert FORMATS["mecab"](sentence, 1).startswith("가 나 다 라\tNNG,*,F,가 나 다 라,Inflect,")


def test_what_is_not_there_is_an_underscore() -> None:
    sentence = Sentence("가 나", (Token("가", 0, 1), Token("나", 2, 3)))
    assert FORMATS["conllu"](sentence, 1) == (
        "# sent_id = 1\n# text = 가 나\n" + "1\t가\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "2\t나\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
    )


def test_scores_are_rounded_to_four_places_and_compared_unrounded() -> None:
    word = Morpheme("끝", "NNG", 0, 1, 0.123456)
    best = (Analysis((word,), 0.123456),)
    sentence = Sentence("끝", (Token("끝", 0, 1, (word,), "NOUN", best),))
    [eojeol] = json.loads(jsonl(sentence, 1, minimum_score=0.123456))["eojeols"]
    assert eojeol["nbest"][0]["score"] == eojeol["morphemes"][0]["score"] == 0.1235
    assert eojeol["morphemes"][0]["doubtful"] is False


def test_a_word_written_as_it_is_and_one_that_is_not_in_mecab() -> None:
    as_it_is = Token("밥", 0, 1, (Morpheme("밥", "NNG", 0, 1, 1.0),), "NOUN")
    other = Token("밥", 0, 1, (Morpheme("빱", "NNG", 0, 1, 1.0),), "NOUN")
    two = (Morpheme("밥", "NNG", 0, 1, 1.0), Morpheme("ㄴ", "JX", 0, 1, 1.0))
    written = [
        FORMATS["mecab"](Sentence("밥", (token,)), 1).split("\n")[0]
        for token in (as_it_is, other, Token("밥", 0, 1, two, "NOUN"))
    ]
    assert written == [
        "밥\tNNG,*,T,밥,*,*,*,*",
        "밥\tNNG,*,T,밥,Inflect,NNG,NNG,빱/NNG/*",
        "밥\tNNG+JX,*,T,밥,Inflect,NNG,JX,밥/NNG/*+ㄴ/JX/*",
    ]


def test_dictionary_forms_are_an_addition() -> None:
    plain, more = (jsonl(SENTENCE, 1, dictionary_forms=on) for on in (False, True))
    data = json.loads(more)
    assert [eojeol.pop("dictionary_form") for eojeol in data["eojeols"]] == ["하다", "끝"]
    for eojeol in data["eojeols"]:
        for morpheme in eojeol["morphemes"]:
            wanted = morpheme["form"] + "다" * (morpheme["tag"] in ("VV", "VA"))
            assert morpheme.pop("dictionary_form") == wanted
    assert data == json.loads(plain)
    rows = zip(tsv(SENTENCE, 1).splitlines(), tsv(SENTENCE, 1, dictionary_forms=True).splitlines())
    assert [more.removeprefix(row) for row, more in rows] == ["\t하다", "\t끝", ""]
    lemmas = [
        line.split("\t")[2]
        for line in conllu(SENTENCE, 1, dictionary_forms=True).splitlines()
        if line[:1].isdigit()
    ]
    assert "하다" in lemmas and "그렇다" in lemmas and not any("+" in lemma for lemma in lemmas)


def test_a_word_in_a_line_has_no_space() -> None:
    word = Morpheme("가 나", "NNG", 0, 3)
    sentence = Sentence("가 나", (Token("가 나", 0, 3, (word,)),))
    assert words(sentence, 1) == "가나\n"
    assert words(sentence, 1, stopwords={"가 나"}) == "\n"
