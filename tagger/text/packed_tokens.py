"""The tokens of a long text, packed into bytes.

As objects those of a line of 30 MB take gigabytes. And Python keeps memory for small objects as
long as one of them is left in it, so that a program that met a long line would stay larger.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

from tagger.text.sentence import Token, TokenColumns

GROUP = 256
"""Tokens that are packed, and unpacked, together."""


class PackedTokens(Sequence[Token]):
    """A sequence of tokens that are unpacked when they are read; it equals the tuple of them.

    The tokens that come of it are new ones each time. Read them in order: each step to another
    group of 256 unpacks that.
    """

    __slots__ = ("_groups", "_length", "_open")

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._groups: list[bytes] = []
        self._length = 0
        self._open: tuple[int, tuple[Token, ...]] = (-1, ())  # the group that was read last
        tokens = iter(tokens)
        while group := tuple(islice(tokens, GROUP)):
            self._groups.append(pickle.dumps(group, pickle.HIGHEST_PROTOCOL))
            self._length += len(group)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Token]:
        for group in self._groups:
            yield from pickle.loads(group)

    @overload
    def __getitem__(self, index: int) -> Token: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Token, ...]: ...

    def __getitem__(self, index: int | slice) -> Token | tuple[Token, ...]:
        places = range(self._length)[index]
        if isinstance(places, int):
            return self._at(places)
        return tuple([self._at(place) for place in places])

    def _at(self, place: int) -> Token:
        number, within = divmod(place, GROUP)
        opened, group = self._open
        if opened != number:
            group = pickle.loads(self._groups[number])
            self._open = number, group
        return group[within]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (PackedTokens, TokenColumns, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(map(Token.__eq__, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))
