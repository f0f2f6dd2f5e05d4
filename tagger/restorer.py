"""The writer of restorations that training never showed: sequence to sequence, in jamo.

An encoder reads the structure of a label (`B-VV`, `B-ETM`) and the jamo of the syllable with
its neighbours; a decoder with attention writes the jamo of the restored text, one slot after
the other: `쑨` as verb and ending is `쑤|ㄴ` (Sutskever, Vinyals & Le 2014; attention after
Luong, Pham & Manning 2015).
"""

from __future__ import annotations

import math
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from tagger.labels import BETWEEN_SLOTS
from tagger.vocabulary import PADDING, PADDING_INDEX, UNKNOWN, Symbols

BEGIN, END = "<begin>", "<end>"
SYLLABLE_BEGINS, SYLLABLE_ENDS = "<", ">"
LONGEST_TEXT = 24
"""Jamo and slot marks that the decoder writes at most."""

WIDTH = 48
HIDDEN = 64
EPOCHS = 12
FEWEST_STEPS = 100
BATCH = 128
LEARNING_RATE = 5e-3
DROPOUT = 0.2


class Restoration(NamedTuple):
    """A syllable with its neighbours, the structure of its label, and the restored text,
    in the conventions of a corpus."""

    corpus: str
    before: str
    syllable: str
    after: str
    shape: str
    text: str = ""


def source(item: Restoration) -> list[str]:
    """What the encoder reads.

    >>> unicodedata.normalize("NFC", "".join(source(Restoration("klue", " ", "쑨", "죽", "B-VV"))))
    'klueB-VV <쑨>죽'
    """
    return [
        item.corpus,
        *item.shape.split(BETWEEN_SLOTS),
        *unicodedata.normalize("NFD", item.before),
        SYLLABLE_BEGINS,
        *unicodedata.normalize("NFD", item.syllable),
        SYLLABLE_ENDS,
        *unicodedata.normalize("NFD", item.after),
    ]


def target(item: Restoration) -> list[str]:
    """What the decoder is to write, a mark between slots."""
    return [*unicodedata.normalize("NFD", BETWEEN_SLOTS.join(item.text)), END]


class RestorerNetwork(nn.Module):
    """A bidirectional LSTM encoder and an LSTM decoder with attention."""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, WIDTH, padding_idx=PADDING_INDEX)
        self.encoder = nn.LSTM(WIDTH, HIDDEN, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(WIDTH, HIDDEN, batch_first=True)
        self.bridge = nn.Linear(2 * HIDDEN, HIDDEN)
        self.keys = nn.Linear(2 * HIDDEN, HIDDEN)
        self.output = nn.Linear(3 * HIDDEN, symbols)
        self.dropout = nn.Dropout(DROPOUT)

    def encode(self, sources: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The encoder's states `[batch, length, 2 * hidden]` and the decoder's first hidden
        and cell state, `[1, batch, hidden]` each.

        Shape: sources `[batch, length]`, padded on the left, so that both ends of the
        encoder have read everything.
        """
        states, (hidden, _) = self.encoder(self.dropout(self.embedding(sources)))
        first = self.bridge(torch.cat([hidden[0], hidden[1]], dim=-1)).tanh().unsqueeze(0)
        return states, (first, torch.zeros_like(first))

    def decode(
        self,
        written: Tensor,
        states: Tensor,
        padding: Tensor,
        memory: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The scores `[batch, written, symbols]` of what comes after each written symbol,
        and the hidden and cell state after the last.

        Shape: written `[batch, written]`, states as `encode` gives them, padding
        `[batch, length]`, true where the source has none.
        """
        output, memory = self.decoder(self.dropout(self.embedding(written)), memory)
        fit = output @ self.keys(states).transpose(1, 2)  # [batch, written, length]
        weights = fit.masked_fill(padding.unsqueeze(1), -torch.inf).softmax(-1)
        read = weights @ states  # [batch, written, 2 * hidden]
        return self.output(self.dropout(torch.cat([output, read], dim=-1))), memory


@dataclass(frozen=True)
class RestorationWriter:
    """The network with its symbols: writes the text behind a structure in the conventions
    of a corpus."""

    network: RestorerNetwork
    symbols: Symbols
    corpus: str

    def write(self, before: str, syllable: str, after: str, shape: str) -> str | None:
        """The restored text, None if what the network writes does not fit the structure."""
        return _write(self, Restoration(self.corpus, before, syllable, after, shape))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RestorationWriter):
            return False
        if (self.symbols, self.corpus) != (other.symbols, other.corpus):
            return False
        weights = other.network.state_dict()
        return all(t.equal(weights[name]) for name, t in self.network.state_dict().items())

    def __hash__(self) -> int:
        return hash((self.symbols, self.corpus))


@lru_cache(maxsize=1 << 14)
def _write(writer: RestorationWriter, item: Restoration) -> str | None:
    symbols = writer.symbols
    sources = torch.tensor([[symbols.index(symbol) for symbol in source(item)]])
    written = [symbols.index(BEGIN)]
    text: list[str] = []
    with torch.inference_mode():
        states, memory = writer.network.encode(sources)
        padding = torch.zeros_like(sources, dtype=torch.bool)
        while len(text) < LONGEST_TEXT:
            scores, memory = writer.network.decode(
                torch.tensor([written[-1:]]), states, padding, memory
            )
            written.append(int(scores[0, -1].argmax()))
            symbol = symbols.symbol(written[-1])
            if symbol == END:
                break
            text.append(symbol)
    slots = unicodedata.normalize("NFC", "".join(text)).split(BETWEEN_SLOTS)
    fits = len(slots) == item.shape.count(BETWEEN_SLOTS) + 1
    return "".join(slots) if fits and all(len(slot) == 1 for slot in slots) else None


def train_writer(items: Iterable[Restoration], corpus: str, seed: int) -> RestorationWriter | None:
    """A writer in the conventions of that corpus that has learnt these restorations, None
    if there are none."""
    examples = sorted(set(items))
    if not examples:
        return None
    names = {symbol for item in examples for symbol in (*source(item), *target(item))}
    symbols = Symbols([PADDING, UNKNOWN, BEGIN, *sorted(names)], unknown=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = RestorerNetwork(len(symbols))
        _fit(network, symbols, examples, random.Random(seed))
    network.load_state_dict(  # as it will be saved
        {name: tensor.half().float() for name, tensor in network.state_dict().items()}
    )
    return RestorationWriter(network.eval(), symbols, corpus)


def _fit(
    network: RestorerNetwork,
    symbols: Symbols,
    examples: Sequence[Restoration],
    generator: random.Random,
) -> None:
    batches = math.ceil(len(examples) / BATCH)
    epochs = max(EPOCHS, math.ceil(FEWEST_STEPS / batches))
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=epochs * batches
    )
    network.train()
    for _ in range(epochs):
        order = generator.sample(examples, len(examples))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            sources = _padded([source(item) for item in batch], symbols, left=True)
            targets = _padded([target(item) for item in batch], symbols, left=False)
            begin = torch.full_like(targets[:, :1], symbols.index(BEGIN))
            states, memory = network.encode(sources)
            written = torch.cat([begin, targets[:, :-1]], dim=1)
            scores, _ = network.decode(written, states, sources == PADDING_INDEX, memory)
            loss = functional.cross_entropy(
                scores.flatten(0, 1), targets.flatten(), ignore_index=PADDING_INDEX
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()


def _padded(rows: Sequence[Sequence[str]], symbols: Symbols, *, left: bool) -> Tensor:
    """The rows as indices `[rows, longest]`."""
    width = max(map(len, rows))
    indices = [[symbols.index(symbol) for symbol in row] for row in rows]
    padding = [[PADDING_INDEX] * (width - len(row)) for row in rows]
    pairs = zip(padding, indices, strict=True) if left else zip(indices, padding, strict=True)
    return torch.tensor([[*one, *other] for one, other in pairs])
