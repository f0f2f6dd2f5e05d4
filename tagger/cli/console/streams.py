"""Standard streams that are closed or full."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def open_closed_streams() -> None:
    """Let the null device have the descriptors of standard input and standard error if they are
    closed: a file that is opened later could take their place, and get what libraries write."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        if descriptor == 2:
            sys.stderr = open(descriptor, "w", encoding="utf-8")  # noqa: SIM115
    os.close(descriptor)


def forget_stream(stream: TextIO) -> None:
    """Let the interpreter's last flush of the stream go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
