"""A trained model: everything that tagging needs."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy

from tagger.errors import TaggerError
from tagger.evaluation.calibration import NOT_CALIBRATED, Calibration
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.restoration import Restorer
from tagger.labeling.units import Unit
from tagger.model.config import NetworkConfig, Weights, keep_labels
from tagger.model.seq2seq import RestorationWriter
from tagger.vocabulary import Symbols, Vocabulary


@dataclass(frozen=True)
class TokenizerInfo:
    """The tokenizer that the model's hints were made with."""

    name: str
    version: str


@dataclass(frozen=True, eq=False)
class Bundle:
    """Everything that tagging needs, and how it came about.

    `corpus` is the corpus whose conventions the model writes, `knowledge` what training showed
    beside the symbols of `vocabulary`. `training` and `scores` are for people: the settings of
    the run and what it reached. `known_eojeols` holds the sorted CRC-32 of the eojeols of the
    training data. `calibration` is that of the scores of morphemes.
    """

    unit: Unit
    tokenizer: TokenizerInfo
    vocabulary: Vocabulary
    knowledge: Knowledge
    network: NetworkConfig
    weights: Weights
    corpus: str
    known_eojeols: numpy.ndarray
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float | None] = field(default_factory=dict)
    calibration: Calibration = NOT_CALIBRATED

    def writes(self, label: str) -> bool:
        """Whether the label has only tags of the corpus whose conventions the model writes."""
        return set(self.unit.tags(label)) <= set(self.knowledge.tags[self.corpus])

    def knows(self, eojeol: str) -> bool:
        """Whether the training data showed this eojeol (wrong once in 10,000 at most)."""
        digest = numpy.int32(_eojeol_digest(eojeol))
        place = int(numpy.searchsorted(self.known_eojeols, digest))
        return place < len(self.known_eojeols) and bool(self.known_eojeols[place] == digest)


def specialized(bundle: Bundle, corpus: str) -> Bundle:
    """The bundle as one that writes the conventions of another of its training corpora."""
    restorer = bundle.knowledge.restorer
    writer = restorer.writer
    if isinstance(writer, RestorationWriter):
        writer = replace(writer, corpus=corpus)
    knowledge = replace(bundle.knowledge, restorer=Restorer(restorer.seen, writer))
    return replace(bundle, knowledge=knowledge, corpus=corpus)


def pruned(bundle: Bundle, corpora: Sequence[str]) -> Bundle:
    """The bundle with the labels and restorations of these corpora's tag sets only."""
    vocabulary, knowledge = bundle.vocabulary, bundle.knowledge
    tags = {corpus: knowledge.tags[corpus] for corpus in corpora}
    known = {tag for corpus_tags in tags.values() for tag in corpus_tags}
    kept = [
        index
        for index, label in enumerate(vocabulary.labels.symbols)
        if set(bundle.unit.tags(label)) <= known
    ]
    seen = {
        syllable: {
            structure: texts
            for structure, texts in structures.items()
            if set(bundle.unit.tags(structure)) <= known
        }
        for syllable, structures in knowledge.restorer.seen.items()
    }
    restorer = Restorer(
        {syllable: structures for syllable, structures in seen.items() if structures},
        knowledge.restorer.writer,
    )
    settled_upos = {
        corpus: knowledge.settled_upos[corpus]
        for corpus in corpora
        if corpus in knowledge.settled_upos
    }
    knowledge = replace(
        knowledge,
        restorer=restorer,
        tags=tags,
        settled_upos=settled_upos,
        grammar=knowledge.grammar.of(corpora),
    )
    return with_labels(replace(bundle, knowledge=knowledge), kept)


def with_labels(bundle: Bundle, kept: Sequence[int]) -> Bundle:
    """The bundle with these of its labels only, by their indices in ascending order."""
    symbols = bundle.vocabulary.labels
    labels = Symbols((symbols.symbol(index) for index in kept), unknown=False)
    return replace(
        bundle,
        vocabulary=replace(bundle.vocabulary, labels=labels),
        network=replace(bundle.network, labels=len(kept)),
        weights=keep_labels(bundle.weights, kept),
    )


MOST_EOJEOLS = 100_000
"""Digests that a bundle keeps; so many take 0.4 MB. The treebanks have half of that."""


def digest_eojeols(eojeols: Iterable[str]) -> numpy.ndarray:
    """What a bundle keeps of the eojeols that it was trained on, of many the frequent ones: sorted
    digests `[eojeols]`."""
    kept = (eojeol for eojeol, _ in Counter(eojeols).most_common(MOST_EOJEOLS))
    return numpy.array(sorted(map(_eojeol_digest, kept)), dtype=numpy.int32)


def _eojeol_digest(eojeol: str) -> int:
    return zlib.crc32(eojeol.encode("utf-8", "surrogatepass")) - (1 << 31)


def check_conventions(bundle: Bundle, corpus: str) -> None:
    """Raises TaggerError if the model does not write the conventions of this corpus."""
    if corpus not in bundle.knowledge.tags:
        raise TaggerError(
            f"the model does not know the conventions of {corpus!r}",
            remedy=f"choose from {', '.join(bundle.knowledge.tags)}",
        )


def check_tags(bundle: Bundle, tags: Iterable[str]) -> None:
    """Raises TaggerError if the model does not have one of these tags."""
    known = bundle.knowledge.tags[bundle.corpus]
    for tag in tags:
        if tag not in known:
            raise TaggerError(
                f"{tag!r} is not a tag of this model",
                remedy=f"use one of {', '.join(sorted(known))}",
            )
