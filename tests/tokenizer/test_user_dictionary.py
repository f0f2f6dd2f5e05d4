"""What a user decides stands, wherever it is found."""

from __future__ import annotations

import pickle
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagger import Tagger, TaggerError
from tagger.cli import tag
from tagger.tokenizer.base import Hint
from tagger.tokenizer.user_dictionary import Decision, UserDictionary
from tests.support.commands import is_one_sentence
from tests.support.promises import broken_promise, known_tags

ENTRIES: list[tuple[str, str] | tuple[str, str, float]] = [
    ("쿠버네티스", "NNP"),
    ("자연어처리", "NNG", 5.0),
    ("챗하", "VV"),
    ("사겼다", "사귀/VV+었/EP+다/EF"),
    ("갸가", "걔/NP + 가/JKS"),
]


@pytest.fixture(scope="module")
def with_words() -> Tagger:
    return Tagger.load("sejong", device="cpu", user_dictionary=UserDictionary(ENTRIES))


def test_words_stand_within_tokens(with_words: Tagger) -> None:
    assert str(with_words.tag("쿠버네티스입니다")) == "쿠버네티스/NNP+이/VCP+ㅂ니다/EF"
    assert str(with_words.tag("자연어처리는")) == "자연어처리/NNG+는/JX"
    assert str(with_words.tag("자연어처리학과")) == "자연어처리/NNG+학과/NNG"
    [chat, *_] = with_words.tag("챗했다").tokens[0].morphemes
    assert (chat.form, chat.tag, chat.start, chat.end) == ("챗하", "VV", 0, 2)
    assert str(with_words.tag("챗하고").tokens[0].morphemes[0]) == "챗하/VV"


def test_whole_analyses_stand(with_words: Tagger) -> None:
    assert str(with_words.tag("사겼다.")) == "사귀/VV+었/EP+다/EF+./SF"
    assert str(with_words.tag("갸가 왔다").eojeols[0]) == "걔/NP+가/JKS"
    decomposed = with_words.tag(unicodedata.normalize("NFD", "갸가"))
    assert str(decomposed) == "걔/NP+가/JKS"
    assert (decomposed.tokens[0].start, decomposed.tokens[0].end) == (0, 4)


def test_they_stand_in_every_analysis_and_are_certain(with_words: Tagger) -> None:
    [token] = with_words.tag("쿠버네티스를", nbest=3).tokens
    for analysis in token.nbest:
        assert str(analysis.morphemes[0]) == "쿠버네티스/NNP"
    assert (token.morphemes[0].score or 0) > 0.999


def test_a_model_that_knows_little_cannot_undo_it(tiny_model: Path) -> None:
    words = UserDictionary([("쿠버네티스", "NNP"), ("사겼다", "사귀/VV+었/EP+다/EF")])
    tagger = Tagger.load(tiny_model, device="cpu", user_dictionary=words)
    assert str(tagger.tag("쿠버네티스를").tokens[0]).startswith("쿠버네티스/NNP+")
    assert str(tagger.tag("사겼다")) == "사귀/VV+었/EP+다/EF"
    assert "쿠버네티스/NNP" not in str(Tagger.load(tiny_model, device="cpu").tag("쿠버네티스를"))


@pytest.fixture(scope="module")
def keeps_promises(with_words: Tagger) -> Callable[[str], str | None]:
    tags = known_tags(with_words)
    return lambda text: broken_promise(text, with_words.tag(text), tags)


PIECES = (  # a lone coda and a lone mark among them
    *("쿠버네티스", "챗했", "챗하", "사겼다", "자연어처리", "갸가", "는", "다"),
    *(" ", ".", "\u11ab", "\u0301", "😀"),
)


@example("챗했.")  # which Kiwi ends with a tag of its own
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_the_promises_hold(keeps_promises: Callable[[str], str | None], text: str) -> None:
    assert keeps_promises(text) is None


def test_tags_of_another_tag_set(tmp_path: Path) -> None:
    words = UserDictionary([("쿠버네티스", "nq"), ("톰", "톰/nq+을/jco")])
    tagger = Tagger.load("kaist", device="cpu", user_dictionary=words)
    assert str(tagger.tag("쿠버네티스를 톰")) == "쿠버네티스/nq+를/jco 톰/nq+을/jco"


def test_one_that_says_two_things_leaves_the_choice_to_the_tokenizer() -> None:
    words = UserDictionary([("이", "NNP"), ("이", "MM"), ("가나다", "NNG")])
    assert words.decisions("이", 0, []) == []
    assert words.decisions("이", 7, [Hint("이", "MM", 7, 8)]) == [Decision(0, 1, (("이", "MM"),))]
    assert words.decisions("이", 0, [Hint("이", "NP", 0, 1)]) == []


def test_words_that_kiwi_cannot_hold_stand_as_whole_tokens() -> None:
    words = UserDictionary([("봕\U0010ffff", "봕/NNP+\U0010ffff/SW"), ("\ud800", "SW")])
    tagger = Tagger.load("sejong", device="cpu", user_dictionary=words)
    assert str(tagger.tag("봕\U0010ffff \ud800")) == "봕/NNP+\U0010ffff/SW \ud800/SW"


def test_a_copy_decides_the_same(with_words: Tagger) -> None:
    text = "챗하고 갸가"
    assert pickle.loads(pickle.dumps(with_words)).tag(text) == with_words.tag(text)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("쿠버네티스", "1 columns instead of 2 or 3"),
        ("가\tNNG\t1\t2", "4 columns"),
        ("가\tNNG\tmuch", "'much' is not a score"),
        ("가\tNNG\tnan", "'nan' is not a score"),
        ("가 나\tNNG", "not one token"),
        ("(주)가\tNNG", "not one token"),
        ("\tNNG", "not one token"),
        ("가\t", "neither a tag nor"),
        ("가\t가/NNG+", "neither a tag nor"),
        ("가\t/NNG", "neither a tag nor"),
        ("가\tNOPE", "'NOPE' is not a tag of this model; use one of EC,"),
        ("가\t나/NNG+다/NOPE", "'NOPE' is not a tag of this model"),
    ],
)
def test_errors_name_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, what: str
) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(f"# words\n\n쿠버네티스\tNNP\r\n{line}\n", encoding="utf-8-sig")
    (tmp_path / "text").write_text("나\n", encoding="utf-8")
    for more in ([], ["--workers", "2"]):
        assert tag.main([str(tmp_path / "text"), "--user-dict", str(path), *more]) == 2
        said = capsys.readouterr().err
        assert is_one_sentence(said) and f"{path}:4: " in said and what in said


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TaggerError, match="no such file"):
        UserDictionary.read(tmp_path / "missing")
    (tmp_path / "latin").write_bytes("가\tNNG\n".encode("cp949"))
    with pytest.raises(TaggerError, match="not UTF-8"):
        UserDictionary.read(tmp_path / "latin")


def test_a_model_without_kiwi_cannot_learn(tmp_path: Path, tiny_model: Path) -> None:
    from dataclasses import replace

    from tagger.model import folder as model_folder
    from tagger.model.bundle import TokenizerInfo
    from tagger.tokenizer.base import NoTokenizer

    bundle = replace(model_folder.load(tiny_model), tokenizer=TokenizerInfo("none", ""))
    with pytest.raises(TaggerError, match="cannot learn a user dictionary"):
        Tagger(bundle, NoTokenizer(), user_dictionary=UserDictionary([("가", "NNG")]))


@pytest.mark.parametrize("more", [[], pytest.param(["--workers", "2"], marks=pytest.mark.slow)])
def test_from_the_command_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], more: list[str]
) -> None:
    words, text = tmp_path / "words.tsv", tmp_path / "text"
    words.write_text("쿠버네티스\tNNP\n사겼다\t사귀/VV+었/EP+다/EF\n", encoding="utf-8")
    text.write_text("쿠버네티스를 배웠다\n둘이 사겼다\n", encoding="utf-8")
    assert tag.main([str(text), "--user-dict", str(words), *more]) == 0
    first, second = capfd.readouterr().out.splitlines()
    assert first.startswith("쿠버네티스/NNP+를/JKO ") and second.endswith("사귀/VV+었/EP+다/EF")
