"""Who may ask: the names by which the server may be called, and the token that it may want."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ANY = "*"

OPEN = ("/", "/health")
"""What is answered without a token."""

_HOST = re.compile(
    r"(?:\[(?P<address>[0-9a-f:.%]+)\]|(?P<name>[^][@/:?#\\,\s]+))(?::[0-9]*)?", re.I
)


class AllowedHosts:
    """Refuses requests whose `Host` names another server.

    A page from elsewhere could otherwise read answers: its own name may be made to lead to this
    machine (DNS rebinding). Names of the loopback interface are always allowed. An address of
    all interfaces, such as 0.0.0.0, allows every IP address, which needs no name.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = {_normal(name) for name in names}
        self._any_address = any(
            address.is_unspecified for name in self._names if (address := _address(name))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            host = host_of(hosts[0].decode("latin-1")) if hosts else ""
            if not self._allows(host):
                refusal = JSONResponse({"detail": _why(host)}, 400)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _allows(self, host: str) -> bool:
        if host in self._names or ANY in self._names or host == "localhost":
            return True
        address = _address(host)
        return address is not None and (address.is_loopback or self._any_address)


class RequiredToken:
    """Refuses requests without the token (`Authorization: Bearer TOKEN`, RFC 6750), but for
    /health and the page, which asks for it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN:
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            if len(given) != 1 or not hmac.compare_digest(given[0], self._expected):
                refusal = JSONResponse(
                    {"detail": "send the header Authorization: Bearer, with the server's token"},
                    401,
                    {"WWW-Authenticate": "Bearer"},
                )
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def host_of(header: str) -> str:
    """The host of a `Host` header, without its port; nothing if the header is no host and port.

    >>> host_of("LocalHost:8000"), host_of("[::1]:8000"), host_of("[::1]")
    ('localhost', '::1', '::1')
    >>> host_of("[::1]evil.example"), host_of("localhost:80@evil.example")
    ('', '')
    """
    found = _HOST.fullmatch(header)
    return _normal(found["address"] or found["name"]) if found else ""


def _normal(name: str) -> str:
    return name.lower().strip("[]").removesuffix(".")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _why(host: str) -> str:
    if not host:
        return "the request names no host, or not as host:port"
    return f"the host {host!a} is not allowed; start the server with --allowed-host for it"
