"""`study step`: the cells of the notes, one step after the other, in plain tensor code.

They are written to be read, and proven equal to `torch.nn`; the tagger runs the latter.
Weights multiply from the right, as the notes write it: `h' = tanh(x·Wx + h·Wh + b)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tagger.model.network import CELLS

NAMES = {"rnn": "simple RNN", "gru": "GRU", "lstm": "LSTM"}


class State(NamedTuple):
    """What a cell remembers: the hidden state `[batch, hidden]`, and an LSTM's cell state
    likewise (for other cells it is not used)."""

    hidden: Tensor
    cell: Tensor


class Weights(NamedTuple):
    """Of one direction of one layer. `gates` is 1 for the simple RNN, 3 for the GRU (reset,
    update, new), 4 for the LSTM (input, forget, new, output).

    Shape: inputs `[width, gates * hidden]`, hidden `[hidden, gates * hidden]`, the biases
    `[gates * hidden]`. The notes have one bias, `torch.nn` two, which matters to the GRU only.
    """

    inputs: Tensor
    hidden: Tensor
    input_bias: Tensor
    hidden_bias: Tensor


class Gates(NamedTuple):
    """What an LSTM decides in a step, `[batch, hidden]` each, all from 0 to 1 but `new`,
    which is from -1 to 1."""

    enter: Tensor
    forget: Tensor
    new: Tensor
    leave: Tensor


Step = Callable[[Tensor, State, Weights], State]
"""The next state from an input `[batch, width]` and the state before."""


def rnn_step(x: Tensor, state: State, w: Weights) -> State:
    """The simple RNN (Elman 1990)."""
    hidden = torch.tanh(x @ w.inputs + state.hidden @ w.hidden + (w.input_bias + w.hidden_bias))
    return State(hidden, state.cell)


def lstm_gates(x: Tensor, hidden: Tensor, w: Weights) -> Gates:
    scores = x @ w.inputs + w.input_bias + hidden @ w.hidden + w.hidden_bias
    enter, forget, new, leave = scores.chunk(4, dim=-1)
    return Gates(enter.sigmoid(), forget.sigmoid(), new.tanh(), leave.sigmoid())


def lstm_step(x: Tensor, state: State, w: Weights) -> State:
    """The LSTM (Hochreiter & Schmidhuber 1997) with a forget gate (Gers et al. 2000).

    The cell state is carried on by a product and a sum, and by no matrix and no tanh.
    """
    gates = lstm_gates(x, state.hidden, w)
    cell = gates.forget * state.cell + gates.enter * gates.new
    return State(gates.leave * cell.tanh(), cell)


def gru_step(x: Tensor, state: State, w: Weights) -> State:
    """The GRU (Cho et al. 2014), its reset gate after the matrix, as `torch.nn` has it."""
    reset, update, new = (x @ w.inputs + w.input_bias).chunk(3, dim=-1)
    own_reset, own_update, own_new = (state.hidden @ w.hidden + w.hidden_bias).chunk(3, dim=-1)
    keep = (update + own_update).sigmoid()
    fresh = torch.tanh(new + (reset + own_reset).sigmoid() * own_new)
    return State(keep * state.hidden + (1 - keep) * fresh, state.cell)


STEPS: Mapping[str, Step] = {"rnn": rnn_step, "gru": gru_step, "lstm": lstm_step}


def weights_of(module: nn.RNNBase) -> Weights:
    """The weights of the first layer of a `torch.nn` cell, one direction."""
    inputs, hidden, input_bias, hidden_bias = (
        module.get_parameter(f"{name}_l0")
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    return Weights(inputs.T, hidden.T, input_bias, hidden_bias)


def first_state(batch: int, hidden: int, like: Tensor) -> State:
    """Zeros, as `torch.nn` begins with when it is given no state."""
    return State(like.new_zeros(batch, hidden), like.new_zeros(batch, hidden))


def unroll(step: Step, inputs: Tensor, state: State, weights: Weights) -> list[State]:
    """The state after each step of the sequence, the same weights used in all.

    Shape: inputs `[length, batch, width]`.
    """
    states = []
    for x in inputs:
        state = step(x, state, weights)
        states.append(state)
    return states


class RnnGradients(NamedTuple):
    """The gradients of a loss with respect to inputs `[length, batch, width]`, hidden states
    `[length, batch, hidden]`, first hidden state, weights and bias of a simple RNN."""

    inputs: Tensor
    hidden: Tensor
    state: Tensor
    input_weights: Tensor
    hidden_weights: Tensor
    bias: Tensor


def back_through_time(
    inputs: Tensor, first: Tensor, hidden: Tensor, w: Weights, gradients: Tensor
) -> RnnGradients:
    """Back-propagation through time of the simple RNN, by hand (Werbos 1990).

    From the last step to the first: what a step's hidden state owes is what the loss asks of
    it and what the step after it passes back; tanh' is 1 - h². What is passed back goes
    through `Wh` once a step, which is why it vanishes or explodes.

    Shape: inputs `[length, batch, width]`; first `[batch, hidden]`, the state before the first
    step; hidden `[length, batch, hidden]`, the states after each; gradients likewise, of the
    loss with respect to them.
    """
    before = torch.cat([first.unsqueeze(0), hidden[:-1]])  # [length, batch, hidden]
    input_weights, hidden_weights = torch.zeros_like(w.inputs), torch.zeros_like(w.hidden)
    bias, owed = torch.zeros_like(w.input_bias), torch.zeros_like(first)
    by_inputs, by_hidden = torch.zeros_like(inputs), torch.zeros_like(hidden)
    for t in reversed(range(len(inputs))):
        by_hidden[t] = gradients[t] + owed
        sums = by_hidden[t] * (1 - hidden[t] ** 2)  # before tanh, [batch, hidden]
        input_weights += inputs[t].T @ sums
        hidden_weights += before[t].T @ sums
        bias += sums.sum(0)
        by_inputs[t] = sums @ w.inputs.T
        owed = sums @ w.hidden.T
    return RnnGradients(by_inputs, by_hidden, owed, input_weights, hidden_weights, bias)


class Check(NamedTuple):
    """The largest difference between two computations of the same values."""

    cell: str
    what: str
    difference: float


def checks(
    seed: int = 1, length: int = 12, batch: int = 3, width: int = 5, hidden: int = 7
) -> Iterator[Check]:
    """Compare the cells with `torch.nn`, and back-propagation by hand with autograd, in
    double precision on random weights and inputs."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for cell, step in STEPS.items():
            module = CELLS[cell](width, hidden).double()
            inputs = torch.randn(length, batch, width, dtype=torch.float64, requires_grad=True)
            asked = torch.randn(length, batch, hidden, dtype=torch.float64)
            yield from _compared(cell, step, module, inputs, asked)


def _compared(
    cell: str, step: Step, module: nn.RNNBase, inputs: Tensor, asked: Tensor
) -> Iterator[Check]:
    """`asked` `[length, batch, hidden]` is what the loss wants of each hidden state."""
    weights = weights_of(module)
    first = first_state(inputs.shape[1], module.hidden_size, inputs)
    states = unroll(step, inputs, first, weights)
    hidden = torch.stack([state.hidden for state in states])
    output, last = module(inputs)
    yield Check(cell, "hidden states of all steps", _difference([hidden], [output]))
    if cell == "lstm":
        last, last_cell = last
        yield Check(cell, "last cell state", _difference([states[-1].cell], [last_cell[0]]))
    yield Check(cell, "last hidden state", _difference([states[-1].hidden], [last[0]]))
    wanted = [inputs, *module.parameters()]
    ours = torch.autograd.grad((hidden * asked).sum(), wanted)
    theirs = torch.autograd.grad((output * asked).sum(), wanted)
    yield Check(cell, "gradients, by autograd", _difference(ours, theirs))
    if cell == "rnn":
        with torch.no_grad():
            by_hand = back_through_time(inputs, first.hidden, hidden, weights, asked)
        difference = _difference(
            [by_hand.inputs, by_hand.input_weights.T, by_hand.hidden_weights.T, by_hand.bias],
            theirs[:4],
        )
        yield Check(cell, "gradients, by hand through time", difference)


def _difference(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    return max((a - b).detach().abs().max().item() for a, b in zip(ours, theirs, strict=True))


class Shown(NamedTuple):
    """A step of the notes' example: what is read, and the hidden state `[hidden]` then."""

    word: str
    hidden: list[float]


def example(
    words: Sequence[str], vocabulary: Sequence[str], hidden: int = 3, seed: int = 1
) -> list[Shown]:
    """A simple RNN with random weights that reads words, each the one-hot vector of its place
    in the vocabulary."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        weights = weights_of(nn.RNN(len(vocabulary), hidden))
    inputs = torch.eye(len(vocabulary))[[vocabulary.index(word) for word in words]].unsqueeze(1)
    states = unroll(rnn_step, inputs, first_state(1, hidden, inputs), weights)
    return [Shown(word, state.hidden[0].tolist()) for word, state in zip(words, states)]


class PassedBack(NamedTuple):
    """The norm of what a loss at the last step asks of the hidden state of each step: by hand
    through time, and by autograd."""

    by_hand: list[float]
    by_autograd: list[float]


def passed_back(length: int = 20, width: int = 4, hidden: int = 16, seed: int = 1) -> PassedBack:
    """A simple RNN with random weights, and a loss that reads its last hidden state only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        weights = weights_of(nn.RNN(width, hidden).double())
        inputs = torch.randn(length, 1, width, dtype=torch.float64)
        asked = torch.zeros(length, 1, hidden, dtype=torch.float64)
        asked[-1] = torch.randn(1, hidden, dtype=torch.float64)
    first = first_state(1, hidden, inputs)
    wanted = [state.hidden for state in unroll(rnn_step, inputs, first, weights)]
    by_autograd = torch.autograd.grad((wanted[-1] * asked[-1]).sum(), wanted)
    with torch.no_grad():
        by_hand = back_through_time(inputs, first.hidden, torch.stack(wanted), weights, asked)
    return PassedBack(*([g.norm().item() for g in gs] for gs in (by_hand.hidden, by_autograd)))
