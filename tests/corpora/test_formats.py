"""Corpora as others distribute them, and as a program holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import corpora
from corpora.reading import recognise
from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.text.formats import FORMATS

WANTED = ["우리/NP+는/JX 책/NNG+을/JKO 읽/VV+었/EP+다/EF+./SF", "비/NNG+가/JKS 온다/VV"]

NIKL = json.dumps(
    {
        "id": "SAMPLE",
        "metadata": {"title": "a sample of our own"},
        "document": [
            {
                "id": "SAMPLE.1",
                "sentence": [
                    {
                        "id": "SAMPLE.1.1",
                        "form": "우리는 책을 읽었다.",
                        "word": [
                            {"id": 1, "form": "우리는", "begin": 0, "end": 3},
                            {"id": 2, "form": "책을", "begin": 4, "end": 6},
                            {"id": 3, "form": "읽었다.", "begin": 7, "end": 11},
                        ],
                        "morpheme": [
                            {"id": 1, "form": "우리", "label": "NP", "word_id": 1, "position": 1},
                            {"id": 3, "form": "책", "label": "NNG", "word_id": 2, "position": 1},
                            {"id": 4, "form": "을", "label": "JKO", "word_id": 2, "position": 2},
                            {"id": 2, "form": "는", "label": "JX", "word_id": 1, "position": 2},
                            {"id": 5, "form": "읽", "label": "VV", "word_id": 3, "position": 1},
                            {"id": 6, "form": "었", "label": "EP", "word_id": 3, "position": 2},
                            {"id": 7, "form": "다", "label": "EF", "word_id": 3, "position": 3},
                            {"id": 8, "form": ".", "label": "SF", "word_id": 3, "position": 4},
                        ],
                    }
                ],
            }
        ],
    },
    ensure_ascii=False,
    indent=1,
)

RAW_SEJONG = """<!DOCTYPE tei.2 SYSTEM "c:\\sgml\\dtd\\tei2.dtd">
<tei.2>
<teiHeader>
<title>우리의 보기</title>
</teiHeader>
<text>
<body>
<p>
BTAA0001-00000001\t우리는\t우리/NP + 는/JX
BTAA0001-00000002\t책을\t책/NNG + 을/JKO
BTAA0001-00000003\t읽었다.\t읽/VV + 었/EP + 다/EF + ./SF
BTAA0001-00000004\t비가\t비/NNG + 가/JKS
BTAA0001-00000005\t온다\t온다/VV
</p>
</body>
</text>
"""

CONLL = """-DOCSTART- -X- O

우리 NP B-NP
는 JX I-NP

비 NNG B-NP
가 JKS I-NP
"""

RECORDS = [
    {"tokens": ["우리는", "책을"], "tags": ["NP+JX", "NNG+JKO"], "lemmas": ["우리+는", "책+을"]},
    {"tokens": ["비", "가"], "tags": ["NNG", "JKS"], "upos": ["NOUN", "ADP"]},
]
OF_RECORDS = ["우리/NP+는/JX 책/NNG+을/JKO", "비/NNG 가/JKS"]


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> corpora.Corpus:
    path = tmp_path / "corpus"
    path.write_bytes(text.encode(encoding))
    return corpora.read(path)


def written(corpus: corpora.Corpus) -> list[str]:
    assert not corpus.problems
    return list(map(str, corpus.sentences))


def test_the_json_of_the_national_institute(tmp_path: Path) -> None:
    corpus = read(tmp_path, NIKL)
    assert corpus.format == "nikl"
    assert written(corpus) == WANTED[:1]
    assert corpus.sentences[0].name == "SAMPLE.1.1"
    assert corpus.sentences[0].text == "우리는 책을 읽었다."


def test_what_is_wrong_with_such_json_names_the_sentence(tmp_path: Path) -> None:
    broken = NIKL.replace('"word_id": 2', '"word_id": 9')
    corpus = read(tmp_path, broken)
    assert [problem.where for problem in corpus.problems] == [f"{tmp_path / 'corpus'}:SAMPLE.1.1"]
    assert "has no morphemes" in corpus.problems[0].what
    with pytest.raises(TaggerError, match=r"not one usable sentence.*not JSON"):
        read(tmp_path, '{"document": [')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_files_of_the_sejong_corpus_as_distributed(tmp_path: Path, encoding: str) -> None:
    corpus = read(tmp_path, RAW_SEJONG, encoding)
    assert corpus.format == "raw-sejong"
    assert written(corpus) == WANTED


def test_sentences_of_the_sejong_corpus_are_elements_where_it_has_them(tmp_path: Path) -> None:
    rows = [line for line in RAW_SEJONG.splitlines() if line.startswith("BTAA")]
    text = "\n".join(["<s n=00001>", *rows, "</s>"])
    assert len(read(tmp_path, text).sentences) == 1


def test_columns_with_a_row_for_each_document(tmp_path: Path) -> None:
    corpus = read(tmp_path, CONLL)
    assert corpus.format == "conll"
    assert written(corpus) == ["우리/NP 는/JX", "비/NNG 가/JKS"]


def test_json_lines(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS)
    corpus = read(tmp_path, text)
    assert corpus.format == "jsonl"
    assert written(corpus) == OF_RECORDS
    assert [token.upos for token in corpus.sentences[1].tokens] == ["NOUN", "ADP"]


def test_what_the_tagger_writes_as_json_lines_is_read_again(
    tmp_path: Path, tiny_tagger: Tagger
) -> None:
    sentences = list(tiny_tagger.tag(["나 밥 먹었다.", "친구와 영화를 봤다"]))
    text = "".join(FORMATS["jsonl"](sentence, 1) for sentence in sentences)
    corpus = read(tmp_path, text)
    assert list(map(str, corpus.sentences)) == list(map(str, sentences))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("[]", "not a JSON object"),
        ('{"tokens": ["가"], "tags": ["VV", "EF"]}', "1 tokens but 2 tags"),
        ('{"tokens": ["가다"], "tags": ["VV+EF"]}', "several tags, but no lemmas"),
        ('{"text": "가다"}', "no list of tokens"),
        ('{"tokens": ["가 나"], "tags": ["V V"]}', "is not a tag"),
    ],
)
def test_a_bad_line_of_json_is_placed(tmp_path: Path, line: str, what: str) -> None:
    good = json.dumps(RECORDS[1], ensure_ascii=False)
    corpus = read(tmp_path, f"{good}\n{line}\n")
    [problem] = corpus.problems
    assert problem.where.endswith(":2") and what in problem.what


ROWS = "1\t나\t나\tPRON\tNP\t_\t0\troot\t_\t_\n"


def test_multiword_tokens_and_empty_nodes_are_no_faults(tmp_path: Path) -> None:
    text = (
        ROWS
        + "2-3\t갔다\t_\t_\t_\t_\t_\t_\t_\t_\n"
        + "2\t갔\t가+았\tVERB\tVV+EP\t_\t1\tdep\t_\t_\n"
        + "3\t다\t다\tPART\tEF\t_\t1\tdep\t_\t_\n"
        + "3.1\t_\t_\t_\t_\t_\t_\t_\t_\t_\n"
    )
    corpus = read(tmp_path, text)
    assert written(corpus) == ["나/NP 가/VV+았/EP+다/EF"]
    assert corpus.sentences[0].text == "나 갔다" and corpus.passed_over == 1
    corpus = read(tmp_path, text.replace("가+았", "가"))
    assert len(corpus.problems) == 1 and not corpus.sentences[0].tokens[1].morphemes


def test_the_original_lemma_is_read_where_lemma_does_not_fit(tmp_path: Path) -> None:
    row = "2\t갔다\t가다\tVERB\tVV+EP+EF\t_\t1\tdep\t_\tOrigLemma=가+았+다|SpaceAfter=No\n"
    assert written(read(tmp_path, ROWS + row)) == ["나/NP 가/VV+았/EP+다/EF"]


def test_records_of_a_program() -> None:
    corpus = corpora.from_records(RECORDS)
    assert corpus.format == "records" and written(corpus) == OF_RECORDS
    renamed = [{"w": ["비", "가"], "t": ["NNG", "JKS"]}]
    assert written(corpora.from_records(renamed, columns={"tokens": "w", "tags": "t"})) == [
        "비/NNG 가/JKS"
    ]
    with pytest.raises(TaggerError, match="not one usable sentence in these records"):
        corpora.from_records([{"a": 1}, 3])


def test_data_frames() -> None:
    pandas = pytest.importorskip("pandas")
    assert written(corpora.from_records(pandas.DataFrame(RECORDS[1:]))) == OF_RECORDS[1:]
    long = pandas.DataFrame(
        {"sentence": [1, 1, 2], "token": ["비", "가", "눈"], "tag": ["NNG", "JKS", "NNG"]}
    )
    assert written(corpora.from_records(long)) == ["비/NNG 가/JKS", "눈/NNG"]


def test_spacy_documents() -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import Doc, DocBin

    vocab = spacy.blank("xx").vocab
    doc = Doc(
        vocab, words=["비", "가", "온다"], spaces=[False, True, False], tags=["NNG", "JKS", "VV"]
    )
    for source in (doc, [doc], DocBin(docs=[doc])):
        corpus = corpora.from_records(source)
        assert written(corpus) == ["비/NNG+가/JKS 온다/VV"]


def test_a_dataset_whose_tags_are_numbers() -> None:
    class Names:
        names = ("NNG", "JKS")

    class Column:
        feature = Names()

    class Dataset(list):  # type: ignore[type-arg]
        features: Mapping[str, object]

    dataset = Dataset([{"tokens": ["비", "가"], "tags": [0, 1]}])
    dataset.features = {"tokens": object(), "tags": Column()}
    assert written(corpora.from_records(dataset)) == ["비/NNG 가/JKS"]


@pytest.mark.parametrize(
    ("text", "format"), [(NIKL, "nikl"), (RAW_SEJONG, "raw-sejong"), (CONLL, "conll")]
)
def test_each_is_recognised(text: str, format: str) -> None:
    assert recognise(text.splitlines()) == format
