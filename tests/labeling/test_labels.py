from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpora
from tagger.labeling.alignment import (
    LONGEST_ALIGNED,
    LONGEST_WORD,
    MOST_SLOTS,
    Placed,
    _cost,
    align,
    common_subsequence,
)
from tagger.labeling.labels import (
    NOTHING,
    decode,
    encode,
    encode_placed,
    follows,
    is_label,
    structure_of,
)
from tagger.labeling.labels import tags as tags_of
from tests.support.strategies import analyses, surfaces, tags

TWO_LETTERS = st.text("가ㄴ", min_size=1, max_size=4)


def decoded(surface: str, labels: list[str]) -> list[tuple[str, str]]:
    return [(piece.form, piece.tag) for piece in decode(surface, labels)]


@given(surfaces, analyses)
@settings(max_examples=500)
def test_decoding_gives_back_what_was_encoded(
    surface: str, analysis: list[tuple[str, str]]
) -> None:
    labels = encode(surface, analysis)
    assert len(labels) == len(surface)
    assert decoded(surface, labels) == analysis


@given(TWO_LETTERS, st.lists(st.tuples(TWO_LETTERS, st.sampled_from("AB")), min_size=1, max_size=3))
@settings(max_examples=500)
def test_decoding_gives_back_what_was_encoded_in_two_letters(
    surface: str, analysis: list[tuple[str, str]]
) -> None:
    assert decoded(surface, encode(surface, analysis)) == analysis


@given(surfaces, st.data())
def test_any_labels_can_be_decoded(surface: str, data: st.DataObject) -> None:
    slot = st.tuples(st.sampled_from("BI"), tags).map("-".join)
    one = st.one_of(
        slot, slot.map(lambda s: f"{s}→가"), st.just("B-VV|B-EP→하았"), st.just(NOTHING)
    )
    labels = data.draw(st.lists(one, min_size=len(surface), max_size=len(surface)))
    for piece in decode(surface, labels):
        assert piece.form and 0 <= piece.first <= piece.last < len(surface)


@pytest.mark.parametrize(
    ("surface", "analysis", "labels"),
    [
        ("밥", "밥/NNG", ["B-NNG"]),
        ("했다", "하/XSV 았/EP 다/EF", ["B-XSV|B-EP→하았", "B-EF"]),
        ("간", "가/VV ㄴ/ETM", ["B-VV|B-ETM→가ㄴ"]),
        ("고마워", "고맙/VA 어/EF", ["B-VA", "I-VA→맙", "B-EF→어"]),
        ("영화였다", "영화/NNG 이/VCP 었/EP 다/EF", ["B-NNG", "I-NNG", "B-VCP|B-EP→이었", "B-EF"]),
        ("관례다", "관례/NNG 이/VCP 다/EF", ["B-NNG", "I-NNG", "B-VCP|B-EF→이다"]),
        ("배워", "배우/VV 어/EC", ["B-VV", "I-VV|B-EC→우어"]),
        ("가서", "가/VV 아서/EC", ["B-VV|B-EC→가아", "I-EC"]),
        ("겁니다", "것/NNB 이/VCP ㅂ니다/EF", ["B-NNB|B-VCP|B-EF→것이ㅂ", "I-EF", "I-EF"]),
        ("주이다", "주/VV 다/EF", ["B-VV", NOTHING, "B-EF"]),
    ],
)
def test_labels_of_known_contractions(surface: str, analysis: str, labels: list[str]) -> None:
    pairs = [(form, tag) for form, _, tag in (m.partition("/") for m in analysis.split())]
    assert encode(surface, pairs) == labels


def test_a_morpheme_that_goes_on_with_nothing_begins() -> None:
    assert decoded("가나", ["I-VV", "I-NNG"]) == [("가", "VV"), ("나", "NNG")]


@pytest.mark.parametrize("width", [1, 99, 100, 101, 300])
def test_what_is_longer_than_a_word_and_unlike_its_forms_is_aligned_one_to_one(width: int) -> None:
    analysis = [("b" * width, "SL"), ("가", "JKS")]
    aligned = align("a" * 100, analysis)
    assert len(aligned) == 100 and all(len(slots) <= 1 for slots in aligned[:-1])
    assert decoded("a" * 100, encode("a" * 100, analysis)) == analysis


EOJEOLS = [
    ("산을", "산/NNG 을/JKO"),
    ("올랐다고", "오르/VV 았/EP 다고/EC"),
    ("했니", "하/VV 았/EP 니/EF"),
    ("관례다", "관례/NNG 이/VCP 다/EF"),
    ("도와줘서", "돕/VV 아/EC 주/VX 어서/EC"),
]


def unspaced(times: int) -> tuple[str, list[Placed]]:
    """The eojeols again and again without spaces, and an analyser's morphemes of them."""
    surface, analysis = "", []
    for eojeol, morphemes in EOJEOLS * times:
        pairs = [(form, tag) for form, _, tag in (m.partition("/") for m in morphemes.split())]
        for form, tag, first, last in decode(eojeol, encode(eojeol, pairs)):
            start = len(surface) + first
            analysis.append(Placed(form, tag, start, len(surface) + last + 1))
        surface += eojeol
    return surface, analysis


@pytest.mark.parametrize("encoded", [encode, encode_placed])
def test_a_long_token_has_the_labels_of_its_words(encoded: Callable[..., list[str]]) -> None:
    surface, analysis = unspaced(20)
    assert len(surface) > LONGEST_WORD
    by_eojeol = [
        label
        for eojeol, morphemes in EOJEOLS * 20
        for label in encode(eojeol, [tuple(m.split("/")) for m in morphemes.split()])
    ]
    assert encoded(surface, given_to(encoded, analysis)) == by_eojeol


def given_to(encoded: Callable[..., list[str]], analysis: list[Placed]) -> list[tuple]:
    return [m if encoded is encode_placed else (m.form, m.tag) for m in analysis]


@pytest.mark.parametrize("encoded", [encode, encode_placed])
def test_the_time_of_an_alignment_is_linear(
    monkeypatch: pytest.MonkeyPatch, encoded: Callable[..., list[str]]
) -> None:
    """A long token took 50 times the time of its words, by character."""
    steps = counted_steps(monkeypatch)

    def of_words(times: int) -> int:
        surface, analysis = unspaced(times)
        return steps(lambda: encoded(surface, given_to(encoded, analysis)))

    assert of_words(2) > 0 and of_words(8) < 5 * of_words(2)


def test_the_time_is_linear_where_many_alignments_cost_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token of 4,000 syllables took minutes; one of a million is aligned one to one."""
    steps = counted_steps(monkeypatch)

    def contracted(times: int) -> int:
        analysis = [("가", "VV"), ("았", "EP")] * times
        labels: list[str] = []
        number = steps(lambda: labels.extend(encode("갔" * times, analysis)))
        assert [(piece.form, piece.tag) for piece in decode("갔" * times, labels)] == analysis
        return number

    assert 0 < contracted(320) < 2.5 * contracted(160)
    assert contracted(LONGEST_ALIGNED) > 0 == contracted(LONGEST_ALIGNED + 1)


def counted_steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """How often a call asks for the cost of a syllable."""
    counted = 0

    def counting(syllable: str, characters: str) -> float:
        nonlocal counted
        counted += 1
        return _cost(syllable, characters)

    monkeypatch.setattr("tagger.labeling.alignment._cost", counting)

    def steps(call: Callable[[], object]) -> int:
        nonlocal counted
        counted = 0
        call()
        return counted

    return steps


@given(surfaces, st.data())
@settings(max_examples=300)
def test_placed_morphemes_are_decoded_again(surface: str, data: st.DataObject) -> None:
    """Wherever an analyser puts them, also beyond the end or on one another."""
    place = st.integers(0, len(surface) - 1)
    analysis = data.draw(analyses)
    starts = sorted(data.draw(st.lists(place, min_size=len(analysis), max_size=len(analysis))))
    placed = [
        Placed(*pair, start, start + data.draw(st.integers(0, len(surface) + 1)))
        for pair, start in zip(analysis, starts, strict=True)
    ]
    labels = encode_placed(surface, placed)
    assert len(labels) == len(surface)
    assert decoded(surface, labels) == analysis


def test_structure_leaves_out_the_text() -> None:
    assert structure_of("I-VV|B-EC→니ㅂ") == "I-VV|B-EC"
    assert structure_of("B-NNG") == "B-NNG"


@given(
    st.text("가간ㄴ아했하았다", min_size=1, max_size=4),
    st.text("가간ㄴ아했하았다", min_size=1, max_size=5),
)
def test_the_alignment_is_the_cheapest(surface: str, form: str) -> None:
    aligned = align(surface, [(form, "X")])
    texts = ["".join(slot.character for slot in slots) for slots in aligned]
    assert "".join(texts) == form
    found = sum(map(_cost, surface, texts))
    cuts = product(range(len(form) + 1), repeat=len(surface) - 1)
    every = (
        [form[a:b] for a, b in zip((0, *cut), (*cut, len(form)))]
        for cut in cuts
        if list(cut) == sorted(cut)
    )
    assert found == pytest.approx(min(sum(map(_cost, surface, texts)) for texts in every))


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_common_subsequence(left: str, right: str) -> None:
    pairs = common_subsequence(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert pairs == sorted(pairs) and len({i for i, _ in pairs}) == len(pairs)
    subsequences = {
        "".join(c for c, kept in zip(left, mask) if kept)
        for mask in product([0, 1], repeat=len(left))
    }

    def stands_in_right(text: str) -> bool:
        rest = iter(right)
        return all(character in rest for character in text)

    assert len(pairs) == max(len(s) for s in subsequences if stands_in_right(s))


@pytest.mark.slow
@pytest.mark.parametrize("part", ["train", "dev"])
@pytest.mark.parametrize(
    "corpus", ["klue-dp/{}.tsv", *(f"ud-korean-{n}/{{}}.conllu" for n in ("gsd", "kaist", "ksl"))]
)
def test_every_gold_eojeol_round_trips(gold_data: Path, corpus: str, part: str) -> None:
    read = corpora.read(gold_data / corpus.format(part))
    tried = 0
    for sentence in read.sentences:
        for token in sentence.tokens:
            analysis = [(morpheme.form, morpheme.tag) for morpheme in token.morphemes]
            if analysis:
                assert decoded(token.surface, encode(token.surface, analysis)) == analysis
                tried += 1
    assert tried > 3000


@given(surfaces, analyses)
def test_gold_labels_follow_one_another(surface: str, analysis: list[tuple[str, str]]) -> None:
    previous = None
    for label in encode(surface, analysis):
        assert follows(previous, label)
        if label != NOTHING:
            previous = label


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("B-NNG", True),
        ("I-EF", True),
        ("B-XSV|B-EP→하았", True),
        ("B-VV→→", True),
        (NOTHING, True),
        ("", False),
        ("→하", False),
        ("NNG", False),
        ("B-", False),
        ("X-NNG", False),
        ("B-NNG|", False),
        ("B-NNG→", False),
        ("B-NNG→하았", False),
        ("B-XSV|B-EP→하", False),
        ("_→하", False),
    ],
)
def test_what_is_a_label(text: str, wanted: bool) -> None:
    assert is_label(text) is wanted


@given(surfaces, analyses)
def test_all_that_is_encoded_is_a_label(surface: str, analysis: list[tuple[str, str]]) -> None:
    labels = encode(surface, analysis)
    assert all(map(is_label, labels))
    named = [tag for label in labels for tag in tags_of(label)]
    assert set(named) == {tag for _, tag in analysis}


def test_the_tags_of_a_label() -> None:
    assert tags_of("B-XSV|B-EP→하았") == ["XSV", "EP"]
    assert tags_of("I-NNG") == ["NNG"] and tags_of(NOTHING) == []


def test_labels_are_as_many_as_syllables() -> None:
    for labels in (["B-NNG"], ["B-NNG"] * 3):
        with pytest.raises(ValueError):
            decode("나무", labels)
    with pytest.raises(ValueError):
        decode("나", ["B-NNG→너무"])
    [piece] = decode("나무", [NOTHING, "I-NNG"])
    assert piece == ("무", "NNG", 1, 1)


@pytest.mark.parametrize(("length", "width"), [(1, 8), (1, 9), (3, 24), (3, 25), (64, 64), (65, 3)])
def test_forms_far_longer_than_their_surface_lose_nothing(length: int, width: int) -> None:
    surface = "가나다라"[:4] * 17
    surface = surface[:length]
    form = "".join(chr(0xC000 + 29 * place) for place in range(width))
    aligned = align(surface, [(form, "NNG")])
    assert len(aligned) == length
    assert "".join(slot.character for slots in aligned for slot in slots) == form
    if width > MOST_SLOTS * length:
        assert all(len(slots) <= 1 for slots in aligned[:-1])
    else:
        assert max(map(len, aligned)) <= MOST_SLOTS


def test_an_unrelated_form_is_aligned_in_time() -> None:
    """It took 17 seconds; a corpus may have thousands of them."""
    form = "".join(chr(0xAC00 + 97 * place % 11000) for place in range(60))
    started = time.monotonic()
    assert decoded("가" * 60, encode("가" * 60, [(form, "NNG")])) == [(form, "NNG")]
    assert time.monotonic() - started < 5
