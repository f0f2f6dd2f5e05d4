"""The tagger in the hands of other libraries, used as their users use them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from tagger import Tagger
from tagger.konlpy import Pumsa
from tests.support.places import ROOT

TEXT = "우리나라에는 무엇이 있나요?\n나 밥 먹었다"


@pytest.fixture(scope="module")
def konlpy() -> Pumsa:
    return Pumsa()


def test_konlpy_pos(konlpy: Pumsa) -> None:
    pairs = konlpy.pos(TEXT)
    assert pairs[-5:] == [("나", "NP"), ("밥", "NNG"), ("먹", "VV"), ("었", "EP"), ("다", "EF")]
    assert konlpy.pos("나 밥 먹었다", join=True)[:2] == ["나/NP", "밥/NNG"]
    by_eojeol = konlpy.pos("나 밥 먹었다", flatten=False)
    assert by_eojeol == [[("나", "NP")], [("밥", "NNG")], pairs[-3:]]
    assert konlpy.pos("") == [] == konlpy.nouns("\n") == konlpy.phrases(" ")


def test_konlpy_morphs_nouns_and_phrases(konlpy: Pumsa) -> None:
    assert konlpy.morphs("나 밥 먹었다") == ["나", "밥", "먹", "었", "다"]
    assert konlpy.nouns("나 밥 먹었다") == ["나", "밥"]
    phrases = konlpy.phrases("한국어 자연어 처리를 공부한다. 자연어 처리는 좋다.")
    assert "한국어 자연어 처리" in phrases and "자연어" in phrases and "공부" in phrases
    assert len(phrases) == len(set(phrases)) and "좋" not in phrases
    assert konlpy.tagset["NNG"] == "일반 명사"


def test_konlpy_stems_and_repetitions(konlpy: Pumsa) -> None:
    """The arguments of Okt."""
    assert konlpy.morphs("밥을 먹었다", stem=True) == ["밥", "을", "먹다"]
    assert konlpy.pos("공부했다", stem=True) == [("공부", "NNG"), ("하다", "XSV")]
    assert konlpy.pos("밥을 먹었다", stem=True, flatten=False, join=True) == [
        ["밥/NNG", "을/JKO"],
        ["먹다/VV"],
    ]
    long = "너무우우 좋닼ㅋㅋㅋㅋ"
    assert konlpy.normalize(long) == "너무 좋다ㅋㅋ"
    assert konlpy.pos(long, norm=True) == konlpy.pos("너무 좋다ㅋㅋ") != konlpy.pos(long)
    assert konlpy.morphs("너무우우 좋다", True, True) == ["너무", "좋다"]


def test_konlpy_tags_of_hannanum(konlpy: Pumsa) -> None:
    text = "3월에 나는 매우 맛있는 밥을 먹었다."
    assert [tag for _, tag in konlpy.pos("밥을 먹었다.", ntags=9)] == [*"NJPEES"]
    assert [tag for _, tag in konlpy.pos("밥을 먹었다.", ntags=22)] == [
        *("NC", "JC", "PV", "EP", "EF", "S")
    ]
    assert {tag for _, tag in konlpy.pos(text, ntags=9)} <= {*"NPMIJEXSF"}
    assert Pumsa("kaist").pos("밥을 먹었다.", ntags=9) == konlpy.pos("밥을 먹었다.", ntags=9)
    with pytest.raises(ValueError, match="ntags must be 9 or 22, not 7"):
        konlpy.pos(text, ntags=7)


def test_konlpy_analyses_of_hannanum(konlpy: Pumsa) -> None:
    analyses = konlpy.analyze("나는\n밥.")
    assert [token[0] for token in analyses] == [
        *([("나", "NP"), ("는", "JX")], [("밥", "NNG")], [(".", "SF")])
    ]
    assert len(analyses[0]) == 5 and [("나", "NP"), ("는", "ETM")] in analyses[0]


def test_konlpy_needs_no_java() -> None:
    analyser = Pumsa(jvmpath="/usr/lib/jvm", max_heap_size=1024, dicpath="/usr/lib/mecab")
    assert analyser.nouns("나 밥 먹었다") == ["나", "밥"]


def test_konlpy_with_another_model_and_words(tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("쿠버네티스\tnq\n", encoding="utf-8")
    other = Pumsa(modelpath="kaist", userdic=words)
    assert ("쿠버네티스", "nq") in other.pos("쿠버네티스를")
    assert other.nouns("쿠버네티스를 배웠다") == ["쿠버네티스"]


def test_pandas(tiny_tagger: Tagger) -> None:
    pandas = pytest.importorskip("pandas")
    import tagger.pandas  # noqa: F401

    texts = ["나 밥 먹었다", None, "", "학교"]
    series = pandas.Series(texts, index=[3, 1, 4, 1], name="text")
    tagged = series.pumsa.tag(model=tiny_tagger)
    assert list(tagged.index) == [3, 1, 4, 1] and tagged.name == "text"
    assert tagged.iloc[1] is None and tagged.iloc[2] == ""
    assert tagged.iloc[0] == str(tiny_tagger.tag("나 밥 먹었다"))
    sentence = series.pumsa.sentences(model=tiny_tagger).iloc[3]
    assert sentence == tiny_tagger.tag("학교")
    frame = pandas.DataFrame({"text": ["나 밥 먹었다"] * 3})
    assert list(frame["text"].pumsa.nouns()) == [["나", "밥"]] * 3
    assert frame["text"].pumsa.pos().iloc[0][1] == ("밥", "NNG")
    assert frame["text"].pumsa.morphs().iloc[0] == ["나", "밥", "먹", "었", "다"]
    assert list(pandas.Series([], dtype=object).pumsa.tag()) == []


def test_pandas_columns_from_one_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    import tagger.pandas  # noqa: F401

    frame = pandas.DataFrame({"text": ["나 밥 먹었다", None, ""]}, index=[3, 1, 4])
    calls = []
    tag = Tagger.tag
    monkeypatch.setattr(Tagger, "tag", lambda *given: calls.append(1) or tag(*given))
    columns = frame["text"].pumsa.columns("tag", "words", "nouns")
    assert len(calls) == 1
    assert list(columns) == ["tag", "words", "nouns"] and list(columns.index) == [3, 1, 4]
    assert columns["words"].tolist() == [["나", "밥", "먹다"], None, []]
    assert columns["tag"].tolist() == frame["text"].pumsa.tag().tolist()
    assert frame.join(columns).shape == (3, 4)
    assert list(frame["text"].pumsa.words()) == [["나", "밥", "먹다"], None, []]
    with pytest.raises(ValueError, match="'noun' is not one of tag, pos, morphs,"):
        frame["text"].pumsa.columns("noun")


def test_pandas_morphemes_are_a_long_table() -> None:
    pandas = pytest.importorskip("pandas")
    import tagger.pandas  # noqa: F401

    index = pandas.Index(["a", "b", "c", "a"], name="id")
    series = pandas.Series(["나 밥 먹었다", None, "", "학교"], index=index)
    table = series.pumsa.morphemes()
    assert list(table.index) == ["a"] * 6 and table.index.name == "id"
    assert table["form"].tolist() == ["나", "밥", "먹", "었", "다", "학교"]
    assert table["dictionary_form"].tolist() == ["나", "밥", "먹다", "었", "다", "학교"]
    assert table["eojeol"].tolist() == [0, 1, 2, 2, 2, 0]
    assert table.iloc[2][["surface", "tag", "start", "end"]].tolist() == ["먹었다", "VV", 4, 5]
    assert 0 <= table["score"].min() <= table["score"].max() <= 1
    empty = pandas.Series([None, ""]).pumsa.morphemes()
    assert list(empty) == list(table) and len(empty) == 0


@pytest.mark.slow
def test_pandas_takes_no_longer_than_the_command(tmp_path: Path) -> None:
    """The processor time of a thousand short rows, with imports and model."""
    import resource
    import subprocess
    import sys

    pytest.importorskip("pandas")
    path = tmp_path / "rows"
    rows = [f"{number}번 학생은 학교에서 밥을 먹고 집에 갔다." for number in range(1000)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    code = (
        "import pandas, tagger.pandas\n"
        f"rows = open({str(path)!r}, encoding='utf-8').read().splitlines()\n"
        "print(*pandas.Series(rows).pumsa.tag(), sep='\\n')\n"
    )

    def seconds(*command: str) -> tuple[float, str]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    spent, answer = seconds("-c", code)
    by_command, expected = seconds("tag.py", str(path), "--threads", "1")
    assert answer == expected and spent < 1.5 * by_command


def test_a_spacy_pipeline(tmp_path: Path, tiny_model: Path) -> None:
    spacy = pytest.importorskip("spacy")
    from tagger.spacy import blank

    nlp = blank()
    nlp.add_pipe("pumsa", config={"model": str(tiny_model)})
    texts = ["나 밥  먹었다.", "", " 학교(에) 갔다 ", "\n"]
    docs = list(nlp.pipe(texts))
    assert [doc.text for doc in docs] == texts
    expected = Tagger.load(tiny_model).tag(texts[0])
    words = [token for token in docs[0] if not token.is_space]
    assert [token.text for token in words] == [token.surface for token in expected.tokens]
    assert [token.tag_ for token in words] == [token.xpos for token in expected.tokens]
    assert [token.lemma_ for token in words] == [token.lemma for token in expected.tokens]
    assert [token.pos_ for token in words] == [token.upos for token in expected.tokens]
    assert words[0]._.morphemes[0]["form"] == expected.tokens[0].morphemes[0].form
    assert [token._.dictionary_form for token in words] == [
        token.dictionary_form for token in expected.tokens
    ]
    assert [token.pos_ for token in docs[0] if token.is_space] == ["SPACE"]

    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert [token.tag_ for token in again(texts[0])] == [token.tag_ for token in docs[0]]


@pytest.fixture(scope="module")
def nlp() -> Any:
    pytest.importorskip("spacy")
    from tagger.spacy import blank

    nlp = blank()
    nlp.add_pipe("pumsa")
    return nlp


def test_spacy_documents_are_plain_data(nlp: Any) -> None:
    from spacy.tokens import Doc, DocBin

    doc = nlp("학생들은  밥을 먹었다.")
    [store] = DocBin(store_user_data=True, docs=[doc]).get_docs(nlp.vocab)
    copy = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    for other in (store, copy, pickle.loads(pickle.dumps(doc))):
        for given, token in zip(doc, other, strict=True):
            assert list(token._.morphemes) == list(given._.morphemes)
            assert token._.dictionary_form == given._.dictionary_form
        assert [t._.dictionary_form for t in other if not t.is_space] == ["학생", "밥", "먹다", "."]
    [eat] = [token for token in doc if token.text == "먹었다"]
    first = eat._.morphemes[0]
    assert doc.text[first["start"] : first["end"]] == first["form"] == "먹"
    assert first["tag"] == "VV" and 0 < first["score"] <= 1


@pytest.mark.slow
def test_spacy_in_two_processes(nlp: Any) -> None:
    texts = [f"나는 밥을 {number}번 먹었다." for number in range(20)]
    alone = list(nlp.pipe(texts))
    for doc, other in zip(alone, nlp.pipe(texts, n_process=2, batch_size=5), strict=True):
        assert [token.tag_ for token in other] == [token.tag_ for token in doc]
        assert [list(token._.morphemes) for token in other] == [t._.morphemes for t in doc]


def test_spacy_features_and_numbers(nlp: Any) -> None:
    doc = nlp("어머니가 집을 보시었습니다")
    assert [str(token.morph) for token in doc] == [
        "Case=Nom",
        "Case=Acc",
        "Polite=Elev,Form|Tense=Past|VerbForm=Fin",
    ]
    assert [str(token.morph) for token in nlp("가면 좋은 나의 꿈")] == [
        *("VerbForm=Conv", "VerbForm=Part", "Case=Gen", "")
    ]
    numbers = "3 1,000 2026년 3개를 -5 하나 열두 스물둘째 첫째 삼십 이천삼백 백만 십일"
    others = "이 사람 만일 천사 만 조 한 네 이사 공사 구두 A4 학교 ."
    assert [t.text for t in nlp.make_doc(numbers) if not t.like_num] == []
    assert [t.text for t in nlp.make_doc(others) if t.like_num] == []


@pytest.mark.slow
def test_spacy_finds_it_by_itself(tiny_model: Path) -> None:
    """Through the entry points, without an import of ours."""
    import subprocess
    import sys

    pytest.importorskip("spacy")
    code = (
        "import spacy\n"
        "config = {'nlp': {'tokenizer': {'@tokenizers': 'pumsa.Tokenizer.v1'}}}\n"
        "nlp = spacy.blank('ko', config=config)\n"
        "nlp.add_pipe('pumsa')\n"
        "print(*[(t.text, t.tag_, t.pos_) for t in nlp('나 밥 먹었다')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "('먹었다', 'VV+EP+EF', 'VERB')" in done.stdout


def test_spacy_with_tokens_of_another_tokenizer(tiny_model: Path) -> None:
    spacy = pytest.importorskip("spacy")
    from tagger.spacy import blank

    nlp = blank()
    nlp.tokenizer = spacy.tokenizer.Tokenizer(nlp.vocab)
    nlp.add_pipe("pumsa", config={"model": str(tiny_model)})
    doc = nlp("나 밥 먹었다.")
    assert [token.text for token in doc] == ["나", "밥", "먹었다."]
    assert all(token.tag_ for token in doc)


class TestScikitLearn:
    X = [["나", "밥", "먹었다"], ["너", "밥", "좋다"], ["새", "밥"]] * 4
    y = [["NP", "NNG", "VV+EP+EF"], ["NP", "NNG", "VA+EF"], ["MM", "NNG"]] * 4

    def test_it_learns_and_is_an_estimator(self) -> None:
        from sklearn.base import clone
        from sklearn.exceptions import NotFittedError

        from tagger.sklearn import SequenceTagger

        estimator = SequenceTagger(epochs=30, hidden=16, batch_size=12, learning_rate=0.02)
        assert clone(estimator).get_params() == estimator.get_params()
        assert estimator.set_params(hidden=24) is estimator and estimator.hidden == 24
        assert "epochs=30" in repr(estimator)
        with pytest.raises(NotFittedError):
            estimator.predict(self.X)
        assert estimator.fit(self.X, self.y) is estimator
        assert estimator.score(self.X, self.y) == 1
        assert estimator.predict([["너", "밥"], []]) == [["NP", "NNG"], []]
        again = clone(estimator).fit(self.X, self.y)
        assert again.predict([["밥", "나"]]) == estimator.predict([["밥", "나"]])
        copy = pickle.loads(pickle.dumps(estimator))
        assert copy.predict(self.X) == estimator.predict(self.X)
        assert estimator.classes_ == ["MM", "NNG", "NP", "VA+EF", "VV+EP+EF"]

    def test_it_works_in_a_search(self) -> None:
        from sklearn.model_selection import GridSearchCV

        from tagger.sklearn import SequenceTagger

        small = SequenceTagger(epochs=2, hidden=8)
        search = GridSearchCV(small, {"cell": ["rnn", "gru"]}, cv=2, error_score="raise")
        search.fit(self.X, self.y)
        assert set(search.best_params_) == {"cell"} and 0 <= search.best_score_ <= 1

    def test_it_restores_morphemes_if_it_is_shown_them(self) -> None:
        from tagger.sklearn import SequenceTagger

        analyses = [["나/NP", "밥/NNG+을/JKO", "먹/VV+었/EP+다/EF"], ["했/X", "하/VV+았/EP"]]
        words = [["나", "밥을", "먹었다"], ["했", "했"]]
        settings = {"unit": "syllable", "tokenizer": "kiwi", "hidden": 24, "epochs": 40}
        estimator = SequenceTagger(**settings, learning_rate=0.02, dropout=0.0)
        estimator.fit([words[0], [words[1][1]]] * 6, [analyses[0], [analyses[1][1]]] * 6)
        assert estimator.predict([words[0], ["했"]]) == [analyses[0], ["하/VV+았/EP"]]

    @pytest.mark.parametrize(
        ("words", "tags", "what"),
        [
            ([["나"]], [["NP", "NNG"]], "1 tokens but 2 tags"),
            ([["나"]], [], "1 sentences but 0"),
            (["나"], [["NP"]], "is a string"),
            ([[" "]], [["NP"]], "not a token"),
            ([["나"]], [["N P"]], "neither a tag"),
            ([], [], "no sentence"),
        ],
    )
    def test_what_does_not_match(self, words: list, tags: list, what: str) -> None:
        from tagger.sklearn import SequenceTagger

        with pytest.raises(ValueError, match=what):
            SequenceTagger(epochs=1).fit(words, tags)

    def test_a_setting_that_cannot_be(self) -> None:
        from tagger import TaggerError
        from tagger.sklearn import SequenceTagger

        with pytest.raises(TaggerError, match="cell cannot be"):
            SequenceTagger(cell="cnn").fit(self.X, self.y)


def test_nouns_as_features(konlpy: Pumsa) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(tokenizer=konlpy.nouns, token_pattern=None, lowercase=False)
    matrix = vectorizer.fit_transform(["나 밥 먹었다", "학교에 갔다"])
    assert list(vectorizer.get_feature_names_out()) == ["나", "밥", "학교"]
    assert matrix.shape == (2, 3)
