"""Bodies of requests: how large, how soon, and whether somebody still waits for the answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse

from tagger.server.limits import Limits

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL = 1 << 16
"""Bytes of a body that need none of the common room."""

ROOM = 16
"""Bodies of the largest size that may arrive at once."""

_LENGTHS = {b"content-length", b"transfer-encoding"}
"""Headers that may not come together: a proxy could see another end of the request, and so let
the beginning of the next one through unseen (RFC 9112, 6.1)."""


class RefusedError(Exception):
    """Why a request is not answered, and the HTTP status that says so."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        # uvicorn reads on, past a body that is refused for its size
        headers = {"Connection": "close"} if status in (400, 408) else None
        self.answer = JSONResponse({"detail": why}, status, headers)


class WholeRequest:
    """Lets a request in when its body is there, and ends the work when its client has gone.

    Refuses bodies that are too large or too slow, and larger ones while many of them arrive.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._room = ROOM * limits.body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            if {name for name, _ in scope["headers"]} >= _LENGTHS:
                raise RefusedError(400, "the body has both a length and chunks")
            try:
                body = await asyncio.wait_for(self._body(receive), self._limits.client_seconds)
            except asyncio.TimeoutError:  # another one until Python 3.11
                seconds = f"{self._limits.client_seconds:g} s"
                raise RefusedError(408, f"the request did not arrive within {seconds}") from None
            if body is not None:
                await self._answer(body, scope, receive, noted)
        except RefusedError as refusal:
            await refusal.answer(scope, receive, send)
        except asyncio.CancelledError:  # the server has waited as long as it may
            if not has_begun:
                await RefusedError(503, "the server is shutting down").answer(scope, receive, send)

    async def _body(self, receive: Receive) -> bytes | None:
        """The body, or nothing if the client has gone."""
        pieces: list[bytes] = []
        size = held = 0
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                piece = message.get("body", b"")
                pieces.append(piece)
                size += len(piece)
                if size > self._limits.body:
                    raise RefusedError(413, f"the body is larger than {self._limits.body} bytes")
                if size > SMALL:
                    if size - held > self._room:
                        raise RefusedError(503, "too many large requests at once; try again later")
                    self._room -= size - held
                    held = size
                if not message.get("more_body", False):
                    return b"".join(pieces)
        finally:
            self._room += held

    async def _answer(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        answering = asyncio.ensure_future(self._app(scope, replay, send))
        ended = asyncio.ensure_future(receive())  # nothing can come but the end of the connection
        try:
            await asyncio.wait({answering, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            if not answering.done():
                answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering


class AnsweredHead:
    """Answers `HEAD` as `GET`, but without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
