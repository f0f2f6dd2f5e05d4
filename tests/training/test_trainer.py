from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import corpora
from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.evaluation.scores import score_eojeols
from tagger.labeling.lexicon import COLUMNS
from tagger.labeling.units import UNITS
from tagger.model import bundle as bundles
from tagger.model import folder as model_folder
from tagger.model.batches import IGNORED, make_batch
from tagger.model.network import as_tensors, saved_weights
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, gold_token
from tagger.text.tagsets import SETTLED
from tagger.tokenizer.base import NoTokenizer
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.training.augmentation.silver import silver_sentences
from tagger.training.batching import bucket
from tagger.training.checkpoint import History, fingerprint, load_checkpoint, save_checkpoint
from tagger.training.data import TrainingData, prepare, without_stop
from tagger.training.settings import Settings
from tagger.training.trainer import Trainer, loss_of, make_network
from tagger.vocabulary import UNKNOWN_INDEX
from tests.conftest import CORPUS
from tests.support import verbs

SENTENCES = corpora.read(CORPUS).sentences
SETTINGS = Settings(tokenizer="none", hidden=16, epochs=3, batch_size=40, seed=5)


def data_for(chosen: Settings = SETTINGS, **named: Any) -> TrainingData:
    return prepare(named or {"tiny": SENTENCES}, NoTokenizer(), chosen)


def trainer_for(chosen: Settings = SETTINGS, **named: Any) -> Trainer:
    data = data_for(chosen, **named)
    return Trainer(make_network(data.vocabulary, chosen), data, chosen)


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_a_column_that_always_says_the_same_is_left_out() -> None:
    assert list(data_for().vocabulary.inputs) == [
        "syllable",
        "left_bigram",
        "right_bigram",
        "boundary",
        "usual_analysis",
    ]
    hinted = prepare({"tiny": SENTENCES}, KiwiTokenizer(), SETTINGS).vocabulary.inputs
    assert {"hint", "meaning_1", "meaning_8", "noun_begins", "noun_ends"} <= set(hinted)


def test_a_lexicon_is_learnt_from_the_first_corpus_and_tells_of_other_examples_only() -> None:
    chosen = replace(SETTINGS, without_stop=0.9)
    data = data_for(chosen, tiny=SENTENCES * 2, other=SENTENCES)
    assert data.knowledge.lexicon == data_for(chosen, tiny=SENTENCES * 2).knowledge.lexicon
    assert data.knowledge.lexicon.tokens["먹었다"]
    without = replace(SETTINGS, columns={name: {"width": 0} for name in COLUMNS})
    assert not data_for(without, tiny=SENTENCES * 2).knowledge.lexicon
    assert not data_for(tiny=SENTENCES[:1]).knowledge.lexicon  # nothing comes twice

    # seen twice: in a sentence of the first corpus once elsewhere, which is not known
    place = list(data.vocabulary.inputs).index("usual_analysis")
    unknown = data.vocabulary.inputs["usual_analysis"].index("-")
    known = [(example.columns[place] != unknown).sum() for example in data.examples]
    own = sum(example.corpus == data.target_corpus for example in data.examples)
    assert 2 * len(SENTENCES) < own < len(known)
    assert 0 < sum(known[:own]) / own < sum(known[own:]) / (len(known) - own)


def test_each_corpus_settles_the_upos_of_its_own_tags() -> None:
    first, *others = SENTENCES[0].tokens
    known = replace(SENTENCES[0], tokens=(replace(first, upos="PRON"), *others))
    often = data_for(tiny=[known] * SETTLED, other=[known]).knowledge.settled_upos
    assert often == {"tiny": {first.xpos: "PRON"}}


def test_a_model_gets_the_moving_average_of_the_weights() -> None:
    trainer = trainer_for(replace(SETTINGS, average_steps=4))
    decay = 1 - 1 / 4
    expected: dict[str, torch.Tensor] = {}
    for _ in trainer.train():
        now = weights(trainer)
        expected = {
            name: decay * expected[name] + (1 - decay) * now[name] if expected else now[name]
            for name in now
        }
    given = dict(trainer.trained.state_dict())
    assert given.keys() == expected.keys() and not equal(given, weights(trainer))
    for name in given:
        torch.testing.assert_close(given[name], expected[name])
    # the run itself is the same with and without
    without = trainer_for()
    for _ in without.train():
        pass
    assert equal(weights(trainer), weights(without)) and without.trained is without.network


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_it_learns_two_sentences_by_heart_and_keeps_them(
    unit: str, cell: str, tmp_path: Path
) -> None:
    chosen = Settings(
        unit=unit, tokenizer="none", cell=cell, hidden=32, epochs=60, batch_size=20,
        learning_rate=0.01, dropout=0.0, label_smoothing=0.0, seed=1,
    )  # fmt: skip
    gold = SENTENCES[:2]
    trainer = trainer_for(chosen, two=gold)
    for _ in trainer.train():
        pass
    bundle = bundles.Bundle(
        UNITS[unit],
        bundles.TokenizerInfo("none", ""),
        trainer.data.vocabulary,
        trainer.data.knowledge,
        trainer.network.config,
        saved_weights(trainer.network),
        "two",
        bundles.digest_eojeols([]),
        {"select": "eojeol"},
    )
    model_folder.save(bundle, tmp_path, "")
    expected = ["나/NP 밥/NNG 먹/VV+었/EP+다/EF", "아버지/NNG+가/JKS 방/NNG+에/JKB"]
    if unit == "morpheme":  # without a tokenizer an eojeol is one step
        expected = ["나/NP 밥/NNG 먹었다/VV+EP+EF", "아버지가/NNG+JKS 방에/NNG+JKB"]
    for tagger in (Tagger(bundle, NoTokenizer()), Tagger.load(tmp_path, device="cpu")):
        answers = [str(s) for s in tagger.tag(sentence.text for sentence in gold)]
        assert answers[0] == expected[0] and answers[1].startswith(expected[1])
        if unit == "syllable":
            exact = score_eojeols(gold, tagger.tag(sentence.text for sentence in gold))
            assert exact.eojeol.percent == 100


def test_a_run_repeats_itself() -> None:
    first, second = trainer_for(), trainer_for()
    losses = [[p.loss for p in trainer.train()] for trainer in (first, second)]
    assert losses[0] == losses[1] and equal(weights(first), weights(second))
    other = trainer_for(Settings(**{**vars(SETTINGS), "seed": 6}))
    for _ in other.train():
        pass
    assert not equal(weights(first), weights(other))


@given(stop=st.integers(1, 8))
@settings(max_examples=12)
def test_a_restored_run_ends_like_an_unbroken_one(
    tmp_path_factory: pytest.TempPathFactory, stop: int
) -> None:
    chosen = replace(SETTINGS, average_steps=4)
    path = tmp_path_factory.mktemp("run") / "checkpoint"
    unbroken = trainer_for(chosen)
    seen = [(p.epoch, p.step, p.loss) for p in unbroken.train()]
    assert stop < len(seen)
    broken = trainer_for(chosen)
    run = broken.train()
    history = History("eojeol")
    history.add({"epoch": 0, "eojeol": 1.0})
    for _ in range(stop):
        next(run)
    save_checkpoint(path, broken, history, "x")
    torch.rand(7)  # what others draw changes nothing
    restored, again = trainer_for(chosen), History("eojeol")
    load_checkpoint(path, restored, again, "x")
    assert again == history
    assert [(p.epoch, p.step, p.loss) for p in restored.train()] == seen[stop:]
    assert equal(weights(unbroken), weights(restored))
    assert equal(unbroken.trained.state_dict(), restored.trained.state_dict())


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    trainer = trainer_for()
    save_checkpoint(tmp_path / "c", trainer, History("eojeol"), "one")
    with pytest.raises(TaggerError, match="other settings or corpora"):
        load_checkpoint(tmp_path / "c", trainer, History("eojeol"), "two")
    data = (tmp_path / "c").read_bytes()
    flipped = bytearray(data)
    flipped[-1] ^= 1
    for damaged in (data[: len(data) // 2], bytes(flipped), data + b" ", b""):
        (tmp_path / "c").write_bytes(damaged)
        with pytest.raises(TaggerError, match="damaged"):
            load_checkpoint(tmp_path / "c", trainer, History("eojeol"), "one")


def test_runs_are_told_apart() -> None:
    data = data_for()
    more = Settings(**{**vars(SETTINGS), "epochs": 4})
    other = data_for(SETTINGS, tiny=SENTENCES[:-1])
    prints = {fingerprint(SETTINGS, data), fingerprint(more, data), fingerprint(SETTINGS, other)}
    assert len(prints) == 3
    assert fingerprint(SETTINGS, data) == fingerprint(SETTINGS, data_for())


def test_a_loss_that_is_no_number_stops_with_advice() -> None:
    trainer = trainer_for()
    with torch.no_grad():
        trainer.network.label_head.bias.fill_(math.nan)
    with pytest.raises(TaggerError, match=r"no longer a number in epoch 1; .*--learning-rate"):
        next(trainer.train())


def test_the_rate_rises_and_falls() -> None:
    trainer = trainer_for(Settings(**{**vars(SETTINGS), "epochs": 30}))
    rates = [progress.learning_rate for progress in trainer.train()]
    top = rates.index(max(rates))
    assert 0 < top < len(rates) // 10
    assert max(rates) == pytest.approx(2e-3, rel=0.05) and rates[-1] < 2e-5
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_the_home_corpus_is_seen_more_often() -> None:
    chosen = Settings(**{**vars(SETTINGS), "home_repeats": 3, "without_stop": 0.0})
    trainer = trainer_for(chosen, home=SENTENCES[:4], other=SENTENCES[4:])
    seen = [example.corpus for batch in trainer._batches() for example in batch]
    home = trainer.data.target_corpus
    assert trainer.data.vocabulary.corpora.symbol(home) == "home"
    assert seen.count(home) == 12 and len(seen) == 12 + len(SENTENCES[4:])


def test_each_epoch_sees_each_sentence_once_in_another_order() -> None:
    trainer = trainer_for()
    first = [id(example) for batch in trainer._batches() for example in batch]
    trainer.epoch = 1
    second = [id(example) for batch in trainer._batches() for example in batch]
    assert sorted(first) == sorted(second) == sorted(map(id, trainer.data.examples))
    assert first != second


@given(st.lists(st.text("x", min_size=1, max_size=30)), st.integers(1, 60), st.integers())
def test_buckets_hold_every_example_and_keep_to_the_size(
    examples: list[str], size: int, seed: int
) -> None:
    batches = list(bucket(examples, size, random.Random(seed)))
    assert sorted(e for batch in batches for e in batch) == sorted(examples)
    for batch in batches:
        assert batch and (len(batch) == 1 or len(batch) * max(map(len, batch)) <= size)


def test_ignored_targets_do_not_count() -> None:
    trainer = trainer_for()
    batch = as_tensors(
        make_batch(trainer.data.examples, trainer.data.vocabulary.inputs), trainer.device
    )
    labels = torch.randn(*batch.labels.shape, len(trainer.data.vocabulary.labels))
    upos = torch.randn(*batch.upos.shape, 0)
    loss = loss_of(labels, upos, batch, SETTINGS)
    changed = labels.masked_fill((batch.labels == IGNORED).unsqueeze(-1), 99.0)
    torch.testing.assert_close(loss, loss_of(changed, upos, batch, SETTINGS))


def test_corpora_without_a_label_are_refused() -> None:
    bare = [segment(sentence.text) for sentence in SENTENCES]
    with pytest.raises(TaggerError, match="no sentence gives a syllable a label"):
        data_for(SETTINGS, tiny=bare)


def test_rare_labels_can_be_left_out() -> None:
    every = data_for(SETTINGS).vocabulary.labels
    few = data_for(Settings(**{**vars(SETTINGS), "label_minimum_count": 3})).vocabulary.labels
    assert 0 < len(few) < len(every) and set(few.symbols) < set(every.symbols)
    with pytest.raises(TaggerError, match="no label is seen 999 times; lower label_minimum_count"):
        data_for(Settings(**{**vars(SETTINGS), "label_minimum_count": 999}))


def test_a_share_of_other_inflected_forms_is_added() -> None:
    chosen = Settings(tokenizer="none", inflected=0.1, without_stop=0.0)
    assert len(data_for(chosen, verbs=verbs.CORPUS).examples) == len(verbs.CORPUS) + 2


def test_a_history_knows_its_best_epoch() -> None:
    history = History("eojeol")
    assert history.best is None and history.stale() == 0
    assert history.add({"epoch": 1, "eojeol": None})
    assert history.add({"epoch": 2, "eojeol": 50.0})
    assert not history.add({"epoch": 3, "eojeol": 50.0})
    assert not history.add({"epoch": 4, "eojeol": 49.0})
    assert history.best == {"epoch": 2, "eojeol": 50.0} and history.stale() == 2


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"cell": "transformer"}, "cell cannot be 'transformer'; use one of lstm, gru, rnn"),
        ({"layers": 0}, "layers must be more than 0"),
        ({"learning_rate": -1.0}, "learning_rate must be more than 0"),
        ({"dropout": 1.0}, "dropout must be at least 0 and less than 1"),
        ({"select": "f1"}, "select cannot be 'f1'"),
        ({"layers": 65}, "layers must be at most 64"),
        ({"hidden": 1 << 63}, "hidden must be at most 8192"),
        ({"epochs": 1 << 63}, "epochs must be at most 1000000"),
        ({"home_repeats": 1 << 40}, "home_repeats must be at most 10000"),
        ({"batch_size": 10**400}, "batch_size is not a number that can be used"),
        ({"learning_rate": float("inf")}, "learning_rate is not a number that can be used"),
        ({"weight_decay": float("nan")}, "weight_decay is not a number that can be used"),
        ({"weight_decay": -1.0}, "weight_decay must be at least 0"),
        ({"upos_weight": -1.0}, "upos_weight must be at least 0"),
        ({"inflected": 1.0}, "inflected must be at least 0 and less than 1"),
        ({"label_minimum_count": 0}, "label_minimum_count must be more than 0"),
        ({"early_stop": -1}, "early_stop must be at least 0"),
        ({"teacher_weight": 1.5}, "teacher_weight must be from 0 to 1"),
        ({"gradient_norm": 0.0}, "gradient_norm must be more than 0"),
        ({"columns": {"hint": 3}}, "the changes of the input column 'hint' are no object"),
        ({"columns": {"hint": {"width": "x"}}}, "width of the input column 'hint' cannot be 'x'"),
        ({"columns": {"hint": {"width": -1}}}, "width of the input column 'hint' cannot be -1"),
        ({"columns": {"hint": {"width": 1.5}}}, "width of the input column 'hint' cannot be 1.5"),
        ({"columns": {"hint": {"drop": 1}}}, "drop of the input column 'hint' cannot be 1"),
        ({"columns": {"hint": {"minimum_count": 0}}}, "minimum_count of the input column 'hint'"),
        ({"columns": {"word": {"width": 3}}}, "no input column 'word'"),
        ({"columns": {"hint": {"size": 3}}}, "no input column 'hint'"),
    ],
)
def test_a_setting_out_of_range_is_named(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(TaggerError, match=what):
        Settings(**changes)


def test_column_settings_can_be_changed() -> None:
    columns = Settings(columns={"hint": {"width": 7}}).column_settings()
    assert columns["hint"].width == 7 and columns["hint"].drop == 0.04
    assert columns["syllable"].width == 128
    left_out = Settings(columns={"left_bigram": {"width": 0}}).column_settings()
    assert "left_bigram" in columns and "left_bigram" not in left_out


def test_a_sentence_loses_its_final_stop() -> None:
    ended = SENTENCES[1]
    stopless = without_stop(ended)
    assert stopless is not None
    assert stopless.text == ended.text[:-1] and stopless.tokens == ended.tokens[:-1]
    assert without_stop(stopless) is None
    half = data_for(Settings(**{**vars(SETTINGS), "without_stop": 0.5}))
    none = data_for(Settings(**{**vars(SETTINGS), "without_stop": 0.0}))
    stops = sum(without_stop(sentence) is not None for sentence in SENTENCES)
    assert len(half.examples) - len(none.examples) == round(0.5 * stops) > 0


def test_of_equal_epochs_the_one_of_lower_loss_is_the_best() -> None:
    history = History("eojeol")
    assert history.add({"epoch": 1, "loss": 2.0, "eojeol": 90.0})
    assert history.add({"epoch": 2, "loss": 1.0, "eojeol": 90.0})
    assert not history.add({"epoch": 3, "loss": 1.5, "eojeol": 90.0})
    assert history.best and history.best["epoch"] == 2


def test_noise_adds_its_share_of_sentences() -> None:
    quiet = replace(SETTINGS, without_stop=0.0)
    none = data_for(quiet)
    noisy = data_for(replace(quiet, without_spaces=0.5, chatting=0.25))
    added = len(noisy.examples) - len(none.examples)
    assert 0 < added <= round(0.5 * len(SENTENCES)) + round(0.25 * len(SENTENCES))


def test_hints_are_hidden_for_a_share_of_the_tokens() -> None:
    chosen = replace(SETTINGS, tokenizer="kiwi", without_hints=0.5)
    data = prepare({"tiny": SENTENCES}, KiwiTokenizer(), chosen)
    trainer = Trainer(make_network(data.vocabulary, chosen), data, chosen)
    before = [example.columns.copy() for example in data.examples]
    hidden = trainer._changed(data.examples)
    row = list(data.vocabulary.inputs).index("hint")
    syllables = list(data.vocabulary.inputs).index("syllable")
    shares = []
    for example, one, kept in zip(hidden, data.examples, before):
        assert (one.columns == kept).all()  # inputs stay as they were
        assert (example.columns[syllables] == kept[syllables]).all()
        gone = example.columns[row] == UNKNOWN_INDEX
        for first, last in zip(example.first, example.last):  # a token's are hidden or kept
            assert (
                gone[first : last + 1].all()
                or (example.columns[:, first : last + 1] == kept[:, first : last + 1]).all()
            )
        shares.append(gone.mean())
    assert 0.3 < sum(shares) / len(shares) < 0.7
    again = trainer._changed(data.examples)
    assert all((a.columns == b.columns).all() for a, b in zip(hidden, again))


def test_texts_of_gold_come_before_those_of_silver() -> None:
    shape = "B-VV|B-EP"
    made = {
        name: [
            Sentence("갔다", (gold_token("갔다", 0, [("가", "VV"), (ending, "EP"), ("다", "EF")]),))
        ]
        * n
        for name, ending, n in (("gold", "었", 1), ("silver", "았", 5))
    }
    data = prepare(made, NoTokenizer(), SETTINGS, silver=["silver"])
    assert data.knowledge.restorer.seen["갔"][shape] == ("가었", "가았")
    assert data.knowledge.grammar.words == {}


def test_silver_is_shown_at_home_with_the_labels_that_home_would_give() -> None:
    chosen = replace(SETTINGS, tokenizer="kiwi", silver_at_home=0.999, without_stop=0.0)
    made = {"tiny": SENTENCES, "silver": silver_sentences(["저 사람은 새 책을 읽는다."])}
    data = prepare(made, KiwiTokenizer(), chosen, silver=["silver"])
    trainer = Trainer(make_network(data.vocabulary, chosen), data, chosen)
    (silver,) = (example for example in data.examples if example.corpus in data.silver)
    (shown,) = trainer._changed([silver])
    assert shown.corpus == data.target_corpus != silver.corpus
    symbol = data.vocabulary.labels.symbol
    kept = {symbol(label) for label in shown.labels.tolist() if label != IGNORED}
    assert "B-NNG" in kept and kept < {symbol(label) for label in silver.labels.tolist()}
    tags = data.knowledge.tags["tiny"]
    assert all(tag in tags for label in kept for tag in UNITS["syllable"].tags(label))


def test_the_last_epochs_belong_to_the_first_corpus() -> None:
    chosen = replace(SETTINGS, home_epochs=1, home_repeats=2, others_at_home=0.4, without_stop=0.0)
    trainer = trainer_for(chosen, home=SENTENCES[:5], other=SENTENCES[5:])
    first = [example for batch in trainer._batches() for example in batch]
    abroad = trainer._learning_rate(0.0), trainer._learning_rate(0.99)
    trainer.epoch = chosen.epochs - 1
    last = [example for batch in trainer._batches() for example in batch]
    at_home = trainer._learning_rate(0.0), trainer._learning_rate(0.99)
    home = [example.corpus == trainer.data.target_corpus for example in last]
    assert len(first) == 5 + len(SENTENCES) and sum(home) == 10
    assert len(home) - sum(home) == round(0.4 * len(SENTENCES[5:]))
    assert at_home[0] == pytest.approx(chosen.learning_rate / 2) and at_home[1] < at_home[0]
    assert abroad[1] < chosen.learning_rate
    with pytest.raises(TaggerError, match="home_epochs"):
        replace(SETTINGS, home_epochs=SETTINGS.epochs + 1)
