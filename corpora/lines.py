"""Lines of text from bytes, with the place of every byte that cannot be decoded."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from tagger.errors import TaggerError, system_error

BYTE_ORDER_MARK = "\ufeff"
_CHUNK = 1 << 16


def check_encoding(encoding: str) -> None:
    """Raises TaggerError for a name that Python does not know as a text encoding."""
    try:
        "".encode(encoding)
    except LookupError:
        raise TaggerError(
            f"unknown encoding {encoding!r}", remedy="use a name such as utf-8 or cp949"
        ) from None


def arriving_lines(
    stream: BinaryIO,
    name: str | Path,
    encoding: str = "utf-8",
    progress: Callable[[int], object] = lambda size: None,
) -> Iterator[list[str]]:
    """The lines of a stream without their ends (`\\n` or `\\r\\n`), in groups that arrive together.

    So a pipe's lines can be answered at once. A byte-order mark at the beginning is dropped;
    `progress` is told the number of bytes read. Raises TaggerError, after the lines before,
    where bytes cannot be decoded.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    text, number, consumed = "", 0, 0
    while True:
        chunk = stream.read1(_CHUNK)  # type: ignore[attr-defined]
        pending = len(decoder.getstate()[0])
        failure = None
        try:
            text += decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            failure = error
            text += error.object[: error.start].decode(encoding, "replace")
        if number == 0:
            text = text.removeprefix(BYTE_ORDER_MARK)
        *lines, text = text.split("\n")
        if not chunk and not failure and text:
            lines.append(text)
        number += len(lines)
        if lines:
            yield [line.removesuffix("\r") for line in lines]
        if failure:
            raise TaggerError(
                f"byte {consumed - pending + failure.start} cannot be decoded as {encoding}",
                where=f"{name}:{number + 1}",
                remedy="give the encoding with --encoding, for example cp949",
            )
        if not chunk:
            return
        consumed += len(chunk)
        progress(len(chunk))


def file_lines(
    path: str | Path,
    encoding: str = "utf-8",
    progress: Callable[[int], object] = lambda size: None,
) -> Iterator[list[str]]:
    """`arriving_lines` of a file, or of standard input for `-`."""
    check_encoding(encoding)
    if str(path) == "-":
        yield from arriving_lines(sys.stdin.buffer, "standard input", encoding)
        return
    try:
        with open(path, "rb") as stream:
            yield from arriving_lines(stream, path, encoding, progress)
    except OSError as error:
        raise system_error(error, path) from None
