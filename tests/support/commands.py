"""Commands run in this process, and how their messages look."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from io import TextIOWrapper
from tempfile import TemporaryFile
from unittest import mock

Command = Callable[[Sequence[str] | None], int]


def is_one_sentence(message: str) -> bool:
    return message.count("\n") == 1 and "Traceback" not in message and ": " in message


def run_here(
    command: Command, *args: str, text: str | bytes = "", program: str = "tag.py"
) -> subprocess.CompletedProcess[str]:
    """Run a command's `main` in this process, with files as its standard streams.

    A process of its own would load PyTorch and Kiwi again. What depends on the process (signals,
    pipes, terminals, the environment at its start) needs one all the same.
    """
    with ExitStack() as stack:
        streams = {}
        for name in ("stdin", "stdout", "stderr"):
            file = stack.enter_context(TemporaryFile())
            streams[name] = TextIOWrapper(file, encoding="utf-8", newline="")
        streams["stdin"].buffer.write(text if isinstance(text, bytes) else text.encode())
        streams["stdin"].buffer.seek(0)
        with mock.patch.multiple(sys, argv=[program, *args], **streams):
            try:
                code = command(args)
            except SystemExit as end:
                code = end.code
        outputs = []
        for name in ("stdout", "stderr"):
            streams[name].flush()
            streams[name].buffer.seek(0)
            outputs.append(streams[name].buffer.read().decode())
    return subprocess.CompletedProcess([program, *args], code, *outputs)
