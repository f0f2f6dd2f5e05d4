"""Lines of text from bytes, with the place of every byte that cannot be decoded."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tagger.errors import TaggerError, system_error
from tagger.system.files import check_name

BYTE_ORDER_MARK = "\ufeff"
AUTO = "auto"
_CHUNK = 1 << 16

_MARKS = {  # the longer first: UTF-32's begins as UTF-16's does
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Python's own notations, and what can spell half of a surrogate pair
_NOT_FOR_TEXT = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}


class Encoding(NamedTuple):
    """How bytes are decoded: as the codec of that name, or as what they turn out to be with
    `auto`. Bytes that begin with the mark of UTF-16 or UTF-32, which cannot be UTF-8, are read as
    that. By `errors` "replace", what cannot be decoded becomes U+FFFD."""

    name: str = "utf-8"
    errors: str = "strict"

    def check(self) -> None:
        """Raises TaggerError if it is neither `auto` nor an encoding of text."""
        if self.name != AUTO:
            check_encoding(self.name)


UTF_8 = Encoding()


def check_encoding(name: str) -> None:
    """Raises TaggerError if there is no such encoding of text."""
    try:
        codec = codecs.lookup(name).name.replace("_", "-")
        known = codec not in _NOT_FOR_TEXT and "".encode(codec) is not None
    except (LookupError, ValueError):
        known = False
    if not known:
        raise TaggerError(
            f"unknown encoding {name!r}", remedy="use a name such as utf-8 or cp949"
        ) from None


def arriving_lines(
    stream: BinaryIO,
    name: str | Path,
    encoding: Encoding = UTF_8,
    progress: Callable[[int], object] = lambda size: None,
) -> Iterator[list[str]]:
    """The lines of a stream without their ends (`\\n` or `\\r\\n`), in groups that arrive together.

    So a pipe's lines can be answered at once. A byte-order mark at the beginning is dropped;
    `progress` is told the number of bytes read. Raises TaggerError, after the lines before,
    where bytes cannot be decoded.
    """
    decoder = _Decoder(encoding)
    number = consumed = 0
    unfinished: list[str] = []  # of a line, put together once: it may come in many chunks
    is_first = True
    while True:
        chunk = stream.read1(_CHUNK)  # type: ignore[attr-defined]
        pending = decoder.pending
        failure = None
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            failure = error
            text = error.object[: error.start].decode(decoder.codec, "replace")
        if is_first and text:
            text = text.removeprefix(BYTE_ORDER_MARK)
            is_first = False
        *lines, rest = text.split("\n")
        if lines:
            lines[0] = "".join([*unfinished, lines[0]])
            unfinished = []
        if rest:
            unfinished.append(rest)
        if not chunk and not failure and unfinished:
            lines.append("".join(unfinished))
        number += len(lines)
        if lines:
            yield [line.removesuffix("\r") for line in lines]
        if failure:
            first, second = _others(encoding.name, decoder.codec)
            raise TaggerError(
                f"byte {consumed - pending + failure.start} cannot be decoded as {decoder.codec}",
                where=f"{name}:{number + 1}",
                remedy=f"give the encoding with --encoding, for example {first} or {second}",
            )
        if not chunk:
            return
        consumed += len(chunk)
        progress(len(chunk))


def _others(given: str, tried: str) -> list[str]:
    """Two encodings that are neither the one that was given nor what `auto` recognised."""
    return [name for name in ("cp949", AUTO, "utf-8", "utf-16") if name not in (given, tried)][:2]


class _Decoder:
    """An incremental decoder that first looks at the bytes if it has to; `codec` is the
    name of what it decodes, `pending` the number of bytes that wait for their fellows."""

    def __init__(self, encoding: Encoding) -> None:
        self.codec = AUTO if encoding.name == AUTO else codecs.lookup(encoding.name).name
        self._errors = encoding.errors
        self._held = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        if self.codec not in (AUTO, "utf-8", "utf-16", "utf-32"):
            self._start(self.codec)

    @property
    def pending(self) -> int:
        return len(self._decoder.getstate()[0] if self._decoder else self._held)

    def decode(self, data: bytes, final: bool) -> str:
        """The text of these bytes as far as it is certain. Raises UnicodeDecodeError."""
        if self._decoder is None:
            self._held += data
            if not final and self._is_too_little():
                return ""
            data, self._held = self._held, b""
            if self.codec == AUTO and data.isascii() and b"\0" not in data:
                return data.decode("ascii")  # it does not matter yet
            self._start(_marked(data) or self._unmarked(data, final))
        assert self._decoder is not None
        return self._decoder.decode(data, final)

    def _is_too_little(self) -> bool:
        """Whether more bytes may say more: the beginning of a mark, or a few null characters."""
        begins_a_mark = any(mark.startswith(self._held) for mark in _MARKS)
        return begins_a_mark or (b"\0" in self._held and len(self._held) < 64)

    def _start(self, codec: str) -> None:
        self.codec = codec
        self._decoder = codecs.getincrementaldecoder(codec)(self._errors)

    def _unmarked(self, data: bytes, final: bool) -> str:
        if self.codec == AUTO:
            return recognised(data, final)
        return "utf-8" if self.codec == "utf-8" else f"{self.codec}-{sys.byteorder[0]}e"


def _marked(data: bytes) -> str | None:
    return next((codec for mark, codec in _MARKS.items() if data.startswith(mark)), None)


def recognised(data: bytes, is_whole: bool) -> str:
    """The encoding that Korean text without a byte-order mark is most likely in.

    UTF-8 if the bytes are UTF-8, else CP949, which is EUC-KR and more, if they are that: on
    single words this is right more often than a detector is (297 words of KLUE-DP dev in
    CP949: 295 to 254 by charset-normalizer). Of what is neither, or full of null characters as
    UTF-16 is, the detector judges; UTF-8 if it does not know.
    """
    nulls = data.count(0)
    for codec, most in (("utf-8", len(data) // 3), ("cp949", 0)):
        if nulls > most:
            continue
        try:
            codecs.getincrementaldecoder(codec)().decode(data, is_whole)
        except UnicodeDecodeError:
            continue
        return codec
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding if best else "utf-8"


def file_lines(
    path: str | Path,
    encoding: Encoding = UTF_8,
    progress: Callable[[int], object] = lambda size: None,
) -> Iterator[list[str]]:
    """`arriving_lines` of a file, or of standard input for `-`."""
    encoding.check()
    if str(path) == "-":
        if sys.stdin is None:
            raise TaggerError("it is closed", where="standard input", remedy="give a file")
        yield from arriving_lines(sys.stdin.buffer, "standard input", encoding)
        return
    check_name(path)
    try:
        with open(path, "rb") as stream:
            yield from arriving_lines(stream, path, encoding, progress)
    except OSError as error:
        raise system_error(error, path) from None
