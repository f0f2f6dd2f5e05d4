"""The laboratory: its reference cells, its measures, and what it makes of them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import corpora
from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.labeling.examples import Example, open_labels
from tagger.labeling.restoration import Restorer
from tagger.model import seq2seq as writing
from tagger.model.batches import Indices, index_example, make_batch
from tagger.model.network import CELLS, TaggerNetwork, as_tensors, network_of
from tagger.model.seq2seq import BEGIN, END, Restoration, RestorationWriter, source
from tagger.study import cells, copying, pages, restore, shapes, text
from tagger.study.gradients import decay_of, fades_at, loss_gradients, reach_of, state_gradients
from tagger.study.memory import changed_inputs, changes, follow
from tagger.study.step import (
    STEPS,
    back_through_time,
    checks,
    example,
    first_state,
    passed_back,
    rnn_step,
    unroll,
    weights_of,
)
from tagger.text.hangul import contract, join_syllable
from tagger.text.segmentation import segment
from tagger.training.seq2seq import train_writer
from tests.conftest import CORPUS

SIZES = st.integers(1, 5)


def examples_of(tagger: Tagger, lines: Sequence[str]) -> list[Example]:
    return tagger.examples([segment(line) for line in lines])


def indices_of(tagger: Tagger, line: str) -> Indices:
    [analysed] = examples_of(tagger, [line])
    return index_example(analysed, tagger.bundle.vocabulary, 0)


def index_with_gold(example: Example, tagger: Tagger) -> Indices:
    labels = open_labels(example, tagger.bundle.knowledge.restorer)
    return index_example(example, tagger.bundle.vocabulary, 0, labels)


def gold_examples(tagger: Tagger) -> list[Example]:
    return tagger.examples(corpora.read(CORPUS).sentences)


def untrained(tagger: Tagger, **changes: object) -> TaggerNetwork:
    torch.manual_seed(1)
    return TaggerNetwork(replace(tagger.bundle.network, **changes)).eval()  # type: ignore[arg-type]


# step


def test_the_reference_cells_are_those_of_torch() -> None:
    found = list(checks())
    assert {check.cell for check in found} == set(CELLS)
    assert any("by hand" in check.what for check in found)
    assert all(check.difference < 1e-12 for check in found)


@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=20)
@given(length=SIZES, batch=SIZES, width=SIZES, hidden=SIZES, seed=st.integers(0, 1000))
def test_a_reference_cell_of_any_size(
    cell: str, length: int, batch: int, width: int, hidden: int, seed: int
) -> None:
    torch.manual_seed(seed)
    module = CELLS[cell](width, hidden)
    inputs = torch.randn(length, batch, width)
    with torch.no_grad():
        states = unroll(STEPS[cell], inputs, first_state(batch, hidden, inputs), weights_of(module))
        expected = module(inputs)[0]
    torch.testing.assert_close(torch.stack([state.hidden for state in states]), expected)


@settings(max_examples=20)
@given(length=SIZES, batch=SIZES, width=SIZES, hidden=SIZES, seed=st.integers(0, 1000))
def test_back_propagation_through_time_by_hand(
    length: int, batch: int, width: int, hidden: int, seed: int
) -> None:
    """Against autograd on the reference cell, from a first state that is not zero."""
    torch.manual_seed(seed)
    module = nn.RNN(width, hidden).double()
    weights = weights_of(module)
    inputs = torch.randn(length, batch, width, dtype=torch.float64, requires_grad=True)
    first = torch.randn(batch, hidden, dtype=torch.float64, requires_grad=True)
    asked = torch.randn(length, batch, hidden, dtype=torch.float64)
    states = unroll(
        rnn_step, inputs, first_state(batch, hidden, inputs)._replace(hidden=first), weights
    )
    out = torch.stack([state.hidden for state in states])
    wanted = torch.autograd.grad(
        (out * asked).sum(),
        [inputs, first, module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0],
    )
    with torch.no_grad():
        found = back_through_time(inputs, first, out, weights, asked)
    for ours, theirs in zip(
        (found.inputs, found.state, found.input_weights.T, found.hidden_weights.T, found.bias),
        wanted,
    ):
        torch.testing.assert_close(ours, theirs)


def test_what_is_passed_back_by_hand_is_what_autograd_finds() -> None:
    passed = passed_back()
    assert passed.by_hand == pytest.approx(passed.by_autograd)
    assert passed.by_hand[0] < passed.by_hand[-1] / 100  # it vanishes


def test_the_last_state_remembers_the_order_of_what_came_before() -> None:
    words = ["나", "밥", "먹었다"]
    one, other = example(words, words), example(["밥", "나", "먹었다"], words)
    assert one[-1].word == other[-1].word and one[-1].hidden != other[-1].hidden
    assert all(-1 < value < 1 for shown in one for value in shown.hidden)


# shapes


def test_the_shapes_of_the_notes() -> None:
    runs = {run.title: {s.name: s.shape for s in run.shapes} for run in shapes.notes_example()}
    assert runs["nn.LSTM(6, 200)"] == {
        "input": (100, 30, 6),
        "output": (100, 30, 200),
        "h_n": (1, 30, 200),
        "c_n": (1, 30, 200),
        "weight_ih_l0": (800, 6),
        "weight_hh_l0": (800, 200),
        "bias_ih_l0": (800,),
    }
    both = runs["nn.LSTM(6, 200, num_layers=2, bidirectional=True)"]
    assert both["output"] == (100, 30, 400) and both["h_n"] == both["c_n"] == (4, 30, 200)
    assert both["weight_ih_l1"] == (800, 400)
    assert "c_n" not in runs["nn.RNN(6, 200)"]
    assert runs["nn.LSTM(6, 200, batch_first=True)"]["h_n"] == (1, 100, 200)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("directions", "layers"), [(1, 1), (1, 3), (2, 1), (2, 3)])
def test_the_shapes_of_the_tagger(
    tiny_tagger: Tagger, cell: str, directions: int, layers: int
) -> None:
    config = replace(tiny_tagger.bundle.network, cell=cell, directions=directions, layers=layers)
    run = shapes.tagger_run(config, indices_of(tiny_tagger, "나 밥 먹었다"))
    found = {s.name: s.shape for s in run.shapes}
    assert found["label scores"] == (1, 5, config.labels)
    assert found[f"layer {layers}, forward: h_n"] == (1, 1, config.hidden)
    assert (f"layer {layers}, backward: h_n" in found) == (directions == 2)
    assert (f"layer {layers}, forward: c_n" in found) == (cell == "lstm")


def test_a_shape_that_is_not_its_formula_is_found_out() -> None:
    with pytest.raises(AssertionError, match=r"x is \(2, 3\), not \(2, 6\)"):
        shapes._checked("x", "batch, 2 * hidden", torch.zeros(2, 3), "", {"batch": 2, "hidden": 3})


# memory


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("directions", [1, 2])
def test_the_states_that_are_followed_are_those_of_the_network(
    tiny_tagger: Tagger, cell: str, directions: int
) -> None:
    network = untrained(tiny_tagger, cell=cell, directions=directions, layers=2)
    indices = indices_of(tiny_tagger, "아버지가 방에 들어가신다.")
    tracks = follow(network, indices)
    batch = as_tensors(make_batch([indices], list(network.config.columns)), torch.device("cpu"))
    last = torch.cat([track.hidden for track in tracks if track.layer == 2], dim=-1)
    with torch.no_grad():
        torch.testing.assert_close(network.label_head(last), network(batch).labels[0])
    for track in tracks:
        assert (track.cell is not None) == bool(track.gates) == (cell == "lstm")
        assert all(gate.min() >= 0 and gate.max() <= 1 for gate in track.gates.values())
        assert all(len(values) == len(indices) for values in track.means().values())


def test_a_replaced_syllable_changes_what_is_read_after_it(tiny_tagger: Tagger) -> None:
    network = untrained(tiny_tagger, layers=1)
    one, other = examples_of(tiny_tagger, ["나 밥 먹었다", "나 밥 먹는다"])
    assert set(changed_inputs(one, other)["syllable"]) == {3}
    vocabulary = tiny_tagger.bundle.vocabulary
    both = [follow(network, index_example(e, vocabulary, 0)) for e in (one, other)]
    found = {change.name: change.parts for change in changes(*both)}
    touched = min(min(steps) for steps in changed_inputs(one, other).values())
    assert not any(found["layer 1, forward"][:touched])
    assert all(part > 0 for part in found["layer 1, backward"][: touched + 1])


def test_sentences_of_other_lengths_are_refused(tiny_tagger: Tagger) -> None:
    with pytest.raises(TaggerError, match="2 and 3 syllables"):
        changed_inputs(*examples_of(tiny_tagger, ["나 밥", "너 밥 좀"]))


# gradients


def test_the_gradient_of_a_loss_is_what_a_small_change_does(tiny_tagger: Tagger) -> None:
    network = network_of(tiny_tagger.bundle.network, tiny_tagger.bundle.weights).double()
    [first, *_] = gold_examples(tiny_tagger)
    indices = index_with_gold(first, tiny_tagger)
    batch = as_tensors(make_batch([indices], list(network.config.columns)), torch.device("cpu"))

    class Chosen:
        def sample(self, steps: Sequence[int], count: int) -> list[int]:
            return [steps[0]]

    [(at, norms)] = loss_gradients(network, indices, Chosen())  # type: ignore[arg-type]
    with torch.no_grad():
        embedded = network.embed(batch)

        def loss(states: torch.Tensor) -> float:
            scores = network.score(states, batch).labels[0, at]
            return float(nn.functional.cross_entropy(scores, batch.labels[0, at]))

        step, small = len(indices) - 1, 1e-5
        slopes = []
        for place in range(embedded.shape[-1]):
            moved = embedded.clone()
            moved[0, step, place] += small
            slopes.append((loss(moved) - loss(embedded)) / small)
    assert math.isclose(norms[step], math.hypot(*slopes), rel_tol=1e-2, abs_tol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_one_direction_learns_nothing_from_what_comes_later(tiny_tagger: Tagger, cell: str) -> None:
    indices = [index_with_gold(e, tiny_tagger) for e in gold_examples(tiny_tagger)]
    one = reach_of(untrained(tiny_tagger, cell=cell, directions=1), indices)
    assert min(one.loss) == 0 and max(one.loss) > 1
    assert set(one.states) == {"forward hidden", "forward cell"} - (
        set() if cell == "lstm" else {"forward cell"}
    )
    both = reach_of(untrained(tiny_tagger, cell=cell, directions=2), indices)
    assert min(both.loss) < 0 < max(both.loss)
    assert set(both.decay) == ({"forward", "backward"} if cell == "rnn" else set())


def test_a_simple_rnn_keeps_below_its_bound() -> None:
    torch.manual_seed(2)
    module = nn.RNN(4, 6).double()
    bound = decay_of(module)
    assert 0 < bound.eigenvalue <= bound.singular
    for kind, at, norms in state_gradients(
        "rnn", module, torch.randn(12, 4).double(), random.Random(1)
    ):
        assert kind == "hidden" and norms[at] == pytest.approx(1)
        for step, norm in enumerate(norms):
            assert norm <= bound.singular ** (at - step) + 1e-12


def test_the_bound_of_a_known_matrix() -> None:
    module = nn.RNN(2, 2)
    with torch.no_grad():
        module.weight_hh_l0.copy_(torch.tensor([[0.5, 3.0], [0.0, 0.25]]))
    bound = decay_of(module)
    assert bound.eigenvalue == pytest.approx(0.5) and bound.singular > 3


def test_where_a_curve_fades() -> None:
    curve = {-2: 0.5, -1: 1.0, 0: 2.0, 1: 0.1, 2: 0.01}
    assert fades_at(curve) == 2 and fades_at(curve, sign=-1) is None
    assert fades_at(curve, part=0.3, sign=-1) == 2


# the copy task


def test_a_short_way_is_learnt_and_the_same_each_time() -> None:
    learner = copying.Learner("gru")
    result = copying.learn_to_copy(learner, 2, updates=300, seed=1)
    assert result.learnt and result.updates < 300
    assert copying.learn_to_copy(learner, 2, updates=300, seed=1) == result
    assert not copying.learn_to_copy(learner, 60, updates=5, seed=1).learnt


def test_the_forget_gates_are_opened() -> None:
    size = copying.HIDDEN
    shut, opened = (
        copying.CopyNetwork(copying.Learner("lstm", opened=o)).cell.get_parameter("bias_ih_l0")
        for o in (False, True)
    )
    assert shut.abs().max() < 1
    assert (opened[size : 2 * size] > 3).all() and (opened[2 * size :].abs() < 1).all()


# cells


def outcome(cell: str, directions: int, layers: int, seed: int, score: float) -> cells.Outcome:
    return cells.Outcome(cells.Variant(cell, directions, layers), seed, 1000, {"eojeol": score})


def test_the_mean_and_spread_over_seeds() -> None:
    rows = cells.rows_of([outcome("lstm", 2, 2, 1, 90.0), outcome("lstm", 2, 2, 2, 92.0)])
    [row] = rows
    assert row.scores == {"eojeol": (91.0, pytest.approx(math.sqrt(2)))} and row.seeds == 2


def test_claims_are_judged_by_pairs_that_are_alike_in_all_else() -> None:
    found = {
        verdict.claim: verdict
        for verdict in cells.verdicts(
            [
                outcome(
                    cell, directions, 1, seed, 80 + directions * 5 - (cell == "lstm") + seed / 10
                )
                for cell, directions, seed in product(("rnn", "lstm"), (1, 2), (1, 2, 3))
            ]
            + [outcome("gru", 1, 1, seed, 84 + (-1) ** seed) for seed in (1, 2)],
            "eojeol",
        )
    }
    two = found["two directions are better than one"]
    assert (two.difference, two.pairs, two.words) == (pytest.approx(5), 6, "borne out")
    assert found["an LSTM is better than a simple RNN"].words.startswith("not borne out")
    assert found["an LSTM is better than a GRU"].words.startswith("not shown")
    assert "two layers are better than one" not in found
    [single] = cells.verdicts([outcome("rnn", 1, 1, 1, 80), outcome("gru", 1, 1, 1, 81)], "eojeol")
    assert single.words == "too few runs to tell"


# restore

STEMS = [join_syllable(onset, vowel) for onset in "ㄱㄴㄷㅁㅂㅅ" for vowel in "ㅏㅗㅜㅣ"]


@pytest.fixture(scope="module")
def writer() -> RestorationWriter:
    seen = [
        Restoration("x", " ", contract([stem, "ㄴ"]), " ", "B-VV|B-ETM", stem + "ㄴ")
        for stem in STEMS
    ]
    written = train_writer(seen * 3, "x", seed=1)
    assert written is not None
    return written


def test_the_beam_finds_the_likeliest_text(
    writer: RestorationWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against all texts of up to three symbols."""
    monkeypatch.setattr(writing, "LONGEST_TEXT", 3)
    item = Restoration("x", " ", "간", " ", "B-VV")
    states, memory = writer.encode(source(item))
    best = (-math.inf, ())

    def search(symbols: tuple[str, ...], logarithm: float, memory: object) -> None:
        nonlocal best
        if symbols[-1:] == (END,):
            best = max(best, (logarithm, symbols))
            return
        if len(symbols) == 3:
            return
        last = symbols[-1] if symbols else BEGIN
        step = writer.decode([last], states, memory)  # type: ignore[arg-type]
        logarithms = step.scores[0] - numpy.log(numpy.exp(step.scores).sum())
        for index, more in enumerate(logarithms.tolist()):
            search((*symbols, writer.symbols.symbol(index)), logarithm + more, step.memory)

    search((), 0.0, type(memory)(memory.hidden[None], memory.cell[None]))
    found = writer.beam(item, width=len(writer.symbols) ** 2)[0]
    assert found.symbols == best[1] and found.logarithm == pytest.approx(best[0], abs=1e-4)


def test_symbols_that_cannot_come_are_no_warning(writer: RestorationWriter) -> None:
    certain = dict(writer.weights)
    certain["output.bias"] = certain["output.bias"].copy()
    certain["output.bias"][writer.symbols.index(END)] = 1e4
    with numpy.errstate(divide="raise", over="raise", invalid="raise"):
        [best, *_] = replace(writer, weights=certain).beam(Restoration("x", "", "간", "", "B-VV"))
    assert best.symbols == (END,) and best.logarithm == pytest.approx(0)


def test_the_beam_comes_in_order_and_its_attention_is_whole(writer: RestorationWriter) -> None:
    answer = restore.restore(writer, "간", 0, "B-VV|B-ETM")
    logarithms = [hypothesis.logarithm for hypothesis in answer.beam]
    assert logarithms == sorted(logarithms, reverse=True) and len(logarithms) <= writing.BEAM
    assert answer.beam[0].text("B-VV|B-ETM") == "가ㄴ"
    for hypothesis in answer.beam:
        assert len(hypothesis.attention) == len(hypothesis.symbols)
        assert all(a.sum() == pytest.approx(1, abs=1e-5) for a in hypothesis.attention)
    assert answer.states == (len(answer.read), 2 * writing.HIDDEN)
    assert answer.memory == (writing.HIDDEN,)


def test_what_training_never_showed(tiny_tagger: Tagger) -> None:
    restorer = tiny_tagger.bundle.knowledge.restorer
    assert not list(restore.unseen(restorer, gold_examples(tiny_tagger)))
    forgetful = replace(tiny_tagger.bundle.knowledge, restorer=Restorer({}, restorer.writer))
    nothing = replace(tiny_tagger.bundle, knowledge=forgetful)
    found = list(restore.unseen(nothing.knowledge.restorer, gold_examples(tiny_tagger)))
    assert found and all(item.text and item.structure for item in found)
    ways = restore.accuracies(nothing, gold_examples(tiny_tagger))
    assert {way.total for way in ways} == {len(found)}
    right = {way.way: way.right for way in ways}
    assert right["the encoder-decoder, beam search"] >= 0.8 * len(found)  # it learnt them


# pages and tables

PAGE = "# 장\n\n<!-- study: cells -->\nold\n<!-- end -->\n\n글\n"


def test_pages_are_filled_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.md").write_text("no mark\n", encoding="utf-8")
    for _ in range(2):
        assert list(pages.fill(tmp_path, {"cells": "| a \\1 |"})) == [path]
    filled = PAGE.replace("old", "\n| a \\1 |\n")
    assert path.read_text(encoding="utf-8") == filled


def test_a_page_that_asks_for_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "z.md").write_text(PAGE.replace("cells", "celsl"), encoding="utf-8")
    with pytest.raises(TaggerError, match="no section 'celsl'"):
        list(pages.fill(tmp_path, {"cells": "new"}))
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == PAGE
    with pytest.raises(TaggerError, match="no page in this folder"):
        list(pages.fill(tmp_path / "nowhere", {"cells": "new"}))


def test_a_bar_in_a_table_is_no_column() -> None:
    assert text.table(["a"], [["B|I"]]).splitlines()[-1] == "| B\\|I |"
