"""Sentences through every surface: Python, `tag.py`, the server, spaCy and KoNLPy."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger import Document, Tagger
from tagger.cli import tag
from tagger.text.document import sentences_of
from tagger.text.segmentation import LONGEST_PART, segment
from tagger.text.sentence import Sentence
from tests.support.commands import run_here
from tests.support.strategies import texts

TEXT = "비가 많이 왔습니다 우산을 꼭 챙기세요!\n\n  그는 “갔다. 왔다.”고 했다. 끝  "
SENTENCES = ["비가 많이 왔습니다", "우산을 꼭 챙기세요!", "그는 “갔다. 왔다.”고 했다.", "끝"]


@pytest.fixture(scope="module")
def sejong() -> Tagger:
    return Tagger.load()


def run(*args: str, text: str = TEXT) -> subprocess.CompletedProcess[str]:
    return run_here(tag.main, *args, text=text)


def check_places(document: Document) -> None:
    end = 0
    for sentence in document.sentences:
        assert document.text[sentence.start : sentence.end] == sentence.text
        assert not document.text[end : sentence.start].strip()
        assert all(sentence.text[t.start : t.end] == t.surface for t in sentence.tokens)
        end = sentence.end
    assert not document.text[end:].strip()


def test_a_document(sejong: Tagger) -> None:
    document = sejong.tag_document(TEXT)
    assert [sentence.text for sentence in document.sentences] == SENTENCES
    assert [len(paragraph) for paragraph in document.paragraphs] == [2, 2]
    check_places(document)
    whole = [str(one) for line in TEXT.split("\n") for one in sejong.tag(line).morphemes]
    assert [str(one) for s in document.sentences for one in s.morphemes] == whole  # tags stay


def test_blank_lines_part_paragraphs(sejong: Tagger) -> None:
    text = "비가 많이 왔습니다\n우산을 꼭 챙기세요!\r\n\r\n \n끝\n"
    document = sejong.tag_document(text, blank_lines=True)
    assert [[s.text for s in paragraph] for paragraph in document.paragraphs] == [
        ["비가 많이 왔습니다", "우산을 꼭 챙기세요!"],
        ["끝"],
    ]
    check_places(document)


@given(texts, st.booleans())
def test_any_document_can_be_rebuilt(tiny_tagger: Tagger, text: str, blank_lines: bool) -> None:
    document = tiny_tagger.tag_document(text, blank_lines=blank_lines)
    check_places(document)
    alone = list(tiny_tagger.split_paragraphs([text]))
    assert list(tiny_tagger.split_paragraphs([text, "가. 나", text]))[::2] == alone * 2


def test_a_long_paragraph(sejong: Tagger) -> None:
    text = "어제는 비가 왔다. 오늘은 날이 맑다. " * 100
    assert len(text) > LONGEST_PART
    document = sejong.tag_document(text)
    assert len(document.sentences) == 200
    check_places(document)


@given(texts, st.lists(st.integers(0, 30), unique=True).map(sorted))
def test_a_paragraph_comes_apart_at_any_ends(text: str, ends: list[int]) -> None:
    paragraph = segment(text)
    given_ends = tuple(token.end for n, token in enumerate(paragraph.tokens) if n in ends)
    parts = sentences_of(Sentence(text, paragraph.tokens, ends=given_ends))
    surfaces = [t.surface for part in parts for t in part.tokens]
    assert surfaces == [t.surface for t in paragraph.tokens]
    assert all(text[part.start : part.end] == part.text for part in parts)


def test_conllu_names_documents_paragraphs_and_sentences() -> None:
    done = run("--split-sentences", "-f", "conllu")
    heads = [line for line in done.stdout.split("\n") if line.startswith("#")]
    assert heads == [
        "# newdoc",
        "# newpar",
        "# sent_id = 1-1",
        f"# text = {SENTENCES[0]}",
        "# sent_id = 1-2",
        f"# text = {SENTENCES[1]}",
        "# newpar",
        "# sent_id = 3-1",
        f"# text = {SENTENCES[2]}",
        "# sent_id = 3-2",
        f"# text = {SENTENCES[3]}",
    ]


def test_a_document_that_begins_with_a_blank_line(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines of a pipe come as they are written."""
    monkeypatch.setattr(tag, "file_lines", lambda *given: iter([[""], [" "], ["나 밥"], ["가"]]))
    options = ["-", "--split-sentences", "-f", "conllu", "-m", str(tiny_model)]
    assert tag.main(options) == 0
    heads = [line for line in capsys.readouterr().out.split("\n") if line.startswith("# new")]
    assert heads == ["# newdoc", "# newpar", "# newpar"]


def test_jsonl_says_where_the_sentences_are() -> None:
    lines = TEXT.split("\n")
    found = [
        json.loads(line)
        for line in run("--split-sentences", "-f", "jsonl").stdout.split("\n")
        if line
    ]
    assert [one["text"] for one in found if one["text"].strip()] == SENTENCES
    for one in found:
        line = lines[int(one["sentence"].partition("-")[0]) - 1]
        assert line[one["start"] : one["end"]] == one["text"]


def test_paragraphs_and_spaces_of_tag_py() -> None:
    text = "비가 많이 왔습니다\n우산을 꼭 챙기세요!\n\n\n동생이돌아왔다\n"
    done = run("--split-sentences", "--paragraphs", "--respace", "-f", "jsonl", text=text)
    found = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert [(one["sentence"], one["text"]) for one in found] == [
        ("1-1", "비가 많이 왔습니다"),
        ("1-2", "우산을 꼭 챙기세요!"),
        ("2-1", "동생이 돌아왔다"),
    ]
    assert "동생/NNG+이/JKS 돌" in run("--respace", text="동생이돌아왔다\n").stdout


def test_repetitions_of_tag_py() -> None:
    text = "너무우우 재밌닼ㅋㅋㅋㅋㅋ\n"
    done = run("--normalize", "-f", "jsonl", text=text)
    assert json.loads(done.stdout)["text"] == "너무 재밌다ㅋㅋ"
    assert run("--normalize", "-f", "words", text=text).stdout.split() == ["너무", "재밌다"]
    assert run("-f", "words", text=text).stdout.split() != ["너무", "재밌다"]


def test_typing_errors_of_tag_py() -> None:
    text = "이야기를 드렀는데\n나 밥 먹었다\n"
    done = run("--correct-typos", "-f", "jsonl", text=text)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [
        *("이야기를 들었는데", "나 밥 먹었다")
    ]
    both = run(
        "--normalize", "--correct-typos", "--respace", "-f", "jsonl", text="너무우우 왠만하면\n"
    )
    assert json.loads(both.stdout)["text"] == "너무 웬만하면"


@pytest.mark.parametrize(
    "options",
    [
        ["--paragraphs"],
        ["--correct-typos", "--input-format", "conllu"],
        ["--respace", "--input-format", "conllu"],
        ["--normalize", "--input-format", "conllu"],
        ["--split-sentences", "--paragraphs", "--ray", "-f", "jsonl", "-o", "out", "in.txt"],
    ],
)
def test_options_that_do_not_go_together(options: list[str]) -> None:
    done = run(*options)
    assert done.returncode == 2 and done.stderr.startswith("usage")


@pytest.mark.slow
def test_several_processes_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text((TEXT + "\n\n") * 40, encoding="utf-8")
    options = ["--split-sentences", "--paragraphs", "-f", "conllu", str(path)]
    assert run(*options, "--workers", "2").stdout == run(*options).stdout


def test_the_server_splits_sentences() -> None:
    testclient = pytest.importorskip("fastapi.testclient")
    from tagger.server.app import make_app

    with testclient.TestClient(make_app(["sejong"]), base_url="http://localhost") as client:
        request = {"text": TEXT, "split_sentences": True, "formats": ["conllu"]}
        data = client.post("/v1/tag", json=request).json()
        found = [one for one in data["sentences"] if one["text"]]
        assert [one["text"] for one in found] == SENTENCES
        assert [TEXT[one["start"] : one["end"]] for one in found] == SENTENCES
        assert "# sent_id = 3-2\n" in data["written"]["conllu"]
        plain = client.post("/v1/tag", json={"text": "나"}).json()["sentences"][0]
        assert set(plain) == {"text", "eojeols"}


def test_spacy_has_sentences() -> None:
    spacy = pytest.importorskip("tagger.spacy")
    nlp = spacy.blank()
    nlp.add_pipe("pumsa")
    doc = nlp("비가 많이 왔습니다  우산을 꼭 챙기세요! 끝")
    assert [sent.text.strip() for sent in doc.sents] == [
        "비가 많이 왔습니다",
        "우산을 꼭 챙기세요!",
        "끝",
    ]
    other = spacy.blank()
    other.add_pipe("pumsa", config={"sentences": False})
    assert not other("비가 많이 왔습니다. 끝").has_annotation("SENT_START")


def test_konlpy_has_sentences() -> None:
    from tagger.konlpy import Pumsa

    assert Pumsa().sentences(TEXT) == SENTENCES
