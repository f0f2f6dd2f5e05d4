"""The experiments of the laboratory: what each measures, draws and says."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import corpora.sample
from tagger.cli.console.common import (
    read_corpus,
)
from tagger.cli.console.messages import note, shows_progress
from tagger.cli.console.resources import available_threads
from tagger.errors import TaggerError
from tagger.system.files import make_folder, whole_text
from tagger.system.locks import exclusive_folder

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.labeling.examples import Example
    from tagger.model.batches import Indices
    from tagger.study.cells import Laboratory, Outcome, Variant
    from tagger.study.text import Sections
    from tagger.training.settings import Settings


SAMPLE = Path(corpora.sample.__file__).parent / "everyday.tsv"
SENTENCE, INSTEAD = "나 밥 먹었다", "너 밥 먹었다"
STEPS = 40  # of an epoch, at least
SENTENCES = 30  # the longest ones of dev, whose gradients are followed


def step(args: argparse.Namespace) -> Sections:
    from tagger.study.step import checks, example, passed_back
    from tagger.study.text import step_sections

    words = args.sentence.split()
    if not words:
        raise TaggerError("there is no word in this sentence", remedy="give one")
    turned = [*words[-2::-1], words[-1]]  # the same words, the same one last
    examples = [example(words, words), example(turned, words)]
    if folder := output_folder(args):
        from tagger.study.pictures import draw_passed_back, draw_step

        draw_step(examples, folder / "step.svg")
        draw_passed_back(passed_back(), folder / "step-back.svg")
    return step_sections(examples, list(checks()))


def shapes(args: argparse.Namespace) -> Sections:
    from tagger.analyzer import Tagger
    from tagger.study.shapes import notes_example, tagger_runs
    from tagger.study.text import shapes_sections

    tagger = Tagger.load(args.model, device="cpu")
    [_, indices] = analysed(tagger, args.sentence)
    runs = list(tagger_runs(tagger.bundle.network, indices))
    if folder := output_folder(args):
        from tagger.study.pictures import draw_shapes

        draw_shapes(runs[0], folder / "shapes.svg")
    return shapes_sections(list(notes_example()), runs)


def memory(args: argparse.Namespace) -> Sections:
    from tagger.analyzer import Tagger
    from tagger.model.network import network_of
    from tagger.study.memory import changed_inputs, changes, follow
    from tagger.study.text import memory_sections

    tagger = Tagger.load(args.model, device="cpu")
    network = network_of(tagger.bundle.network, tagger.bundle.weights)
    example, indices = analysed(tagger, args.sentence)
    tracks = follow(network, indices)
    instead = args.instead or (INSTEAD if args.sentence == SENTENCE else None)
    other = None
    if instead:
        other_example, other_indices = analysed(tagger, instead)
        inputs = changed_inputs(example, other_example)
        changed = changes(tracks, follow(network, other_indices))
        other = instead, str(tagger.tag(instead)), inputs, changed
    syllables = [step.form for steps in example.steps for step in steps]
    analysis = str(tagger.tag(args.sentence))
    if folder := output_folder(args):
        from tagger.study.page import memory_page
        from tagger.study.pictures import draw_memory

        with whole_text(folder / "memory.html") as stream:
            stream.write(memory_page(args.sentence, syllables, analysis, tracks, other))
        draw_memory(tracks, syllables, folder / "memory.svg")
    return memory_sections(syllables, analysis, tracks, other)


def restore(args: argparse.Namespace) -> Sections:
    from tagger.analyzer import Tagger
    from tagger.labeling.restoration import copy_restoration, uncontract
    from tagger.study import restore as restoring
    from tagger.study.text import restore_sections

    word = unicodedata.normalize("NFC", args.word)
    if len(word.split()) != 1:
        raise TaggerError(f"{word!r} is not one word", remedy="give one, such as 쑨")
    word = word.strip()
    place = (args.syllable or len(word)) - 1
    if place >= len(word):
        raise TaggerError(
            f"{word!r} has {len(word)} syllables", remedy="give one of them with --syllable"
        )
    dev = read_corpus(args.dev, args).sentences if args.dev else ()
    tagger = Tagger.load(args.model, device="cpu", threads=available_threads())
    writer = restoring.writer_of(tagger.bundle)
    answer = restoring.restore(writer, word, place, args.structure)
    if not answer.beam:
        raise TaggerError("the encoder-decoder writes nothing for this syllable")
    [example, _] = analysed(tagger, word)
    step = [step for steps in example.steps for step in steps][place]
    seen = tagger.bundle.knowledge.restorer.seen.get(step.form, {}).get(args.structure, ())
    others = {
        "training data's dictionary": ", ".join(seen) or None,
        "the tokenizer's form, copied": copy_restoration(args.structure, step.analyses),
        "the rule of regular contractions": uncontract(args.structure, step.form),
    }
    if folder := output_folder(args):
        from tagger.study.pictures import draw_attention

        draw_attention(answer, folder / "restore.svg")
    counted = []
    if dev:
        examples = tagger.examples(dev)
        counted = restoring.accuracies(tagger.bundle, examples)
    return restore_sections(answer, others, counted)


def cells(args: argparse.Namespace) -> Sections:
    from tagger.study.cells import VARIANTS, rows_of, speeds
    from tagger.study.text import cells_sections

    variants = [
        variant
        for variant in VARIANTS
        if variant.cell in (args.cells or [variant.cell])
        and variant.directions in (args.directions or [variant.directions])
        and variant.layers in (args.layers or [variant.layers])
    ]
    tasks, laboratory, outcomes = train_runs(args, variants, range(1, args.seeds + 1))
    note("measuring the speed of the networks")
    measured = list(speeds(laboratory, tasks[: len(variants)]))
    if folder := output_folder(args):
        from tagger.study.pictures import draw_cells

        draw_cells(rows_of(outcomes), measured, "eojeol", folder / "cells.svg")
    return cells_sections(outcomes, measured)


def gradients(args: argparse.Namespace) -> Sections:
    from tagger.labeling.examples import make_examples, open_labels
    from tagger.model import folder as model_folder
    from tagger.model.batches import index_example
    from tagger.model.network import network_of
    from tagger.study import copying
    from tagger.study.cells import Variant, run_folder
    from tagger.study.gradients import reach_of
    from tagger.study.step import NAMES
    from tagger.study.text import gradient_sections
    from tagger.tokenizer.make import make_tokenizer
    from tagger.training.settings import Settings
    from tagger.training.trainer import make_network

    variants = [Variant(cell, directions=2, layers=1) for cell in NAMES]
    _, laboratory, _ = train_runs(args, variants, [1])
    longest = sorted(laboratory.dev, key=lambda sentence: len(sentence.text))[-SENTENCES:]
    tokenizer = make_tokenizer(laboratory.tokenizer, args.processes)
    minutes = copying.seconds_of(args.updates) / 60
    note(
        f"following gradients through {2 * len(variants)} networks: a minute or two; "
        f"then the copy task: at most about {max(1, round(minutes))} min"
    )
    reaches = {}
    for trained in (False, True):
        for variant in progress(variants, "network"):
            bundle = model_folder.load(run_folder(laboratory.folder, variant, 1))
            examples = [
                index_example(
                    example, bundle.vocabulary, 0, open_labels(example, bundle.knowledge.restorer)
                )
                for example in make_examples(
                    longest, tokenizer, bundle.unit, bundle.knowledge.lexicon
                )
            ]
            network = network_of(bundle.network, bundle.weights)
            if not trained:
                network = make_network(bundle.vocabulary, Settings(**bundle.training))
            reaches[variant.cell, trained] = reach_of(network, examples)
    tasks = len(copying.LEARNERS) * len(copying.DISTANCES)
    copied = list(progress(copying.copy_task(args.updates, seed=1), "copy task", tasks))
    if folder := output_folder(args):
        from tagger.study import pictures

        pictures.draw_loss_reach(reaches, folder / "gradients-loss.svg")
        pictures.draw_state_reach(reaches, folder / "gradients-states.svg")
        pictures.draw_copying(copied, folder / "copying.svg")
    return gradient_sections(reaches, copied)


def output_folder(args: argparse.Namespace) -> Path | None:
    """The folder for pictures, made if need be; None if there are to be none."""
    if not args.output:
        return None
    folder = Path(args.output)
    make_folder(folder)
    return folder


def analysed(tagger: Tagger, sentence: str) -> tuple[Example, Indices]:
    """A sentence as the tagger's network reads it. Raises TaggerError if it is empty."""
    from tagger.model.batches import index_example
    from tagger.text.segmentation import segment

    [example] = tagger.examples([segment(sentence)])
    if not len(example):
        raise TaggerError("there is no syllable in this sentence", remedy="give one")
    corpora = tagger.bundle.vocabulary.corpora
    corpus = corpora.index(tagger.bundle.corpus)
    return example, index_example(example, tagger.bundle.vocabulary, corpus)


def train_runs(
    args: argparse.Namespace, variants: Sequence[Variant], seeds: Iterable[int]
) -> tuple[list[Settings], Laboratory, list[Outcome]]:
    """The settings of all runs, seed after seed, and their outcomes: those of an earlier call,
    and the others after saying how long they will take."""
    import torch

    from tagger.cli.jobs.scoring import dev_scores
    from tagger.cli.jobs.training_corpora import read_corpora
    from tagger.study import cells as study
    from tagger.tokenizer.make import make_tokenizer
    from tagger.training.data import prepare
    from tagger.training.settings import Settings

    args.train = [args.train or str(SAMPLE)]
    corpora, dev = read_corpora(args)
    [(name, train)] = corpora.items()
    settings = Settings(epochs=args.epochs, hidden=args.hidden, select="epoch")
    torch.set_num_threads(1)
    data = prepare(corpora, make_tokenizer(settings.tokenizer, args.processes), settings)
    syllables = sum(len(example) for example in data.examples)
    batch_size = args.batch_size or max(1, min(settings.batch_size, syllables // STEPS))
    settings = replace(settings, batch_size=batch_size)
    folder = Path(args.runs or Path(args.output or "study") / "runs")
    with exclusive_folder(folder):
        laboratory = study.make_laboratory(
            data, name, train, dev, settings.tokenizer, dev_scores, folder
        )
        tasks = [variant.of(replace(settings, seed=seed)) for seed in seeds for variant in variants]
        outcomes = [study.finished(folder, task, data) for task in tasks]
        missing = [task for task, outcome in zip(tasks, outcomes) if outcome is None]
        if missing:
            minutes = study.seconds_of(missing, data, args.processes) / 60
            note(
                f"{len(missing)} trainings of {args.epochs} epochs in {args.processes} processes: "
                f"about {max(1, round(minutes))} min; {len(tasks) - len(missing)} are there already"
            )
        done = [outcome for outcome in outcomes if outcome]
        trained = study.train_all(laboratory, missing, args.processes) if missing else iter(())
        return tasks, laboratory, [*done, *progress(trained, "training", len(missing))]


Item = TypeVar("Item")


def progress(items: Iterable[Item], unit: str, total: int | None = None) -> Iterator[Item]:
    """The items, with a bar on stderr if that is a terminal."""
    from tqdm import tqdm

    bar = tqdm(items, unit=unit, total=total, disable=not shows_progress(), leave=False)
    yield from bar
