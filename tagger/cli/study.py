"""`python -m tagger.cli.study`: the laboratory of recurrent networks, on the real tagger."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tagger.cli.console.common import (
    add_corpus_options,
    add_model_option,
    guarded,
    output_path,
    positive,
)
from tagger.cli.console.messages import note
from tagger.cli.console.parser import Parser, called_by
from tagger.cli.console.resources import available_threads, cap_processors
from tagger.cli.jobs.experiments import (
    INSTEAD,
    SENTENCE,
    cells,
    gradients,
    memory,
    restore,
    shapes,
    step,
)
from tagger.errors import DONE, TaggerError
from tagger.system.extras import require

if TYPE_CHECKING:
    from tagger.study.text import Sections

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


if __name__ == "__main__":
    raise SystemExit(main(None))
