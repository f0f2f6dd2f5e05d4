"""The copy task of `study gradients`: the first symbol of a sequence is asked for at its end.

Between the two stand symbols that mean nothing, so a cell must keep the first one in its
state and everything else out (after Hochreiter & Schmidhuber 1997). Many-to-one: only the last
hidden state is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import mean
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from tagger.model.network import CELLS
from tagger.study.step import NAMES

SYMBOLS = 8
WIDTH, HIDDEN = 16, 64
BATCH = 32
LEARNING_RATE = 3e-3
GRADIENT_NORM = 1.0
WATCHED = 20
"""Updates whose mean accuracy counts, on sequences that are new in each."""
LEARNT = 0.99
OPEN = 4.0
"""Added to the bias of a forget gate, which is near 1 then, where training begins (Gers,
Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015)."""


class Learner(NamedTuple):
    """A cell, and whether its forget gates are open when training begins."""

    cell: str
    opened: bool = False

    def __str__(self) -> str:
        return NAMES[self.cell] + ", forget gates opened" * self.opened


LEARNERS = (Learner("rnn"), Learner("gru"), Learner("lstm"), Learner("lstm", opened=True))
DISTANCES = (5, 10, 20, 40, 80)


class Copied(NamedTuple):
    """How it went: the accuracy, from 0 to 1, and the updates when training ended, which is
    as soon as the task is learned."""

    learner: Learner
    distance: int
    accuracy: float
    updates: int

    @property
    def learnt(self) -> bool:
        return self.accuracy >= LEARNT


class CopyNetwork(nn.Module):
    """An embedding, one layer in one direction, and scores over the symbols to be copied."""

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.embedding = nn.Embedding(2 * SYMBOLS, WIDTH)
        self.cell = CELLS[learner.cell](WIDTH, HIDDEN)
        self.output = nn.Linear(HIDDEN, SYMBOLS)
        if learner.opened:
            with torch.no_grad():  # the gates stand as input, forget, new, output
                self.cell.get_parameter("bias_ih_l0")[HIDDEN : 2 * HIDDEN] += OPEN

    def forward(self, symbols: torch.Tensor) -> torch.Tensor:
        """The scores `[batch, SYMBOLS]` after the last of the symbols `[length, batch]`."""
        states, _ = self.cell(self.embedding(symbols))
        scores: torch.Tensor = self.output(states[-1])
        return scores


def learn_to_copy(learner: Learner, distance: int, updates: int, seed: int) -> Copied:
    """Train on sequences made at random, `distance` symbols after the one to be copied."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = CopyNetwork(learner)
        optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
        accuracies: list[float] = []
        while len(accuracies) < updates:
            wanted = torch.randint(SYMBOLS, (BATCH,))
            others = torch.randint(SYMBOLS, 2 * SYMBOLS, (distance, BATCH))
            scores = network(torch.cat([wanted.unsqueeze(0), others]))
            optimizer.zero_grad()
            functional.cross_entropy(scores, wanted).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM)
            optimizer.step()
            accuracies.append((scores.argmax(-1) == wanted).float().mean().item())
            if len(accuracies) >= WATCHED and mean(accuracies[-WATCHED:]) >= LEARNT:
                break
    return Copied(learner, distance, mean(accuracies[-WATCHED:]), len(accuracies))


def seconds_of(updates: int) -> float:
    """How long the task takes at most, if no learner ends early."""
    probed = 5
    learn_to_copy(LEARNERS[0], DISTANCES[0], probed, seed=1)  # warms up
    started = time.perf_counter()
    for distance in DISTANCES:
        for learner in LEARNERS:
            learn_to_copy(learner, distance, probed, seed=1)
    return (time.perf_counter() - started) / probed * updates


def copy_task(updates: int, seed: int) -> Iterator[Copied]:
    """Every learner at every distance, the shorter ones first."""
    for distance in DISTANCES:
        for learner in LEARNERS:
            yield learn_to_copy(learner, distance, updates, seed)
