from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpora
from corpora.formats.conllu import read_block, rewrite_block, split_plus
from corpora.reading import recognise
from corpora.rows import Report, Word, blocks, split_punctuation
from tagger.errors import TaggerError
from tagger.text.formats import FORMATS
from tagger.text.sentence import Sentence, gold_token
from tests.conftest import CORPUS

CONLLU = """\
# sent_id = s1
# text = 나 했다.
1\t나\t나\tPRON\tNP\t_\t0\troot\t_\t_
2\t했다\t하+았+다\tVERB\tVV+EP+EF\t_\t1\tflat\t_\tSpaceAfter=No
3\t.\t.\tPUNCT\tSF\t_\t1\tpunct\t_\t_
"""
KLUE = """\
## 칼럼명 : INDEX\tWORD_FORM\tLEMMA\tPOS\tHEAD\tDEPREL
## id-1\t나 했다.
1\t나\t나\tNP\t2\tNP
2\t했다.\t하 았 다 .\tVV+EP+EF+SF\t0\tVP
"""
ROWS = "나\t나/NP\n했다.\t하/VV + 았/EP + 다/EF + ./SF\n"
ONE_LINE = "나/NP 하/VV+았/EP+다/EF+./SF\n"
TWO_COLUMNS = "나\tNP\n했다\tVV\n"
FOUR_COLUMNS = "나\t나\tNP\tPRON\n했다.\t하+았+다+.\tVV+EP+EF+SF\tVERB\n"


def read(folder: Path, text: str | bytes, **options: object) -> corpora.Corpus:
    path = folder / "corpus.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return corpora.read(path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("conllu", CONLLU),
        ("klue", KLUE),
        ("sejong", ROWS),
        ("sejong", ONE_LINE),
        ("tsv", FOUR_COLUMNS),
    ],
)
@pytest.mark.parametrize("change", ["", "crlf", "no final line end", "mark", "empty lines"])
def test_every_format_gives_the_same_sentence(
    tmp_path: Path, format: str, text: str, change: str
) -> None:
    if change == "crlf":
        text = text.replace("\n", "\r\n")
    elif change == "no final line end":
        text = text.removesuffix("\n")
    elif change == "mark":
        text = "\ufeff" + text
    elif change == "empty lines":
        text = "\n\n" + text + "\n\n"
    corpus = read(tmp_path, text)
    assert corpus.format == format and not corpus.problems
    [sentence] = corpus.sentences
    assert sentence.text == "나 했다."
    assert [token.surface for token in sentence.tokens] == ["나", "했다", "."]
    assert str(sentence) == "나/NP 하/VV+았/EP+다/EF+./SF"


def test_a_hash_begins_a_comment_or_an_eojeol(tmp_path: Path) -> None:
    [sentence] = read(tmp_path, "# said online\n#맛집\t#/SW + 맛집/NNG\n").sentences
    assert str(sentence) == "#/SW+맛집/NNG"


def test_two_columns_are_token_and_tag(tmp_path: Path) -> None:
    corpus = read(tmp_path, TWO_COLUMNS)
    assert corpus.format == "tsv"
    assert str(corpus.sentences[0]) == "나/NP 했다/VV"


def test_an_underscore_is_no_upos(tmp_path: Path) -> None:
    text = FOUR_COLUMNS.replace("VERB", "_") + "가\t가\tVV\t\n"
    [sentence] = read(tmp_path, text, format="tsv").sentences
    assert [token.upos for token in sentence.tokens] == ["PRON", None, None, None]


def test_upos_is_read_from_conllu(tmp_path: Path) -> None:
    [sentence] = read(tmp_path, CONLLU).sentences
    assert [token.upos for token in sentence.tokens] == ["PRON", "VERB", "PUNCT"]
    assert sentence.name == "s1"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (CONLLU.replace("하+았+다", "하+았"), 4, "2 morphemes but 3 tags"),
        (CONLLU.replace("하+았+다", "_"), 4, "no LEMMA"),
        (CONLLU.replace("VV+EP+EF", "_"), 4, "no XPOS"),
        (CONLLU.replace("하+았+다", "하++다"), 4, "2 morphemes but 3 tags"),
        (CONLLU.replace("하+았+다", "하+았+"), 4, "an empty morpheme"),
        (CONLLU.replace("VV+EP+EF", "VV+E P+EF"), 4, "'E P' is not a tag"),
        (CONLLU.replace("2\t했다", "2.x\t했다"), 4, "not a plain token"),
        (CONLLU.replace("\t나\t나\t", "\t\t나\t"), 3, "an empty FORM"),
        (KLUE.replace("하 았 다 .", "하 았 다"), 4, "3 morphemes but 4 tags"),
        (ROWS.replace("하/VV", "하VV"), 2, "is not form/TAG"),
        (ONE_LINE + "나/NP 밥\n", 2, "is not form/TAG"),
        (FOUR_COLUMNS.replace("하+았+다+.", "하+았"), 2, "2 morphemes but 4 tags"),
    ],
)
def test_a_bad_row_is_counted_and_placed(tmp_path: Path, text: str, line: int, what: str) -> None:
    corpus = read(tmp_path, text)
    [problem] = corpus.problems
    assert problem.where == f"{tmp_path}/corpus.txt:{line}"
    assert what in problem.what
    assert any(token.morphemes for token in corpus.sentences[0].tokens)
    with pytest.raises(TaggerError, match=f"corpus.txt:{line}: .*rows that cannot be used"):
        read(tmp_path, text, strict=True)


def test_a_row_of_the_wrong_width_is_counted(tmp_path: Path) -> None:
    text = CONLLU.replace("\t_\t1\tflat", "\t1\tflat")
    corpus = read(tmp_path, text, format="conllu")
    assert [problem.where[-2:] for problem in corpus.problems] == [":4"]


def test_a_plus_sign_is_a_morpheme(tmp_path: Path) -> None:
    row = "1\t+\t+\tSYM\t+SW\t_\t0\troot\t_\t_\n2\t1+1\t1+++1\tNUM\tSN+SW+SN\t_\t1\tx\t_\t_\n"
    [sentence] = read(tmp_path, row).sentences
    assert [str(token) for token in sentence.tokens] == ["+/SW", "1/SN++/SW+1/SN"]
    lines = "//SP +/SW+1/SN\n"
    [sentence] = read(tmp_path, lines, format="sejong").sentences
    assert [(m.form, m.tag) for t in sentence.tokens for m in t.morphemes] == [
        ("/", "SP"),
        ("+", "SW"),
        ("1", "SN"),
    ]


@given(st.lists(st.text("가+", min_size=1, max_size=2), min_size=1, max_size=4))
def test_joined_parts_are_split_again(parts: list[str]) -> None:
    single = [part for part in parts if part == "+" or "+" not in part]
    if single:
        assert split_plus("+".join(single)) == single


def test_what_the_tagger_writes_can_be_read(tmp_path: Path) -> None:
    sentences = corpora.read(CORPUS).sentences
    for name, format in [("sejong", "sejong"), ("conllu", "conllu"), ("tsv", "tsv")]:
        text = "".join(FORMATS[name](s, i) for i, s in enumerate(sentences, start=1))
        corpus = read(tmp_path, text)
        assert corpus.format == format and not corpus.problems
        assert [str(s) for s in corpus.sentences] == [str(s) for s in sentences]


def test_punctuation_takes_the_morphemes_that_spell_it() -> None:
    analysis = [("(", "SS"), ("가", "VV"), (".", "SF"), (".", "SF")]
    words = split_punctuation(Word("(가..", analysis))
    assert [(word.surface, word.analysis) for word in words] == [
        ("(", analysis[:1]),
        ("가", analysis[1:2]),
        ("..", analysis[2:]),
    ]
    assert [word.space_after for word in words] == [False, False, True]
    mismatch = Word("가.", [("가", "VV"), ("。", "SF")])
    assert split_punctuation(mismatch) == [mismatch]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the format of this corpus is not recognised"),
        ("그냥 글이다.\n", "the format of this corpus is not recognised"),
        (b"\xff\xff", "byte 0 cannot be decoded"),
        ("가\t나\t다\n", "the format of this corpus is not recognised"),
        (
            CONLLU.replace("나\tPRON\tNP", "_\tPRON\t_")
            .replace("VV+EP+EF", "_")
            .replace("SF", "_"),
            "not one usable sentence",
        ),
    ],
)
def test_an_unusable_file_is_refused(tmp_path: Path, text: str | bytes, what: str) -> None:
    with pytest.raises(TaggerError, match=what):
        read(tmp_path, text)


def test_an_unknown_format_or_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaggerError, match="unknown format 'xml'; use one of conll, conllu"):
        read(tmp_path, CONLLU, format="xml")
    with pytest.raises(TaggerError, match="no such file"):
        corpora.read(tmp_path / "none")


@given(st.text())
def test_recognising_never_fails(text: str) -> None:
    assert recognise(text.split("\n")) in {None, *corpora.FORMATS}


@given(st.sampled_from(sorted(corpora.FORMATS)), st.text("가/+NP\t\n# 1_.=-"))
def test_reading_never_fails(format: str, text: str) -> None:
    from corpora.rows import Report

    for sentence in corpora.FORMATS[format](text.split("\n"), Report("x")):
        assert sentence.tokens
        for token in sentence.tokens:
            assert sentence.text[token.start : token.end] == token.surface != ""


def test_the_names_of_sentences_are_kept(tmp_path: Path) -> None:
    text = CONLLU.replace("# sent_id = s1\n", "# sent_id = a = b\n# text = x\n#sent_id=c\n")
    assert read(tmp_path, text).sentences[0].name == "c"
    text = CONLLU.replace("s1", "a = b") + "\n" + CONLLU.replace("# sent_id = s1\n", "")
    assert [sentence.name for sentence in read(tmp_path, text).sentences] == ["a = b", None]
    rows = "".join(line + "\n" for line in KLUE.split("\n") if line[:1].isdigit())
    assert read(tmp_path, "## k-1\tx\ty\n" + rows).sentences[0].name == "k-1"
    assert read(tmp_path, rows).sentences[0].name is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (CONLLU.replace("\t_\t1\tflat", "\t1\tflat"), "9 columns instead of 10"),
        (CONLLU.replace("2\t했다", "2.x\t했다"), "row 2.x is not a plain token"),
        (CONLLU.replace("\t나\t나\t", "\t\t나\t"), "an empty FORM"),
        (CONLLU.replace("하+았+다", "_"), "LEMMA _ with XPOS VV+EP+EF: no LEMMA"),
        (CONLLU.replace("VV+EP+EF", "_"), "LEMMA 하+았+다 with XPOS _: no XPOS"),
        (KLUE.replace("\t나\t나\t", "\t\t나\t"), "an empty WORD_FORM"),
        (KLUE.replace("\t0\tVP", ""), "4 columns instead of 6"),
        (KLUE.replace("하 았", "하  았"), "LEMMA 하  았 다 . with POS VV+EP+EF+SF: 5 morphemes"),
        (ROWS.replace("나\t", "\t"), "an empty eojeol"),
        (FOUR_COLUMNS.replace("나\t나", "\t나"), "an empty token"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(tmp_path: Path, text: str, what: str) -> None:
    corpus = read(tmp_path, text, format=recognise(text.split("\n")) or "tsv")
    [problem] = corpus.problems
    assert problem.what.startswith(what)
    assert re.fullmatch(rf"{tmp_path}/corpus\.txt:\d: {re.escape(problem.what)}", str(problem))


def test_reading_goes_on_after_a_row_without_its_form(tmp_path: Path) -> None:
    for text, changed in ((KLUE, "\t나\t나\t"), (CONLLU, "\t나\t나\t")):
        [sentence] = read(tmp_path, text.replace(changed, "\t\t나\t")).sentences
        assert str(sentence) == "하/VV+았/EP+다/EF+./SF"
        assert sentence.name


def test_the_messages_about_a_file_say_where_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    with pytest.raises(TaggerError) as refused:
        read(tmp_path, "그냥 글이다.\n")
    assert str(refused.value) == (
        f"{path}: the format of this corpus is not recognised; "
        "give it with --format (conll, conllu, jsonl, klue, nikl, raw-sejong, sejong, tsv)"
    )
    with pytest.raises(TaggerError) as refused:
        read(tmp_path, ROWS.replace("하/VV", "하VV"), strict=True)
    assert str(refused.value) == (
        f"{path}:2: '하VV + 았/EP + 다/EF + ./SF' is not form/TAG + form/TAG (the first of 1 "
        "rows that cannot be used); fix them, or leave out --strict to skip them"
    )
    for text, hint in (("가\t가가\n", f"; first problem, {path}:1: '가가' is not"), ("\n", "")):
        with pytest.raises(TaggerError) as refused:
            read(tmp_path, text, format="sejong")
        message = str(refused.value)
        assert message.startswith(f"{path}: not one usable sentence in sejong format{hint}")
        assert message.endswith("; check the file, or give its format with --format")
        assert ("first problem" in message) == bool(hint)
    with pytest.raises(TaggerError) as refused:
        read(tmp_path, ROWS, format="xml")
    assert str(refused.value) == f"unknown format 'xml'; use one of {', '.join(corpora.FORMATS)}"
    assert read(tmp_path, ROWS).path == str(path)


def test_comments_do_not_hide_the_format() -> None:
    for text, format in ((CONLLU, "conllu"), (KLUE, "klue"), (ROWS, "sejong")):
        for comment in ("# a\tb\n", "## a\tb\n", "# a b c\n"):
            assert recognise((comment * 9 + text).split("\n")) == format
    assert recognise(["# said so", "# and so", "나/NP 밥/NNG"]) == "sejong"


def test_a_block_of_conllu_is_rewritten_in_three_columns() -> None:
    text = (
        "# 1 is no row\n1\t나\tx\ty\tz\tA=1\t2\tnsubj\t_\tB=2\n1-2\t나는\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "2\t했다\t_\t_\t_\t_\t0\troot\t_\tSpaceAfter=No|C=3\n3\t.\t_\t_\t_\t_\t2\tp\t_\t_\n"
    )
    [block] = blocks(text.split("\n"))
    sentence = read_block(block, Report("x"), gold=False)
    assert sentence is not None and sentence.text == "나 했다."
    tokens = tuple(
        gold_token(token.surface, token.start, [("가", "A"), ("나", "B")], upos)
        for token, upos in zip(sentence.tokens, ("X", None, "Y"))
    )
    tagged = Sentence(sentence.text, tokens)
    assert rewrite_block(block, tagged) == (
        "# 1 is no row\n1\t나\t가+나\tX\tA+B\tA=1\t2\tnsubj\t_\tB=2\n"
        "1-2\t나는\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "2\t했다\t가+나\t_\tA+B\t_\t0\troot\t_\tSpaceAfter=No|C=3\n"
        "3\t.\t가+나\tY\tA+B\t_\t2\tp\t_\t_\n\n"
    )


def test_morphemes_that_do_not_spell_the_punctuation_keep_the_eojeol_whole() -> None:
    for surface, analysis in (
        ("가(나", [("가", "A"), ("나", "B")]),
        ("가.", [("가", "A"), (".", "B"), ("나", "C")]),
        (".가", [("나", "A"), ("가", "B")]),
        ("가.나.", [("가", "A"), (".", "B"), ("나", "C")]),
    ):
        word = Word(surface, analysis)
        assert split_punctuation(word) == [word]
    words = split_punctuation(Word("가.나", [("가", "A"), (".", "B"), ("나", "C"), ("다", "D")]))
    assert [word.analysis for word in words] == [
        [("가", "A")],
        [(".", "B")],
        [("나", "C"), ("다", "D")],
    ]
