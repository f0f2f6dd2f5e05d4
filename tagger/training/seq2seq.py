"""Learning to write restorations that training never showed: sequence to sequence, in jamo.

An encoder reads the structure of a label (`B-VV`, `B-ETM`) and the jamo of the syllable with
its neighbours; a decoder with attention writes the jamo of the restored text, one slot after
the other: `쑨` as verb and ending is `쑤|ㄴ` (Sutskever, Vinyals & Le 2014; attention after
Luong, Pham & Manning 2015). While it learns, the decoder reads the gold text and not its own
(teacher forcing, Williams & Zipser 1989). What is learned here, `tagger/model/seq2seq.py` runs.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy
import torch
from torch import Tensor, nn
from torch.nn import functional

from tagger.model.network import saved_weights
from tagger.model.seq2seq import (
    BEGIN,
    HIDDEN,
    WIDTH,
    Restoration,
    RestorationWriter,
    source,
    target,
)
from tagger.vocabulary import PADDING, PADDING_INDEX, UNKNOWN, Symbols

MOST = 50_000
"""Restorations that are learned from, the most frequent ones: with much text of programs' labels
there are ten times as many, and the rare ones are mostly errors."""

EPOCHS = 12
FEWEST_STEPS = 100
BATCH = 128
LEARNING_RATE = 5e-3
DROPOUT = 0.2


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


def train_writer(items: Iterable[Restoration], corpus: str, seed: int) -> RestorationWriter | None:
    """A writer in the conventions of that corpus that has learned these restorations, the
    `MOST` most frequent of them, None if there are none."""
    counts = Counter(items)
    examples = sorted(sorted(counts, key=lambda item: (-counts[item], item))[:MOST])
    if not examples:
        return None
    names = {symbol for item in examples for symbol in (*source(item), *target(item))}
    symbols = Symbols([PADDING, UNKNOWN, BEGIN, *sorted(names)], unknown=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = RestorerNetwork(len(symbols))
        _fit(network, symbols, examples, random.Random(seed))
    weights = {name: w.astype(numpy.float32) for name, w in saved_weights(network).items()}
    return RestorationWriter(weights, symbols, corpus)


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
