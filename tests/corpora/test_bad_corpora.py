"""Corpora that are not what they seem, in every format."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

import corpora

CONLLU = """\
# sent_id = s1
1\t나\t나\tPRON\tNP\t_\t2\tnsubj\t_\t_
2\t했다\t하+았+다\tVERB\tVV+EP+EF\t_\t0\troot\t_\tSpaceAfter=No
3\t.\t.\tPUNCT\tSF\t_\t2\tpunct\t_\t_

"""
KLUE = "## k1\t나 했다.\n1\t나\t나\tNP\t2\tNP\n2\t했다.\t하 았 다 .\tVV+EP+EF+SF\t0\tVP\n\n"
ROWS = "나\t나/NP\n했다.\t하/VV + 았/EP + 다/EF + ./SF\n\n"
LINES = "나/NP 하/VV+았/EP+다/EF+./SF\n"
COLUMNS = "나\t나\tNP\tPRON\n했다.\t하+았+다+.\tVV+EP+EF+SF\tVERB\n\n"
ANALYSIS = "나/NP 하/VV+았/EP+다/EF+./SF"

GOOD = {"conllu": CONLLU, "klue": KLUE, "rows": ROWS, "lines": LINES, "columns": COLUMNS}
every_format = pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
in_rows = pytest.mark.parametrize("text", [CONLLU, KLUE, ROWS, COLUMNS])


def read(folder: Path, text: str | bytes, **options: object) -> corpora.Corpus:
    path = folder / "corpus"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return corpora.read(path, **options)  # type: ignore[arg-type]


@every_format
def test_how_lines_end_does_not_matter(tmp_path: Path, text: str) -> None:
    for changed in (
        text.replace("\n", "\r\n"),
        text.rstrip("\n"),
        "\n\n" + text + "\n \n\n",
        "\ufeff" + text,
        text.rstrip("\n").replace("\n", "\r\n"),
    ):
        corpus = read(tmp_path, changed * 1)
        assert not corpus.problems
        assert [str(sentence) for sentence in corpus.sentences] == [ANALYSIS]


@every_format
def test_encodings_do_not_matter(tmp_path: Path, text: str) -> None:
    for encoding in ("cp949", "utf-16", "utf-8-sig"):
        for given in (encoding, "auto"):
            corpus = read(tmp_path, text.encode(encoding), encoding=given)
            assert [str(sentence) for sentence in corpus.sentences] == [ANALYSIS]


@in_rows
def test_an_empty_line_inside_makes_two_sentences_and_loses_nothing(
    tmp_path: Path, text: str
) -> None:
    row = next(line for line in text.splitlines() if line.startswith(("했다", "2\t")))
    corpus = read(tmp_path, text.replace(row, f"\n{row}"))
    assert [str(sentence) for sentence in corpus.sentences] == ANALYSIS.split(" ")


@every_format
def test_rows_with_a_column_too_few_or_too_many_are_named(tmp_path: Path, text: str) -> None:
    row = next(line for line in text.splitlines() if line.startswith(("나", "1\t")))
    number = text.splitlines().index(row) + 1
    if text is LINES:
        changes = [row.replace("나/NP", "나NP"), row.replace("나/NP", "나/")]
    elif text is ROWS:
        changes = [row.partition("\t")[0] + "\t", row + "\t나/NP"]
    else:
        changes = [row.rpartition("\t")[0], row + "\t_"]
    for changed in changes:
        corpus = read(tmp_path, text.replace(row, changed) + text * 3)
        assert [problem.where for problem in corpus.problems] == [f"{tmp_path}/corpus:{number}"]
        assert [str(sentence) for sentence in corpus.sentences][1:] == [ANALYSIS] * 3


@every_format
def test_another_format_in_the_middle_is_named_row_by_row(tmp_path: Path, text: str) -> None:
    format = read(tmp_path, text).format
    for name, other in GOOD.items():
        if other is text or read(tmp_path, other).format == format:  # Sejong has two
            continue
        corpus = read(tmp_path, text * 5 + other + text, format=format)
        assert [str(s) for s in corpus.sentences].count(ANALYSIS) >= 6, name
        assert len(corpus.problems) >= 1 or text is COLUMNS, name  # two columns are good too
        assert all(int(p.where.rpartition(":")[2]) > 0 for p in corpus.problems)


@every_format
def test_decomposed_text_is_read_as_it_stands(tmp_path: Path, text: str) -> None:
    [sentence] = read(tmp_path, unicodedata.normalize("NFD", text)).sentences
    assert unicodedata.normalize("NFC", sentence.text) == "나 했다."
    assert sentence.text != "나 했다." or text is LINES  # which rebuilds it
    assert str(sentence) == ANALYSIS


def test_signs_of_the_formats_can_be_morphemes(tmp_path: Path) -> None:
    signs = ["+", "/", "|", "→", "_", "?", "#", "<pad>", "<unk>", "B-NNG", "1"]
    text = "".join(f"{sign}\tSW\n" for sign in signs) + "\n"
    [sentence] = read(tmp_path, text, format="tsv").sentences
    assert [str(token) for token in sentence.tokens] == [f"{sign}/SW" for sign in signs]


@pytest.mark.parametrize(
    "rows",
    [
        "1-2\t밥은\t_\t_\t_\t_\t_\t_\t_\n²\t밥\t밥\tNOUN\tNNG\t_\t_\t_\t_\t_\n",
        "1-2" + "\t_" * 9 + "\n" + "1" * 5000 + "\t밥\t밥\tNOUN\tNNG\t_\t_\t_\t_\t_\n",
        "1" * 5000 + "-" + "2" * 5000 + "\t_" * 9 + "\n",
    ],
    ids=["superscript", "digits", "range of digits"],
)
def test_odd_ids_of_conllu_are_rows_that_cannot_be_used(tmp_path: Path, rows: str) -> None:
    corpus = read(tmp_path, CONLLU + rows + "\n", format="conllu")
    assert corpus.problems and corpus.sentences[0].text == "나 했다."


def test_rows_outside_a_range_end_it(tmp_path: Path) -> None:
    columns = "NOUN\tNNG\t_\t_\t_\t_\t_"
    rows = f"1-2\t밥은\t_\t_\t_\t_\t_\t_\t_\t_\n7\t국\t국\t{columns}\n1\t밥\t밥\t{columns}\n"
    [sentence] = read(tmp_path, rows, format="conllu").sentences
    assert [(str(t.morphemes[0]) if t.morphemes else "") for t in sentence.tokens] == [
        "",
        "국/NNG",
        "밥/NNG",
    ]


@pytest.mark.parametrize(
    "record",
    [
        *('{"eojeols": 5}', '{"eojeols": null}', '{"eojeols": "abc"}', '{"eojeols": {"a": 1}}'),
        *(
            f'{{"eojeols": [{{"surface": {surface}, "morphemes": [{{"form": "나"}}]}}]}}'.replace(
                '"나"', '"나", "tag": "NP"'
            )
            for surface in ("5", "null", '["나", "."]', '""', '" 나"')
        ),
    ],
)
def test_odd_records_are_rows_that_cannot_be_used(tmp_path: Path, record: str) -> None:
    good = '{"tokens": ["나"], "tags": ["NP"]}'
    corpus = read(tmp_path, f"{good}\n{record}\n")
    assert len(corpus.sentences) == 1 and len(corpus.problems) == 1


@pytest.mark.parametrize("name", ["word_id", "position"])
@pytest.mark.parametrize("value", ["Infinity", "NaN", "1e999", "9" * 5000, "[]"])
def test_odd_numbers_of_nikl_are_rows_that_cannot_be_used(
    tmp_path: Path, name: str, value: str
) -> None:
    morpheme = '{"form": "밥", "label": "NNG", "word_id": 1, "position": 1}'
    sentence = '{"id": "a", "word": [{"id": 1, "form": "밥"}], "morpheme": [MORPHEME]}'
    changed = morpheme.replace(f'"{name}": 1', f'"{name}": {value}')
    both = ", ".join(sentence.replace("MORPHEME", some) for some in (morpheme, changed))
    text = f'{{"document": [{{"sentence": [{both}]}}]}}'
    if value.isdigit():  # which Python's JSON refuses in the whole file
        text = text.replace(value, f'"{value}"')
    corpus = read(tmp_path, text)
    assert len(corpus.sentences) == 1 and len(corpus.problems) == 1


def test_an_eojeol_of_many_marks_takes_time_proportional_to_its_length(tmp_path: Path) -> None:
    """100,000 morphemes were copied for each of them."""
    count = 100_000
    for forms in ("가." * (count // 2), "가" * count):
        row = "1\t" + "가." * (count // 2) + "\t" + " ".join(forms) + "\t" + "+".join(["A"] * count)
        started = time.process_time()
        read(tmp_path, f"{row}\t0\tr\n\n{KLUE}")
        assert time.process_time() - started < 5
