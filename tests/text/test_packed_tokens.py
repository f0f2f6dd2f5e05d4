from __future__ import annotations

import gc
import pickle
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import Tagger
from tagger.text.packed_tokens import GROUP, PackedTokens
from tagger.text.segmentation import LONGEST_PART, cut_sentence, join_sentences, segment
from tagger.text.sentence import Analysis, Morpheme, Sentence, Token, TokenColumns
from tests.support.strategies import texts


def analysed(surface: str, start: int) -> Token:
    end = start + len(surface)
    morphemes = (Morpheme(surface, "NNG", start, end, 0.1), Morpheme("이", "JKS", start, end))
    return Token(surface, start, end, morphemes, "NOUN", (Analysis(morphemes, 1 / 3),))


TOKENS = tuple(analysed(f"가{place}", 9 * place) for place in range(2 * GROUP + 3))


@given(st.lists(texts.filter(bool), max_size=20), st.data())
def test_packed_tokens_are_those_that_were_given(surfaces: list[str], data: st.DataObject) -> None:
    tokens = tuple(analysed(surface, place) for place, surface in enumerate(surfaces))
    packed = PackedTokens(tokens)
    assert tuple(packed) == tokens
    assert packed == tokens and tokens == packed and packed == PackedTokens(tokens)
    assert (len(packed), hash(packed), repr(packed)) == (len(tokens), hash(tokens), repr(tokens))
    some = data.draw(st.slices(len(tokens)))
    assert packed[some] == tokens[some]


def test_tokens_stand_where_they_stood_in_every_group() -> None:
    packed = PackedTokens(iter(TOKENS))
    places = [0, GROUP - 1, GROUP, len(TOKENS) - 1, -1, -len(TOKENS), 5]
    assert [packed[place] for place in places] == [TOKENS[place] for place in places]
    assert packed[GROUP - 2 : GROUP + 2] == TOKENS[GROUP - 2 : GROUP + 2]
    assert list(reversed(packed)) == list(reversed(TOKENS))
    assert TOKENS[GROUP] in packed and packed.index(TOKENS[GROUP]) == GROUP
    with pytest.raises(IndexError):
        packed[len(TOKENS)]


def test_packed_tokens_differ_where_tokens_do() -> None:
    packed = PackedTokens(TOKENS)
    assert packed != TOKENS[:-1] and packed != (*TOKENS[:-1], analysed("나", 0))
    assert packed != list(TOKENS)  # as a tuple does


def test_a_sentence_of_packed_tokens_is_the_same_sentence() -> None:
    text = " ".join(token.surface for token in TOKENS)
    loose, packed = Sentence(text, TOKENS), Sentence(text, PackedTokens(TOKENS))
    assert loose == packed and hash(loose) == hash(packed)
    assert pickle.loads(pickle.dumps(packed)) == loose
    assert packed.eojeols == loose.eojeols and str(packed) == str(loose)
    assert packed.morphemes == loose.morphemes


def test_a_long_text_is_packed_and_a_short_one_is_not() -> None:
    for length, kind in ((LONGEST_PART, TokenColumns), (LONGEST_PART + 2, PackedTokens)):
        sentence = segment("가 " * (length // 2))
        parts = [part.sentence for part in cut_sentence(sentence, LONGEST_PART)]
        assert type(sentence.tokens) is type(join_sentences(parts).tokens) is kind
        assert not any(isinstance(part.tokens, PackedTokens) for part in parts)


def test_packed_tokens_take_a_third_of_the_memory() -> None:
    def kept(kind: type[tuple[Token, ...]] | type[PackedTokens]) -> int:
        tracemalloc.start()
        tokens = kind(analysed(f"가나{place}", 9 * place) for place in range(9000))
        size, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(tokens) == 9000 and peak < size + (1 << 19)
        return size

    assert kept(PackedTokens) < kept(tuple) / 3


def test_a_long_line_is_tagged_without_all_of_its_tokens_as_objects(tiny_tagger: Tagger) -> None:
    def peak(times: int) -> tuple[int, int]:
        text = "한국(http://가.한국/?q=나)#x" * times
        tracemalloc.start()
        sentence = tiny_tagger.tag(text)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, len(sentence.tokens)

    peak(1000)  # fills what is remembered
    gc.freeze()  # as tag.py does: what other tests left would put off the collection of garbage
    try:
        (less, fewer), (more, tokens) = peak(250), peak(1000)
    finally:
        gc.unfreeze()
    assert tokens > 3 * fewer and more - less < 150 * (tokens - fewer)
