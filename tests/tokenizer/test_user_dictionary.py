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


def test_a_tagger_gets_other_words(with_words: Tagger) -> None:
    other = with_words.with_user_dictionary(UserDictionary([("쿠버네티스", "SL")]))
    assert str(other.tag("쿠버네티스")) == "쿠버네티스/SL"
    assert str(with_words.tag("쿠버네티스")) == "쿠버네티스/NNP"
    assert str(other.tag("갸가")) != "걔/NP+가/JKS" == str(with_words.tag("갸가"))
    with pytest.raises(TaggerError, match="'NOPE' is not a tag"):
        with_words.with_user_dictionary(UserDictionary([("가", "NOPE")]))


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
        ("(주)가\tNNG", "'(주)가' is not one token"),
        ("나 (주)가\tNNG", "'(주)가' is not one token"),
        ("\tNNG", "not one token"),
        ("가 나\t가/NNG+나/NNG", "is not an analysis for each of the 2 tokens of '가 나'"),
        ("가 나\t가/NNG 나/NNG 다/NNG", "each of the 2 tokens"),
        ("가 나\t가/NNG /나", "neither a tag nor"),
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


SPACED: list[tuple[str, str] | tuple[str, str, float]] = [
    ("함박 스테이크", "NNP"),
    ("서울  시립 대학교", "NNP"),
    ("밤 잘 잤다", "밤/NNG 잘/MAG 자/VV + 았/EP+다/EF"),
    ("귀 얇", "VA"),
]


@pytest.fixture(scope="module")
def with_spaces() -> Tagger:
    return Tagger.load("sejong", device="cpu", user_dictionary=UserDictionary(SPACED))


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        ("함박 스테이크", "함박/NNP 스테이크/NNP"),
        ("함박  스테이크를", "함박/NNP 스테이크/NNP+를/JKO"),
        ("함박스테이크가", "함박/NNP+스테이크/NNP+가/JKS"),
        ("함박스테이크", "함박/NNP+스테이크/NNP"),
        ("서울 시립 대학교에", "서울/NNP 시립/NNP 대학교/NNP+에/JKB"),
        ("서울시립 대학교", "서울/NNP+시립/NNP 대학교/NNP"),
        ("밤 잘 잤다.", "밤/NNG 잘/MAG 자/VV+았/EP+다/EF+./SF"),
        ("귀 얇은", "귀/VA 얇/VA+은/ETM"),
    ],
)
def test_words_of_several_tokens(with_spaces: Tagger, text: str, analysis: str) -> None:
    assert str(with_spaces.tag(text)) == analysis
    decomposed = with_spaces.tag(unicodedata.normalize("NFD", text))
    assert str(decomposed) == analysis


def test_words_of_several_tokens_need_all_of_them(with_spaces: Tagger) -> None:
    plain = Tagger.load("sejong", device="cpu")
    for text in ("함박 좋은 스테이크", "함박 “스테이크”", "밤에 잘 잤다", "스테이크 함박"):
        assert with_spaces.tag(text) == plain.tag(text)
    copy = pickle.loads(pickle.dumps(with_spaces))
    assert str(copy.tag("함박 스테이크를")) == "함박/NNP 스테이크/NNP+를/JKO"


SPACED_PIECES = ("함박", "스테이크", "서울", "시립", "대학교", "밤", "잘", "잤다", "귀", "얇", "는")


@given(st.lists(st.sampled_from([*SPACED_PIECES, " ", " ", "  ", ".", "\u11ab"])).map("".join))
def test_the_promises_hold_with_words_of_several_tokens(with_spaces: Tagger, text: str) -> None:
    assert broken_promise(text, with_spaces.tag(text), known_tags(with_spaces)) is None


def test_a_unit_of_morphemes_with_words_of_several_tokens(
    tiny_variant: Callable[..., Path],
) -> None:
    folder = tiny_variant("--unit", "morpheme")
    words = UserDictionary([("함박 스테이크", "NNG")])
    tagged = Tagger.load(folder, device="cpu", user_dictionary=words).tag("함박 스테이크를")
    assert str(tagged).startswith("함박/NNG 스테이크/NNG+")


def test_commas_in_place_of_tabs(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text('# words\n쿠버네티스,NNP\n함박 스테이크, NNP,5\n"1,000",SN\n', encoding="utf-8")
    entries = UserDictionary.read(path).entries
    assert [(entry.surface, entry.analysis[0][1], entry.score) for entry in entries] == [
        ("쿠버네티스", "NNP", 0.0),
        ("함박 스테이크", "NNP", 5.0),
        ("1,000", "SN", 0.0),
    ]
    path.write_text("쿠버네티스,NNP\n가\tNNG\n", encoding="utf-8")
    with pytest.raises(TaggerError, match="1 columns instead of 2 or 3"):
        UserDictionary.read(path)


@pytest.mark.parametrize("workers", [[], pytest.param(["--workers", "2"], marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("lines", "warnings"),
    [
        ("나\tVV\n나\tNP\n", ["1 entries of the user dictionary can never apply, because the"]),
        ("챗하다\tVV\n", ["1 verbs of the user dictionary end in 다", "words.tsv:1: 챗하다"]),
        ("쿠버네티스\tNNP\n쿠버네티스\tNNP\n챗하\tVV\n가 나\tNNP\n", []),
    ],
)
def test_entries_that_can_never_apply(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    lines: str,
    warnings: list[str],
    workers: list[str],
) -> None:
    words, text = tmp_path / "words.tsv", tmp_path / "text"
    words.write_text(lines, encoding="utf-8")
    text.write_text("쿠버네티스\n", encoding="utf-8")
    assert tag.main([str(text), "--user-dict", str(words), *workers]) == 0
    shown = capfd.readouterr()
    assert all(warning in shown.err for warning in warnings) and bool(shown.err) == bool(warnings)
    assert "쿠버네티스\tNNP" not in lines or shown.out == "쿠버네티스/NNP\n"


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
