from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

import corpora
from tagger.labeling.examples import composed_text, make_example
from tagger.labeling.labels import decode, encode, structure_of
from tagger.labeling.restoration import ANALYSED, OPEN, Restorer, copy_restoration, uncontract
from tagger.labeling.step import Step
from tagger.labeling.units import UNITS
from tagger.text.hangul import CODAS, contract, is_syllable
from tagger.tokenizer.kiwi import KiwiTokenizer
from tests.conftest import CORPUS
from tests.support.strategies import HANGUL, analyses, surfaces

LABELS = [
    (token.surface[place], label)
    for sentence in corpora.read(CORPUS).sentences
    for token in sentence.tokens
    for place, label in enumerate(encode(token.surface, [(m.form, m.tag) for m in token.morphemes]))
]
RESTORER = Restorer.learn(LABELS)


def test_what_training_showed_can_be_closed_again() -> None:
    for syllable, label in LABELS:
        opened = RESTORER.open(label, syllable, [])
        assert RESTORER.close(opened, syllable, []) == label
        assert structure_of(label) == label or opened.endswith(OPEN)


def test_the_more_frequent_text_is_left_open_and_the_other_spelled() -> None:
    structure = "B-XSV|B-EP"
    restorer = Restorer.learn(
        [("했", f"{structure}→하였")] * 2 + [("했", f"{structure}→하았"), ("했", "B-NNG")]
    )
    assert restorer.seen == {"했": {structure: ("하였", "하았")}}
    assert restorer.open(f"{structure}→하였", "했", []) == f"{structure}→?"
    assert restorer.open(f"{structure}→하았", "했", []) == f"{structure}→하았"
    assert restorer.close(f"{structure}→하았", "했", []) == f"{structure}→하았"
    assert restorer.close(f"{structure}→하았", "갔", []) is None


def test_the_analysis_is_asked_before_the_rule() -> None:
    restorer = Restorer({})
    assert restorer.close("B-VV|B-ETM→?", "간", ["I-VV|B-ETM→갈ㄴ"]) == "B-VV|B-ETM→갈ㄴ"
    assert restorer.close("B-VV|B-ETM→?", "간", ["B-NNG"]) == "B-VV|B-ETM→가ㄴ"
    assert restorer.close("B-VV→?", "걸", ["B-NNG", "B-VV→걷"]) == "B-VV→걷"
    assert restorer.close("B-VV→?", "걸", ["B-VV|B-ETM→거ㄹ"]) is None
    assert restorer.close("B-VV|B-ETM→?", "a", []) is None


@given(HANGUL)
def test_a_rule_is_undone_by_contraction(syllable: str) -> None:
    text = uncontract("B-VV|B-ETM", syllable)
    if text is not None:
        stem, ending = text
        assert is_syllable(stem) and (ending in CODAS or is_syllable(ending))
        if not (stem == "하" and ending == "았"):  # 핬 is not a word: 하 + 았 is 했
            assert contract([stem, ending]) == syllable


@given(surfaces, analyses)
def test_opened_labels_close_to_the_same_morphemes(
    surface: str, analysis: list[tuple[str, str]]
) -> None:
    labels = encode(surface, analysis)
    restorer = Restorer.learn(zip(surface, labels, strict=True))
    closed = [
        restorer.close(restorer.open(label, syllable, []), syllable, [])
        for syllable, label in zip(surface, labels, strict=True)
    ]
    assert closed == labels
    assert [(p.form, p.tag) for p in decode(surface, labels)] == analysis


def test_a_restorer_travels_as_json() -> None:
    assert Restorer.from_json(json.loads(json.dumps(RESTORER.to_json()))) == RESTORER


@pytest.mark.slow
def test_most_restorations_of_dev_that_training_lacks_are_found(gold_data: Path) -> None:
    """From the right structure and Kiwi's analysis, as in tagging."""

    def labelled(part: str) -> Iterator[tuple[Step, str]]:
        sentences = corpora.read(gold_data / "ud-korean-gsd" / f"{part}.conllu").sentences
        hints = KiwiTokenizer(2).analyze([composed_text(s).text for s in sentences])
        for sentence, views in zip(sentences, hints, strict=True):
            example = make_example(sentence, views, UNITS["syllable"])
            steps = (step for token in example.steps for step in token)
            for step, label in zip(steps, example.labels, strict=True):
                if label is not None:
                    yield step, label

    restorer = Restorer.learn((step.form, label) for step, label in labelled("train"))
    right = total = 0
    for step, label in labelled("dev"):
        structure, arrow, _ = label.partition("→")
        if arrow and structure not in restorer.seen.get(step.form, {}):
            right += restorer.close(f"{structure}→?", step.form, step.analyses) == label
            total += 1
    assert total > 50 and right / total > 0.6, f"{right} of {total}"


def test_the_analysis_is_meant_where_it_restores_the_gold_text() -> None:
    """`=` stands for the analyser's text of this sentence, `?` for training's most frequent."""
    structure = "B-VV|B-ETM"
    restorer = Restorer.learn([("문", f"{structure}→무ㄴ")] * 2)
    as_analysed = [f"{structure}→물ㄴ"]
    assert restorer.open(f"{structure}→물ㄴ", "문", as_analysed) == f"{structure}→{ANALYSED}"
    assert restorer.open(f"{structure}→무ㄴ", "문", as_analysed) == f"{structure}→{OPEN}"
    assert restorer.close(f"{structure}→{ANALYSED}", "문", as_analysed) == f"{structure}→물ㄴ"
    assert restorer.close(f"{structure}→{OPEN}", "문", as_analysed) == f"{structure}→무ㄴ"
    # an analysis that says nothing of the text leaves it to what training showed
    assert restorer.close(f"{structure}→{ANALYSED}", "문", ["B-NNG"]) == f"{structure}→무ㄴ"


def test_of_several_analyses_the_one_of_the_same_structure_is_copied() -> None:
    analyses = ["I-VA|B-ETM→무ㄴ", "B-VV|B-ETM→물ㄴ"]
    assert copy_restoration("B-VV|B-ETM", analyses) == "물ㄴ"
    assert copy_restoration("B-VX|B-ETM", analyses) == "무ㄴ"
