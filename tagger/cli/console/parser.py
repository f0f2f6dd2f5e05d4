"""The command lines of all commands: what they have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from tagger.cli.console.korean import translated
from tagger.cli.console.messages import add_message_options, set_level
from tagger.errors import WRONG_USE
from tagger.text.escaping import printable


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(
            usage, actions, groups, translated("usage: ") if prefix is None else prefix
        )

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return translated(action.help or "")


class Parser(argparse.ArgumentParser):
    """Reads a command line, and sets how much is said.

    Options cannot be abbreviated, and examples stand as they are written; `%(prog)s` in them
    is the name that the command was called by.
    """

    def __init__(self, **options: Any) -> None:
        for name in ("description", "epilog"):
            if options.get(name):
                head, *rest = options[name].split("\n", 1)
                options[name] = "\n".join([translated(head), *rest])
        super().__init__(formatter_class=_Formatter, allow_abbrev=False, **options)
        for group in (self._positionals, self._optionals):
            group.title = translated(group.title or "")
        add_message_options(self)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        said = f"{self.prog}: {translated('error: ')}{translated(message)}"
        self.exit(WRONG_USE, f"{printable(said)}\n")

    def parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Ends the program with exit code 2 and one sentence if the command line is wrong."""
        args = self.parse_args(argv)
        for action in self._actions:  # such as --init "$UNSET", which would be passed over
            if action.default is None and getattr(args, action.dest, None) == "":
                self.error(str(argparse.ArgumentError(action, "the value is empty")))
        set_level(args)
        return args


def called_by(module: str) -> str:
    """The name that a command without a script of its own was called by: `pumsa study` or
    `python -m tagger.cli.study`."""
    program = Path(sys.argv[0]).name
    return program if program.startswith("pumsa ") else f"python -m tagger.cli.{module}"
