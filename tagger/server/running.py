"""The server itself: where it listens, and that it ends in time."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from collections.abc import Sequence
from types import FrameType

import uvicorn
from fastapi import FastAPI

from tagger.errors import TaggerError
from tagger.server.connections import Connection
from tagger.server.limits import Limits
from tagger.text.escaping import printable

LONGEST_END = 3.0
"""Seconds after the time for open requests in which the process ends, whatever it does."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of that host. Raises TaggerError if none can."""
    where = f"{host}:{port}"
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE if host else 0
        )
    except (OSError, ValueError):
        raise TaggerError(
            "no such host is known", where=where, remedy="give a name or address with --host"
        ) from None
    listening: list[socket.socket] = []
    errors: list[OSError] = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            listening.append(_listen(socket.socket(family, kind, protocol), address))
        except OSError as error:
            errors.append(error)
    # localhost often has an address of IPv6 where there is no IPv6
    serious = [error for error in errors if error.errno not in _NO_SUCH_ADDRESS]
    if serious or not listening:
        for other in listening:
            other.close()
        first = [*serious, *errors][0]
        raise TaggerError(
            f"the server cannot listen there: {(first.strerror or str(first)).lower()}",
            where=where,
            remedy="choose another --port or --host",
        )
    return listening


_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def _listen(listening: socket.socket, address: tuple[object, ...]) -> socket.socket:
    try:
        if os.name == "posix":  # a port that was just left; elsewhere it would share one
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listening.family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
        listening.listen(2048)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def url_of(host: str, listening: socket.socket) -> str:
    """The address of the page."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class Server(uvicorn.Server):
    """uvicorn's server, which ends in time."""

    def __init__(self, config: uvicorn.Config, longest_end: float) -> None:
        super().__init__(config)
        self._longest_end = longest_end

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            end = threading.Timer(self._longest_end, os._exit, [128 + sig])
            end.daemon = True
            end.start()
        super().handle_exit(sig, frame)


def quote_record(record: logging.LogRecord) -> bool:
    """What a client sends, such as X-Forwarded-For, must not command the terminal of the log."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            printable(value) if isinstance(value, str) else value for value in record.args
        )
    return True


def run(app: FastAPI, listening: Sequence[socket.socket], limits: Limits, log_level: str) -> None:
    """Serve until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        app,
        http=Connection.limited(limits),
        ws="none",
        log_level=log_level,
        server_header=False,
        timeout_graceful_shutdown=round(limits.shutdown_seconds),
    )
    logging.getLogger("uvicorn.access").addFilter(quote_record)
    Server(config, limits.shutdown_seconds + LONGEST_END).run(list(listening))
