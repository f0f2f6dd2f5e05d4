"""Whether the parts of a model fit one another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from tagger.labeling.columns import Layout
from tagger.labeling.lexicon import COLUMNS as LEXICON_COLUMNS
from tagger.labeling.lexicon import Lexicon
from tagger.labeling.units import SyllableUnit, Unit
from tagger.model.bundle import Bundle
from tagger.model.config import NetworkConfig, Weights
from tagger.text.hangul import compose
from tagger.tokenizer.base import Hints
from tagger.tokenizer.make import TOKENIZERS
from tagger.tokenizer.noun_dictionary import NO_NOUNS
from tagger.vocabulary import Vocabulary


def check_weights(weights: Weights, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raises ValueError if these are not the weights of such a network."""
    for name in sorted({*weights, *shapes}):
        found, wanted = weights.get(name), shapes.get(name)
        if found is None or wanted is None:
            raise ValueError(f"{'lacks' if found is None else 'has needless'} weights {name}")
        if found.shape != wanted or found.dtype != numpy.float16:
            raise ValueError(f"the weights {name} are not those of the network")
        if not numpy.isfinite(found).all():
            raise ValueError(f"the weights {name} are not all numbers")


def check_labels(vocabulary: Vocabulary, unit: Unit) -> None:
    """Raises ValueError if the vocabulary has a label that cannot be decoded."""
    for label in vocabulary.labels.symbols:
        if not unit.is_label(label):
            raise ValueError(f"{label!r} is no label of a {unit.name}")


def check_tag_sets(bundle: Bundle) -> None:
    """Raises ValueError if the tag sets, or what XPOS settles, are not those of the corpora."""
    knowledge, vocabulary = bundle.knowledge, bundle.vocabulary
    if not set(knowledge.tags) <= set(vocabulary.corpora.symbols):
        raise ValueError("the tag sets are not those of its corpora")
    for corpus, settled in knowledge.settled_upos.items():
        if corpus not in knowledge.tags:
            raise ValueError(f"settled UPOS of {corpus!r}, which has no tag set")
        for upos in settled.values():
            if upos not in vocabulary.upos:
                raise ValueError(f"{upos!r} is no UPOS of the model")
    if bundle.corpus not in knowledge.tags:
        raise ValueError(f"the corpus {bundle.corpus!r} has no tag set")
    if not any(map(bundle.writes, vocabulary.labels.symbols)):
        raise ValueError(f"no label is one of {bundle.corpus!r}")


def check_columns(network: NetworkConfig, unit: Unit, tokenizer: str, lexicon: Lexicon) -> None:
    """Raises ValueError if the unit, with that lexicon, does not make the columns that the
    network reads."""
    if tokenizer not in TOKENIZERS:
        raise ValueError(f"unknown tokenizer {tokenizer!r}")
    no_text = Layout([compose("")], [((), ())], [[Hints.of([])] * len(tokenizer.split("+"))])
    made = set(unit.columns(no_text, NO_NOUNS)[1])
    if lexicon and unit.name == SyllableUnit.name:
        made |= set(LEXICON_COLUMNS)
    if not set(network.columns) <= made or not network.columns:
        raise ValueError(f"the columns are not those of a {unit.name}")


def check_outputs(network: NetworkConfig, vocabulary: Vocabulary) -> None:
    """Raises ValueError if the network is not one for this vocabulary."""
    counts = {name: column.symbols for name, column in network.columns.items()}
    if counts != {name: len(symbols) for name, symbols in vocabulary.inputs.items()}:
        raise ValueError("the columns are not those of the vocabulary")
    outputs = (network.labels, network.upos, network.corpora)
    if outputs != (len(vocabulary.labels), len(vocabulary.upos), len(vocabulary.corpora)):
        raise ValueError("the outputs are not those of the vocabulary")
