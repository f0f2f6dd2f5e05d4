from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import corpora
from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.labeling.units import UNITS
from tagger.model.batches import IGNORED, MOST_SOFT, make_batch, soft_targets
from tagger.model.network import Scores, as_tensors
from tagger.text.segmentation import segment
from tagger.tokenizer.make import make_tokenizer
from tagger.training.data import prepare
from tagger.training.distillation import Teachers
from tagger.training.settings import Settings
from tagger.training.trainer import Trainer, loss_of, make_network
from tagger.vocabulary import Symbols
from tests.conftest import CORPUS

GOLD = corpora.read(CORPUS).sentences
UNLABELLED = [segment("나 밥 봤다."), segment("친구와 방에 들어가신다")]
SETTINGS = Settings(hidden=16, epochs=2, batch_size=40, seed=5)


@pytest.fixture
def teachers(tiny_tagger: Tagger) -> Teachers:
    return Teachers([tiny_tagger, tiny_tagger], UNITS["syllable"])


def test_an_opinion_is_the_mean_of_what_teachers_say(
    teachers: Teachers, tiny_tagger: Tagger
) -> None:
    for sentence, opinion in zip(
        UNLABELLED, teachers.ask(UNLABELLED, "elsewhere", is_target=True), strict=True
    ):
        assert opinion is not None
        assert len(opinion.labels) == sum(len(token.surface) for token in sentence.tokens)
        assert all(0 < sum(place.values()) <= 1.001 for place in opinion.labels)
    [first, _] = teachers.ask(UNLABELLED, "elsewhere", is_target=True)
    one_teacher = Teachers([tiny_tagger], UNITS["syllable"])
    [alone, _] = one_teacher.ask(UNLABELLED, "elsewhere", is_target=True)
    assert first is not None and alone is not None
    for both, one in zip(first.labels, alone.labels, strict=True):
        assert both == pytest.approx(one)


def test_only_those_who_know_a_corpus_speak_of_it(teachers: Teachers, tiny_tagger: Tagger) -> None:
    assert teachers.ask(UNLABELLED, "elsewhere", is_target=False) == [None, None]
    known = teachers.ask(UNLABELLED, tiny_tagger.bundle.corpus, is_target=False)
    assert None not in known


def test_a_teacher_of_another_unit_is_refused(tiny_tagger: Tagger) -> None:
    with pytest.raises(TaggerError, match="labels every syllable, not every morpheme"):
        Teachers([tiny_tagger], UNITS["morpheme"])


def test_the_likeliest_choices_become_weights_that_add_up() -> None:
    symbols = Symbols(["a", "b", "c", "d", "e"], unknown=False)
    many = {"a": 0.1, "b": 0.3, "c": 0.05, "d": 0.2, "e": 0.15, "elsewhere": 0.2}
    targets = soft_targets([many, {}, {"elsewhere": 1.0}], symbols)
    assert targets.indices[0].tolist() == [1, 3, 4, 0] and targets.indices.shape == (3, MOST_SOFT)
    assert targets.weights[0].tolist() == pytest.approx([0.4, 0.8 / 3, 0.2, 0.4 / 3])
    assert targets.weights[1:].sum() == 0


def test_unlabelled_text_is_learnt_from_teachers_alone(teachers: Teachers) -> None:
    tokenizer = make_tokenizer("kiwi")
    data = prepare({"tiny": GOLD}, tokenizer, SETTINGS, teachers, UNLABELLED)
    plain = prepare({"tiny": GOLD}, tokenizer, SETTINGS)
    assert len(data.examples) == len(plain.examples) + len(UNLABELLED)
    assert data.vocabulary.labels == plain.vocabulary.labels
    assert data.knowledge.restorer == plain.knowledge.restorer
    assert data.restorations == plain.restorations
    for example in data.examples[-len(UNLABELLED) :]:
        assert (example.labels == IGNORED).all() and example.soft_labels is not None
        assert (example.soft_labels.weights.sum(1) > 0.99).any()
    trainer = Trainer(make_network(data.vocabulary, SETTINGS), data, SETTINGS)
    losses = [progress.loss for progress in trainer.train() if progress.epoch_ends]
    assert losses[1] < losses[0]


def test_certain_teachers_who_agree_with_gold_change_nothing() -> None:
    data = prepare({"tiny": GOLD}, make_tokenizer("none"), SETTINGS)
    labels = data.vocabulary.labels
    sure = [
        replace(
            example,
            soft_labels=soft_targets(
                [{labels.symbol(i): 1.0} if i != IGNORED else {} for i in example.labels], labels
            ),
        )
        for example in data.examples[:3]
    ]
    batches = [
        as_tensors(make_batch(e, data.vocabulary.inputs), torch.device("cpu"))
        for e in (data.examples[:3], sure)
    ]
    torch.manual_seed(0)
    scores = Scores(torch.randn(*batches[0].labels.shape, len(labels)), torch.zeros(3, 1, 0))
    chosen = replace(SETTINGS, label_smoothing=0.0, upos_weight=0.0)
    gold, both = (loss_of(*scores, batch, chosen) for batch in batches)
    assert torch.allclose(gold, both)
    other = replace(chosen, teacher_weight=1.0)
    assert torch.allclose(gold, loss_of(*scores, batches[1], other))
