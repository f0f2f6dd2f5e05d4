from __future__ import annotations

import unicodedata

import numpy
from hypothesis import given
from hypothesis import strategies as st

from tagger.labeling.examples import (
    Example,
    composed_text,
    examples_of,
    make_example,
    open_labels,
    sightings,
    with_lexicon,
)
from tagger.labeling.lexicon import COLUMNS, Lexicon, Sighting
from tagger.labeling.restoration import Restorer
from tagger.labeling.units import UNITS
from tagger.model.batches import IGNORED, index_example, make_batch
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, gold_token
from tagger.tokenizer.base import Hint, NoTokenizer
from tagger.tokenizer.morpheme_codes import NO_MEANING, meaning
from tagger.tokenizer.noun_dictionary import COMMON, Nouns
from tagger.vocabulary import PADDING_INDEX, Vocabulary, build_inputs, build_outputs
from tests.support.strategies import texts

SYLLABLE, MORPHEME = UNITS["syllable"], UNITS["morpheme"]
HINTS = [
    Hint("나", "NP", 0, 1),
    Hint("하", "VV", 2, 3),
    Hint("았", "EP", 2, 3),
    Hint("다", "EF", 3, 4),
]
GOLD = Sentence(
    "나 했다.",
    (
        gold_token("나", 0, [("나", "NP")], "PRON"),
        gold_token("했다", 2, [("하", "VV"), ("았", "EP"), ("다", "EF")], "VERB"),
        gold_token(".", 4),
    ),
)


def vocabulary_of(example: Example) -> Vocabulary:
    return Vocabulary(
        build_inputs({name: [column] for name, column in example.columns.items()}, {}),
        build_outputs([example.labels]),
        build_outputs([example.upos]),
        build_outputs([["a"]]),
    )


def test_what_a_lexicon_learns_from_an_example_and_tells_it() -> None:
    example = make_example(GOLD, [HINTS], SYLLABLE)
    did = Sighting("VERB", ("B-VV|B-EP", "B-EF"))
    seen = [one for one in sightings(example) if one]
    assert seen[1:] == [("했다", did, [("하", "VV"), ("았", "EP"), ("다", "EF")])]
    assert list(sightings(make_example(segment(GOLD.text), [HINTS], SYLLABLE))) == [None] * 3

    twice = Lexicon.learn(seen * 2)
    told = with_lexicon(example, twice).columns
    assert told["usual_analysis"] == ["2B-NP", "2B-VV|B-EP", "2B-EF", "-"]
    assert told["usual_upos"] == ["2PRON", "2VERB", "2VERB", "-"]
    assert told["hint"] == example.columns["hint"]
    left_out = with_lexicon(example, twice, learnt_from=True).columns
    assert all(set(left_out[name]) == {"-"} for name in COLUMNS)
    bare = with_lexicon(make_example(segment("했다"), [[]], SYLLABLE), twice, learnt_from=True)
    assert bare.columns["usual_analysis"] == ["2B-VV|B-EP", "2B-EF"]


def test_syllables_with_their_hints() -> None:
    example = make_example(GOLD, [HINTS], SYLLABLE)
    assert example.columns["syllable"] == ["나", "했", "다", "."]
    assert example.columns["hint"] == ["B-NP", "B-VV|B-EP", "B-EF", "-"]
    assert [step.analyses for step in example.steps[1]] == [("B-VV|B-EP→하았",), ("B-EF",)]
    assert example.columns["left_bigram"] == [" 나", " 했", "했다", "다."]
    assert example.columns["right_bigram"] == ["나 ", "했다", "다.", ". "]
    assert example.columns["boundary"] == ["space", "space", "inside", "joined"]
    assert example.labels == ["B-NP", "B-VV|B-EP→하았", "B-EF", None]
    assert example.upos == ["PRON", "VERB", None]


def test_what_is_equal_is_one_object_in_steps() -> None:
    hints = [Hint("나", "NP", 0, 1), Hint("나", "NP", 2, 3), Hint("다", "JX", 3, 4)]
    (first,), (second, _) = make_example(segment("나 나다"), [hints], SYLLABLE).steps
    assert first.form is second.form and first.analyses is second.analyses is second.hints


def test_each_view_of_the_tokenizer_is_a_column() -> None:
    other = [Hint("나", "VV", 0, 1), Hint("했다", "NNG", 2, 4)]
    example = make_example(GOLD, [HINTS, other], SYLLABLE)
    assert example.columns["hint"] == ["B-NP", "B-VV|B-EP", "B-EF", "-"]
    assert example.columns["hint_2"] == ["B-VV", "B-NNG", "I-NNG", "-"]
    assert [step.analyses for step in example.steps[1]] == [
        ("B-VV|B-EP→하았", "B-NNG"),
        ("B-EF", "I-NNG"),
    ]
    one, both = (make_example(GOLD, views, MORPHEME) for views in ([HINTS], [HINTS, other]))
    assert one.columns == both.columns and one.steps == both.steps


def test_a_syllable_has_the_meaning_of_its_first_morpheme() -> None:
    hints = [hint._replace(number=number) for number, hint in enumerate(HINTS, start=300)]
    example = make_example(GOLD, [hints], SYLLABLE)
    columns = [example.columns[f"meaning_{part}"] for part in range(1, 9)]
    assert list(zip(*columns, strict=True)) == [
        meaning(300),
        meaning(301),
        meaning(303),
        NO_MEANING,
    ]
    morphemes = make_example(GOLD, [hints], MORPHEME)
    columns = [morphemes.columns[f"meaning_{part}"] for part in range(1, 9)]
    assert list(zip(*columns, strict=True)) == [*map(meaning, range(300, 304)), NO_MEANING]


def test_a_syllable_that_stands_for_nothing_has_no_meaning() -> None:
    columns = make_example(segment("가아"), [[Hint("가", "VV", 0, 2, 323)]], SYLLABLE).columns
    assert columns["meaning_1"] == [meaning(323)[0], NO_MEANING[0]]


def test_nouns_within_tokens() -> None:
    nouns = Nouns.of({"왕세자": COMMON, "세자": COMMON, "자가": COMMON})
    columns = make_example(segment("왕세자 가"), [[]], SYLLABLE, nouns).columns
    assert columns["noun_begins"] == ["0100", "1000", "0000", "0000"]
    assert columns["noun_ends"] == ["0000", "0000", "1100", "0000"]


def test_morphemes_of_the_tokenizer() -> None:
    example = make_example(GOLD, [HINTS], MORPHEME)
    assert example.columns["form"] == ["나", "하", "았", "다", "."]
    assert example.columns["hint"] == ["NP", "VV", "EP", "EF", "-"]
    assert example.labels == ["NP", "VV", "EP", "EF", None]


def test_morphemes_that_gold_does_not_have_get_no_label() -> None:
    hints = [*HINTS[:1], Hint("했", "NNG", 2, 3), Hint("다", "EF", 3, 4)]
    assert make_example(GOLD, [hints], MORPHEME).labels == ["NP", None, "EF", None]


def test_an_eojeol_left_whole_gets_all_its_tags() -> None:
    example = make_example(GOLD, [[]], MORPHEME)
    assert example.columns["form"] == ["나", "했다", "."]
    assert example.labels == ["NP", "VV+EP+EF", None]


def test_gold_tags_change_nothing_but_the_targets() -> None:
    for unit in UNITS.values():
        for views in ([[]], [HINTS], [HINTS, []]):
            gold = make_example(GOLD, views, unit)
            bare = make_example(segment(GOLD.text), views, unit)
            assert gold.columns == bare.columns and gold.steps == bare.steps
            assert set(bare.labels) == set(bare.upos) == {None}


@given(texts)
def test_any_text_makes_an_example(text: str) -> None:
    sentence = segment(text)
    for unit in UNITS.values():
        example = make_example(sentence, [[]], unit)
        lengths = {len(column) for column in example.columns.values()}
        assert lengths == {len(example)} == {sum(map(len, example.steps))}
        assert len(example.steps) == len(sentence.tokens)
        assert all(example.steps)


@given(st.lists(texts, max_size=4))
def test_sentences_of_a_window_do_not_see_one_another(lines: list[str]) -> None:
    sentences = [segment(line) for line in (*lines, "나 했다.")]
    for unit in UNITS.values():
        for sentence, example in zip(sentences, examples_of(sentences, NoTokenizer(), unit)):
            alone = make_example(sentence, [[]], unit)
            assert example.columns == alone.columns and example.steps == alone.steps


def test_decomposed_text_looks_like_composed() -> None:
    text = unicodedata.normalize("NFD", GOLD.text)
    example = make_example(segment(text), [HINTS], SYLLABLE)
    assert example.columns == make_example(segment(GOLD.text), [HINTS], SYLLABLE).columns


def test_tokens_inside_a_character_to_be_are_kept() -> None:
    text = unicodedata.normalize("NFD", "한")
    sentence = Sentence(text, (gold_token(text[:1], 0), gold_token(text[1:], 1)))
    assert composed_text(sentence).text == text
    assert [len(steps) for steps in make_example(sentence, [[]], SYLLABLE).steps] == [1, 2]


def test_symbols_that_the_vocabulary_lacks() -> None:
    example = make_example(GOLD, [HINTS], SYLLABLE)
    vocabulary = vocabulary_of(example)
    other = make_example(segment("힣 했다"), [[]], SYLLABLE)
    indices = index_example(other, vocabulary, labels=open_labels(other, Restorer({})))
    syllables = indices.columns[list(vocabulary.inputs).index("syllable")]
    listed = vocabulary.inputs["syllable"]
    assert syllables.tolist() == [1, listed.index("했"), listed.index("다")]
    assert indices.labels.tolist() == [IGNORED] * 3


def test_a_batch_is_padded_behind_the_last_step() -> None:
    example = make_example(GOLD, [HINTS], SYLLABLE)
    vocabulary = vocabulary_of(example)
    long, short = (
        index_example(e, vocabulary, labels=e.labels)
        for e in (example, make_example(segment("나"), [[]], SYLLABLE))
    )
    before = long.columns.copy()
    batch = make_batch([short, long], vocabulary.inputs)
    assert batch.lengths.tolist() == [1, 4]
    assert batch.columns["syllable"].shape == (2, 4)
    assert batch.columns["syllable"][0, 1:].tolist() == [PADDING_INDEX] * 3
    assert batch.labels[0].tolist() == [IGNORED] * 4
    assert batch.first[1].tolist() == [0, 1, 3] and batch.last[1].tolist() == [0, 2, 3]
    hints = before[list(vocabulary.inputs).index("hint")]
    assert numpy.array_equal(batch.columns["hint"][1], hints)
    assert numpy.array_equal(long.columns, before)
