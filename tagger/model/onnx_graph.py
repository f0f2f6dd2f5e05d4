"""The tagger's network as an ONNX graph, in single precision or with 8-bit weights.

The network is that of `tagger/model/network.py`, weight for weight. The recurrent layers run over
time first, `[length, batch, width]`, and each sentence's own length is given to them, so
padding is never read. The heads see only real steps, all sentences' in a row.

With 8-bit weights (symmetric, a scale for each output; Jacob et al. 2018), ONNX Runtime
rounds the inputs of each product to 8 bits over the range that they happen to have. Two
constants that are appended to the inputs and two constant units in each LSTM keep that range
the same for any text, so that an answer does not depend on the sentences beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from tagger.model import onnx_protobuf
from tagger.model.config import CELLS, NetworkConfig, Weights, directions_of

FLOAT32, INT8 = "float32", "int8"
PRECISIONS = (FLOAT32, INT8)

# the order of the gates: PyTorch's i f g o, r z n; ONNX's i o f c, z r h
_GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}
_OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}

LARGE = 1024
"""Bytes from which an array is given to ONNX Runtime beside the graph, and not copied into it."""

_CLOSED, _OPEN = -80.0, 80.0  # a gate that lets nothing, or everything, through
# where ONNX Runtime's approximations are largest: sigmoid 1.0000001 and tanh 1.0000002, so that
# no unit leaves the range of the constant ones
_WIDEST = 17.695677
_FULL = 8.495975

# how far embeddings are read; they begin with a standard deviation of 1, and a number in 2,000
# that goes beyond would make the 8-bit steps of all others larger
_REACH = 3.5

_LARGEST = 127  # of an 8-bit weight
_PAIR = 128  # of two neighbours: 255 * 128 is less than 2 ** 15


@dataclass
class _Graph:
    """Nodes and weights so far."""

    nodes: list[bytes] = field(default_factory=list)
    initializers: list[bytes] = field(default_factory=list)
    arrays: dict[str, numpy.ndarray] = field(default_factory=dict)

    def constant(self, array: numpy.ndarray) -> str:
        """Append an array; the name that nodes know it by. Large ones stay outside."""
        name = f"weight_{len(self.initializers)}"
        array = numpy.ascontiguousarray(array)
        large = array.nbytes >= LARGE
        self.initializers.append(onnx_protobuf.tensor(name, array, external=large))
        if large:
            self.arrays[name] = array
        return name

    def scales(self, scales: numpy.ndarray) -> list[str]:
        """The constants that say what 8-bit numbers stand for: a scale and a zero for each
        output."""
        zeros = numpy.zeros(scales.shape, numpy.int8)
        return [self.constant(scales), self.constant(zeros)]

    def add(
        self,
        operator: str,
        *inputs: str,
        outputs: int = 1,
        domain: str = "",
        **attributes: int | str | Sequence[int],
    ) -> str:
        """Append a node; the name of its first output, the further ones end in `_1`, …"""
        name = f"node_{len(self.nodes)}"
        names = [name, *(f"{name}_{index}" for index in range(1, outputs))]
        self.nodes.append(onnx_protobuf.node(operator, inputs, names, domain, **attributes))
        return name


def build(
    config: NetworkConfig,
    weights: Weights,
    precision: str,
    blocked: numpy.ndarray,
    candidates: int,
) -> tuple[bytes, dict[str, numpy.ndarray]]:
    """The serialised graph, and the large weights, which stay outside it, by name.

    Its inputs: a column of indices `[length, batch]` for each input column, by name, and
    `corpus` likewise; `lengths` `[batch]`; `steps` `[steps]`, where in `[length * batch]`
    every real step is; and `ends` `[2, tokens]`, which of the real steps is the first and
    the last of every token. Its outputs: the `candidates` likeliest labels of each
    step that are not `blocked` (`[labels]`, true or false) and, if the network has a head
    for them, UPOS of each token, with their probabilities: `labels`, `label_scores`
    `[steps, candidates]`, `upos`, `upos_scores` `[tokens, candidates]`.
    """
    graph = _Graph()
    halves = weights  # of which the embeddings stay as they are
    weights = {
        name: array.astype(numpy.float32)
        for name, array in halves.items()
        if not name.startswith("embeddings.")
    }
    quantized = precision == INT8
    constants = quantized and config.cell == "lstm"  # 8-bit recurrence is for LSTM alone
    states = _embed(graph, config, halves, constants)
    for layer in range(config.layers):
        states = _recurrent(graph, config, weights, layer, states, constants)
    width = config.directions * (config.hidden + 2 * constants)
    rows = graph.add("Reshape", states, graph.constant(numpy.array([-1, width])))

    def linear(name: str, inputs: str, matrix: numpy.ndarray, fixed_range: bool) -> str:
        """`inputs` times a matrix `[inputs, outputs]` plus the bias of that name."""
        bias = weights[name + ".bias"]
        if quantized and fixed_range:
            values, scales = in_8_bits(matrix)
            return graph.add(
                "DynamicQuantizeMatMul",
                inputs,
                graph.constant(values),
                *graph.scales(scales),
                graph.constant(bias),
                domain="com.microsoft",
            )
        product = graph.add("MatMul", inputs, graph.constant(matrix))
        return graph.add("Add", product, graph.constant(bias))

    def state_matrix(matrix: numpy.ndarray) -> numpy.ndarray:
        """The matrix `[outputs, states]` for states with constant units."""
        return _padded(matrix, config) if constants else matrix

    steps = graph.add("Gather", rows, "steps")
    # blocked labels stand last, and are cut off: with scores of minus infinity instead, softmax
    # would take three times as long
    labels = numpy.argsort(blocked, kind="stable")
    weights["label_head.bias"] = weights["label_head.bias"][labels]
    label_matrix = state_matrix(weights["label_head.weight"][labels]).T
    scores = linear("label_head", steps, label_matrix, constants)
    count = int((~blocked).sum())
    free = scores
    if blocked.any():
        first, last, axis = (graph.constant(numpy.array([place])) for place in (0, count, 1))
        free = graph.add("Slice", scores, first, last, axis)
    best, likely = _best(graph, free, min(candidates, count))
    best = graph.add("Gather", graph.constant(labels[:count]), best)
    outputs = {"labels": best, "label_scores": likely}
    if config.upos:
        ends = graph.add("Gather", steps, "ends")  # [2, tokens, states]
        likely = graph.add("Softmax", graph.add("Gather", scores, "ends"), axis=-1)
        of_labels = weights["upos_head.labels.weight"][:, labels]
        likely = graph.add("MatMul", likely, graph.constant(of_labels.T))
        by_end = numpy.split(weights["upos_head.hidden.weight"], 2, axis=1)
        from_states = [matrix[:, : config.state_width] for matrix in by_end]
        from_labels = [matrix[:, config.state_width :] for matrix in by_end]
        hidden = graph.add(
            "Add",
            linear(
                "upos_head.hidden",
                _side_by_side(graph, ends, width),
                numpy.concatenate([state_matrix(matrix) for matrix in from_states], axis=1).T,
                constants,
            ),
            graph.add(
                "MatMul",
                _side_by_side(graph, likely, from_labels[0].shape[1]),
                graph.constant(numpy.concatenate(from_labels, axis=1).T),
            ),
        )
        upos = linear(
            "upos_head.scores",
            graph.add("Relu", hidden),
            weights["upos_head.scores.weight"].T,
            False,
        )
        best, likely = _best(graph, upos, min(candidates, config.upos))
        outputs |= {"upos": best, "upos_scores": likely}
    for name, source in outputs.items():
        graph.nodes.append(onnx_protobuf.node("Identity", [source], [name]))
    return _serialized(graph, config, list(outputs)), graph.arrays


def in_8_bits(matrix: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The matrix `[inputs, outputs]` in 8 bits, and the scale of each output.

    Processors without instructions for it add the products of two neighbouring inputs in 16
    bits, so the numbers of a pair add up to at most 128: then every sum is exact.
    """
    paired = numpy.pad(matrix, ((0, len(matrix) % 2), (0, 0)))
    pairs = paired[::2] + paired[1::2]
    scales = numpy.maximum(
        numpy.abs(matrix).max(axis=0) / _LARGEST, numpy.abs(pairs).max(axis=0) / _PAIR
    )
    scales = numpy.where(scales, scales, 1).astype(numpy.float32)
    return numpy.rint(matrix / scales).astype(numpy.int8), scales


def _embed(graph: _Graph, config: NetworkConfig, weights: Weights, constants: bool) -> str:
    """The embeddings of all columns and of the corpus, joined: `[length, batch, width]`."""
    tables = {name: weights[f"embeddings.{name}.weight"] for name in config.columns}
    tables["corpus"] = weights["corpus.weight"]
    if constants:
        reach = min(_REACH, max(float(numpy.abs(table).max()) for table in tables.values()))
        tables = {name: _within(table, reach) for name, table in tables.items()}
        ends = numpy.full((config.corpora, 2), (-reach, reach), tables["corpus"].dtype)
        tables["corpus"] = numpy.concatenate([tables["corpus"], ends], axis=1)
    embedded = [graph.add("Gather", graph.constant(table), name) for name, table in tables.items()]
    joined = graph.add("Concat", *embedded, axis=-1)
    return graph.add("Cast", joined, to=onnx_protobuf.FLOAT)


def _within(table: numpy.ndarray, reach: float) -> numpy.ndarray:
    """The table with no number beyond `reach`, itself if there is none."""
    return table if numpy.abs(table).max() <= reach else table.clip(-reach, reach)


def _recurrent(
    graph: _Graph,
    config: NetworkConfig,
    weights: Weights,
    layer: int,
    inputs: str,
    constants: bool,
) -> str:
    """The states of a layer, both directions side by side: `[length, batch, width]`."""
    by_direction = [
        [
            _reordered(weights[f"recurrent.{layer}.{direction}.{part}_l0"], config)
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        for direction in directions_of(config)
    ]
    direction = "bidirectional" if config.directions == 2 else "forward"
    if constants:
        outputs = _quantized_lstm(graph, config, layer, inputs, by_direction, direction)
    else:
        entering, recurring, *biases = map(numpy.stack, zip(*by_direction))
        attributes: dict[str, Any] = {"linear_before_reset": 1} if config.cell == "gru" else {}
        bias = numpy.concatenate(biases, axis=1)
        outputs = graph.add(
            _OPERATORS[config.cell],
            inputs,
            *map(graph.constant, (entering, recurring, bias)),
            "lengths",
            hidden_size=config.hidden,
            direction=direction,
            **attributes,
        )
    side_by_side = graph.add("Transpose", outputs, perm=[0, 2, 1, 3])
    width = config.directions * (config.hidden + 2 * constants)
    return graph.add("Reshape", side_by_side, graph.constant(numpy.array([0, 0, width])))


def _reordered(array: numpy.ndarray, config: NetworkConfig) -> numpy.ndarray:
    """The gates, `[gates * hidden, …]`, in the order of ONNX."""
    gates = numpy.split(array, CELLS[config.cell])
    return numpy.concatenate([gates[gate] for gate in _GATES[config.cell]])


def _quantized_lstm(
    graph: _Graph,
    config: NetworkConfig,
    layer: int,
    inputs: str,
    weights: Sequence[Sequence[numpy.ndarray]],
    direction: str,
) -> str:
    """The states `[length, directions, batch, hidden + 2]`; the last two of each direction
    are always 1 and -1.

    Shape: the weights of each direction are `[4 * hidden, width]`, `[4 * hidden, hidden]` and
    twice a bias `[4 * hidden]`, gates in the order of ONNX.
    """
    hidden, directions = config.hidden, config.directions
    gates = numpy.array([_CLOSED, _WIDEST, _OPEN, 0], numpy.float32)
    enter, recur, biases = [], [], []
    # one direction after the other: NumPy asks for huge pages for larger arrays, which the
    # system may fill up later, when they are long free
    for entering, recurring, entering_bias, recurring_bias in weights:
        # what a constant unit reads: nothing; its gates stay as the bias sets them
        entering, recurring = (_with_units(matrix, hidden) for matrix in (entering, recurring))
        entering = _padded(entering, config) if layer else numpy.pad(entering, ((0, 0), (0, 2)))
        enter.append(in_8_bits(entering.T))
        recur.append(in_8_bits(numpy.pad(recurring, ((0, 0), (0, 2))).T))
        by_gate = (entering_bias + recurring_bias).reshape(4, hidden)
        units = numpy.repeat(gates[:, None], 2, axis=1)
        biases.append(numpy.concatenate([by_gate, units], axis=1).reshape(-1))
    bias = numpy.stack(biases)
    state = numpy.zeros((directions, 1, hidden + 2), numpy.float32)
    state[:, :, hidden:] = 1, -1
    shape = graph.add(
        "Concat",
        graph.constant(numpy.array([directions])),
        graph.add("Shape", "lengths"),
        graph.constant(numpy.array([hidden + 2])),
        axis=0,
    )
    first, memory = (
        graph.add("Expand", graph.constant(array), shape) for array in (state, _FULL * state)
    )
    (values, scales), (recurring_values, recurring_scales) = (
        map(numpy.stack, zip(*matrices)) for matrices in (enter, recur)
    )
    return graph.add(
        "DynamicQuantizeLSTM",
        inputs,
        graph.constant(values),
        graph.constant(recurring_values),
        graph.constant(numpy.concatenate([bias, numpy.zeros_like(bias)], axis=1)),
        "lengths",
        first,
        memory,
        "",
        *graph.scales(scales),
        *graph.scales(recurring_scales),
        domain="com.microsoft",
        hidden_size=hidden + 2,
        direction=direction,
    )


def _with_units(matrix: numpy.ndarray, hidden: int) -> numpy.ndarray:
    """`[4 * hidden, width]` with rows of 0 for the two constant units of each gate."""
    by_gate = matrix.reshape(4, hidden, -1)
    return numpy.pad(by_gate, ((0, 0), (0, 2), (0, 0))).reshape(4 * (hidden + 2), -1)


def _padded(matrix: numpy.ndarray, config: NetworkConfig) -> numpy.ndarray:
    """`[outputs, directions * hidden]` with columns of 0 for the constant units."""
    by_direction = matrix.reshape(len(matrix), config.directions, config.hidden)
    return numpy.pad(by_direction, ((0, 0), (0, 0), (0, 2))).reshape(len(matrix), -1)


def _side_by_side(graph: _Graph, ends: str, width: int) -> str:
    """`[2, tokens, width]` as `[tokens, 2 * width]`."""
    by_token = graph.add("Transpose", ends, perm=[1, 0, 2])
    return graph.add("Reshape", by_token, graph.constant(numpy.array([-1, 2 * width])))


def _best(graph: _Graph, scores: str, count: int) -> tuple[str, str]:
    """The places of the best scores, and their probabilities."""
    probabilities = graph.add("Softmax", scores, axis=-1)
    best = graph.add("TopK", probabilities, graph.constant(numpy.array([count])), outputs=2)
    return f"{best}_1", best


def _serialized(graph: _Graph, config: NetworkConfig, outputs: list[str]) -> bytes:
    ranks = {**dict.fromkeys((*config.columns, "corpus"), 2), "lengths": 1, "steps": 1}
    if config.upos:
        ranks["ends"] = 2
    kinds = {"labels": onnx_protobuf.INT64, "upos": onnx_protobuf.INT64}
    return onnx_protobuf.model(
        graph.nodes,
        graph.initializers,
        [onnx_protobuf.value(name, onnx_protobuf.INT32, rank) for name, rank in ranks.items()],
        [onnx_protobuf.value(name, kinds.get(name, onnx_protobuf.FLOAT), 2) for name in outputs],
    )
