"""Symbols and their indices: the one place where indices are made.

A `Vocabulary` holds one `Symbols` for each input column and each output of the network. It
is built from training examples, saved as readable JSON inside the model folder, and used by
training, evaluation and tagging alike. torchtext builds the lists when a model is trained;
loading one and tagging do not need it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import compress
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import numpy

PADDING = "<pad>"
UNKNOWN = "<unk>"
PADDING_INDEX = 0
UNKNOWN_INDEX = 1


class Alphabet(Protocol):
    """What the codes of a column stand for. Each class has its own way from codes to indices."""

    def symbols(self, codes: numpy.ndarray) -> list[str]:
        """The symbol of each code."""
        ...

    def table(self, symbols: Symbols) -> numpy.ndarray:
        """What `look_up` needs to find the indices of the codes among these symbols."""
        ...

    def look_up(self, codes: numpy.ndarray, table: numpy.ndarray) -> numpy.ndarray:
        """The index of each code, `[steps]`."""
        ...


class Listed:
    """Codes are places in a list of symbols.

    >>> Listed(["B-NNG", "I-NNG"]).symbols(numpy.array([1, 0, 1]))
    ['I-NNG', 'B-NNG', 'I-NNG']
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)

    def symbols(self, codes: numpy.ndarray) -> list[str]:
        return [self.names[code] for code in codes.tolist()]

    def table(self, symbols: Symbols) -> numpy.ndarray:
        """The index of each name."""
        return numpy.array(symbols.indices(self.names), dtype=numpy.int32)

    def look_up(self, codes: numpy.ndarray, table: numpy.ndarray) -> numpy.ndarray:
        found: numpy.ndarray = table[codes]
        return found


CODE_POINT_BITS = 21


def code_points(text: str) -> numpy.ndarray:
    """The code points of a text, `[length]`, lone surrogates included."""
    return numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)


class Characters:
    """Codes are the code points of so many characters, one after another in one number.

    >>> Characters(2).symbols(pair(numpy.array([ord("가")]), numpy.array([ord("나")])))
    ['가나']
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def symbols(self, codes: numpy.ndarray) -> list[str]:
        shifts = numpy.arange(self.count - 1, -1, -1) * CODE_POINT_BITS
        points = codes.astype(numpy.int64)[:, None] >> shifts & (1 << CODE_POINT_BITS) - 1
        return ["".join(map(chr, row)) for row in points.tolist()]

    def table(self, symbols: Symbols) -> numpy.ndarray:
        """The codes of the symbols of so many characters, sorted, and their indices: `[2, n]`."""
        fitting = [len(symbol) == self.count for symbol in symbols.symbols]
        (indices,) = numpy.nonzero(numpy.array(fitting))
        if not len(indices):
            return numpy.array([[-1], [UNKNOWN_INDEX]])
        points = code_points("".join(compress(symbols.symbols, fitting)))
        codes = reduce(pair, points.reshape(-1, self.count).T).astype(numpy.int64)
        order = codes.argsort()
        return numpy.stack([codes[order], indices[order]])

    def look_up(self, codes: numpy.ndarray, table: numpy.ndarray) -> numpy.ndarray:
        keys, indices = table
        places = numpy.minimum(numpy.searchsorted(keys, codes), len(keys) - 1)
        return numpy.where(keys[places] == codes, indices[places], UNKNOWN_INDEX)


def pair(left: numpy.ndarray, right: numpy.ndarray) -> numpy.ndarray:
    """The codes of characters, or of several, each with the character after it."""
    joined: numpy.ndarray = left.astype(numpy.int64) << CODE_POINT_BITS | right
    return joined


class Column(NamedTuple):
    """The symbols of steps in a row, as codes `[steps]` of an alphabet."""

    codes: numpy.ndarray
    alphabet: Alphabet

    @classmethod
    def of(cls, symbols: Iterable[str]) -> Column:
        """The column of any symbols."""
        codes: dict[str, int] = {}
        numbers = [codes.setdefault(symbol, len(codes)) for symbol in symbols]
        return cls(numpy.array(numbers, dtype=numpy.int32), Listed(codes))

    def symbols(self, first: int = 0, last: int | None = None) -> list[str]:
        """The symbols of the steps from the first to the one before the last."""
        return self.alphabet.symbols(self.codes[first:last])


class Symbols:
    """An ordered list of symbols. With `unknown`, symbols outside it share one index.

    >>> tags = Symbols(["JKS", "NNG"], unknown=False)
    >>> tags.index("NNG"), tags.symbol(0)
    (1, 'JKS')
    """

    def __init__(self, symbols: Iterable[str], *, unknown: bool) -> None:
        self.symbols = tuple(symbols)
        self.unknown = unknown
        self._indices = {symbol: index for index, symbol in enumerate(self.symbols)}
        self._tables: WeakKeyDictionary[Alphabet, numpy.ndarray] = WeakKeyDictionary()
        if len(self._indices) != len(self.symbols):
            raise ValueError("a symbol stands twice")
        if unknown and self.symbols[:2] != (PADDING, UNKNOWN):
            raise ValueError(f"the list does not begin with {PADDING}, {UNKNOWN}")

    def __getstate__(self) -> dict[str, Any]:
        """All but the tables, which are made again."""
        return {"symbols": self.symbols, "unknown": self.unknown}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(state["symbols"], unknown=state["unknown"])  # type: ignore[misc]

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._indices

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Symbols)
            and self.symbols == other.symbols
            and self.unknown == other.unknown
        )

    def __hash__(self) -> int:
        return hash((self.symbols, self.unknown))

    def index(self, symbol: str) -> int:
        """The symbol's index. Raises KeyError if it is not listed and none stand for it."""
        if self.unknown:
            return self._indices.get(symbol, UNKNOWN_INDEX)
        return self._indices[symbol]

    def indices(self, symbols: Iterable[str]) -> list[int]:
        """`index` of each symbol."""
        if not self.unknown:
            return [self._indices[symbol] for symbol in symbols]
        get = self._indices.get
        return [get(symbol, UNKNOWN_INDEX) for symbol in symbols]

    def indices_of(self, column: Column) -> numpy.ndarray:
        """`index` of each symbol of an input column, `[steps]`."""
        codes, alphabet = column
        table = self._tables.get(alphabet)
        if table is None:
            table = self._tables[alphabet] = alphabet.table(self)
        return alphabet.look_up(codes, table)

    def symbol(self, index: int) -> str:
        return self.symbols[index]

    def grown(self, other: Symbols) -> Symbols:
        """These symbols with their indices, and after them those that only the other lists."""
        new = [symbol for symbol in other.symbols if symbol not in self]
        return Symbols((*self.symbols, *new), unknown=self.unknown)


@dataclass(frozen=True)
class Vocabulary:
    """All symbols of one model.

    `inputs` has padding at 0 and unknown at 1 in every column; `labels`, `upos` and
    `corpora` are closed lists. `upos` may be empty: then the model does not predict it.
    """

    inputs: Mapping[str, Symbols]
    labels: Symbols
    upos: Symbols
    corpora: Symbols

    def grown(self, other: Vocabulary) -> Vocabulary:
        """This vocabulary with what is new in the other, whose columns are the same."""
        return Vocabulary(
            {name: column.grown(other.inputs[name]) for name, column in self.inputs.items()},
            self.labels.grown(other.labels),
            self.upos.grown(other.upos),
            self.corpora.grown(other.corpora),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "inputs": {name: list(column.symbols) for name, column in self.inputs.items()},
            "labels": list(self.labels.symbols),
            "upos": list(self.upos.symbols),
            "corpora": list(self.corpora.symbols),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Vocabulary:
        """The inverse of `to_json`; other keys are left alone. Raises ValueError for a symbol
        that stands twice, and for an input column without padding and unknown symbol."""
        return cls(
            {name: Symbols(column, unknown=True) for name, column in data["inputs"].items()},
            Symbols(data["labels"], unknown=False),
            Symbols(data["upos"], unknown=False),
            Symbols(data["corpora"], unknown=False),
        )


def build_inputs(
    columns: Mapping[str, Iterable[Sequence[str]]], minimum_counts: Mapping[str, int]
) -> dict[str, Symbols]:
    """The symbols of each input column, the frequent ones first.

    A symbol seen less often than the column's minimum count is left out, so that training
    meets the unknown symbol too.
    """
    return {
        name: Symbols(_listed(sequences, minimum_counts.get(name, 1), True), unknown=True)
        for name, sequences in columns.items()
    }


def build_outputs(sequences: Iterable[Sequence[str | None]], minimum_count: int = 1) -> Symbols:
    """The symbols that a head of the network chooses from; None counts for nothing."""
    return Symbols(_listed(sequences, minimum_count, False), unknown=False)


def _listed(
    sequences: Iterable[Sequence[str | None]], minimum_count: int, unknown: bool
) -> list[str]:
    """The specials, then the symbols seen often enough: frequent first, ties in order."""
    from torchtext.vocab import Vocab

    counts: Counter[str] = Counter()
    for sequence in sequences:
        counts.update(symbol for symbol in sequence if symbol is not None)
    specials = [PADDING, UNKNOWN] if unknown else []
    return list(Vocab(counts, min_freq=minimum_count, specials=specials).itos)
