"""What the commands say on stderr: errors, warnings and notes, one sentence each, and the options
that choose among them."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from pathlib import Path

from tagger.cli.console.korean import translated
from tagger.cli.console.streams import forget_stream
from tagger.errors import TaggerError
from tagger.system.processes import process_of_training
from tagger.text.escaping import printable

LEVELS = ("error", "warning", "info", "debug")

_LOG = logging.getLogger("pumsa")


def add_message_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "-q",
        "--quiet",
        action="store_const",
        const="error",
        dest="log_level",
        default=argparse.SUPPRESS,
        help="errors only, and no progress",
    )
    group.add_argument(
        "--log-level",
        choices=LEVELS,
        default=argparse.SUPPRESS,
        help="minimum severity of messages; debug: errors with their traceback (default: info)",
    )


def set_level(args: argparse.Namespace) -> None:
    """Say what `add_message_options` asks for."""
    _LOG.setLevel(getattr(args, "log_level", "info").upper())


def note(message: str) -> None:
    """Tell what is being done."""
    _say(logging.INFO, message)


def warn(message: str) -> None:
    """Tell what may not be as the user believes."""
    _say(logging.WARNING, message)


def error(problem: TaggerError) -> None:
    """Tell what could not be done."""
    _say(
        logging.ERROR,
        str(
            TaggerError(
                translated(problem.what), where=problem.where, remedy=translated(problem.remedy)
            )
        ),
    )
    if _shows(logging.DEBUG):
        for line in "".join(traceback.format_exception(problem)).splitlines():
            _print(line)


def shows_progress() -> bool:
    """Whether bars may be drawn on stderr."""
    return sys.stderr.isatty() and _shows(logging.INFO)


def _shows(level: int) -> bool:
    # not isEnabledFor: Ray's records are switched off with logging.disable
    return _LOG.getEffectiveLevel() <= level


def _say(level: int, message: str) -> None:
    # of the processes of a training the first one speaks for all, unless one has an error
    if _shows(level) and (level >= logging.ERROR or _is_first()):
        _print(f"{_program()}: {translated(message)}")


def _print(line: str) -> None:
    try:
        print(printable(line), file=sys.stderr)
    except OSError:  # such as a full disk: nobody can be told, but the exit code still says it
        forget_stream(sys.stderr)


def _is_first() -> bool:
    try:
        return process_of_training()[0] == 0
    except TaggerError:  # which a training tells
        return True


def _program() -> str:
    return Path(sys.argv[0]).name or "tagger"
