"""Files of safetensors that hold the SHA-256 of themselves: checkpoints and prepared data.
safetensors itself does not see that a bit was flipped."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

OPEN_SEAL = {"sha256": "0" * 64}
"""What the metadata of a file that will be sealed must contain."""

_SEAL = re.compile(rb'"sha256":"([0-9a-f]{64})"')


def sealed(data: bytes) -> bytes:
    """The bytes of a safetensors file with an open seal, with its digest in place of it."""
    start, end = _place(data)
    return data[:start] + _digest(data, start, end) + data[end:]


def check_seal(path: Path) -> None:
    """Raises ValueError if the file is not what was sealed."""
    data = path.read_bytes()
    start, end = _place(data)
    if data[start:end] != _digest(data, start, end):
        raise ValueError("its digest is not that of its content")


def _place(data: bytes) -> tuple[int, int]:
    header = 8 + int.from_bytes(data[:8], "little")  # safetensors: its length, then JSON
    found = _SEAL.search(data, 8, header)
    if not found:
        raise ValueError("it has no digest")
    return found.span(1)


def _digest(data: bytes, start: int, end: int) -> bytes:
    digest = hashlib.sha256(data[:start])
    digest.update(memoryview(data)[end:])
    return digest.hexdigest().encode()
