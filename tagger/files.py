"""Reading texts, and writing files that appear under their names only when they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tagger.errors import TaggerError, system_error


def read_text(path: str | Path) -> str:
    """The text of a file. Raises TaggerError if it cannot be read or is not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise system_error(error, path) from None
    except UnicodeDecodeError:
        raise TaggerError("this file is not UTF-8", where=path, remedy="convert it") from None


def make_folder(path: Path) -> None:
    """Make a folder and those above it, if it is not there. Raises TaggerError if it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise system_error(error, path) from None


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; when the block ends well the file takes the place of `path`.

    Until then, and for good if the block fails, an older file stays. Raises TaggerError if
    the file cannot be written.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        try:
            yield unfinished
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise system_error(error, path) from None


@contextmanager
def whole_text(path: Path, encoding: str = "utf-8", errors: str = "strict") -> Iterator[TextIO]:
    """`whole_file` as a stream of text."""
    with (
        whole_file(path) as unfinished,
        open(unfinished, "w", encoding=encoding, errors=errors, newline="\n") as stream,
    ):
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
