from __future__ import annotations

import copy
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import corpora
from tagger import Tagger
from tagger.errors import TaggerError
from tagger.labeling.closing import probability
from tagger.labeling.decoding import Decoder
from tagger.labeling.examples import Example
from tagger.labeling.labels import NOTHING
from tagger.labeling.restoration import Restorer
from tagger.model.batches import Indices
from tagger.model.engine import Best
from tagger.model.predictor import Prediction, Predictor
from tagger.pretrained import bundled_models
from tagger.text.sentence import Sentence
from tagger.tokenizer.user_dictionary import UserDictionary
from tests.conftest import CORPUS
from tests.support.promises import broken_promise, known_tags
from tests.support.steps import syllables_of
from tests.support.strategies import texts

LINES = ["나 밥 먹었다", "", "아버지가 방에 들어가신다.", "  😀!  ", "a" * 700, "가나 " * 900]


def check_promises(text: str, sentence: Sentence, tagger: Tagger) -> None:
    assert broken_promise(text, sentence, known_tags(tagger)) is None


@given(texts)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_keeps_the_promises(tiny_tagger: Tagger, text: str) -> None:
    check_promises(text, tiny_tagger.tag(text), tiny_tagger)


@pytest.mark.parametrize("text", LINES)
def test_odd_lines_keep_the_promises(tiny_tagger: Tagger, text: str) -> None:
    check_promises(text, tiny_tagger.tag(text), tiny_tagger)


def test_alone_and_in_a_batch_give_the_same(tiny_tagger: Tagger) -> None:
    together = list(tiny_tagger.tag(LINES * 3))
    small = list(tiny_tagger.tag(LINES * 3, batch_size=1))
    assert [s.text for s in together] == LINES * 3
    for text, one, other in zip(LINES * 3, together, small):
        assert str(one) == str(other) == str(tiny_tagger.tag(text))


def test_threads_change_nothing(tiny_tagger: Tagger) -> None:
    many = Tagger(tiny_tagger.bundle, tiny_tagger.tokenizer, threads=3)
    lines = LINES[:4] * 400 + LINES[4:]
    assert list(many.tag(lines)) == list(tiny_tagger.tag(lines))
    assert next(many.tag(iter(lines))).text == LINES[0]


def test_a_stream_is_answered_lazily(tiny_tagger: Tagger) -> None:
    taken = 0

    def lines():  # type: ignore[no-untyped-def]
        nonlocal taken
        while True:
            taken += 1
            yield "나 밥"

    assert str(next(tiny_tagger.tag(lines()))) == str(tiny_tagger.tag("나 밥"))
    assert taken < 2000


def test_decomposed_text_is_analysed_as_composed(tiny_tagger: Tagger) -> None:
    text = "아버지가 방에 들어가신다."
    decomposed = unicodedata.normalize("NFD", text)
    sentence = tiny_tagger.tag(decomposed)
    assert str(sentence) == str(tiny_tagger.tag(text))
    check_promises(decomposed, sentence, tiny_tagger)


def test_given_tokens_are_kept(tiny_tagger: Tagger) -> None:
    gold = corpora.read(CORPUS).sentences
    before = copy.deepcopy(gold)
    tagged = list(tiny_tagger.tag_sentences(gold))
    assert gold == before
    for sentence, answer in zip(gold, tagged, strict=True):
        assert [(t.surface, t.start, t.end) for t in sentence.tokens] == [
            (t.surface, t.start, t.end) for t in answer.tokens
        ]


def test_gold_tags_do_not_leak_into_the_answer(tiny_tagger: Tagger) -> None:
    gold = corpora.read(CORPUS).sentences[0]
    bare = Sentence(gold.text, tuple(type(t)(t.surface, t.start, t.end) for t in gold.tokens))
    assert list(tiny_tagger.tag_sentences([gold])) == list(tiny_tagger.tag_sentences([bare]))


@given(st.integers(1, 40))
@settings(max_examples=10)
def test_a_long_text_is_one_sentence(tiny_tagger: Tagger, times: int) -> None:
    text = "나 밥 먹었다. 친구와 영화를 봤다. " * (times * 5)
    sentence = tiny_tagger.tag(text)
    check_promises(text, sentence, tiny_tagger)
    assert len(sentence.eojeols) == 6 * 5 * times


@given(texts)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_the_best_analyses_come_in_order_with_the_first_as_the_answer(
    tiny_tagger: Tagger, text: str
) -> None:
    plain, sentence = tiny_tagger.tag(text), tiny_tagger.tag(text, nbest=3)
    assert str(plain) == str(sentence) and all(not token.nbest for token in plain.tokens)
    for item in (*sentence.tokens, *sentence.eojeols):
        assert 1 <= len(item.nbest) <= 3 and item.nbest[0].morphemes == item.morphemes
        scores = [analysis.score for analysis in item.nbest]
        assert scores == sorted(scores, reverse=True) and scores[-1] >= 0 and scores[0] <= 1
        assert len(set(map(str, item.nbest))) == len(item.nbest)


def test_each_part_of_a_long_text_is_analysed_alone(
    tiny_tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows: list[int] = []
    predict = Predictor.predict

    def counted(
        predictor: Predictor, examples: Sequence[Example], batch_size: int
    ) -> list[Prediction]:
        windows.append(len(examples))
        return predict(predictor, examples, batch_size)

    monkeypatch.setattr(Predictor, "predict", counted)
    list(tiny_tagger.tag(["나", "나 밥 " * 600, "밥", "나"]))
    assert windows == [1, 1, 1, 1, 2]


def test_the_best_analyses_of_a_long_text_say_where_they_stand(tiny_tagger: Tagger) -> None:
    sentence = tiny_tagger.tag("나 밥 먹었다. 친구와 영화를 봤다. " * 80, nbest=2)
    for token in sentence.tokens:
        assert token.nbest[0].morphemes == token.morphemes
        for morpheme in token.nbest[-1].morphemes:
            assert token.start <= morpheme.start < morpheme.end <= token.end


def test_a_model_writes_the_conventions_of_each_of_its_corpora(tiny_tagger: Tagger) -> None:
    bundle, tokenizer = tiny_tagger.bundle, tiny_tagger.tokenizer
    same = Tagger(bundle, tokenizer, conventions=bundle.corpus)
    assert str(same.tag("나 밥")) == str(tiny_tagger.tag("나 밥"))
    with pytest.raises(TaggerError, match="conventions of 'x'; choose from tiny"):
        Tagger(bundle, tokenizer, conventions="x")


def test_tags_that_settle_the_upos_decide_it() -> None:
    tagger = Tagger.load("gsd")
    bundle, text = tagger.bundle, "나 밥 먹었다"
    before = tagger.tag(text)
    first, *others = before.tokens
    other = next(upos for upos in bundle.vocabulary.upos.symbols if upos != first.upos)
    for corpus, upos in ((bundle.corpus, other), ("another", first.upos)):
        knowledge = replace(bundle.knowledge, settled_upos={corpus: {first.xpos: other}})
        settled = Tagger(replace(bundle, knowledge=knowledge), tagger.tokenizer).tag(text)
        assert settled.tokens[0] == replace(first, upos=upos)
        assert list(settled.tokens[1:]) == others


def decoder_of(tagger: Tagger) -> Decoder:
    bundle = tagger.bundle
    return Decoder(bundle.unit, bundle.vocabulary.labels, bundle.knowledge, bundle.corpus)


def test_labels_that_cannot_follow_one_another_are_not_chosen(tiny_tagger: Tagger) -> None:
    steps = syllables_of("먹다")
    choose = decoder_of(tiny_tagger).choose
    first = [("B-VV", 0.6), ("B-NNG", 0.4)]
    chosen = choose(steps, [first, [("I-NNG", 0.7), ("B-EF", 0.3)]])
    assert chosen == [("B-NNG", 0.4), ("I-NNG", 0.7)]
    chosen = choose(steps, [first, [("I-NNG", 0.4), ("B-EF", 0.3)]])
    assert chosen == [("B-VV", 0.6), ("B-EF", 0.3)]
    chosen = choose(steps, [first, [("I-MAG", 0.7)]])
    assert chosen == [("B-VV", 0.6), ("I-MAG", 0.7)]


LABELS = ["B-VV", "I-VV", "B-EF", "I-EF", NOTHING, "B-VV|B-EP→오았", "I-VV|B-EF→르아"]
PROBABILITIES = st.lists(
    st.floats(1e-6, 1).map(lambda p: p**4), min_size=4, max_size=4, unique=True
).map(lambda scores: sorted(scores, reverse=True))


@given(
    st.lists(st.permutations(LABELS), min_size=2, max_size=2),
    st.lists(PROBABILITIES, min_size=2, max_size=2),
)
def test_the_likeliest_sequence_is_chosen(
    tiny_tagger: Tagger, orders: list[list[str]], scores: list[list[float]]
) -> None:
    """Also where it needs a label that is far less likely than the best of its step."""
    steps = syllables_of("올랐")
    decoder = decoder_of(tiny_tagger)
    candidates = [list(zip(labels, some)) for labels, some in zip(orders, scores)]
    sequences = decoder.sequences(steps, candidates, len(LABELS) ** 2)
    chosen = decoder.choose(steps, candidates)
    if sequences:
        assert probability(chosen) == max(map(probability, sequences))


def test_unlikely_labels_are_closed_only_where_they_are_needed(
    tiny_tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To close one may take the encoder-decoder: one contradiction in a long token closed
    all labels of all its syllables."""
    steps = syllables_of("나" * 200)
    certain = [("B-NP", 0.99), ("B-VV|B-EP→오았", 1e-5), ("B-VV|B-EF→오아", 1e-6)]
    candidates = [certain] * 199 + [[("I-VV", 0.6), ("I-NP", 0.4)]]
    asked = []
    close = Restorer.close
    monkeypatch.setattr(
        Restorer, "close", lambda self, *given: asked.append(given) or close(self, *given)
    )
    assert decoder_of(tiny_tagger).choose(steps, candidates)[-1] == ("I-NP", 0.4)
    assert len(asked) < 2.5 * len(steps)


def test_results_print_well(tiny_tagger: Tagger) -> None:
    sentence = tiny_tagger.tag("나 밥")
    assert str(sentence).count("/") == str(sentence).count(" ") + 1
    assert str(sentence.eojeols[0]) == str(sentence.tokens[0])
    with pytest.raises(AttributeError):
        sentence.text = "x"  # type: ignore[misc]


def test_short_and_long_sentences_do_not_share_a_batch(
    tiny_tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a long sentence a short one costs the processor as much as it."""
    runs: list[list[int]] = []
    best = tiny_tagger._predictor._engine.best

    def noted(examples: Sequence[Indices]) -> Best:
        runs.append([len(example) for example in examples])
        return best(examples)

    monkeypatch.setattr(tiny_tagger._predictor._engine, "best", noted)
    list(tiny_tagger.tag(["나", "밥 먹었다", "학교", "가나다라" * 10]))
    assert runs == [[1, 2], [4], [40]]


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        TaggerError, match="there is no model 'none'; give a model folder or one of"
    ):
        Tagger.load("none")
    with pytest.raises(TaggerError, match="holds no model"):
        Tagger.load(tmp_path)


@pytest.mark.parametrize("name", bundled_models())
def test_bundled_models_keep_the_promises(name: str) -> None:
    tagger = Tagger.load(name, device="cpu")
    for text in LINES:
        check_promises(text, tagger.tag(text), tagger)


ADDRESSES = [
    ("http://example.kr에 접속해", "http://example.kr"),
    ("www.example.org/a?id=3에서 봤다", "www.example.org/a?id=3"),
    ("kim_1004@example.co.kr로 보내", "kim_1004@example.co.kr"),
    ("@minsu_99 안녕", "@minsu_99"),
    ("자세한 것은 https://youtu.be/ab12c34, 여기서", "https://youtu.be/ab12c34"),
]


@pytest.mark.parametrize(("name", "tag"), [("sejong", "SL"), ("gsd", "SL"), ("kaist", "f")])
def test_addresses_are_whole(name: str, tag: str) -> None:
    tagger = Tagger.load(name)
    for text, address in ADDRESSES:
        found = [(m.form, m.tag, text[m.start : m.end]) for m in tagger.tag(text).morphemes]
        assert (address, tag, address) in found


def test_nothing_is_lost_after_an_address() -> None:
    for name in bundled_models():
        for text in ("http://example.kr</a>", "kim@example.kr--끝"):
            found = Tagger.load(name).tag(text).morphemes
            assert "".join(morpheme.form for morpheme in found) == text


def test_a_user_dictionary_comes_before_addresses() -> None:
    tagger = Tagger.load("sejong", user_dictionary=UserDictionary([("@minsu_99", "NNP")]))
    assert str(tagger.tag("@minsu_99 안녕")).startswith("@minsu_99/NNP ")


def test_the_bundled_models_are_there() -> None:
    assert bundled_models() == ["fast", "gsd", "kaist", "sejong"]


def test_the_sentence_of_the_study_notes() -> None:
    sentence = Tagger.load(device="cpu").tag("나 밥 먹었다")
    assert str(sentence) == "나/NP 밥/NNG 먹/VV+었/EP+다/EF"
    assert [token.upos for token in sentence.tokens] == ["PRON", "NOUN", "VERB"]


class _Marked(str):
    """As the strings of template engines, it has methods of its own."""

    def __len__(self) -> int:
        return 3

    def __str__(self) -> str:
        return "other"


def test_a_text_may_be_of_a_subclass_of_str(tiny_tagger: Tagger) -> None:
    plain = tiny_tagger.tag("나 밥 먹었다")
    assert tiny_tagger.tag(_Marked("나 밥 먹었다")) == plain
    assert list(tiny_tagger.tag([_Marked("나 밥 먹었다")])) == [plain]


def test_what_is_no_sentence_or_dictionary_is_a_type_error(
    tiny_tagger: Tagger, tiny_model: Path
) -> None:
    with pytest.raises(TypeError, match="must be a Sentence, not str"):
        list(tiny_tagger.tag_sentences(["나"]))  # type: ignore[list-item]
    with pytest.raises(TypeError, match="must be a UserDictionary or a path, not list"):
        Tagger.load(tiny_model, user_dictionary=[("나", "NP")])  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["sejong", "fast"])
def test_most_tokens_are_spelled_from_arrays(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is as it is written and of known words is not looked at token by token."""
    looked_at = 0
    likeliest = Decoder.likeliest

    def counted(self: Decoder, *args: object) -> object:
        nonlocal looked_at
        looked_at += 1
        return likeliest(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "likeliest", counted)
    sentences = Tagger.load(model, device="cpu").tag(
        "회사에서 점심을 같이 먹고 학교로 가서 책을 읽는다. 값이 비싸다."
    )
    assert looked_at < len(sentences.tokens) / 2
