"""The writer of restorations that training never showed, as tagging runs it.

It is the network of `tagger/training/seq2seq.py`, trained there, read here as plain arrays: it
writes a word now and then, so it need not wait for the library that trains it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy

from tagger.labeling.labels import BETWEEN_SLOTS, slots
from tagger.system.concurrency import native_code
from tagger.text.escaping import is_printable
from tagger.vocabulary import Symbols

BEGIN, END = "<begin>", "<end>"
SYLLABLE_BEGINS, SYLLABLE_ENDS = "<", ">"
LONGEST_TEXT = 24
"""Jamo and slot marks that the decoder writes at most."""

BEAM = 4
"""Texts that are carried on side by side while they are written."""

WIDTH = 48
HIDDEN = 64


class Restoration(NamedTuple):
    """A syllable with its neighbours, the structure of its label, and the restored text,
    in the conventions of a corpus."""

    corpus: str
    before: str
    syllable: str
    after: str
    structure: str
    text: str = ""


def source(item: Restoration) -> list[str]:
    """What the encoder reads.

    >>> unicodedata.normalize("NFC", "".join(source(Restoration("klue", " ", "쑨", "죽", "B-VV"))))
    'klueB-VV <쑨>죽'
    """
    return [
        item.corpus,
        *item.structure.split(BETWEEN_SLOTS),
        *unicodedata.normalize("NFD", item.before),
        SYLLABLE_BEGINS,
        *unicodedata.normalize("NFD", item.syllable),
        SYLLABLE_ENDS,
        *unicodedata.normalize("NFD", item.after),
    ]


def target(item: Restoration) -> list[str]:
    """What the decoder is to write, a mark between slots."""
    return [*unicodedata.normalize("NFD", BETWEEN_SLOTS.join(item.text)), END]


def writer_shapes(symbols: int) -> dict[str, tuple[int, ...]]:
    """The name and shape of every parameter of the network."""
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (symbols, WIDTH)}
    for cell in ("encoder.{}_l0", "encoder.{}_l0_reverse", "decoder.{}_l0"):
        shapes[cell.format("weight_ih")] = (4 * HIDDEN, WIDTH)
        shapes[cell.format("weight_hh")] = (4 * HIDDEN, HIDDEN)
        shapes[cell.format("bias_ih")] = shapes[cell.format("bias_hh")] = (4 * HIDDEN,)
    for layer, width, states in (
        ("bridge", HIDDEN, 2 * HIDDEN),
        ("keys", HIDDEN, 2 * HIDDEN),
        ("output", symbols, 3 * HIDDEN),
    ):
        shapes[f"{layer}.weight"], shapes[f"{layer}.bias"] = (width, states), (width,)
    return shapes


class _Memory(NamedTuple):
    """Hidden and cell state of an LSTM, `[hidden]` each."""

    hidden: numpy.ndarray
    cell: numpy.ndarray


class Decoded(NamedTuple):
    """A step of the decoder: the scores `[symbols]` of what comes next, the memory then, and
    how much it looked at each symbol that was read, `[length]`, 1 in all."""

    scores: numpy.ndarray
    memory: _Memory
    attention: numpy.ndarray


class Hypothesis(NamedTuple):
    """What the decoder wrote, END included once it came: the symbols, their log probability,
    and the attention `[length]` when each was written."""

    symbols: tuple[str, ...]
    logarithm: float
    attention: tuple[numpy.ndarray, ...]

    @property
    def ended(self) -> bool:
        return self.symbols[-1:] == (END,)

    def text(self, structure: str) -> str | None:
        """The restored text, None if it does not fit the structure."""
        jamo = "".join(symbol for symbol in self.symbols if symbol != END)
        written = unicodedata.normalize("NFC", jamo).split(BETWEEN_SLOTS)
        fits = len(written) == slots(structure) and all(len(slot) == 1 for slot in written)
        text = "".join(written)
        return text if fits and is_printable(text) else None


@dataclass(frozen=True, eq=False)
class RestorationWriter:
    """The trained network with its symbols: writes the text behind a structure in the
    conventions of a corpus."""

    weights: Mapping[str, numpy.ndarray]
    symbols: Symbols
    corpus: str

    def write(self, before: str, syllable: str, after: str, structure: str) -> str | None:
        """The restored text, None if what the network writes does not fit the structure."""
        return _write(self, Restoration(self.corpus, before, syllable, after, structure))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RestorationWriter):
            return False
        if (self.symbols, self.corpus) != (other.symbols, other.corpus):
            return False
        return all(numpy.array_equal(w, other.weights[name]) for name, w in self.weights.items())

    def __hash__(self) -> int:
        return hash((self.symbols, self.corpus))

    def encode(self, symbols: list[str]) -> tuple[numpy.ndarray, _Memory]:
        """Many-to-one: the encoder's states `[length, 2 * hidden]`, and of its last ones the
        decoder's first memory."""
        inputs = self._embed(symbols)
        directions = []
        for suffix, ordered in (("", inputs), ("_reverse", inputs[::-1])):
            memory = _Memory(*numpy.zeros((2, HIDDEN), dtype=numpy.float32))
            states = []
            for step in ordered:
                memory = self._step("encoder.{}_l0" + suffix, step, memory)
                states.append(memory.hidden)
            directions.append(numpy.stack(states))
        ends = numpy.concatenate([states[-1] for states in directions])
        first = numpy.tanh(self._linear("bridge", ends))
        return (
            numpy.concatenate([directions[0], directions[1][::-1]], axis=1),
            _Memory(first, numpy.zeros_like(first)),
        )

    def decode(self, symbol: str, states: numpy.ndarray, memory: _Memory) -> Decoded:
        """One-to-many: what comes after the symbol, which was written last."""
        memory = self._step("decoder.{}_l0", self._embed([symbol])[0], memory)
        fit = self._linear("keys", states) @ memory.hidden  # [length]
        attention = numpy.exp(_log_softmax(fit))
        read = attention @ states  # [2 * hidden]
        scores = self._linear("output", numpy.concatenate([memory.hidden, read]))
        return Decoded(scores, memory, attention)

    def beam(self, item: Restoration, width: int = BEAM) -> list[Hypothesis]:
        """What the decoder would write, the likeliest first: a beam search of that width."""
        states, memory = self.encode(source(item))
        going = [(Hypothesis((), 0.0, ()), memory)]
        ended: list[Hypothesis] = []
        while going:
            longer: list[tuple[Hypothesis, _Memory]] = []
            for written, memory in going:
                last = written.symbols[-1] if written.symbols else BEGIN
                step = self.decode(last, states, memory)
                logarithms = _log_softmax(step.scores)
                for index in numpy.argsort(-logarithms, kind="stable")[:width].tolist():
                    hypothesis = Hypothesis(
                        (*written.symbols, self.symbols.symbol(index)),
                        written.logarithm + float(logarithms[index]),
                        (*written.attention, step.attention),
                    )
                    longer.append((hypothesis, step.memory))
            longer.sort(key=lambda item: -item[0].logarithm)
            kept = longer[: width - len(ended)]
            ended += [hypothesis for hypothesis, _ in kept if hypothesis.ended]
            going = [
                pair for pair in kept if not pair[0].ended and len(pair[0].symbols) < LONGEST_TEXT
            ]
        return sorted(ended, key=lambda hypothesis: -hypothesis.logarithm)

    def _embed(self, symbols: list[str]) -> numpy.ndarray:
        return self.weights["embedding.weight"][self.symbols.indices(symbols)]

    def _linear(self, layer: str, inputs: numpy.ndarray) -> numpy.ndarray:
        result: numpy.ndarray = (
            inputs @ self.weights[f"{layer}.weight"].T + self.weights[f"{layer}.bias"]
        )
        return result

    def _step(self, cell: str, inputs: numpy.ndarray, memory: _Memory) -> _Memory:
        """An LSTM's next memory (Hochreiter & Schmidhuber 1997, with a forget gate)."""
        gates = (
            self.weights[cell.format("weight_ih")] @ inputs
            + self.weights[cell.format("weight_hh")] @ memory.hidden
            + self.weights[cell.format("bias_ih")]
            + self.weights[cell.format("bias_hh")]
        )
        enter, forget, new, leave = gates.reshape(4, HIDDEN)
        state = _sigmoid(forget) * memory.cell + _sigmoid(enter) * numpy.tanh(new)
        return _Memory(_sigmoid(leave) * numpy.tanh(state), state)


def _sigmoid(values: numpy.ndarray) -> numpy.ndarray:
    result: numpy.ndarray = (1 + numpy.tanh(values / 2)) / 2
    return result


def _log_softmax(scores: numpy.ndarray) -> numpy.ndarray:
    below = scores - scores.max()
    result: numpy.ndarray = below - numpy.log(numpy.exp(below).sum())
    return result


@lru_cache(maxsize=1 << 11)
def _write(writer: RestorationWriter, item: Restoration) -> str | None:
    with native_code.here():
        hypotheses = writer.beam(item)
    for hypothesis in hypotheses:
        text = hypothesis.text(item.structure)
        if text is not None:
            return text
    return None
