"""The network: embeddings, stacked recurrent layers in one or two directions, two heads.

Many-to-many: every step of the sequence gets scores over the labels, and every token, by
its first and last state, scores over the UPOS.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NamedTuple

import numpy
import torch
from torch import Tensor, nn

from tagger.model.batches import Batch, Indices, make_batch
from tagger.model.config import LABEL_WIDTH, UPOS_WIDTH, NetworkConfig, Weights
from tagger.vocabulary import PADDING_INDEX, UNKNOWN_INDEX

CELLS: dict[str, type[nn.LSTM | nn.GRU | nn.RNN]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class Scores(NamedTuple):
    """Unnormalised scores: `labels` `[batch, length, labels]`, `upos` `[batch, tokens, upos]`."""

    labels: Tensor
    upos: Tensor


class RecurrentLayer(nn.Module):
    """One layer of simple RNN, GRU or LSTM cells in one or two directions.

    Each direction is a one-directional layer of its own; the backward one reads every
    sentence reversed within its own length. So padding always comes after the last real
    step, where it can change nothing.
    """

    def __init__(self, cell: str, width: int, hidden: int, directions: int = 2) -> None:
        super().__init__()
        self.forward_cell = CELLS[cell](width, hidden, batch_first=True)
        self.backward_cell = (
            CELLS[cell](width, hidden, batch_first=True) if directions == 2 else None
        )

    def directions(self) -> dict[str, nn.RNNBase]:
        """The cell of each direction by its name, `forward` and, if there is one, `backward`."""
        cells = {"forward": self.forward_cell, "backward": self.backward_cell}
        return {name: cell for name, cell in cells.items() if cell is not None}

    def forward(self, inputs: Tensor, backwards: Tensor) -> Tensor:
        """Hidden states of all steps.

        Shape: inputs `[batch, length, width]`, backwards `[batch, length]` (see
        `reversal`), result `[batch, length, directions * hidden]`.
        """
        output: Tensor = self.forward_cell(inputs)[0]
        if self.backward_cell is None:
            return output
        reversed_output = self.backward_cell(_reorder(inputs, backwards))[0]
        return torch.cat([output, _reorder(reversed_output, backwards)], dim=-1)


class TaggerNetwork(nn.Module):
    """Embeddings -> stacked recurrent layers -> a label for each step, a UPOS for each token."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = nn.ModuleDict(
            {
                name: nn.Embedding(column.symbols, column.width, padding_idx=PADDING_INDEX)
                for name, column in config.columns.items()
            }
        )
        self.corpus = nn.Embedding(config.corpora, config.corpus_width)
        states = config.state_width
        self.recurrent = nn.ModuleList(
            RecurrentLayer(
                config.cell,
                states if depth else config.input_width,
                config.hidden,
                config.directions,
            )
            for depth in range(config.layers)
        )
        self.label_head = nn.Linear(states, config.labels)
        self.upos_head = UposHead(states, config) if config.upos else None

    def forward(self, batch: Batch[Tensor]) -> Scores:
        """The scores of a batch; nothing is random unless the module is in training mode."""
        return self.score(self.embed(batch), batch)

    def score(self, states: Tensor, batch: Batch[Tensor]) -> Scores:
        """The scores of a batch that is already embedded, as `embed` gives it."""
        backwards = reversal(batch.lengths, states.shape[1])
        for layer in self.recurrent:
            states = self._drop(states)
            states = layer(states, backwards)  # [batch, length, directions * hidden]
        states = self._drop(states)
        labels = self.label_head(states)
        if self.upos_head is None:
            return Scores(labels, states.new_zeros(*batch.first.shape, 0))
        return Scores(labels, self.upos_head(states, labels, batch))

    def batch_of(self, example: Indices) -> Batch[Tensor]:
        """A sentence alone in its batch, beside the weights."""
        arrays = make_batch([example], list(self.config.columns))
        return as_tensors(arrays, self.corpus.weight.device)

    def embed(self, batch: Batch[Tensor]) -> Tensor:
        """The embeddings of all columns and of the corpus, joined: `[batch, length, width]`."""
        embedded = [
            embedding(self._forget(batch.columns[name], self.config.columns[name].drop))
            for name, embedding in self.embeddings.items()
        ]
        length = embedded[0].shape[1]
        embedded.append(self.corpus(batch.corpus).unsqueeze(1).expand(-1, length, -1))
        return torch.cat(embedded, dim=-1)

    def _forget(self, indices: Tensor, probability: float) -> Tensor:
        if not self.training or not probability:
            return indices
        forgotten = torch.rand(indices.shape, device=indices.device) < probability
        return indices.masked_fill(forgotten & (indices != PADDING_INDEX), UNKNOWN_INDEX)

    def _drop(self, states: Tensor) -> Tensor:
        if not self.training or not self.config.dropout:
            return states
        keep = 1.0 - self.config.dropout
        mask = torch.rand(states.shape[0], 1, states.shape[2], device=states.device) < keep
        return states * mask / keep


class UposHead(nn.Module):
    """The UPOS of a token by the states of its first and last step and the labels there.

    What the label head thinks of a step tells most of the UPOS, but UPOS teaches it nothing:
    the probabilities of labels come without gradient.
    """

    def __init__(self, states: int, config: NetworkConfig) -> None:
        super().__init__()
        self.labels = nn.Linear(config.labels, LABEL_WIDTH, bias=False)
        self.hidden = nn.Linear(2 * (states + LABEL_WIDTH), UPOS_WIDTH)
        self.scores = nn.Linear(UPOS_WIDTH, config.upos)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor, label_scores: Tensor, batch: Batch[Tensor]) -> Tensor:
        """The scores `[batch, tokens, upos]`.

        Shape: states `[batch, length, states]`, label_scores `[batch, length, labels]`.
        """
        likely = self.labels(label_scores.detach().softmax(-1).to(states.dtype))
        steps = torch.cat([states, likely], dim=-1)  # [batch, length, states + LABEL_WIDTH]
        ends = torch.cat([_pick(steps, batch.first), _pick(steps, batch.last)], dim=-1)
        scores: Tensor = self.scores(self.dropout(self.hidden(ends).relu()))
        return scores


def trains_in(precision: str, cell: str, device: torch.device) -> bool:
    """Whether recurrent layers of these cells train in that precision on the device: many
    processors have no bfloat16."""
    if precision == "float32":
        return True
    try:
        with torch.autocast(device.type, torch.bfloat16):
            CELLS[cell](1, 1, device=device)(torch.zeros(1, 1, 1, device=device))
    except RuntimeError:
        return False
    return True


def network_of(config: NetworkConfig, weights: Weights) -> TaggerNetwork:
    """The network with these weights, in evaluation mode."""
    network = TaggerNetwork(config)
    network.load_state_dict(
        {name: torch.from_numpy(array).float() for name, array in weights.items()}
    )
    return network.eval()


def saved_weights(network: nn.Module) -> dict[str, numpy.ndarray]:
    """The weights as a saved model has them, in half precision."""
    return {
        name: tensor.detach().cpu().half().numpy() for name, tensor in network.state_dict().items()
    }


def as_tensors(batch: Batch[numpy.ndarray], device: torch.device) -> Batch[Tensor]:
    """The batch's arrays as tensors on the device, its indices as PyTorch wants them."""

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: moved(column) for name, column in value.items()}
        if isinstance(value, tuple):
            return tuple(map(moved, value))
        if value is None:
            return None
        tensor = torch.from_numpy(value)
        return (tensor if tensor.is_floating_point() else tensor.long()).to(device)

    return Batch(**{item.name: moved(getattr(batch, item.name)) for item in fields(Batch)})


def reversal(lengths: Tensor, length: int) -> Tensor:
    """For each sentence the indices of its steps from last to first, padding left in place.

    Shape: lengths `[batch]`, result `[batch, length]`. It is its own inverse.

    >>> reversal(torch.tensor([3, 2]), 3).tolist()
    [[2, 1, 0], [1, 0, 2]]
    """
    steps = torch.arange(length, device=lengths.device)
    backwards = lengths.unsqueeze(1) - 1 - steps  # [batch, length]
    return torch.where(backwards >= 0, backwards, steps)


def _reorder(states: Tensor, order: Tensor) -> Tensor:
    return states.gather(1, order.unsqueeze(-1).expand(-1, -1, states.shape[-1]))


def _pick(states: Tensor, steps: Tensor) -> Tensor:
    """The states `[batch, tokens, width]` at these steps `[batch, tokens]`."""
    return states.gather(1, steps.unsqueeze(-1).expand(-1, -1, states.shape[-1]))
