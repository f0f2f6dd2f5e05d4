"""A trained model as a folder: settings, vocabulary, weights and card. It is data; loading
one never runs code.

    config.json         format version, settings, shape of the network, SHA-256 of all three
    vocabulary.json     symbols and labels
    model.safetensors   weights in half precision, of the network and of the restorer
    README.md           the card: data, licence, settings, scores
"""

from __future__ import annotations

import errno
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy
import safetensors.numpy

from tagger.evaluation.calibration import NOT_CALIBRATED, Calibration
from tagger.labeling.restoration import Restorer
from tagger.labeling.units import Unit
from tagger.model.config import (
    NetworkConfig,
    Weights,
    keep_labels,
)
from tagger.model.folder import (
    _KNOWN_EOJEOLS,
    _PENDING,
    _WRITER,
    _WRITER_SYMBOLS,
    CARD,
    CONFIG,
    FORMAT_VERSION,
    VOCABULARY,
    WEIGHTS,
    _config_digest,
    _digest,
    _finish_saving,
    _halved,
)
from tagger.model.seq2seq import RestorationWriter
from tagger.vocabulary import Symbols, Vocabulary

_OLDER = (4, 3)  # without settled UPOS, and without a lexicon


_WITHOUT_OWN_DIGEST = 2  # like version 3, but nothing guards the config


# 2,000 numbers of a calibration are 40 KB, all else is 4
_LARGEST_CONFIG = 1 << 17  # bytes


# of kaist's 1.0 MB, from 350,000 eojeols, 0.8 are its lexicon, which grows as the number of
# different eojeols does (n^0.7): 10 million eojeols make 9 MB, two columns of 100,000 bigrams 2
_LARGEST_VOCABULARY = 1 << 24  # bytes


_MOST_CONTAINERS = 1 << 19  # objects and arrays, each of which takes memory; kaist has 19,726


@dataclass(frozen=True)
class TokenizerInfo:
    """The tokenizer that the model's hints were made with."""

    name: str
    version: str


@dataclass(frozen=True, eq=False)
class Bundle:
    """Everything that tagging needs, and how it came about.

    `corpus` is the corpus whose conventions the model writes. `training` and `scores` are
    for people: the settings of the run and what it reached. `known_eojeols` holds the sorted
    CRC-32 of the eojeols of the training data. `calibration` is
    that of the scores of morphemes.
    """

    unit: Unit
    tokenizer: TokenizerInfo
    vocabulary: Vocabulary
    network: NetworkConfig
    weights: Weights
    corpus: str
    known_eojeols: numpy.ndarray
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float | None] = field(default_factory=dict)
    calibration: Calibration = NOT_CALIBRATED

    def writes(self, label: str) -> bool:
        """Whether the label has only tags of the corpus whose conventions the model writes."""
        return set(self.unit.tags(label)) <= set(self.vocabulary.tags[self.corpus])

    def knows(self, eojeol: str) -> bool:
        """Whether the training data showed this eojeol (wrong once in 10,000 at most)."""
        digest = numpy.int32(_eojeol_digest(eojeol))
        place = int(numpy.searchsorted(self.known_eojeols, digest))
        return place < len(self.known_eojeols) and bool(self.known_eojeols[place] == digest)


def specialized(bundle: Bundle, corpus: str) -> Bundle:
    """The bundle as one that writes the conventions of another of its training corpora."""
    restorer = bundle.vocabulary.restorer
    writer = restorer.writer
    if isinstance(writer, RestorationWriter):
        writer = replace(writer, corpus=corpus)
    vocabulary = replace(bundle.vocabulary, restorer=Restorer(restorer.seen, writer))
    return replace(bundle, vocabulary=vocabulary, corpus=corpus)


def pruned(bundle: Bundle, corpora: Sequence[str]) -> Bundle:
    """The bundle with the labels and restorations of these corpora's tag sets only."""
    vocabulary = bundle.vocabulary
    tags = {corpus: vocabulary.tags[corpus] for corpus in corpora}
    known = {tag for corpus_tags in tags.values() for tag in corpus_tags}
    kept = [
        index
        for index, label in enumerate(vocabulary.labels.symbols)
        if set(bundle.unit.tags(label)) <= known
    ]
    seen = {
        syllable: {
            shape: texts for shape, texts in shapes.items() if set(bundle.unit.tags(shape)) <= known
        }
        for syllable, shapes in vocabulary.restorer.seen.items()
    }
    labels = Symbols((vocabulary.labels.symbol(index) for index in kept), unknown=False)
    restorer = Restorer(
        {syllable: shapes for syllable, shapes in seen.items() if shapes},
        vocabulary.restorer.writer,
    )
    return replace(
        bundle,
        vocabulary=replace(
            vocabulary,
            labels=labels,
            restorer=restorer,
            tags=tags,
            settled_upos={
                corpus: vocabulary.settled_upos[corpus]
                for corpus in corpora
                if corpus in vocabulary.settled_upos
            },
        ),
        network=replace(bundle.network, labels=len(kept)),
        weights=keep_labels(bundle.weights, kept),
    )


def digest_eojeols(eojeols: Iterable[str]) -> numpy.ndarray:
    """What a bundle keeps of the eojeols that it was trained on: sorted digests `[eojeols]`."""
    return numpy.array(sorted(map(_eojeol_digest, set(eojeols))), dtype=numpy.int32)


def _eojeol_digest(eojeol: str) -> int:
    return zlib.crc32(eojeol.encode("utf-8", "surrogatepass")) - (1 << 31)


def _publish(staging: Path, folder: Path) -> None:
    """Make the files of the staging folder the model."""
    while True:
        try:
            staging.rename(folder / _PENDING)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            _finish_saving(folder)


def _contents(bundle: Bundle, card: str) -> dict[str, bytes]:
    """The bytes of each file."""
    vocabulary = bundle.vocabulary.to_json()
    tensors = _halved(bundle.weights)
    tensors[_KNOWN_EOJEOLS] = bundle.known_eojeols
    writer = bundle.vocabulary.restorer.writer
    if isinstance(writer, RestorationWriter):
        vocabulary[_WRITER_SYMBOLS] = list(writer.symbols.symbols)
        tensors |= _halved({_WRITER + name: array for name, array in writer.weights.items()})
    contents = {
        VOCABULARY: _json(vocabulary, indent=None),
        WEIGHTS: safetensors.numpy.save(tensors),
    }
    digests = {file: _digest(content) for file, content in contents.items()}
    config: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "unit": bundle.unit.name,
        "tokenizer": asdict(bundle.tokenizer),
        "corpus": bundle.corpus,
        "calibration": bundle.calibration,
        "network": asdict(bundle.network),
        "training": bundle.training,
        "scores": bundle.scores,
        "sha256": digests,
    }
    digests[CONFIG] = _config_digest(config)
    return {**contents, CARD: card.encode(), CONFIG: _json(config, indent=2)}


def _identity(folder: Path) -> tuple[int, ...] | None:
    """Tells apart the models that are saved in a folder one after another, equal ones too."""
    for path in (folder / _PENDING / CONFIG, folder / CONFIG):
        with suppress(OSError):
            status = path.stat()
            return status.st_dev, status.st_ino, status.st_mtime_ns
    return None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _json(data: Any, *, indent: int | None) -> bytes:
    separators = None if indent else (",", ":")
    text = json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)
    return (text + "\n").encode()
