"""`python -m benchmarks.server`: answers a second and latency of a server, under slow clients too.

Honest clients keep one connection each and ask for one line after another. Slow ones, a quarter of
each kind, send a head or a body byte by byte, send nothing, or take no answer; where the server
closes their connection, they open another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import corpora
from tagger.cli.console.common import guarded, positive
from tagger.errors import DONE, SOME_INPUT_FAILED, TaggerError

SAMPLE = Path(corpora.__file__).parent / "sample" / "everyday.tsv"
PAUSE = 1.0
"""Seconds between two bytes of a slow client."""


@dataclass
class Measured:
    """What the honest clients saw: seconds of each answer, and how many were none, by status."""

    seconds: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def table(self, elapsed: float) -> str:
        """Answers a second, and the latency in milliseconds."""
        cuts = [1000 * cut for cut in quantiles(self.seconds, n=100)]
        refused = ", ".join(f"{count} x {status}" for status, count in self.refused.items())
        return (
            "| answers/s | p50, ms | p99, ms | longest, ms | refused |\n"
            "| --- | --- | --- | --- | --- |\n"
            f"| {len(self.seconds) / elapsed:.1f} | {cuts[49]:.1f} | {cuts[98]:.1f} "
            f"| {1000 * max(self.seconds):.1f} | {refused or 0} |"
        )


@dataclass(frozen=True)
class Target:
    """Where the server listens."""

    host: str
    port: int

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port)

    def head(self, length: int) -> bytes:
        return (
            f"POST /v1/tag HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        ).encode("ascii")

    def request(self, text: str, nbest: int = 0) -> bytes:
        body = json.dumps({"text": text, "nbest": nbest}).encode()
        return self.head(len(body)) + body


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.server", description=__doc__, allow_abbrev=False
    )
    parser.add_argument(
        "url", nargs="?", default="http://127.0.0.1:8000", help="default: %(default)s"
    )
    parser.add_argument("--clients", type=positive, default=8, help="default: %(default)s")
    parser.add_argument("--seconds", type=positive, default=30, help="default: %(default)s")
    parser.add_argument("--requests", type=positive, help="end after so many answers")
    parser.add_argument("--slow", type=int, default=0, help="slow clients (default: %(default)s)")
    parser.add_argument(
        "--large",
        type=int,
        default=0,
        help="clients that ask for n-best of 100,000 characters",
    )
    parser.add_argument(
        "--text", type=Path, help="lines to send (default: sentences of corpora/sample)"
    )
    args = parser.parse_args(argv)
    address = urlsplit(args.url)
    if address.scheme != "http" or not address.hostname:
        raise TaggerError("it is no http:// address", where=args.url)
    target = Target(address.hostname, address.port or 80)
    if args.text:
        lines = args.text.read_text(encoding="utf-8").splitlines()
    else:
        lines = [sentence.text for sentence in corpora.read(SAMPLE).sentences]
    measured, elapsed = asyncio.run(measure(target, lines, args))
    if len(measured.seconds) < 2:
        raise TaggerError("no request was answered", where=args.url)
    print(measured.table(elapsed))
    return SOME_INPUT_FAILED if measured.refused else DONE


async def measure(
    target: Target, lines: Sequence[str], args: argparse.Namespace
) -> tuple[Measured, float]:
    """What the honest clients saw, and how many seconds it took."""
    measured = Measured()
    texts = cycle(lines)
    slow = [over_and_over(kind, target) for kind, _ in zip(cycle(SLOW), range(args.slow))]
    slow += [over_and_over(large, target) for _ in range(args.large)]
    others = [asyncio.create_task(client) for client in slow]
    await asyncio.sleep(min(args.slow, 1))  # they are there first
    started = time.monotonic()
    await asyncio.gather(
        *(
            honest(target, texts, measured, started + args.seconds, args.requests)
            for _ in range(args.clients)
        )
    )
    elapsed = time.monotonic() - started
    for client in others:
        client.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return measured, elapsed


async def honest(
    target: Target, texts: Iterator[str], measured: Measured, end: float, requests: int | None
) -> None:
    """Ask for one text after another until the time is over."""
    writer = None
    while time.monotonic() < end and (requests is None or len(measured.seconds) < requests):
        started = time.monotonic()
        try:
            if writer is None:
                reader, writer = await target.connect()
            writer.write(target.request(next(texts)))
            status = await read_answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            status, writer = type(error).__name__, None
        if status == "200":
            measured.seconds.append(time.monotonic() - started)
        else:
            measured.refused[status] = measured.refused.get(status, 0) + 1
            await asyncio.sleep(0.1)
    if writer is not None:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> str:
    """The status of an answer, which is read whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
    return head.split(b" ", 2)[1].decode("ascii")


async def over_and_over(client: Callable[[Target], Awaitable[None]], target: Target) -> None:
    """A client that comes back when the server has closed its connection."""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            await client(target)
        await asyncio.sleep(PAUSE / 10)


async def byte_by_byte(target: Target, at_once: bytes, slowly: bytes) -> None:
    reader, writer = await target.connect()
    try:
        writer.write(at_once)
        for byte in cycle(slowly):
            writer.write(bytes([byte]))
            await writer.drain()
            if reader.at_eof():
                return
            await asyncio.sleep(PAUSE)
    finally:
        writer.close()


async def slow_head(target: Target) -> None:
    await byte_by_byte(target, b"POST /v1/tag HTTP/1.1\r\nX: ", b"x")


async def slow_body(target: Target) -> None:
    await byte_by_byte(target, target.head(100_000) + b'{"text": "' + b"x" * 50_000, b"x")


async def silent(target: Target) -> None:
    reader, writer = await target.connect()
    try:
        await reader.read()
    finally:
        writer.close()


async def takes_no_answer(target: Target) -> None:
    _, writer = await target.connect()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    try:
        while not writer.is_closing():
            writer.write(target.request("나 밥 먹었다"))
            await writer.drain()
            await asyncio.sleep(PAUSE)
    finally:
        writer.transport.abort()


async def large(target: Target) -> None:
    """100,000 characters with their n best analyses, a client that waits for the answer."""
    reader, writer = await target.connect()
    try:
        writer.write(target.request(("나 밥 먹었다. " * 10_000)[:100_000], nbest=10))
        await read_answer(reader)
    finally:
        writer.close()


SLOW = (slow_head, slow_body, silent, takes_no_answer)


if __name__ == "__main__":
    raise SystemExit(main(None))
