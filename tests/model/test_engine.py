"""Every engine against the reference, and the promise that company changes no answer."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy
import pytest
from onnx import TensorProto, helper

import corpora
from tagger import Tagger
from tagger.cli.jobs.scoring import percentages
from tagger.errors import TaggerError
from tagger.evaluation.scores import score_eojeols, score_tokens
from tagger.model import folder as model_folder
from tagger.model.batches import Indices
from tagger.model.bundle import Bundle
from tagger.model.config import CELLS, NetworkConfig, weight_shapes
from tagger.model.engine import (
    Best,
    Engine,
    OnnxEngine,
    TorchEngine,
    make_engine,
    onnx_runtime,
)
from tagger.model.onnx_graph import _FULL, _WIDEST, in_8_bits
from tagger.pretrained import bundled_models, find_model
from tests.support.networks import with_network

LENGTHS = [5, 2, 9, 1, 30]


def examples_of(bundle: Bundle, seed: int = 0) -> list[Indices]:
    """Random examples; each has tokens of two steps and a last one."""
    generator = numpy.random.default_rng(seed)
    examples = []
    for length in LENGTHS:
        columns = [
            generator.integers(1, column.symbols, length)
            for column in bundle.network.columns.values()
        ]
        first = numpy.arange(0, length, 2)
        examples.append(
            Indices(
                numpy.array(columns, dtype=numpy.int32),
                numpy.zeros(length, dtype=numpy.int64),
                numpy.zeros(len(first), dtype=numpy.int64),
                first,
                numpy.minimum(first + 1, length - 1),
                0,
            )
        )
    return examples


def same_symbols(one: Best, other: Best) -> bool:
    return numpy.array_equal(one.labels[:, 0], other.labels[:, 0]) and numpy.array_equal(
        one.upos[:, :1], other.upos[:, :1]
    )


@pytest.fixture(scope="module")
def bundle(tiny_model: Path) -> Bundle:
    return model_folder.load(tiny_model)


@pytest.mark.parametrize(
    ("cell", "directions", "layers"), list(product(CELLS, (1, 2), (1, 3))), ids=str
)
def test_shapes_and_scores_are_those_of_the_network(
    bundle: Bundle, cell: str, directions: int, layers: int
) -> None:
    bundle = with_network(bundle, cell=cell, directions=directions, layers=layers, upos=3)
    assert {name: array.shape for name, array in bundle.weights.items()} == weight_shapes(
        bundle.network
    )
    examples = examples_of(bundle)
    expected = make_engine("torch", bundle).best(examples)
    assert expected.labels.shape == (sum(LENGTHS), 4)
    found = make_engine("float32", bundle).best(examples)
    assert same_symbols(found, expected)
    numpy.testing.assert_allclose(found.label_scores, expected.label_scores, atol=1e-5)
    numpy.testing.assert_allclose(found.upos_scores, expected.upos_scores, atol=1e-5)
    quantized = make_engine("int8", bundle).best(examples)
    numpy.testing.assert_allclose(quantized.label_scores, expected.label_scores, atol=0.03)
    numpy.testing.assert_allclose(quantized.upos_scores, expected.upos_scores, atol=0.03)


@pytest.mark.parametrize("name", ["int8", "float32", "torch"])
def test_company_changes_no_answer(bundle: Bundle, name: str) -> None:
    engine = make_engine(name, bundle)
    examples = examples_of(bundle)
    together = engine.best(examples)
    backwards = [engine.best(examples[place:][::-1]) for place in range(len(examples))]
    step = 0
    for place, example in enumerate(examples):
        alone = engine.best([example])
        in_company = slice(step, step + len(example))
        last = backwards[place]
        for answer in (together.label_scores[in_company], last.label_scores[-len(example) :]):
            if name == "int8":
                assert numpy.array_equal(answer, alone.label_scores)
            else:
                numpy.testing.assert_allclose(answer, alone.label_scores, atol=1e-6)
        step += len(example)


def run_one(operator: str, **inputs: numpy.ndarray) -> numpy.ndarray:
    """What ONNX Runtime's operator makes of the inputs."""
    kinds = {name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in inputs.items()}
    result = TensorProto.INT32 if operator == "MatMulInteger" else TensorProto.FLOAT
    shape = [None] * next(iter(inputs.values())).ndim
    graph = helper.make_graph(
        [helper.make_node(operator, list(inputs), ["result"])],
        "one",
        [helper.make_tensor_value_info(name, kind, shape) for name, kind in kinds.items()],
        [helper.make_tensor_value_info("result", result, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnx_runtime().InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    [values] = session.run(None, inputs)
    return numpy.asarray(values)


def test_no_unit_leaves_the_range_of_the_constant_ones() -> None:
    """What a saturated unit can reach by ONNX Runtime's approximations of tanh and sigmoid."""
    around = numpy.arange(
        *numpy.array([6, 25], numpy.float32).view(numpy.int32), 7, numpy.int32
    ).view(numpy.float32)
    for operator, place in (("Tanh", _FULL), ("Sigmoid", _WIDEST)):
        values = run_one(operator, x=around)
        [constant] = run_one(operator, x=numpy.array([place], numpy.float32))
        assert values.max() <= constant, operator


def test_sums_of_products_are_exact() -> None:
    """Also where a processor adds two products in 16 bits, as those without VNNI do."""
    generator = numpy.random.default_rng(0)
    weights = generator.standard_normal((65, 97)) ** 3
    weights[:, :8] = 1.0
    columns, scales = in_8_bits(weights)
    assert (numpy.abs(columns * scales - weights) <= scales * 0.501).all()
    states = generator.integers(0, 256, (40, 65), dtype=numpy.uint8)
    states[:20] = 255
    found = run_one("MatMulInteger", a=states, b=columns)
    numpy.testing.assert_array_equal(found, states.astype(int) @ columns.astype(int))


@pytest.mark.parametrize("engine", [OnnxEngine, TorchEngine])
def test_blocked_labels_are_never_chosen(bundle: Bundle, engine: type[Engine]) -> None:
    blocked = numpy.zeros(bundle.network.labels, dtype=bool)
    blocked[::2] = True
    last: str = "float32" if engine is OnnxEngine else "cpu"
    best = engine(bundle, blocked, last).best(examples_of(bundle))  # type: ignore[call-arg]
    assert not blocked[best.labels[best.label_scores > 0]].any()


def test_a_network_without_upos(bundle: Bundle) -> None:
    bundle = with_network(bundle, upos=0)
    for name in ("int8", "float32", "torch"):
        best = make_engine(name, bundle).best(examples_of(bundle))
        assert best.upos.shape[1] == 0


def test_what_cannot_run_is_one_sentence(bundle: Bundle) -> None:
    with pytest.raises(TaggerError, match="unknown engine 'x'; use one of auto, int8"):
        make_engine("x", bundle)
    with pytest.raises(TaggerError, match="int8 runs on the processor only; use --engine torch"):
        make_engine("int8", bundle, "cuda")


DEV = {
    "fast": "klue-dp/dev.tsv",
    "sejong": "klue-dp/dev.tsv",
    "gsd": "ud-korean-gsd/dev.conllu",
    "kaist": "ud-korean-kaist/dev.conllu",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", bundled_models())
def test_bundled_models_lose_nothing_by_their_engine(name: str, gold_data: Path) -> None:
    """Single precision gives the labels of the reference; 8 bits at most 0.05 points less."""
    gold = corpora.read(gold_data / DEV[name]).sentences
    loaded = model_folder.load(find_model(name))
    scores = {}
    answers = {}
    for engine in ("torch", "float32", "int8"):
        tagger = Tagger(loaded, Tagger.load(name, device="cpu").tokenizer, engine=engine, threads=2)
        answers[engine] = list(tagger.tag(sentence.text for sentence in gold))
        if engine != "float32":
            scores[engine] = percentages(
                score_tokens(gold, tagger.tag_sentences(gold)),
                score_eojeols(gold, answers[engine], tagger.bundle.knows),
            )
    assert list(map(str, answers["float32"])) == list(map(str, answers["torch"]))
    for score in ("xpos", "upos", "lemma", "eojeol", "morpheme_f1"):
        reference = scores["torch"][score]
        if reference is not None:
            assert (scores["int8"][score] or 0) >= reference - 0.05, score


def test_the_configuration_knows_its_widths() -> None:
    config = NetworkConfig({}, labels=3, upos=2, hidden=7, directions=1)
    assert (config.input_width, config.state_width) == (16, 7)
