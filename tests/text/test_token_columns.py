"""Tokens as columns are the tokens that they become."""

from __future__ import annotations

import pickle

from hypothesis import given

from tagger import Tagger
from tagger.text.formats import FORMATS
from tagger.text.segmentation import segment
from tagger.text.sentence import Morpheme, MorphemeColumns, Sentence, Token, TokenColumns
from tests.support.strategies import texts

TEXT = "나 했다."
COLUMNS = TokenColumns(
    TEXT,
    [0, 2, 4],
    [1, 4, 5],
    ["PRON", "VERB", "PUNCT"],
    MorphemeColumns(
        [0, 1, 4, 5],
        ["나", "하", "았", "다", "."],
        ["NP", "VV", "EP", "EF", "SF"],
        [0, 2, 2, 3, 4],
        [1, 3, 3, 4, 5],
        [0.9, 0.8, 0.7, 0.6, 0.5],
    ),
)
DID = (
    Morpheme("하", "VV", 2, 3, 0.8),
    Morpheme("았", "EP", 2, 3, 0.7),
    Morpheme("다", "EF", 3, 4, 0.6),
)
TOKENS = (
    Token("나", 0, 1, (Morpheme("나", "NP", 0, 1, 0.9),), "PRON"),
    Token("했다", 2, 4, DID, "VERB"),
    Token(".", 4, 5, (Morpheme(".", "SF", 4, 5, 0.5),), "PUNCT"),
)


def test_columns_equal_their_tokens() -> None:
    assert COLUMNS == TOKENS and TOKENS == COLUMNS and hash(COLUMNS) == hash(TOKENS)
    assert COLUMNS[1] == TOKENS[1] and COLUMNS[1:] == TOKENS[1:] and [*COLUMNS] == [*TOKENS]
    assert (len(COLUMNS), repr(COLUMNS)) == (3, repr(TOKENS))
    assert TOKENS[:2] != COLUMNS and list(TOKENS) != COLUMNS  # as a tuple does
    assert pickle.loads(pickle.dumps(COLUMNS)) == TOKENS
    assert Sentence(TEXT, COLUMNS) == Sentence(TEXT, TOKENS)


def test_columns_without_morphemes_are_bare_tokens() -> None:
    sentence = segment(TEXT)
    bare = tuple(Token(token.surface, token.start, token.end) for token in TOKENS)
    assert sentence.tokens == bare and str(sentence) == str(Sentence(TEXT, bare))


@given(texts)
def test_formats_write_columns_as_they_write_tokens(tiny_tagger: Tagger, text: str) -> None:
    columns = tiny_tagger.tag(text)
    tokens = Sentence(columns.text, tuple(columns.tokens))
    assert str(columns) == str(tokens)
    for write in FORMATS.values():
        assert write(columns, 1) == write(tokens, 1)
