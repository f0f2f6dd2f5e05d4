"""What runs the network over a batch: ONNX Runtime with 8-bit or single-precision weights, or
PyTorch, the reference. All answer alike; each is imported when it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy

from tagger.errors import TaggerError
from tagger.model.batches import Indices, make_batch
from tagger.system.extras import require

if TYPE_CHECKING:
    from torch import Tensor

    from tagger.model.bundle import Bundle

CANDIDATES = 4
"""Symbols that are given for each place, as far as there are so many."""

ENGINES = ("auto", "int8", "float32", "torch")

_LARGEST_WASTE = 1 << 16  # bytes of a block of memory that were not asked for
_FIRST_REGION = 1 << 26  # bytes, of which those that are not used cost nothing


@dataclass(frozen=True)
class Best:
    """The likeliest symbols of each place of a batch, the best first, with probabilities.

    Shapes: `labels` and `label_scores` `[steps, candidates]`, the real steps of all
    sentences in a row; `upos` and `upos_scores` `[tokens, candidates]` likewise, with no
    candidates if the network does not predict UPOS.
    """

    labels: numpy.ndarray
    label_scores: numpy.ndarray
    upos: numpy.ndarray
    upos_scores: numpy.ndarray


class Engine(Protocol):
    """Runs one network; may be called from several threads at once."""

    def best(self, examples: Sequence[Indices]) -> Best:
        """The likeliest labels and UPOS of the examples, which are read as one batch."""
        ...


def make_engine(name: str, bundle: Bundle, device: str = "cpu") -> Engine:
    """The engine of that name for a model's network; `auto` is int8 on the processor and
    PyTorch on a GPU. Raises TaggerError if it cannot run there."""
    blocked = numpy.array([not bundle.writes(label) for label in bundle.vocabulary.labels.symbols])
    if name == "auto":
        name = "int8" if device == "cpu" else "torch"
    if name == "torch":
        return TorchEngine(bundle, blocked, device)
    if name not in ENGINES:
        raise TaggerError(f"unknown engine {name!r}", remedy=f"use one of {', '.join(ENGINES)}")
    if device != "cpu":
        raise TaggerError(
            f"the engine {name} runs on the processor only",
            remedy="use --engine torch, or --device cpu",
        )
    return OnnxEngine(bundle, blocked, name)


class OnnxEngine:
    """ONNX Runtime on one thread a call; a graph made from the weights when it is loaded."""

    def __init__(self, bundle: Bundle, blocked: numpy.ndarray, precision: str) -> None:
        from tagger.model.onnx_graph import build

        self._session = _session(
            *build(bundle.network, bundle.weights, precision, blocked, CANDIDATES)
        )
        self._columns = list(bundle.network.columns)
        self._has_upos = bool(bundle.network.upos)

    def best(self, examples: Sequence[Indices]) -> Best:
        lengths = numpy.array([len(example) for example in examples], dtype=numpy.int32)
        sentence = numpy.repeat(numpy.arange(len(examples)), lengths)  # of each step
        step = _counted(lengths)
        shape = (len(self._columns), int(lengths.max()), len(examples))
        columns = numpy.zeros(shape, dtype=numpy.int32)
        columns[:, step, sentence] = numpy.concatenate([e.columns for e in examples], axis=1)
        feeds = dict(zip(self._columns, columns))
        corpus = numpy.array([example.corpus for example in examples], dtype=numpy.int32)
        feeds["corpus"] = numpy.broadcast_to(corpus, shape[1:])
        feeds["lengths"] = lengths
        feeds["steps"] = (step * len(examples) + sentence).astype(numpy.int32)
        if not self._has_upos:
            labels, label_scores = self._session.run(None, feeds)
            nothing = numpy.zeros((sum(len(example.first) for example in examples), 0))
            return Best(labels, label_scores, nothing.astype(numpy.int64), nothing)
        begin = numpy.repeat(  # of the sentence of each token
            numpy.cumsum(lengths) - lengths, [len(example.first) for example in examples]
        )
        feeds["ends"] = numpy.stack(
            [
                numpy.concatenate([getattr(example, end) for example in examples]) + begin
                for end in ("first", "last")
            ]
        ).astype(numpy.int32)
        return Best(*self._session.run(None, feeds))


def onnx_runtime() -> Any:
    """The package `onnxruntime`, without its telemetry: from version 1.32 it would write a device
    identifier into the home directory and send events, from the moment of its import on."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def _session(graph: bytes, weights: Mapping[str, numpy.ndarray]) -> Any:
    """ONNX Runtime's session for a graph and its weights, on the thread that calls it."""
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # it would keep one for each shape that ever came
    _register_arena()
    options.add_session_config_entry("session.use_env_allocators", "1")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
    options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@cache
def _register_arena() -> None:
    """Give this process the arena in which ONNX Runtime keeps its working memory. Its own one
    hands out blocks of up to twice the size asked for, and so grows for hours; and begins with
    small regions, in which large blocks find no room later."""
    onnxruntime = onnx_runtime()
    processor = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    settings = onnxruntime.OrtArenaCfg(
        {
            "max_dead_bytes_per_chunk": _LARGEST_WASTE,
            "initial_chunk_size_bytes": _FIRST_REGION,
        }
    )
    with suppress(RuntimeError):  # older versions say so if another thread or program was first
        onnxruntime.create_and_register_allocator(processor, settings)


def _counted(lengths: numpy.ndarray) -> numpy.ndarray:
    """0, 1, … up to each length, in a row.

    >>> _counted(numpy.array([3, 2]))
    array([0, 1, 2, 0, 1])
    """
    ends = numpy.cumsum(lengths)
    counted: numpy.ndarray = numpy.arange(ends[-1]) - numpy.repeat(ends - lengths, lengths)
    return counted


class TorchEngine:
    """PyTorch in single precision, on the processor or a GPU: the reference."""

    def __init__(self, bundle: Bundle, blocked: numpy.ndarray, device: str) -> None:
        require("train")
        import torch

        from tagger.model.network import network_of

        self._device = torch.device(device)
        self._names = list(bundle.vocabulary.inputs)
        self._network = network_of(bundle.network, bundle.weights).to(self._device)
        self._blocked = torch.from_numpy(blocked).to(self._device)

    def best(self, examples: Sequence[Indices]) -> Best:
        import torch

        from tagger.model.network import as_tensors

        batch = as_tensors(make_batch(examples, self._names), self._device)
        with torch.inference_mode():
            scores = self._network(batch)
        labels = scores.labels.masked_fill(self._blocked, -torch.inf)
        return Best(
            *_likeliest(labels, [len(example) for example in examples]),
            *_likeliest(scores.upos, [len(example.first) for example in examples]),
        )


def _likeliest(scores: Tensor, counts: Sequence[int]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Symbols and probabilities of the places that are real, all sentences' in a row.

    Shape: scores `[batch, places, symbols]`.
    """
    best = scores.softmax(-1).topk(min(CANDIDATES, scores.shape[-1]))
    real = numpy.arange(scores.shape[1]) < numpy.array(counts)[:, None]
    return best.indices.cpu().numpy()[real], best.values.cpu().numpy()[real]
