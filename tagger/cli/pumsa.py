"""`pumsa`: all commands under one name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import tagger
from tagger.cli.console.common import guarded
from tagger.cli.console.parser import Parser

COMMANDS = {
    "tag": "tag text",
    "train": "train a model on gold corpora",
    "evaluate": "score a model on a gold corpus",
    "specialize": "make a smaller model from one of several corpora",
    "serve": "a REST interface and a page to try the tagger",
    "corpora": "list and download published corpora",
    "convert": "convert a corpus to another format",
    "check": "validate a corpus and show its statistics",
    "tags": "list the tags with their meanings",
    "study": "experiments on recurrent networks",
    "completion": "print a shell completion script",
}

EXAMPLES = """\
examples:
  echo "나 밥 먹었다" | pumsa tag
  pumsa train train.conllu --dev dev.conllu -o my-model
  pumsa tags sejong
  pumsa COMMAND --help
"""


def make_parser() -> Parser:
    """The parser of the first word alone; each command has its own for what follows."""
    parser = Parser(prog="pumsa", description="A Korean part-of-speech tagger.", epilog=EXAMPLES)
    parser.add_argument("--version", action="version", version=f"pumsa {tagger.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help in COMMANDS.items():
        commands.add_parser(name, help=help, add_help=False)
    return parser


def whole_parser() -> Parser:
    """The parser of every command line, for completion."""
    parser = Parser(prog="pumsa")
    parser.add_argument("--version", action="store_true")
    commands = parser.add_subparsers(dest="command")
    for name, help in COMMANDS.items():
        source: Parser = _module(name).make_parser()
        commands.add_parser(
            name, help=help, parents=[source], add_help=False, conflict_handler="resolve"
        )
    return parser


def _module(command: str):  # type: ignore[no-untyped-def]  # one of tagger.cli
    return importlib.import_module(f"tagger.cli.{command}")


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    if not words or words[0] not in COMMANDS:
        make_parser().parse(words or ["--help"])
    command = words[0]
    sys.argv[0] = f"pumsa {command}"  # by which the command names itself
    code: int = _module(command).main(words[1:])
    return code


if __name__ == "__main__":
    raise SystemExit(main(None))
