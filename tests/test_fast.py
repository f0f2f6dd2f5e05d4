"""The bundled model without an analyser."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tagger import Tagger, TaggerError
from tagger.tokenizer.user_dictionary import UserDictionary
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def fast() -> Tagger:
    return Tagger.load("fast", device="cpu")


@pytest.mark.slow
def test_no_analyser_is_loaded() -> None:
    code = (
        "import sys; from tagger import Tagger; print(Tagger.load('fast').tag('나 밥 먹었다')); "
        "print([name for name in sys.modules if name.startswith(('kiwi', 'torch', 'mecab'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["나/NP 밥/NNG 먹/VV+었/EP+다/EF", "[]"]


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        ("학생들이 도서관에서 책을 빌렸다.", "빌리/VV+었/EP+다/EF"),
        ("우린 내일 만나기로 했어", "우리/NP+ㄴ/JX"),
        ("어제 산 사과가 맛있어요", "맛있/VA+어요/EF"),
        ("그날은 비가 와서 집에 있었습니다.", "오/VV+아서/EC"),
    ],
)
def test_it_restores_morphemes_by_itself(fast: Tagger, text: str, analysis: str) -> None:
    assert analysis in str(fast.tag(text))


def test_it_splits_sentences(fast: Tagger) -> None:
    document = fast.tag_document("비가 왔다. 우산이 없었다.")
    assert [sentence.text for sentence in document.sentences] == ["비가 왔다.", "우산이 없었다."]


def test_what_is_kiwis_is_refused_in_one_sentence(fast: Tagger) -> None:
    with pytest.raises(TaggerError, match="use a model with the tokenizer kiwi"):
        fast.space("비가왔다")
    with pytest.raises(TaggerError, match="use a model with the tokenizer kiwi"):
        fast.correct("비가 와따")
    with pytest.raises(TaggerError, match="use a model with the tokenizer kiwi"):
        Tagger.load("fast", user_dictionary=UserDictionary([("함박", "NNP")]))
