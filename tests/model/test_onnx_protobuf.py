"""What we write is byte for byte what the package `onnx` writes."""

from __future__ import annotations

from pathlib import Path

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tagger.model import folder as model_folder
from tagger.model import onnx_protobuf
from tagger.model.config import CELLS
from tagger.model.onnx_graph import PRECISIONS, build
from tagger.pretrained import bundled_models, find_model
from tests.support.networks import with_network


@pytest.mark.parametrize(
    "attributes",
    [{}, {"axis": -1}, {"to": 300}, {"direction": "forward", "hidden_size": 2}, {"perm": [1, 0]}],
    ids=str,
)
@pytest.mark.parametrize("domain", ["", "com.microsoft"])
def test_nodes(attributes: dict[str, object], domain: str) -> None:
    written = onnx_protobuf.node("Op", ["a", ""], ["b", "c"], domain, **attributes)  # type: ignore[arg-type]
    expected = helper.make_node("Op", ["a", ""], ["b", "c"], domain=domain or None, **attributes)
    assert written == expected.SerializeToString()


@pytest.mark.parametrize("kind", ["f4", "f2", "i1", "u1", "i4", "i8"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 200)], ids=str)
def test_tensors(kind: str, shape: tuple[int, ...]) -> None:
    array = numpy.arange(numpy.prod(shape)).reshape(shape).astype(kind)
    expected = numpy_helper.from_array(array, "가")
    assert onnx_protobuf.tensor("가", array, external=False) == expected.SerializeToString()
    outside = TensorProto.FromString(onnx_protobuf.tensor("가", array, external=True))
    assert outside.data_location == TensorProto.EXTERNAL and not outside.raw_data
    assert [(entry.key, entry.value) for entry in outside.external_data] == [("location", "가")]


def check(graph: bytes) -> None:
    assert onnx.load_from_string(graph).SerializeToString() == graph


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_graphs_of_every_cell(tiny_model: Path, cell: str, precision: str) -> None:
    bundle = with_network(model_folder.load(tiny_model), cell=cell, upos=3)
    blocked = numpy.zeros(bundle.network.labels, dtype=bool)
    check(build(bundle.network, bundle.weights, precision, blocked, 4)[0])


@pytest.mark.parametrize("name", bundled_models())
def test_graphs_of_the_bundled_models(name: str) -> None:
    bundle = model_folder.load(find_model(name))
    blocked = numpy.ones(bundle.network.labels, dtype=bool)
    check(build(bundle.network, bundle.weights, "int8", blocked, 4)[0])
