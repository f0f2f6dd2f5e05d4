"""Training: the loop as a generator that knows neither files nor metrics, and the parts
around it: data, checkpoint, and the choice of the best epoch.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, cycle, islice, repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional

from tagger.architecture import CELLS, ColumnConfig, NetworkConfig
from tagger.bundle import Bundle, TokenizerInfo
from tagger.errors import TaggerError, system_error
from tagger.features import (
    IGNORED,
    UNITS,
    Batch,
    Example,
    Indices,
    Taught,
    index_example,
    make_batch,
    make_examples,
    meaning_column,
    neighbours,
    open_labels,
    shown,
    taught,
    with_lexicon,
)
from tagger.files import whole_file
from tagger.labels import RESTORED
from tagger.lexicon import COLUMNS as LEXICON_COLUMNS
from tagger.lexicon import NO_LEXICON, Lexicon
from tagger.meanings import PARTS
from tagger.morphology import Sentence, count_tags
from tagger.network import TaggerNetwork, as_tensors, saved_weights
from tagger.ranks import Ranks
from tagger.restoration import Restorer
from tagger.seal import OPEN_SEAL, check_seal, sealed
from tagger.segmentation import LONGEST_PART, cut_sentence
from tagger.tagsets import settled_upos
from tagger.teaching import Opinion, Teachers
from tagger.tokenizer import TOKENIZERS, Tokenizer
from tagger.torchtext_parts import bucket
from tagger.vocabulary import Vocabulary, build_inputs, build_outputs
from tagger.writer import Restoration


@dataclass(frozen=True)
class ColumnSettings:
    """An input column: width of its embedding (0: there is none), how often a symbol must be
    seen to be listed, and how often training replaces it by the unknown one."""

    width: int
    minimum_count: int = 1
    drop: float = 0.0


_LEXICON = {
    name: ColumnSettings(width, 3, 0.05)
    for name, width in zip(LEXICON_COLUMNS, (24, 8, 8, 16), strict=True)
}
_MEANING = {meaning_column(part): ColumnSettings(12, 1, 0.05) for part in range(PARTS)}

_COLUMNS = {
    "syllable": {
        "syllable": ColumnSettings(128, 1, 0.05),
        "left_bigram": ColumnSettings(64, 2, 0.15),
        "right_bigram": ColumnSettings(64, 2, 0.15),
        "hint": ColumnSettings(96, 1, 0.04),
        "hint_2": ColumnSettings(96, 1, 0.04),
        "boundary": ColumnSettings(16),
        "noun_begins": ColumnSettings(24, 3, 0.05),
        "noun_ends": ColumnSettings(24, 3, 0.05),
        **_MEANING,
        **_LEXICON,
    },
    "morpheme": {
        "form": ColumnSettings(128, 2, 0.15),
        "previous_form": ColumnSettings(32, 3, 0.15),
        "next_form": ColumnSettings(32, 3, 0.15),
        "first_syllable": ColumnSettings(48, 1, 0.05),
        "first_syllables": ColumnSettings(48, 2, 0.15),
        "last_syllable": ColumnSettings(48, 1, 0.05),
        "last_syllables": ColumnSettings(48, 2, 0.15),
        "hint": ColumnSettings(96, 1, 0.04),
        "boundary": ColumnSettings(16),
        **_MEANING,
    },
}


PRECISIONS = ("float32", "bfloat16")
SELECTABLE = ("eojeol", "morpheme_f1", "segmentation_f1", "xpos", "upos", "lemma", "epoch")


@dataclass(frozen=True)
class Settings:
    """Everything that decides the outcome of a training run, beside the corpora.

    `batch_size` counts steps (syllables or morphemes), padding included. The rate rises
    over the first 3 % of the run to `learning_rate` and falls on a cosine. The best epoch is
    the one with the highest dev score `select` (`epoch`: the last one); with `early_stop` the
    run ends after so many epochs without a better one. An epoch sees the first corpus, whose
    conventions the model is to write, `home_repeats` times and the others once.
    `without_stop` is the share of sentences that are also seen without their final stop, as
    in chats and headlines. Of what teachers say of gold sentences, `teacher_weight` counts
    and gold the rest.
    `columns` changes `ColumnSettings` by column name. `precision` bfloat16 halves the time
    on devices that have it (`network.trains_in`).
    """

    unit: str = "syllable"
    tokenizer: str = "kiwi"
    cell: str = "lstm"
    layers: int = 2
    hidden: int = 256
    directions: int = 2
    dropout: float = 0.33
    epochs: int = 16
    batch_size: int = 500
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.03
    upos_weight: float = 0.5
    gradient_norm: float = 5.0
    home_repeats: int = 1
    without_stop: float = 0.1
    early_stop: int = 0
    select: str = "eojeol"
    teacher_weight: float = 0.5
    precision: str = "float32"
    seed: int = 1
    columns: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def column_settings(self) -> dict[str, ColumnSettings]:
        """The unit's input columns, with what `columns` changes of them."""
        changed = {
            name: replace(default, **self.columns.get(name, {}))  # type: ignore[arg-type]
            for name, default in _COLUMNS[self.unit].items()
        }
        return {name: column for name, column in changed.items() if column.width}

    def __post_init__(self) -> None:
        """Raises TaggerError, naming the setting, if a value cannot be trained with."""
        choices = {
            "unit": tuple(UNITS),
            "tokenizer": TOKENIZERS,
            "cell": tuple(CELLS),
            "directions": (1, 2),
            "precision": PRECISIONS,
            "select": SELECTABLE,
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise TaggerError(
                    f"{name} cannot be {getattr(self, name)!r}",
                    remedy=f"use one of {', '.join(map(str, allowed))}",
                )
        for name in (
            "layers",
            "hidden",
            "epochs",
            "batch_size",
            "learning_rate",
            "home_repeats",
        ):
            if not getattr(self, name) > 0:
                raise TaggerError(f"{name} must be more than 0")
        for name in ("dropout", "label_smoothing", "without_stop"):
            if not 0 <= getattr(self, name) < 1:
                raise TaggerError(f"{name} must be at least 0 and less than 1")
        if not 0 <= self.seed < 1 << 63:
            raise TaggerError("seed must be at least 0 and less than 2 to the power of 63")
        known = _COLUMNS[self.unit]
        for name, changes in self.columns.items():
            if name not in known or not set(changes) <= set(ColumnSettings.__annotations__):
                raise TaggerError(
                    f"the {self.unit} unit has no input column {name!r} with {list(changes)}",
                    remedy=f"its columns are {', '.join(known)}",
                )


WARM_UP = 0.03


@dataclass(frozen=True)
class TrainingData:
    """Indexed examples of all corpora, the vocabulary made from them, the index of the
    corpus whose conventions the model is to write, and the restorations of all."""

    vocabulary: Vocabulary
    examples: tuple[Indices, ...]
    home: int
    restorations: tuple[Restoration, ...]


def prepare(
    corpora: Mapping[str, Sequence[Sentence]],
    tokenizer: Tokenizer,
    settings: Settings,
    teachers: Teachers | None = None,
    unlabelled: Sequence[Sentence] = (),
) -> TrainingData:
    """The sentences of each named corpus, analysed for hints, as examples with indices.

    The first corpus is the one whose conventions the model is to write. Sentences without
    any gold label are left out. `unlabelled` ones are learned from `teachers` alone, in
    the conventions of the first corpus; they also have a say in the others. Raises
    TaggerError if no sentence is left.
    """
    unit = UNITS[settings.unit]
    examples: list[Example] = []
    learnt_from = 0  # the first so many are what the lexicon learns from
    opinions: list[Opinion | None] = []
    origins: list[str] = []
    generator = random.Random(settings.seed)
    home = next(iter(corpora))
    for name, whole in corpora.items():
        gold = [p.sentence for sentence in whole for p in cut_sentence(sentence, LONGEST_PART)]
        stopless = [sentence for sentence in map(without_stop, gold) if sentence]
        count = round(settings.without_stop * len(stopless))
        sentences = [*gold, *generator.sample(stopless, count)]
        asked: Iterable[Opinion | None] = repeat(None, len(sentences))
        if teachers:
            asked = teachers.ask(sentences, name, home=name == home)
        made = make_examples(sentences, tokenizer, unit)
        for place, (example, opinion) in enumerate(zip(made, asked, strict=True)):
            if any(label is not None for label in example.labels):
                examples.append(example)
                opinions.append(opinion)
                origins.append(name)
                learnt_from += name == home and place < len(gold)
    if not examples:
        raise TaggerError(
            f"no sentence gives a {unit.name} a label",
            remedy="check the corpora, or train with another --unit or --tokenizer",
        )
    columns = settings.column_settings()
    lexicon = NO_LEXICON
    if columns.keys() & set(LEXICON_COLUMNS):
        seen = chain.from_iterable(map(shown, examples[:learnt_from]))
        lexicon = Lexicon.learn(token for token in seen if token)
        examples = [
            with_lexicon(example, lexicon, learnt_from=origin == home)
            for example, origin in zip(examples, origins, strict=True)
        ]
    restorer = Restorer.learn(
        (step.form, label)
        for example in examples
        for step, label in zip(chain.from_iterable(example.steps), example.labels, strict=True)
        if label is not None
    )
    labels = build_outputs(open_labels(example, restorer) for example in examples)
    upos = build_outputs(example.upos for example in examples)
    if teachers and unlabelled:
        examples += make_examples(unlabelled, tokenizer, unit, lexicon)
        opinions += teachers.ask(unlabelled, home, home=True)
        origins += [home] * len(unlabelled)
    inputs = {
        name: [example.columns[name] for example in examples]
        for name in columns
        if name in examples[0].columns
    }
    # a column that always says the same says nothing, but there must be one
    inputs = {
        name: said
        for name, said in inputs.items()
        if name == next(iter(inputs)) or len(set(chain(*said))) > 1
    }
    vocabulary = Vocabulary(
        build_inputs(inputs, {name: column.minimum_count for name, column in columns.items()}),
        labels,
        upos,
        build_outputs([[name] for name in corpora]),
        restorer,
        {name: tuple(sorted(count_tags(sentences))) for name, sentences in corpora.items()},
        lexicon.kept() if inputs.keys() & set(LEXICON_COLUMNS) else NO_LEXICON,
        {name: found for name, whole in corpora.items() if (found := settled_upos(_tags(whole)))},
    )
    return TrainingData(
        vocabulary,
        tuple(
            index_example(
                example,
                vocabulary,
                vocabulary.corpora.index(origin),
                *(_as_targets(opinion, example, vocabulary) if opinion else ()),
            )
            for example, opinion, origin in zip(examples, opinions, origins, strict=True)
        ),
        vocabulary.corpora.index(home),
        tuple(
            restoration
            for example, origin in zip(examples, origins, strict=True)
            for restoration in restorations(example, origin)
        ),
    )


def _tags(sentences: Iterable[Sentence]) -> Iterator[tuple[str, str | None]]:
    """XPOS and UPOS of each token that has an analysis."""
    for sentence in sentences:
        for token in sentence.tokens:
            if token.morphemes:
                yield token.xpos, token.upos


def restorations(example: Example, corpus: str) -> Iterator[Restoration]:
    """What the gold labels of an example of that corpus restore."""
    given = iter(example.labels)
    for steps in example.steps:
        for step, (before, after), label in zip(steps, neighbours(steps), given, strict=False):
            shape, arrow, text = (label or "").partition(RESTORED)
            if arrow:
                yield Restoration(corpus, before, step.form, after, shape, text)


def _as_targets(
    opinion: Opinion, example: Example, vocabulary: Vocabulary
) -> tuple[Taught, Taught]:
    """The opinion on labels and UPOS in the vocabulary's indices, its labels opened."""
    opened: list[dict[str, float]] = []
    steps = (step for token_steps in example.steps for step in token_steps)
    for step, choices in zip(steps, opinion.labels, strict=True):
        by_label: dict[str, float] = {}
        for label, probability in choices.items():
            name = vocabulary.restorer.open(label, step.form, step.analyses)
            by_label[name] = by_label.get(name, 0.0) + probability
        opened.append(by_label)
    upos = opinion.upos or [{} for _ in example.upos]
    return taught(opened, vocabulary.labels), taught(upos, vocabulary.upos)


def without_stop(sentence: Sentence) -> Sentence | None:
    """The sentence without its final stop, None if it has none or nothing else."""
    *tokens, last = sentence.tokens
    if not tokens or last.surface not in (".", "?", "!") or last.end != len(sentence.text):
        return None
    return replace(sentence, text=sentence.text[: last.start].rstrip(), tokens=tuple(tokens))


def make_network(vocabulary: Vocabulary, settings: Settings) -> TaggerNetwork:
    """A new network for this vocabulary, initialised from the seed."""
    columns = settings.column_settings()
    config = NetworkConfig(
        {
            name: ColumnConfig(len(symbols), columns[name].width, columns[name].drop)
            for name, symbols in vocabulary.inputs.items()
        },
        labels=len(vocabulary.labels),
        upos=len(vocabulary.upos),
        corpora=len(vocabulary.corpora),
        cell=settings.cell,
        layers=settings.layers,
        hidden=settings.hidden,
        directions=settings.directions,
        dropout=settings.dropout,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return TaggerNetwork(config)


class Progress(NamedTuple):
    """After a step of training: where it is, counted from 1. `loss` is the mean over the
    epoch's steps so far."""

    epoch: int
    step: int
    steps: int
    loss: float
    learning_rate: float
    epoch_ends: bool


class Trainer:
    """The network with its optimizer and its place in the run.

    The order of batches depends on seed and epoch alone, and dropout on a random state of
    the trainer's own, so a trainer restored from a checkpoint goes on exactly as if it had
    never stopped (on the CPU with the same number of threads).

    Where several processes train together (`ranks`), a step takes a batch for each.
    """

    def __init__(
        self,
        network: TaggerNetwork,
        data: TrainingData,
        settings: Settings,
        device: str = "cpu",
        ranks: Ranks | None = None,
    ) -> None:
        self.device = torch.device(device)
        self.ranks = ranks or Ranks()
        self.network = network.to(self.device)
        self.data = data
        self.settings = settings
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.epoch = 0  # finished epochs
        self.step = 0  # finished steps of the epoch under way
        self.loss = 0.0  # their mean loss
        self.random = torch.Generator().manual_seed(settings.seed).get_state()

    def train(self) -> Iterator[Progress]:
        """Train to the last epoch, one progress a step.

        Raises TaggerError if the loss is no longer a number.
        """
        while self.epoch < self.settings.epochs:
            batches = self._own_batches()
            for batch in batches[self.step :]:
                rate = self._learning_rate(self.step / len(batches))
                loss = self._learn(batch, rate)
                self.step += 1
                self.loss += (loss - self.loss) / self.step
                done = Progress(
                    self.epoch + 1,
                    self.step,
                    len(batches),
                    self.loss,
                    rate,
                    self.step == len(batches),
                )
                if done.epoch_ends:
                    self.epoch, self.step, self.loss = self.epoch + 1, 0, 0.0
                yield done

    def _own_batches(self) -> list[list[Indices]]:
        """The epoch's batches that fall to this process, as many as to each other one."""
        batches = list(self._batches())
        missing = -len(batches) % self.ranks.count
        return [*batches, *islice(cycle(batches), missing)][self.ranks.index :: self.ranks.count]

    def _batches(self) -> Iterator[list[Indices]]:
        generator = random.Random(f"{self.settings.seed}-{self.epoch}")
        home = [
            example
            for example in self.data.examples
            if example.corpus == self.data.home and (example.labels != IGNORED).any()
        ]
        examples = [*self.data.examples, *home * (self.settings.home_repeats - 1)]
        return bucket(examples, self.settings.batch_size, generator)

    def _learning_rate(self, part_of_epoch: float) -> float:
        done = (self.epoch + part_of_epoch) / self.settings.epochs
        if done < WARM_UP:
            factor = done / WARM_UP
        else:
            factor = (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))) / 2
        return self.settings.learning_rate * max(factor, 1e-3)

    def _learn(self, examples: Sequence[Indices], rate: float) -> float:
        """One step of the optimizer; its loss."""
        with torch.random.fork_rng(devices=[]):
            if self.ranks.index == 0:
                torch.set_rng_state(self.random)
            else:  # the checkpoint keeps the first one's state alone
                place = f"{self.settings.seed}-{self.ranks.index}-{self.epoch}-{self.step}"
                torch.manual_seed(zlib.crc32(place.encode()))
            loss = self._loss(examples)
            self.random = torch.get_rng_state()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        loss = loss.detach()
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        self.ranks.mean([*gradients, loss])
        if not math.isfinite(loss.item()):
            raise self._diverged("loss is no longer a number", self.epoch + 1)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        return loss.item()

    def check_weights(self) -> None:
        """Raises TaggerError if a weight is no longer a number that a model can hold."""
        largest = torch.finfo(torch.float16).max
        for weights in self.network.parameters():
            if not (weights.detach().abs() <= largest).all():
                raise self._diverged(
                    "weights have grown out of bounds", self.epoch + bool(self.step)
                )

    def _diverged(self, how: str, epoch: int) -> TaggerError:
        return TaggerError(
            f"the {how} in epoch {epoch}",
            remedy="train again with a smaller --learning-rate; earlier checkpoints are kept",
        )

    def _loss(self, examples: Sequence[Indices]) -> Tensor:
        self.network.train()
        batch = as_tensors(make_batch(examples, self.data.vocabulary.inputs), self.device)
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.settings.precision == "bfloat16"
        ):
            scores = self.network(batch)
        return loss_of(scores.labels.float(), scores.upos.float(), batch, self.settings)

    def tensors(self) -> dict[str, Tensor]:
        """The state of the run: weights, optimizer and random generator."""
        state = {f"network.{name}": t for name, t in self.network.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{index}.{name}": t for name, t in moments.items()}
        return state | {"random": self.random}

    def restore(self, state: Mapping[str, Tensor], place: Mapping[str, Any]) -> None:
        """Go on from `tensors()` of a trainer of the same settings and data."""
        weights: dict[str, Tensor] = {}
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in state.items():
            kind, _, rest = name.partition(".")
            if kind == "network":
                weights[rest] = tensor
            elif kind == "optimizer":
                index, _, moment = rest.partition(".")
                moments.setdefault(int(index), {})[moment] = tensor
        self.network.load_state_dict(weights)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.random = state["random"]
        self.epoch, self.step, self.loss = place["epoch"], place["step"], place["loss"]


def bundle_of(
    trainer: Trainer, tokenizer: Tokenizer, corpus: str, known_eojeols: numpy.ndarray
) -> Bundle:
    """The network as it is now, as a model that writes the conventions of that corpus."""
    return Bundle(
        UNITS[trainer.settings.unit],
        TokenizerInfo(tokenizer.name, tokenizer.version),
        trainer.data.vocabulary,
        trainer.network.config,
        saved_weights(trainer.network),
        corpus,
        known_eojeols,
        asdict(trainer.settings),
    )


def loss_of(
    label_scores: Tensor, upos_scores: Tensor, batch: Batch[Tensor], settings: Settings
) -> Tensor:
    """Cross-entropy of the labels plus, weighted, of the UPOS; ignored targets do not count.

    Shape: label_scores `[batch, length, labels]`, upos_scores `[batch, tokens, upos]`.
    """
    label_loss = _cross_entropy(label_scores, batch.labels, batch.taught_labels, settings)
    upos_loss = _cross_entropy(upos_scores, batch.upos, batch.taught_upos, settings)
    return label_loss + settings.upos_weight * upos_loss


def _cross_entropy(
    scores: Tensor, gold: Tensor, taught: tuple[Tensor, Tensor] | None, settings: Settings
) -> Tensor:
    """The mean over the places that have a target; where gold and teachers speak, both count.

    Shape: scores `[batch, places, symbols]`, gold `[batch, places]`.
    """
    has_gold = gold != IGNORED
    if taught is None:
        if not has_gold.any():
            return scores.sum() * 0.0
        return functional.cross_entropy(
            scores[has_gold], gold[has_gold], label_smoothing=settings.label_smoothing
        )
    indices, weights = taught
    is_taught = weights.sum(-1) > 0
    wanted = has_gold | is_taught
    if not wanted.any():
        return scores.sum() * 0.0
    scores, gold, has_gold, is_taught = (t[wanted] for t in (scores, gold, has_gold, is_taught))
    from_gold = functional.cross_entropy(
        scores,
        gold,
        ignore_index=IGNORED,
        reduction="none",
        label_smoothing=settings.label_smoothing,
    )
    log_probabilities = scores.log_softmax(-1).gather(-1, indices[wanted])
    from_teachers = -(weights[wanted] * log_probabilities).sum(-1)
    trust = torch.where(has_gold, settings.teacher_weight, 1.0) * is_taught
    return ((1 - trust) * from_gold + trust * from_teachers).mean()


@dataclass
class History:
    """The epochs so far, with their dev scores, and which was the best."""

    select: str
    epochs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, epoch: Mapping[str, Any]) -> bool:
        """Record an epoch; whether it is the best so far."""
        best = self.best
        self.epochs.append(dict(epoch))
        return best is None or self._score(epoch) > self._score(best)

    @property
    def best(self) -> dict[str, Any] | None:
        """The epoch of the best score, the first if several have it."""
        return max(self.epochs, key=self._score, default=None)

    def stale(self) -> int:
        """How many epochs have passed since the best."""
        if self.best is None:
            return 0
        return len(self.epochs) - 1 - self.epochs.index(self.best)

    def _score(self, epoch: Mapping[str, Any]) -> float:
        score = epoch.get(self.select)
        return -math.inf if score is None else score


def fingerprint(settings: Settings, data: TrainingData) -> str:
    """Tells runs apart: a checkpoint belongs to one set of settings and examples."""
    digest = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
    digest.update(json.dumps(data.vocabulary.to_json(), sort_keys=True).encode())
    for example in data.examples:
        digest.update(example.columns.tobytes())
        digest.update(example.labels.tobytes())
        for taught_places in (example.taught_labels, example.taught_upos):
            if taught_places:
                digest.update(taught_places.indices.tobytes())
                digest.update(taught_places.weights.tobytes())
    return digest.hexdigest()


def save_checkpoint(path: Path, trainer: Trainer, history: History, fingerprint: str) -> None:
    """Write the whole state of a run to one file; the old one stays until it is whole."""
    place = {
        "fingerprint": fingerprint,
        "epoch": trainer.epoch,
        "step": trainer.step,
        "loss": trainer.loss,
        "history": history.epochs,
    }
    metadata = {"place": json.dumps(place), **OPEN_SEAL}
    with whole_file(path) as stream:
        stream.write(sealed(safetensors.torch.save(trainer.tensors(), metadata)))


def load_checkpoint(path: Path, trainer: Trainer, history: History, fingerprint: str) -> None:
    """Bring trainer and history to where the checkpoint was written.

    Raises TaggerError if the file is damaged or belongs to other settings or corpora.
    """
    try:
        check_seal(path)
        with safetensors.safe_open(path, "pt") as file:
            place = json.loads(file.metadata()["place"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise system_error(error, path) from None
    except (SafetensorError, ValueError, KeyError, TypeError):
        raise TaggerError(
            "this checkpoint is damaged", where=path, remedy="start again with --overwrite"
        ) from None
    if place["fingerprint"] != fingerprint:
        raise TaggerError(
            "this checkpoint is from a run with other settings or corpora",
            where=path,
            remedy="resume with the same ones, or start again with --overwrite",
        )
    trainer.restore(state, place)
    history.epochs[:] = place["history"]
