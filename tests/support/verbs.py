"""A corpus of verbs, two of which share a form."""

from __future__ import annotations

from tagger.text.sentence import Sentence, gold_token

Word = tuple[str, list[tuple[str, str]]]


def sentence_of(*words: Word) -> Sentence:
    tokens, place = [], 0
    for surface, analysis in words:
        tokens.append(gold_token(surface, place, analysis))
        place = tokens[-1].end + 1
    return Sentence(" ".join(surface for surface, _ in words), tuple(tokens))


def verb(surface: str, stem: str, *endings: str) -> Word:
    return surface, [(stem, "VV"), *(tuple(ending.split("/")) for ending in endings)]


BEER: Word = ("맥주를", [("맥주", "NNG"), ("를", "JKO")])
WATER: Word = ("물을", [("물", "NNG"), ("을", "JKO")])
CORPUS = [
    # 갈다 and 가다 share 가는
    *[sentence_of(WATER, verb("갈던", "갈", "던/ETM"), ("날", [("날", "NNG")]))] * 3,
    *[sentence_of(verb("가던", "가", "던/ETM"), ("길", [("길", "NNG")]))] * 3,
    *[sentence_of(verb("가는", "가", "는/ETM"), ("길", [("길", "NNG")]))] * 3,
    *[sentence_of(verb("아는", "알", "는/ETM"), ("길", [("길", "NNG")]))] * 3,
    *[sentence_of(BEER, verb("마시던", "마시", "던/ETM"), ("날", [("날", "NNG")]))] * 3,
]
