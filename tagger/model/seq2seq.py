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
    """Hidden and cell state of an LSTM, `[hidden]` each, or of several texts side by side
    `[texts, hidden]`."""

    hidden: numpy.ndarray
    cell: numpy.ndarray


class Decoded(NamedTuple):
    """A step of the decoder for some texts: the scores `[texts, symbols]` of what comes next, the
    memory then, and how much it looked at each symbol that was read, `[texts, length]`, 1 in all
    for each text."""

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
        read = self._embed(symbols)
        cells = ("encoder.{}_l0", "encoder.{}_l0_reverse")
        given = [self._given(c, i) for c, i in zip(cells, (read, read[::-1]), strict=True)]
        inputs = numpy.stack(given, axis=1)  # [length, directions, 4 * hidden]
        recurrent = numpy.stack([self.weights[cell.format("weight_hh")].T for cell in cells])
        memory = _Memory(*numpy.zeros((2, 2, HIDDEN), dtype=numpy.float32))
        states = []
        for step in inputs:
            memory = _next(step + (memory.hidden[:, None] @ recurrent)[:, 0], memory)
            states.append(memory.hidden)
        forward, backward = numpy.stack(states, axis=1)
        first = numpy.tanh(self._linear("bridge", memory.hidden.ravel()))
        return (
            numpy.concatenate([forward, backward[::-1]], axis=1),
            _Memory(first, numpy.zeros_like(first)),
        )

    def decode(self, symbols: list[str], states: numpy.ndarray, memory: _Memory) -> Decoded:
        """One-to-many: what comes after the symbols, which were written last, one in each text."""
        cell = "decoder.{}_l0"
        recurrent = memory.hidden @ self.weights[cell.format("weight_hh")].T
        memory = _next(self._given(cell, self._embed(symbols)) + recurrent, memory)
        fit = memory.hidden @ self._linear("keys", states).T  # [texts, length]
        attention = numpy.exp(_log_softmax(fit))
        read = attention @ states  # [texts, 2 * hidden]
        scores = self._linear("output", numpy.concatenate([memory.hidden, read], axis=1))
        return Decoded(scores, memory, attention)

    def beam(self, item: Restoration, width: int = BEAM) -> list[Hypothesis]:
        """What the decoder would write, the likeliest first: a beam search of that width."""
        states, (hidden, cell) = self.encode(source(item))
        memory = _Memory(hidden[None], cell[None])
        going = [Hypothesis((), 0.0, ())]
        ended: list[Hypothesis] = []
        while going:
            last = [written.symbols[-1] if written.symbols else BEGIN for written in going]
            step = self.decode(last, states, memory)
            logarithms = _log_softmax(step.scores)
            likeliest = numpy.argsort(-logarithms, axis=1, kind="stable")[:, :width]
            longer = [
                (written.logarithm + more, text, index)
                for text, written in enumerate(going)
                for index, more in zip(
                    likeliest[text].tolist(), logarithms[text, likeliest[text]].tolist()
                )
            ]
            longer.sort(key=lambda item: -item[0])
            kept = [
                (
                    Hypothesis(
                        (*going[text].symbols, self.symbols.symbol(index)),
                        logarithm,
                        (*going[text].attention, step.attention[text]),
                    ),
                    text,
                )
                for logarithm, text, index in longer[: width - len(ended)]
            ]
            ended += [hypothesis for hypothesis, _ in kept if hypothesis.ended]
            kept = [
                pair for pair in kept if not pair[0].ended and len(pair[0].symbols) < LONGEST_TEXT
            ]
            going = [hypothesis for hypothesis, _ in kept]
            memory = _Memory(*[part[[text for _, text in kept]] for part in step.memory])
        return sorted(ended, key=lambda hypothesis: -hypothesis.logarithm)

    def _embed(self, symbols: list[str]) -> numpy.ndarray:
        return self.weights["embedding.weight"][self.symbols.indices(symbols)]

    def _linear(self, layer: str, inputs: numpy.ndarray) -> numpy.ndarray:
        result: numpy.ndarray = (
            inputs @ self.weights[f"{layer}.weight"].T + self.weights[f"{layer}.bias"]
        )
        return result

    def _given(self, cell: str, inputs: numpy.ndarray) -> numpy.ndarray:
        """What the inputs give an LSTM's gates, whatever it remembers."""
        biases = self.weights[cell.format("bias_ih")] + self.weights[cell.format("bias_hh")]
        gates: numpy.ndarray = inputs @ self.weights[cell.format("weight_ih")].T + biases
        return gates


def _next(gates: numpy.ndarray, memory: _Memory) -> _Memory:
    """An LSTM's next memory from its gates `[texts, 4 * hidden]` (Hochreiter & Schmidhuber 1997,
    with a forget gate)."""
    enter, forget, new, leave = (
        gates[:, place : place + HIDDEN] for place in range(0, 4 * HIDDEN, HIDDEN)
    )
    state = _sigmoid(forget) * memory.cell + _sigmoid(enter) * numpy.tanh(new)
    return _Memory(_sigmoid(leave) * numpy.tanh(state), state)


def _sigmoid(values: numpy.ndarray) -> numpy.ndarray:
    result: numpy.ndarray = (1 + numpy.tanh(values / 2)) / 2
    return result


def _log_softmax(scores: numpy.ndarray) -> numpy.ndarray:
    below = scores - scores.max(axis=-1, keepdims=True)
    result: numpy.ndarray = below - numpy.log(numpy.exp(below).sum(axis=-1, keepdims=True))
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
