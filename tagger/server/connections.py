"""Connections that wait for their clients so long and no longer."""

from __future__ import annotations

import asyncio
import time
from enum import Enum

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tagger.server.limits import Limits

LARGEST_AHEAD = 1 << 20
"""Bytes that a client may send while it waits for an answer."""

CHECK_SECONDS = 0.25
"""After which a client that sends no more is asked again whether it still takes the answer."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Phase(Enum):
    """What a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of a request's head"
    BODY = "the rest of a request's body"
    SERVER = "the answer"
    CLIENT = "the client, which is to take the answer"


class Connection(H11Protocol):
    """uvicorn's connection, which by itself waits for its client for ever.

    The time of a phase begins with it, so bytes that trickle in do not prolong it. (Bodies have
    a time of their own, in `bodies.py`, where they get an answer.) If there are too many
    connections, the one that has waited longest for its client is closed.
    """

    limits: Limits

    @classmethod
    def limited(cls, limits: Limits) -> type[Connection]:
        """The class of connections with these limits."""
        return type(cls.__name__, (cls,), {"limits": limits})

    phase = Phase.SERVER
    since = 0.0
    _timer: asyncio.TimerHandle | None = None
    _sends_no_more = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._follow()
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._follow()
        has_asked = self.phase in (Phase.SERVER, Phase.CLIENT)
        if has_asked and len(self.conn.trailing_data[0]) > LARGEST_AHEAD:
            self.transport.abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that sends no more still gets the answers to its whole requests."""
        if not self._sends_no_more:
            self._sends_no_more = True
            self._follow()
            self._check_client()
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; in the middle or after the end of an answer just hang up."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._follow()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._follow()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._follow()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing: it is the time of `IDLE` that closes a connection."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server ends: a request that is there is still answered, half a one is not."""
        if self.phase is Phase.BODY:
            self.transport.abort()
        else:
            super().shutdown()

    def _end_if_answered(self) -> None:
        """Close the connection of a client that sends no more, unless it waits for an answer."""
        waits = self._phase_now() in (Phase.SERVER, Phase.CLIENT)
        if self._sends_no_more and not waits and not self.transport.is_closing():
            self.transport.close()

    def _check_client(self) -> None:
        """Find out whether a client that sends no more has gone: its machine then refuses what
        it is sent, which the next sending shows. Older clients than HTTP/1.1 know nothing that
        could be sent before the answer."""
        cycle = self.cycle
        is_awaited = cycle is not None and not cycle.response_started
        if self.transport.is_closing() or not is_awaited or cycle.scope["http_version"] != "1.1":
            return
        self.transport.write(CONTINUE)
        self.loop.call_later(CHECK_SECONDS, self._check_client)

    def _follow(self) -> None:
        """Begin the time of a new phase."""
        self._end_if_answered()
        phase = self._phase_now()
        if phase is self.phase or (self.phase, phase) == (Phase.HEAD, Phase.IDLE):
            return  # the rest of a body that was refused can look like either
        self.phase = phase
        self.since = time.monotonic()
        self._stop_timer()
        seconds = {
            Phase.IDLE: self.limits.idle_seconds,
            Phase.HEAD: self.limits.client_seconds,
            Phase.CLIENT: self.limits.client_seconds,
        }.get(phase)
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._give_up)

    def _phase_now(self) -> Phase:
        if self.transport.is_closing() or self.flow.write_paused:
            return Phase.CLIENT
        if self.cycle is not None and not self.cycle.response_complete:
            return Phase.BODY if self.cycle.more_body else Phase.SERVER
        return Phase.HEAD if self.conn.trailing_data[0] else Phase.IDLE

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        """Close the connection, at once if the client takes nothing."""
        if self.phase is Phase.CLIENT:
            self.transport.abort()
            return
        if self.phase is Phase.HEAD:
            self._refuse("408 Request Timeout")
        self.transport.close()
        self._follow()

    def _refuse(self, status: str) -> None:
        self.transport.write(
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode("ascii")
        )

    def _make_room(self) -> None:
        """Close the connection that has waited longest for its client, or else this one."""
        others = [
            connection
            for connection in self.connections
            if isinstance(connection, Connection)
            and connection is not self
            and connection.phase is not Phase.SERVER
        ]
        if others:
            longest = min(others, key=lambda connection: connection.since)
            self.connections.discard(longest)
            longest.transport.abort()
        else:
            self._refuse("503 Service Unavailable")
            self.transport.close()
            self._follow()
