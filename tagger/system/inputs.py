"""What a caller of the library gives: texts, numbers, and iterables that may fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Integral
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Endured(Generic[Item]):
    """An iterable whose error ends it, to be raised when what came before it is dealt with."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._items
        except Exception as error:
            self._error = error

    def raise_error(self) -> None:
        """Raise the error of the iterable, if it had one."""
        if self._error is not None:
            raise self._error


def check_text(text: object) -> None:
    """Raises TypeError unless it is a `str`."""
    if not isinstance(text, str):
        advice = "; decode it first" if isinstance(text, (bytes, bytearray)) else ""
        raise TypeError(f"a text must be a str, not {type(text).__name__}{advice}")


def check_number(name: str, value: object, least: int) -> None:
    """Raises TypeError or ValueError unless it is an integer of at least `least`."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")
