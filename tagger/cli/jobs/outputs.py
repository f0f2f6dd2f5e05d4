"""Where `tag.py` writes: standard output, a file, or a folder with a file for each input."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tagger.cli.console.common import check_output
from tagger.cli.jobs.tagging_job import STANDARD
from tagger.errors import TaggerError
from tagger.system.files import file_identity, make_folder, whole_text, write_byte_order_mark


def name_of(path: str) -> str:
    """The name of an input in those of its outputs."""
    return "stdin" if path == STANDARD else Path(path).stem


def output_paths(inputs: Sequence[str], output: str | None, format: str) -> list[Path | None]:
    """Where the result of each input goes; None is standard output.

    Raises TaggerError if results would go to one file, or over an input.
    """
    if output is None or output == STANDARD:
        return [None] * len(inputs)
    target = Path(output)
    is_folder = target.is_dir() or output.endswith("/") or len(inputs) > 1
    if not is_folder:
        paths = [target]
    elif target.exists() and not target.is_dir():
        raise TaggerError(
            "several inputs cannot go to one file", where=target, remedy="give a folder with -o"
        )
    else:
        make_folder(target)
        paths = [target / f"{name_of(path)}.{format}" for path in inputs]
    check_apart(inputs, paths)
    return list(paths)


def check_apart(inputs: Sequence[str], paths: Sequence[Path]) -> None:
    """Raises TaggerError if two outputs are one file, or an output is an input or must not be
    written."""
    sources = {file_identity(Path(path)) for path in inputs if path != STANDARD}
    sources.discard(None)  # a device is not replaced
    owners: dict[str, str] = {}
    for source, path in zip(inputs, paths, strict=True):
        resolved = os.path.realpath(path)
        if resolved in owners:
            raise TaggerError(
                f"{owners[resolved]} and {source} would both become {path}",
                remedy="tag them into different folders",
            )
        owners[resolved] = source
        check_output(path)
        if file_identity(path) in sources:
            raise TaggerError(
                "the output would replace this input", where=path, remedy="choose another -o"
            )


def set_up_standard_output(encoding: str, errors: str) -> None:
    sys.stdout.reconfigure(  # type: ignore[union-attr]
        encoding=encoding, errors=errors, newline="\n"
    )
    write_byte_order_mark(sys.stdout)


@contextmanager
def opened_output(path: Path | None, args: argparse.Namespace) -> Iterator[TextIO]:
    """Standard output, or `whole_text` of a path.

    Raises TaggerError where a character is not in the output encoding.
    """
    encoding, errors = args.output_encoding, args.errors
    try:
        if path is None:
            yield sys.stdout
        else:
            with whole_text(path, encoding, errors) as stream:
                yield stream
    except UnicodeEncodeError as error:
        raise TaggerError(
            f"{error.object[error.start]!r} is not in the encoding {encoding}",
            where="standard output" if path is None else path,
            remedy="write utf-8, or give --errors replace",
        ) from None
