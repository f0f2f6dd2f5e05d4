"""`study cells`: the tagger trained with each cell, direction and depth on the same budget."""

from __future__ import annotations

import json
import math
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from itertools import islice, product
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any, NamedTuple

import numpy
import torch

from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.model import folder as model_folder
from tagger.model.bundle import digest_eojeols
from tagger.study.step import NAMES
from tagger.system.concurrency import serve_parent
from tagger.system.files import make_folder, whole_text
from tagger.text.sentence import Sentence
from tagger.tokenizer.base import Tokenizer
from tagger.tokenizer.make import make_tokenizer
from tagger.training import cache
from tagger.training.checkpoint import fingerprint
from tagger.training.data import TrainingData
from tagger.training.settings import Settings
from tagger.training.trainer import Trainer, bundle_of, make_network

SCORES = ("eojeol", "morpheme_f1", "xpos")
ENGINES = ("float32", "int8")

RESULT = "result.json"
ROUNDS = 3
STEPS = 10
"""Training steps, of each variant and round, that say how long an epoch takes."""

Evaluate = Callable[[Tagger, Sequence[Sentence]], Mapping[str, float | None]]
"""The dev scores of a tagger in percent, by name."""


class Variant(NamedTuple):
    """A way to build the recurrent part of the tagger."""

    cell: str
    directions: int
    layers: int

    def __str__(self) -> str:
        sides = "one direction" if self.directions == 1 else "two directions"
        return f"{NAMES[self.cell]}, {sides}, {self.layers} layer{'s'[: self.layers > 1]}"

    def of(self, settings: Settings) -> Settings:
        """The settings with this variant's cell, directions and layers."""
        return replace(settings, **self._asdict())


VARIANTS = [Variant(*parts) for parts in product(NAMES, (1, 2), (1, 2, 3))]


@dataclass(frozen=True)
class Outcome:
    """A training run: what was trained, its parameters, and dev scores in percent after the
    last epoch (no epoch is chosen by dev)."""

    variant: Variant
    seed: int
    parameters: int
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Laboratory:
    """What all runs share. `data` is a file of `tagger/cache.py`; it, the dev sentences
    and the digests of the training eojeols go to each process once."""

    data: Path
    corpus: str
    known_eojeols: numpy.ndarray
    dev: Sequence[Sentence]
    tokenizer: str
    evaluate: Evaluate
    folder: Path


def make_laboratory(
    data: TrainingData,
    corpus: str,
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    tokenizer: str,
    evaluate: Evaluate,
    folder: Path,
) -> Laboratory:
    """Write the prepared data to the folder, where the runs will be too."""
    make_folder(folder)
    path = folder / "cache.safetensors"
    cache.save(path, data)
    known = digest_eojeols(eojeol.surface for sentence in train for eojeol in sentence.eojeols)
    return Laboratory(path, corpus, known, dev, tokenizer, evaluate, folder)


def run_folder(folder: Path, variant: Variant, seed: int) -> Path:
    """Where the model of a run is kept."""
    cell, directions, layers = variant
    return folder / f"{cell}-{directions}-directions-{layers}-layers-seed-{seed}"


def finished(folder: Path, task: Settings, data: TrainingData) -> Outcome | None:
    """The outcome of a run that an earlier call has finished, None if there is none.

    Raises TaggerError if it was made with other settings or corpora.
    """
    path = run_folder(folder, variant_of(task), task.seed) / RESULT
    if not path.is_file():
        return None
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        same = result.pop("fingerprint") == fingerprint(task, data)
        outcome = Outcome(**{**result, "variant": Variant(*result["variant"])})
    except (OSError, ValueError, KeyError, TypeError):
        raise TaggerError("this result is damaged", where=path, remedy="delete it") from None
    if not same:
        raise TaggerError(
            "this run was made with other settings or corpora",
            where=path.parent,
            remedy="choose another folder with --runs",
        )
    return outcome


def variant_of(settings: Settings) -> Variant:
    return Variant(settings.cell, settings.directions, settings.layers)


def seconds_of(tasks: Sequence[Settings], data: TrainingData, processes: int) -> float:
    """About how long the runs will take, from a few steps of each variant."""
    by_variant = {variant_of(task): task for task in tasks}
    costs = {variant: epoch_seconds(task, data) for variant, task in by_variant.items()}
    return sum(costs[variant_of(task)] * task.epochs for task in tasks) / processes


def epoch_seconds(task: Settings, data: TrainingData) -> float:
    """About how long an epoch takes on one thread, from a few of its steps."""
    trainer = Trainer(make_network(data.vocabulary, task), data, task)
    steps = trainer.train()
    done = next(steps)  # the first one warms up
    started = time.perf_counter()
    count = sum(1 for _ in islice(steps, STEPS)) or 1
    return (time.perf_counter() - started) / count * done.steps


def train_all(
    laboratory: Laboratory, tasks: Sequence[Settings], processes: int
) -> Iterator[Outcome]:
    """The outcomes of the runs as they end, `processes` of them at work at once, one thread
    each. Raises TaggerError if a process ends before its time."""
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(laboratory,),
    )
    try:
        for future in as_completed([pool.submit(_work, task) for task in tasks]):
            yield future.result()
    except BrokenProcessPool:
        raise TaggerError(
            "a training process ended unexpectedly",
            remedy="if memory ran out, give fewer --processes; finished runs are kept",
        ) from None
    except BaseException:  # Ctrl-C: do not wait for the trainings under way
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_here: tuple[Laboratory, TrainingData, Tokenizer]  # in a worker process


def _start(laboratory: Laboratory) -> None:
    global _here
    serve_parent()
    torch.set_num_threads(1)
    _here = laboratory, cache.load(laboratory.data), make_tokenizer(laboratory.tokenizer, 1)


def _work(task: Settings) -> Outcome:
    return train_one(task, *_here)


def train_one(
    task: Settings, laboratory: Laboratory, data: TrainingData, tokenizer: Tokenizer
) -> Outcome:
    """Train to the last epoch, score on dev, and keep the model in its folder."""
    trainer = Trainer(make_network(data.vocabulary, task), data, task)
    for _ in trainer.train():
        pass
    trained = bundle_of(trainer, tokenizer, laboratory.corpus, laboratory.known_eojeols)
    scores = laboratory.evaluate(Tagger(trained, tokenizer, engine="float32"), laboratory.dev)
    outcome = Outcome(
        variant_of(task),
        task.seed,
        sum(array.size for array in trained.weights.values()),
        {name: value for name in SCORES if (value := scores.get(name)) is not None},
    )
    folder = run_folder(laboratory.folder, outcome.variant, task.seed)
    card = f"# {outcome.variant}, seed {task.seed}\n\nA run of `study cells`.\n"
    model_folder.save(replace(trained, scores=scores), folder, card)
    with whole_text(folder / RESULT) as stream:
        json.dump({**asdict(outcome), "fingerprint": fingerprint(task, data)}, stream, indent=1)
    return outcome


class Speed(NamedTuple):
    """On one thread: eojeols a second of the network alone, by engine, and seconds that an
    epoch of training takes."""

    variant: Variant
    by_engine: Mapping[str, float]
    epoch: float


def speeds(laboratory: Laboratory, tasks: Sequence[Settings]) -> Iterator[Speed]:
    """How fast the networks of some runs label the dev sentences and learn, measured in turn,
    the medians of some rounds."""
    tokenizer, data = make_tokenizer(laboratory.tokenizer, 1), cache.load(laboratory.data)
    taggers = {
        (variant_of(task), engine): Tagger(
            model_folder.load(run_folder(laboratory.folder, variant_of(task), task.seed)),
            tokenizer,
            engine=engine,
        )
        for task in tasks
        for engine in ENGINES
    }
    examples = next(iter(taggers.values())).examples(laboratory.dev)  # all were trained alike
    eojeols = sum(len(sentence.eojeols) for sentence in laboratory.dev)
    tagging: dict[tuple[Variant, str], list[float]] = {key: [] for key in taggers}
    training: dict[Variant, list[float]] = {variant_of(task): [] for task in tasks}
    for _ in range(ROUNDS):
        for key, tagger in taggers.items():
            started = time.perf_counter()
            tagger.predict(examples)
            tagging[key].append(eojeols / (time.perf_counter() - started))
        for task in tasks:
            training[variant_of(task)].append(epoch_seconds(task, data))
    for variant, seconds in training.items():
        by_engine = {engine: median(tagging[variant, engine]) for engine in ENGINES}
        yield Speed(variant, by_engine, median(seconds))


class Row(NamedTuple):
    """A variant over its seeds: mean and standard deviation of each score, and parameters."""

    variant: Variant
    seeds: int
    scores: Mapping[str, tuple[float, float]]
    parameters: int


def rows_of(outcomes: Iterable[Outcome]) -> list[Row]:
    """The outcomes by variant, in the order of VARIANTS."""
    by_variant: dict[Variant, list[Outcome]] = {}
    for outcome in outcomes:
        by_variant.setdefault(outcome.variant, []).append(outcome)
    rows = []
    for variant in sorted(by_variant, key=VARIANTS.index):
        runs = by_variant[variant]
        names = [name for name in SCORES if all(name in run.scores for run in runs)]
        rows.append(
            Row(
                variant,
                len(runs),
                {name: mean_and_spread([run.scores[name] for run in runs]) for name in names},
                runs[0].parameters,
            )
        )
    return rows


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """The mean and the standard deviation, 0 of a single value."""
    return mean(values), stdev(values) if len(values) > 1 else 0.0


class Claim(NamedTuple):
    """What the notes say of one way to build the network against another."""

    text: str
    better: Mapping[str, Any]
    worse: Mapping[str, Any]


CLAIMS = (
    Claim("two directions are better than one", {"directions": 2}, {"directions": 1}),
    Claim("two layers are better than one", {"layers": 2}, {"layers": 1}),
    Claim("three layers are better than two", {"layers": 3}, {"layers": 2}),
    Claim("an LSTM is better than a simple RNN", {"cell": "lstm"}, {"cell": "rnn"}),
    Claim("a GRU is better than a simple RNN", {"cell": "gru"}, {"cell": "rnn"}),
    Claim("an LSTM is better than a GRU", {"cell": "lstm"}, {"cell": "gru"}),
)


class Verdict(NamedTuple):
    """A claim against the figures: the mean difference of runs that are alike in all else,
    its standard error, how many pairs there are, and what follows."""

    claim: str
    difference: float
    error: float
    pairs: int

    @property
    def words(self) -> str:
        """Borne out if the difference is more than two standard errors above 0."""
        if self.pairs < 2:
            return "too few runs to tell"
        if abs(self.difference) <= 2 * self.error:
            return "not shown: within two standard errors of 0"
        return "borne out" if self.difference > 0 else "not borne out: the opposite holds here"


def verdicts(outcomes: Sequence[Outcome], score: str) -> list[Verdict]:
    """What the figures say of each claim that they speak of."""
    values = {(run.variant, run.seed): run.scores[score] for run in outcomes if score in run.scores}
    found = []
    for claim in CLAIMS:
        differences = [
            value - values[key]
            for (variant, seed), value in values.items()
            if all(getattr(variant, name) == of for name, of in claim.better.items())
            and (key := (variant._replace(**claim.worse), seed)) in values
        ]
        if differences:
            difference, spread = mean_and_spread(differences)
            error = spread / math.sqrt(len(differences))
            found.append(Verdict(claim.text, difference, error, len(differences)))
    return found
