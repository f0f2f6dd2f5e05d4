"""A trained model as the beginning of another: its weights in a network for a grown vocabulary,
and what it says of the new text, so that its own conventions are not forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy
import torch
from torch import Tensor

from tagger.errors import TaggerError
from tagger.labeling.examples import Example
from tagger.labeling.labels import structure_of, with_tags
from tagger.model.batches import MOST_SOFT, Indices, SoftTargets, index_examples
from tagger.model.bundle import Bundle
from tagger.model.network import TaggerNetwork
from tagger.model.predictor import Predictor
from tagger.text.tagsets import kiwi_tag
from tagger.vocabulary import UNKNOWN_INDEX, Symbols, Vocabulary

KEPT = ("unit", "tokenizer", "cell", "layers", "hidden", "directions", "columns")
"""The settings that a model brings with it: its weights are of no use with others."""


def settings_of(init: Bundle, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the model that stay as they are.

    Raises TaggerError if others are given.
    """
    kept = {name: init.training[name] for name in KEPT if name in init.training}
    for name in KEPT:
        if name in given and given[name] != kept.get(name):
            raise TaggerError(
                f"the model to start from has {name} {kept.get(name)!r}, not {given[name]!r}",
                remedy=f"leave {name} out, or train without --init",
            )
    return kept


def start_from(init: Bundle, vocabulary: Vocabulary, network: TaggerNetwork) -> None:
    """Give a new network of a grown vocabulary the weights of the model.

    A new symbol begins as the unknown one, a new corpus as the one whose conventions the model
    writes, a new label as the mean of those of its structure, whatever the tags of that are
    called, or of all.
    """
    old = {name: torch.from_numpy(w.astype("float32")) for name, w in init.weights.items()}
    state = network.state_dict()
    for name, weight in old.items():
        place = state[name]
        if name.startswith("embeddings."):
            place[:] = weight[UNKNOWN_INDEX]
        elif name == "corpus.weight":
            place[:] = weight[init.vocabulary.corpora.index(init.corpus)]
        # what is new stands behind what the model has, in each dimension
        place[tuple(slice(size) for size in weight.shape)] = weight
    _begin_labels(state, old, init.vocabulary.labels, vocabulary.labels)
    network.load_state_dict(state)


def recalled(
    init: Bundle, examples: Sequence[Example], vocabulary: Vocabulary
) -> Iterator[Indices]:
    """The examples in the conventions that the model writes, with what it says as soft targets
    in place of gold; `vocabulary` is the model's, grown.

    Trained beside the new gold, they keep the model from forgetting (Li & Hoiem 2016, Learning
    without Forgetting).
    """
    corpus = vocabulary.corpora.index(init.corpus)
    predictions = Predictor(init, "auto", "cpu", 1).predict(examples)
    indexed = index_examples(examples, vocabulary, corpus)
    for indices, said in zip(indexed, predictions, strict=True):
        yield replace(
            indices,
            soft_labels=_as_targets(said.labels, said.label_scores),
            soft_upos=_as_targets(said.upos, said.upos_scores),
        )


def _as_targets(symbols: numpy.ndarray, scores: numpy.ndarray) -> SoftTargets:
    """What a head says, `[places, candidates]` each, as targets."""
    missing = ((0, 0), (0, MOST_SOFT - symbols.shape[1]))  # where a head has few symbols, or none
    total = numpy.maximum(scores.sum(1, keepdims=True), 1e-9)
    return SoftTargets(
        numpy.pad(symbols.astype(numpy.int64), missing),
        numpy.pad((scores / total).astype(numpy.float32), missing),
    )


def _begin_labels(
    state: Mapping[str, Tensor], old: Mapping[str, Tensor], known: Symbols, grown: Symbols
) -> None:
    by_structure: dict[str, list[int]] = {}
    for index, label in enumerate(known.symbols):
        by_structure.setdefault(_sejong_structure(label), []).append(index)
    parts = [("label_head.weight", 0), ("label_head.bias", 0), ("upos_head.labels.weight", 1)]
    for index in range(len(known), len(grown)):
        alike = by_structure.get(_sejong_structure(grown.symbol(index)), slice(None))
        for name, dimension in parts:
            if name in old and name in state:
                like = old[name].movedim(dimension, 0)[alike].mean(0)
                state[name].movedim(dimension, 0)[index] = like


def _sejong_structure(label: str) -> str:
    """The structure of a label, or its tags where it is no syllable's, with the tags as Sejong
    names them, as far as that has them."""
    if label[:2] not in ("B-", "I-"):
        return "+".join(map(kiwi_tag, label.split("+")))
    return structure_of(with_tags(label, kiwi_tag))
