"""`pumsa completion`: a script with which a shell completes `pumsa`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import shtab

from tagger.cli.console.common import guarded
from tagger.cli.console.parser import Parser, called_by
from tagger.errors import DONE

EXAMPLES = """\
examples:
  source <(pumsa completion bash)                  # this shell
  pumsa completion bash > ~/.local/share/bash-completion/completions/pumsa
  pumsa completion zsh > ~/.zfunc/_pumsa           # a folder of $fpath
"""

_PATHS = {"FILE", "DIR", "CORPUS", "TRAIN", "MODEL_DIR", "output", "model", "dev", "config"}


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("completion"),
        description="Print a shell completion script.",
        epilog=EXAMPLES,
    )
    parser.add_argument("shell", choices=["bash", "zsh"])
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    from tagger.cli.pumsa import whole_parser

    args = make_parser().parse(argv)
    parser = whole_parser()
    _complete_paths(parser)
    print(shtab.complete(parser, args.shell))
    return DONE


def _complete_paths(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                _complete_paths(child)
        elif action.choices is None and {action.metavar, action.dest} & _PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]


if __name__ == "__main__":
    raise SystemExit(main(None))
