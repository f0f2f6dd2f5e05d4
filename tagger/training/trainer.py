"""The training loop: a generator that knows neither files nor metrics."""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import cycle, islice
from typing import Any, NamedTuple

import numpy
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tagger.errors import TaggerError
from tagger.labeling.step import MEANING, hint_column
from tagger.labeling.units import UNITS
from tagger.model.batches import (
    IGNORED,
    Batch,
    Indices,
    make_batch,
)
from tagger.model.bundle import Bundle, TokenizerInfo
from tagger.model.config import ColumnConfig, NetworkConfig
from tagger.model.network import TaggerNetwork, as_tensors, saved_weights
from tagger.tokenizer.base import Tokenizer
from tagger.training.augmentation.silver import trusted_labels
from tagger.training.batching import bucket
from tagger.training.data import TrainingData
from tagger.training.distributed import Ranks
from tagger.training.settings import Settings
from tagger.vocabulary import UNKNOWN_INDEX, Vocabulary

WARM_UP = 0.03

HOME_RATE = 0.5
"""Of the learning rate, at the beginning of the epochs at home."""


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
        self._average = _moving_average(self.network, settings.average_steps)
        self.epoch = 0  # finished epochs
        self.step = 0  # finished steps of the epoch under way
        self.loss = 0.0  # their mean loss
        self.random = torch.Generator().manual_seed(settings.seed).get_state()
        said = [name.startswith((hint_column(0), MEANING)) for name in data.vocabulary.inputs]
        self._hints = numpy.flatnonzero(said)  # the columns with what the tokenizer says
        self._trusted = trusted_labels(data) if data.silver else numpy.ones(0, dtype=bool)

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
        of_target = [
            example
            for example in self.data.examples
            if example.corpus == self.data.target_corpus and (example.labels != IGNORED).any()
        ]
        others = self.data.examples
        if self._is_at_home():
            target = self.data.target_corpus
            others = tuple(example for example in others if example.corpus != target)
            count = round(self.settings.others_at_home * len(others))
            others = (*of_target, *generator.sample(others, count))
        examples = [*others, *of_target * (self.settings.home_repeats - 1)]
        return bucket(examples, self.settings.batch_size, generator)

    def _is_at_home(self) -> bool:
        """Whether this is one of the last epochs, which belong to the first corpus."""
        return self.epoch >= self.settings.epochs - self.settings.home_epochs

    def _learning_rate(self, part_of_epoch: float) -> float:
        home = self.settings.home_epochs
        abroad = self.settings.epochs - home
        if self._is_at_home():
            done = (self.epoch - abroad + part_of_epoch) / home
            factor = HOME_RATE * (1 + math.cos(math.pi * done)) / 2
            return self.settings.learning_rate * max(factor, 1e-3)
        done = (self.epoch + part_of_epoch) / abroad
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
            loss = self._loss(self._changed(examples))
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
        if self._average:
            self._average.update_parameters(self.network)
        return loss.item()

    def _changed(self, examples: Sequence[Indices]) -> Sequence[Indices]:
        """The examples with the hints of some tokens hidden, and some of silver at home."""
        settings = self.settings
        if not settings.without_hints and not settings.silver_at_home:
            return examples
        place = f"{settings.seed}-{self.ranks.index}-{self.epoch}-{self.step}"
        generator = numpy.random.default_rng(zlib.crc32(place.encode()))
        return [self._at_home(self._without_hints(each, generator), generator) for each in examples]

    def _without_hints(self, example: Indices, generator: numpy.random.Generator) -> Indices:
        hidden = generator.random(len(example.first)) < self.settings.without_hints
        if not hidden.any():
            return example
        steps = numpy.repeat(hidden, example.last - example.first + 1)
        columns = example.columns.copy()
        columns[self._hints[:, None], numpy.flatnonzero(steps)] = UNKNOWN_INDEX
        return replace(example, columns=columns)

    def _at_home(self, example: Indices, generator: numpy.random.Generator) -> Indices:
        is_silver = example.corpus in self.data.silver
        share = 0.0 if self._is_at_home() else self.settings.silver_at_home
        if not is_silver or generator.random() >= share:
            return example
        labels = numpy.where(self._trusted[example.labels], example.labels, IGNORED)
        return replace(example, corpus=self.data.target_corpus, labels=labels)

    @property
    def trained(self) -> nn.Module:
        """The network that a model gets: as it is now, or averaged over the last steps."""
        return self._average.module if self._average else self.network

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
        """The state of the run: weights, their average, optimizer and random generator."""
        state = {f"network.{name}": t for name, t in self.network.state_dict().items()}
        if self._average:
            state |= {f"average.{name}": t for name, t in self._average.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{index}.{name}": t for name, t in moments.items()}
        return state | {"random": self.random}

    def restore(self, state: Mapping[str, Tensor], place: Mapping[str, Any]) -> None:
        """Go on from `tensors()` of a trainer of the same settings and data."""
        weights: dict[str, Tensor] = {}
        average: dict[str, Tensor] = {}
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in state.items():
            kind, _, rest = name.partition(".")
            if kind == "network":
                weights[rest] = tensor
            elif kind == "average":
                average[rest] = tensor
            elif kind == "optimizer":
                index, _, moment = rest.partition(".")
                moments.setdefault(int(index), {})[moment] = tensor
        self.network.load_state_dict(weights)
        if self._average:
            self._average.load_state_dict(average)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.random = state["random"]
        self.epoch, self.step, self.loss = place["epoch"], place["step"], place["loss"]


def _moving_average(network: TaggerNetwork, steps: int) -> AveragedModel | None:
    """The network averaged over about so many steps from here on, None for no steps."""
    if not steps:
        return None
    mean = get_ema_multi_avg_fn(1 - 1 / steps)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=mean)


def bundle_of(
    trainer: Trainer, tokenizer: Tokenizer, corpus: str, known_eojeols: numpy.ndarray
) -> Bundle:
    """The network as it is now, as a model that writes the conventions of that corpus."""
    return Bundle(
        UNITS[trainer.settings.unit],
        TokenizerInfo(tokenizer.name, tokenizer.version),
        trainer.data.vocabulary,
        trainer.data.knowledge,
        trainer.network.config,
        saved_weights(trainer.trained),
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
    label_loss = _cross_entropy(label_scores, batch.labels, batch.soft_labels, settings)
    upos_loss = _cross_entropy(upos_scores, batch.upos, batch.soft_upos, settings)
    return label_loss + settings.upos_weight * upos_loss


def _cross_entropy(
    scores: Tensor, gold: Tensor, soft_targets: tuple[Tensor, Tensor] | None, settings: Settings
) -> Tensor:
    """The mean over the places that have a target; where gold and teachers speak, both count.

    Shape: scores `[batch, places, symbols]`, gold `[batch, places]`.
    """
    has_gold = gold != IGNORED
    if soft_targets is None:
        if not has_gold.any():
            return scores.sum() * 0.0
        return functional.cross_entropy(
            scores[has_gold], gold[has_gold], label_smoothing=settings.label_smoothing
        )
    indices, weights = soft_targets
    is_soft = weights.sum(-1) > 0
    wanted = has_gold | is_soft
    if not wanted.any():
        return scores.sum() * 0.0
    scores, gold, has_gold, is_soft = (t[wanted] for t in (scores, gold, has_gold, is_soft))
    from_gold = functional.cross_entropy(
        scores,
        gold,
        ignore_index=IGNORED,
        reduction="none",
        label_smoothing=settings.label_smoothing,
    )
    log_probabilities = scores.log_softmax(-1).gather(-1, indices[wanted])
    from_teachers = -(weights[wanted] * log_probabilities).sum(-1)
    trust = torch.where(has_gold, settings.teacher_weight, 1.0) * is_soft
    return ((1 - trust) * from_gold + trust * from_teachers).mean()
