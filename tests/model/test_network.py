"""The network against the study notes, PyTorch's own layers, and its four promises."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tagger.model.batches import IGNORED, Batch
from tagger.model.config import ColumnConfig, NetworkConfig
from tagger.model.network import CELLS, RecurrentLayer, TaggerNetwork, reversal


def config(**changes: object) -> NetworkConfig:
    values: dict = {"columns": {"syllable": ColumnConfig(20, 8), "hint": ColumnConfig(5, 4)}}
    return NetworkConfig(**{**values, "labels": 7, "upos": 3, "hidden": 6, **changes})


def random_batch(lengths: list[int], seed: int = 0) -> Batch[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths))

    def column(symbols: int) -> torch.Tensor:
        table = torch.randint(2, symbols, shape, generator=generator)
        for row, length in enumerate(lengths):
            table[row, length:] = 0
        return table

    labels = torch.randint(0, 7, shape, generator=generator)
    for row, length in enumerate(lengths):
        labels[row, length:] = IGNORED
    last = torch.tensor(lengths).unsqueeze(1) - 1
    return Batch(
        {"syllable": column(20), "hint": column(5)},
        torch.tensor(lengths),
        torch.zeros(len(lengths), dtype=torch.long),
        torch.zeros_like(last),
        last,
        labels,
        torch.ones_like(last),
    )


def alone(batch: Batch[torch.Tensor], row: int) -> Batch[torch.Tensor]:
    length = int(batch.lengths[row])
    return Batch(
        {name: column[row : row + 1, :length] for name, column in batch.columns.items()},
        *(t[row : row + 1] for t in (batch.lengths, batch.corpus, batch.first, batch.last)),
        batch.labels[row : row + 1, :length],
        batch.upos[row : row + 1],
    )


def test_shapes_of_the_study_notes() -> None:
    inputs = torch.randn(100, 30, 6)
    output, (hidden, cell) = nn.LSTM(6, 200, batch_first=True)(inputs)
    assert output.shape == (100, 30, 200)
    assert hidden.shape == cell.shape == (1, 100, 200)
    # the notes read [100, 30, 6] as length, batch, width: PyTorch's default
    output, (hidden, cell) = nn.LSTM(6, 200)(inputs)
    assert output.shape == (100, 30, 200)
    assert hidden.shape == cell.shape == (1, 30, 200)
    output, (hidden, cell) = nn.LSTM(6, 200, bidirectional=True)(inputs)
    assert output.shape == (100, 30, 400)
    assert hidden.shape == cell.shape == (2, 30, 200)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_our_stack_has_the_shapes_of_the_notes_layer_by_layer(depth: int) -> None:
    states = torch.randn(30, 100, 6)  # [batch, length, width]
    backwards = reversal(torch.full((30,), 100), 100)
    for index in range(depth):
        layer = RecurrentLayer("lstm", 400 if index else 6, 200)
        for cell in (layer.forward_cell, layer.backward_cell):
            assert cell is not None
            _, (hidden, memory) = cell(states)
            assert hidden.shape == memory.shape == (1, 30, 200)
        states = layer(states, backwards)
        assert states.transpose(0, 1).shape == (100, 30, 400)
    one = RecurrentLayer("lstm", 6, 200, directions=1)
    assert one(torch.randn(30, 100, 6), backwards).shape == (30, 100, 200)


def test_a_simple_rnn_step_is_tanh_of_input_and_state() -> None:
    rnn = nn.RNN(6, 5, batch_first=True)
    inputs, state = torch.randn(3, 4, 6), torch.zeros(3, 5)
    output, _ = rnn(inputs)
    layer = RecurrentLayer("rnn", 6, 5, directions=1)
    layer.forward_cell.load_state_dict(rnn.state_dict())
    ours = layer(inputs, reversal(torch.full((3,), 4), 4))
    for step in range(4):
        state = torch.tanh(
            inputs[:, step] @ rnn.weight_ih_l0.T
            + state @ rnn.weight_hh_l0.T
            + (rnn.bias_ih_l0 + rnn.bias_hh_l0)
        )
        torch.testing.assert_close(output[:, step], state)
        torch.testing.assert_close(ours[:, step], state)


@pytest.mark.parametrize("cell", CELLS)
def test_our_stack_equals_the_one_of_torch_on_ragged_batches(cell: str) -> None:
    """Against an independent implementation: packed sequences."""
    torch.manual_seed(1)
    theirs = CELLS[cell](6, 5, num_layers=2, bidirectional=True, batch_first=True)
    ours = [RecurrentLayer(cell, 6, 5), RecurrentLayer(cell, 10, 5)]
    for name, weight in theirs.state_dict().items():
        kind, _, place = name.partition("_l")
        layer = ours[int(place[0])]
        direction = layer.backward_cell if name.endswith("_reverse") else layer.forward_cell
        assert direction is not None
        direction.state_dict()[f"{kind}_l0"].copy_(weight)
    lengths = torch.tensor([7, 4, 1])
    inputs = torch.randn(3, 7, 6)
    packed = nn.utils.rnn.pack_padded_sequence(inputs, lengths, batch_first=True)
    expected, _ = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    states = inputs
    for layer in ours:
        states = layer(states, reversal(lengths, 7))
    for row, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(states[row, :length], expected[row, :length])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("layers", [1, 3])
def test_padding_never_changes_a_score(cell: str, directions: int, layers: int) -> None:
    torch.manual_seed(2)
    network = TaggerNetwork(config(cell=cell, directions=directions, layers=layers)).eval()
    batch = random_batch([5, 2, 9, 1])
    together = network(batch)
    for row, length in enumerate(batch.lengths.tolist()):
        scores = network(alone(batch, row))
        torch.testing.assert_close(together.labels[row, :length], scores.labels[0])
        torch.testing.assert_close(together.upos[row], scores.upos[0])


@pytest.mark.parametrize("cell", CELLS)
def test_every_parameter_gets_a_gradient(cell: str) -> None:
    torch.manual_seed(3)
    network = TaggerNetwork(config(cell=cell)).train()
    scores = network(random_batch([6, 3]))
    (scores.labels.square().sum() + scores.upos.square().sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_nothing_is_random_in_evaluation() -> None:
    columns = {"syllable": ColumnConfig(20, 8, 0.5), "hint": ColumnConfig(5, 4, 0.5)}
    network = TaggerNetwork(config(columns=columns, dropout=0.5))
    batch = random_batch([6, 3])
    network.train()
    assert not torch.equal(network(batch).labels, network(batch).labels)
    network.eval()
    assert torch.equal(network(batch).labels, network(batch).labels)


def test_dropout_keeps_one_mask_for_a_sentence() -> None:
    network = TaggerNetwork(config(dropout=0.5)).train()
    dropped = network._drop(torch.ones(2, 9, 50)) == 0
    assert dropped.any() and not dropped.all()
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))


def test_forgetting_spares_the_padding() -> None:
    columns = {"syllable": ColumnConfig(20, 8, 0.9), "hint": ColumnConfig(5, 4)}
    network = TaggerNetwork(config(columns=columns)).train()
    indices = torch.tensor([[5, 6, 7, 8, 9, 5, 6, 7, 0, 0]])
    forgotten = network._forget(indices, 0.9)
    assert forgotten[0, -2:].tolist() == [0, 0]
    assert 1 in forgotten[0].tolist()


def test_without_upos_there_is_no_head() -> None:
    network = TaggerNetwork(config(upos=0))
    assert network.upos_head is None
    assert network(random_batch([4, 2])).upos.shape == (2, 1, 0)


def test_the_input_stays_as_it_was() -> None:
    batch = random_batch([6, 3])
    before = {name: column.clone() for name, column in batch.columns.items()}
    TaggerNetwork(config(dropout=0.5)).train()(batch)
    assert all(torch.equal(batch.columns[name], column) for name, column in before.items())
