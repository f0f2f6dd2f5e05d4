"""Clients that keep the server waiting, and the end of the server while they do."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks import server as load
from tests.conftest import heed_interrupts
from tests.support.commands import is_one_sentence
from tests.support.places import ROOT

pytestmark = pytest.mark.slow

pytest.importorskip("fastapi")

HEAD = b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ASK = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 60.0  # seconds in which a loaded machine does what it should do in one


@contextmanager
def serving(model: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`pumsa serve` with short times, and its port."""
    command = [sys.executable, "-m", "tagger", "serve", "--port", "0", "-m", str(model), *options]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts if sys.platform != "win32" else None,
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if found := re.search(r"serving at http://127\.0\.0\.1:(\d+)/", line):
                    break
            assert found
            port = int(found[1])
            with connected(port) as first:  # it listens before it answers
                first.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
                assert b" 200 " in all_from(first)
            yield process, port
        finally:
            process.kill()


def connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SOON)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def all_from(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except ConnectionError:
        pass
    return b"".join(pieces)


def trickle(connection: socket.socket, byte: bytes) -> bytes:
    """Send a byte now and then until the server closes the connection, and what it said."""
    connection.settimeout(0.1)
    end = time.monotonic() + SOON
    said = b""
    while time.monotonic() < end:
        try:
            connection.sendall(byte)
            if not (piece := connection.recv(1 << 16)):
                return said
            said += piece
        except TimeoutError:
            continue
        except ConnectionError:
            return said
    raise AssertionError("the connection is still open")


@pytest.fixture(scope="module")
def port(tiny_model: Path) -> Iterator[int]:
    times = ("--client-timeout", "1", "--idle-timeout", "1", "--max-connections", "20")
    with serving(tiny_model, *times) as (_, port):
        yield port


def tagged(port: int) -> str:
    """The server's answer to an honest client."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/tag",
        json.dumps({"text": "나 밥"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=SOON) as answer:
        return str(json.load(answer)["sentences"][0]["text"])


def metrics(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SOON) as answer:
        text: bytes = answer.read()
        return text


def test_a_head_that_trickles_in(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + b"X: ")
        assert trickle(connection, b"x").startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("length", [b"Content-Length: 999", b"Transfer-Encoding: chunked"])
def test_a_body_that_trickles_in(port: int, length: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + length + b"\r\n\r\n")
        said = trickle(connection, b"1\r\n \r\n" if b"chunked" in length else b" ")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert said.endswith(b'{"detail":"the request did not arrive within 1 s"}')
    assert b'pumsa_requests_total{path="/v1/tag",status="408"}' in metrics(port)


def test_the_rest_of_a_body_that_is_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + b"Content-Length: 999999999\r\n\r\n" + b" " * 1_300_000)
        assert trickle(connection, b" ").startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("asked", [b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_connection_without_a_request(port: int, asked: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(asked)
        assert (b" 200 " in all_from(connection)) == bool(asked)


def ends_while_sending(connection: socket.socket, piece: bytes) -> bool:
    """Whether the server closes the connection of a client that sends and never reads."""
    end = time.monotonic() + SOON
    try:
        while time.monotonic() < end:
            connection.sendall(piece)
            time.sleep(0.05)
    except ConnectionError:
        return True
    return False


def test_an_answer_that_is_not_taken(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(2_000 * ASK)
        assert ends_while_sending(connection, b"G")


def test_requests_that_are_sent_far_ahead(tiny_model: Path) -> None:
    """The server holds few of them: it closes the connection, or takes no more."""
    with serving(tiny_model, "--client-timeout", "900") as (_, port), connected(port) as connection:
        connection.settimeout(5)
        sent = 0
        with suppress(ConnectionError, TimeoutError):
            while sent < 64 << 20:
                sent += connection.send(5_000 * ASK)
        assert sent < 64 << 20
        assert tagged(port) == "나 밥"


def test_a_body_of_two_lengths(port: int) -> None:
    """A proxy that goes by the other one would not see the second request."""
    hidden = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    lengths = f"Content-Length: {len(hidden) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with connected(port) as connection:
        connection.sendall(HEAD + lengths + b"0\r\n\r\n" + hidden)
        said = all_from(connection)
    assert said.startswith(b"HTTP/1.1 400 ") and said.count(b"HTTP/1.1 ") == 1
    assert said.endswith(b'{"detail":"the body has both a length and chunks"}')


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_sends_no_more_gets_its_answer(port: int, version: str) -> None:
    body = json.dumps({"text": "나 밥 먹었다 " * 500}).encode()
    request = HEAD.replace(b"1.1", version.encode())
    request += f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    with connected(port) as connection:
        connection.sendall(request + (b"" if version == "1.0" else request))
        connection.shutdown(socket.SHUT_WR)
        said = all_from(connection)
    assert said.count(b" 200 ") == (1 if version == "1.0" else 2)
    assert said.endswith(b'"written":{}}')


@pytest.mark.parametrize("beginning", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n{"])
def test_half_a_request_and_an_end(tiny_model: Path, beginning: bytes) -> None:
    with serving(tiny_model, "--client-timeout", "900", "--idle-timeout", "900") as (_, port):
        for ends in (True, False):  # the second client has gone altogether
            with connected(port) as connection:
                connection.sendall(beginning)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
                    assert all_from(connection) == b""
        assert tagged(port) == "나 밥"


def test_no_http_after_an_answer(tiny_model: Path) -> None:
    """The rest of a body that was refused for its size is no HTTP."""
    with serving(tiny_model, "--max-characters", "1") as (process, port):
        with connected(port) as connection:
            chunk = b"4e20\r\n" + b" " * 20_000
            connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
            said = b""
            while not said.endswith(b'bytes"}'):
                said += connection.recv(1 << 16)
            connection.sendall(b"no chunk")
            assert all_from(connection) == b"" and said.startswith(b"HTTP/1.1 413 ")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SOON)
    assert "Traceback" not in said


def test_work_ends_when_its_client_hangs_up(port: int) -> None:
    with connected(port) as connection:
        a_large_request(connection)
    hung_up = b'pumsa_requests_total{path="/v1/tag",status="499"} 1.0'
    end = time.monotonic() + SOON
    while hung_up not in metrics(port):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_longest_wait_gives_way(port: int) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connected(port)) for _ in range(40)]
        assert tagged(port) == "나 밥"
        assert all_from(silent[0]) == b""


def test_an_honest_client_beside_slow_ones(port: int) -> None:
    with ExitStack() as stack:
        for beginning in (b"", HEAD, HEAD + b"Content-Length: 99\r\n\r\n "):
            stack.enter_context(connected(port)).sendall(beginning)
        for _ in range(10):
            assert tagged(port) == "나 밥"


def test_the_load_generator(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    where = [f"http://127.0.0.1:{port}", "--seconds", "1"]
    assert load.main([*where, "--clients", "2", "--slow", "4", "--large", "1"]) == 0
    assert re.search(r"^\| \d+\.\d \| .* \| 0 \|$", capsys.readouterr().out, re.MULTILINE)
    assert load.main(["ftp://127.0.0.1"]) == 2
    assert is_one_sentence(capsys.readouterr().err)


def half_a_head(connection: socket.socket) -> None:
    connection.sendall(HEAD)


def half_a_body(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 99\r\n\r\n{")


def no_taking(connection: socket.socket) -> None:
    connection.sendall(2_000 * ASK)


def a_large_request(connection: socket.socket) -> None:
    body = json.dumps({"text": "가 나 다. " * 12_500, "nbest": 10}).encode()
    connection.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("open_request", [half_a_head, half_a_body, no_taking, a_large_request])
def test_the_server_ends(
    tiny_model: Path, sent: signal.Signals, open_request: Callable[[socket.socket], Any]
) -> None:
    options = ("--client-timeout", "900", "--idle-timeout", "900", "--shutdown-timeout", "1")
    with serving(tiny_model, *options) as (process, port), connected(port) as connection:
        open_request(connection)
        assert tagged(port) == "나 밥"  # it has seen the other
        process.send_signal(sent)
        _, said = process.communicate(timeout=SOON)
    assert process.returncode in (-sent, 128 + sent)
    assert "Traceback" not in said
