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
from typing import Any

PADDING = "<pad>"
UNKNOWN = "<unk>"
PADDING_INDEX = 0
UNKNOWN_INDEX = 1


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
        if len(self._indices) != len(self.symbols):
            raise ValueError("a symbol stands twice")
        if unknown and self.symbols[:2] != (PADDING, UNKNOWN):
            raise ValueError(f"the list does not begin with {PADDING}, {UNKNOWN}")

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
