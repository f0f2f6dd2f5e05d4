"""Sentences with something of everything."""

from __future__ import annotations

from tagger.text.sentence import Morpheme, Sentence, Token

SENTENCE = Sentence(
    '"했다"(그랬다).\t끝',
    (
        Token('"', 0, 1, (Morpheme('"', "SS", 0, 1, 0.5),), "PUNCT"),
        Token(
            "했다",
            1,
            3,
            (
                Morpheme("하", "VV", 1, 2, 0.98765),
                Morpheme("았", "EP", 1, 2, 0.98765),
                Morpheme("다", "EF", 2, 3, 1.0),
            ),
            "VERB",
        ),
        Token('"', 3, 4, (Morpheme('"', "SS", 3, 4, 0.5),), "PUNCT"),
        Token("(", 4, 5, (Morpheme("(", "SS", 4, 5, 0.5),), "PUNCT"),
        Token(
            "그랬다",
            5,
            8,
            (
                Morpheme("그렇", "VA", 5, 7, 0.5),
                Morpheme("었", "EP", 6, 7, 0.5),
                Morpheme("다", "EF", 7, 8, 0.5),
            ),
            "ADJ",
        ),
        Token(")", 8, 9, (Morpheme(")", "SS", 8, 9, 0.5),), "PUNCT"),
        Token(".", 9, 10, (Morpheme(".", "SF", 9, 10, 0.5),), "PUNCT"),
        Token("끝", 11, 12, (Morpheme("끝", "NNG", 11, 12, None),), None),
    ),
)
