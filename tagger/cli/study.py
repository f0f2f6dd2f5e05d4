"""`python -m tagger.cli.study`: the laboratory of recurrent networks, on the real tagger."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import corpora.sample
from tagger.cli.console.common import (
    add_corpus_options,
    add_model_option,
    guarded,
    output_path,
    positive,
    read_corpus,
)
from tagger.cli.console.messages import note, shows_progress
from tagger.cli.console.parser import Parser, called_by
from tagger.cli.console.resources import available_threads, cap_processors
from tagger.errors import DONE, TaggerError
from tagger.system.extras import require
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

EXAMPLES = """\
examples:
  %(prog)s step                    # the cells of the notes, and torch.nn's
  %(prog)s shapes                  # every tensor with its shape and meaning
  %(prog)s memory -o study         # states and gates of a sentence, as a page
  %(prog)s restore 쑨              # the encoder-decoder at work
  %(prog)s cells --train train.tsv --dev dev.tsv -o study
  %(prog)s gradients --train train.tsv --dev dev.tsv -o study

Without --train, cells and gradients use the sample corpus. Results are printed as Markdown;
-o DIR also draws them into that folder. Trained models are kept (in study/runs, DIR/runs or
--runs), and a later call reuses them. The pages in docs/study/ use these commands.
"""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("study"),
        description="Experiments on recurrent networks, with the tagger.",
        epilog=EXAMPLES,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        if name != "pages":
            added.add_argument(
                "-o", "--output", type=output_path, metavar="DIR", help="folder for pictures"
            )
        return added

    step = command("step", "a cell step by step, compared with torch.nn")
    step.add_argument("sentence", nargs="?", default=SENTENCE, help="default: %(default)s")

    shapes = command("shapes", "the tensors of the tagger and of the notes' example")
    shapes.add_argument("sentence", nargs="?", default=SENTENCE, help="default: %(default)s")
    add_model_option(shapes)

    memory = command("memory", "hidden and cell states and gates through a sentence")
    memory.add_argument("sentence", nargs="?", default=SENTENCE, help="default: %(default)s")
    memory.add_argument(
        "--instead", help=f"a sentence of the same length to compare with (default: {INSTEAD})"
    )
    add_model_option(memory)

    restore = command("restore", "how the encoder-decoder restores a syllable")
    restore.add_argument("word", nargs="?", default="쑨", help="default: %(default)s")
    restore.add_argument(
        "--syllable",
        type=positive,
        metavar="N",
        help="number of the syllable in the word (default: the last)",
    )
    restore.add_argument(
        "--structure", default="B-VV|B-ETM", help="of its label (default: %(default)s)"
    )
    restore.add_argument("--dev", metavar="CORPUS", help="count its unseen restorations too")
    add_model_option(restore)
    add_corpus_options(restore)

    cells = command("cells", "the tagger trained with each cell, direction and depth")
    _add_training(cells)
    _add_seeds(cells)
    cells.add_argument("--cells", nargs="+", choices=["rnn", "gru", "lstm"])
    cells.add_argument("--directions", nargs="+", type=int, choices=[1, 2])
    cells.add_argument("--layers", nargs="+", type=int, choices=[1, 2, 3])

    gradients = command("gradients", "how far back gradients reach, and a copy task")
    _add_training(gradients)
    _add_updates(gradients)

    pages = command("pages", "fill the pages of a folder with the results of the commands")
    pages.add_argument("pages", metavar="DIR", help="folder of pages, such as docs/study")
    _add_training(pages)
    _add_seeds(pages)
    _add_updates(pages)
    pages.add_argument(
        "--restorations",
        nargs=2,
        metavar=("MODEL", "CORPUS"),
        help="whose unseen restorations are counted (default: sejong and the dev corpus)",
    )
    return parser


def _add_seeds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=positive, default=3, help="default: %(default)s")


def _add_updates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--updates", type=positive, default=1000, help="of the copy task (default: %(default)s)"
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", metavar="CORPUS", help="default: the sample corpus")
    parser.add_argument("--dev", metavar="CORPUS", help="default: a tenth of the training corpus")
    parser.add_argument(
        "--runs",
        type=output_path,
        metavar="DIR",
        help="folder of the models (default: runs in -o, or study/runs)",
    )
    parser.add_argument("--epochs", type=positive, default=10, help="default: %(default)s")
    parser.add_argument("--hidden", type=positive, default=128, help="default: %(default)s")
    parser.add_argument(
        "--batch-size",
        type=positive,
        help="syllables in a step (default: 500, or a fortieth of a small corpus)",
    )
    parser.add_argument(
        "--processes",
        type=positive,
        default=available_threads(),
        help="trainings at the same time, one thread each (default: %(default)s)",
    )
    add_corpus_options(parser)


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    draws = args.command == "pages" or args.output
    require("study" if draws else "train")
    if "processes" in args:
        cap_processors(args, "processes")
    if args.command == "pages":
        pages(args)
        return DONE
    found = COMMANDS[args.command](args)
    print("\n\n".join(f"### {name}\n\n{text}" for name, text in found.items()))
    return DONE


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
    from tagger.labeling.examples import make_examples
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
                index_example(example, bundle.vocabulary, 0)
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


def pages(args: argparse.Namespace) -> None:
    """Run every command and write what it finds between the marks of the pages."""
    from tagger.study.pages import fill

    folder = Path(args.pages)
    if not folder.is_dir():
        raise TaggerError("there is no such folder", where=folder, remedy="give that of the pages")
    reading = [f"--encoding={args.encoding}", *(["--strict"] if args.strict else [])]
    reading += [f"--format={args.format}"] if args.format else []
    training = [f"--epochs={args.epochs}", f"--hidden={args.hidden}", *reading]
    training += [f"--processes={args.processes}", f"--runs={args.runs or 'study/runs'}"]
    for name in ("train", "dev", "batch_size"):
        if given := getattr(args, name):
            training.append(f"--{name.replace('_', '-')}={given}")
    model, corpus = args.restorations or ("sejong", args.dev)
    counted = [f"--dev={corpus}", *reading] if corpus else []
    found: Sections = {}
    for command in (
        ["step"],
        ["shapes"],
        ["memory"],
        ["restore", f"--model={model}", *counted],
        ["restore"],  # as the default model does it; what was counted stays
        ["cells", f"--seeds={args.seeds}", *training],
        ["gradients", f"--updates={args.updates}", *training],
    ):
        note(f"study {' '.join(command)}")
        options = make_parser().parse_args([*command, "--output", str(folder / "figures")])
        found |= COMMANDS[command[0]](options)
    for path in fill(folder, found):
        note(f"{path} is filled")


COMMANDS: dict[str, Callable[[argparse.Namespace], Sections]] = {
    "step": step,
    "shapes": shapes,
    "memory": memory,
    "restore": restore,
    "cells": cells,
    "gradients": gradients,
}


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
    from tagger.cli.train import read_corpora
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


if __name__ == "__main__":
    raise SystemExit(main(None))
