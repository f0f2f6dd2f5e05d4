"""What a request and a connection may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, how many may be there, and how long each may take."""

    characters: int = 100_000
    """Of all texts of a request."""

    texts: int = 1_000
    """Of a request."""

    seconds: float = 30.0
    """In which a request is answered."""

    waiting: int = 256
    """Requests that are answered or wait at once."""

    large: int = 32
    """Those among them of more characters than one turn has (`scheduling.py`)."""

    connections: int = 512
    """Open at once."""

    client_seconds: float = 20.0
    """In which a client must send a request, and take the answer."""

    idle_seconds: float = 10.0
    """After which a connection without a request is closed."""

    shutdown_seconds: float = 5.0
    """That open requests have when the server is told to end."""

    @property
    def body(self) -> int:
        """Bytes of a request: a character is at most 12 of JSON (a surrogate pair, escaped)."""
        return 12 * self.characters + 10_000


DEFAULTS = Limits()
