"""Prepared training data as one file, so that the next run on the same corpora can skip the
analyser. It is data, like a model: arrays and JSON, and nothing of it is executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy
import safetensors
import safetensors.numpy
from safetensors import SafetensorError

from tagger.errors import TaggerError, system_error
from tagger.labeling.knowledge import Knowledge
from tagger.model.batches import Indices, SoftTargets
from tagger.model.schema import check_vocabulary
from tagger.model.seq2seq import Restoration
from tagger.system.files import whole_file
from tagger.system.sealed_file import OPEN_SEAL, check_seal, sealed
from tagger.text.sentence import Sentence
from tagger.training.augmentation.noise import NOISES
from tagger.training.data import TrainingData
from tagger.training.settings import Settings
from tagger.vocabulary import Vocabulary

FORMAT_VERSION = 7

# the settings that decide how examples look
_SETTINGS = (
    "unit",
    "tokenizer",
    "without_stop",
    *NOISES,
    "inflected",
    "label_minimum_count",
    "seed",
    "columns",
)
_STEPS, _TOKENS = ("labels",), ("upos", "first", "last")


def key_of(
    corpora: Mapping[str, Sequence[Sentence]],
    unlabelled: Sequence[Sentence],
    settings: Settings,
    versions: Iterable[str],
) -> str:
    """Tells prepared data apart: that of other sentences, settings, or `versions` of the
    tokenizer and of teachers."""
    values = asdict(settings)
    head = [FORMAT_VERSION, *versions, {name: values[name] for name in _SETTINGS}]
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    for name, sentences in (*corpora.items(), ("", unlabelled)):
        digest.update(repr(name).encode())
        for sentence in sentences:
            digest.update(repr(sentence).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def save(path: Path, data: TrainingData) -> None:
    """Write the data to a file that appears only when it is whole."""
    examples = data.examples
    arrays = {
        "columns": numpy.concatenate([example.columns for example in examples], axis=1),
        "corpus": numpy.array([example.corpus for example in examples]),
        "lengths": numpy.array([len(example) for example in examples]),
        "tokens": numpy.array([len(example.first) for example in examples]),
    }
    for name in (*_STEPS, *_TOKENS):
        arrays[name] = numpy.concatenate([getattr(example, name) for example in examples])
    for name in ("soft_labels", "soft_upos"):
        soft_targets: list[SoftTargets | None] = [getattr(example, name) for example in examples]
        arrays[f"{name}.is_there"] = numpy.array([item is not None for item in soft_targets])
        there = [item for item in soft_targets if item is not None]
        for part in ("indices", "weights") if there else ():
            arrays[f"{name}.{part}"] = numpy.concatenate([getattr(item, part) for item in there])
    metadata = {
        "vocabulary": json.dumps({**data.vocabulary.to_json(), **data.knowledge.to_json()}),
        "target_corpus": str(data.target_corpus),
        "silver": json.dumps(sorted(data.silver)),
        "restorations": json.dumps(data.restorations),
        **OPEN_SEAL,
    }
    with whole_file(path) as stream:
        stream.write(sealed(safetensors.numpy.save(arrays, metadata)))


def load(path: Path) -> TrainingData:
    """The data of a file. Raises TaggerError if it is damaged."""
    try:
        check_seal(path)
        with safetensors.safe_open(path, "np") as file:
            metadata = file.metadata()
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        ends = numpy.cumsum(arrays["lengths"])[:-1]
        token_ends = numpy.cumsum(arrays["tokens"])[:-1]
        by_example: dict[str, Sequence[Any]] = {
            "columns": numpy.split(arrays["columns"], ends, axis=1),
            **{name: numpy.split(arrays[name], ends) for name in _STEPS},
            **{name: numpy.split(arrays[name], token_ends) for name in _TOKENS},
            "soft_labels": _soft_targets(arrays, "soft_labels", arrays["lengths"]),
            "soft_upos": _soft_targets(arrays, "soft_upos", arrays["tokens"]),
        }
        names = list(by_example)
        vocabulary = json.loads(metadata["vocabulary"])
        check_vocabulary(vocabulary)
        return TrainingData(
            Vocabulary.from_json(vocabulary),
            Knowledge.from_json(vocabulary),
            tuple(
                Indices(**dict(zip(names, values)), corpus=int(corpus))
                for *values, corpus in zip(*by_example.values(), arrays["corpus"], strict=True)
            ),
            int(metadata["target_corpus"]),
            tuple(Restoration(*item) for item in json.loads(metadata["restorations"])),
            frozenset(json.loads(metadata["silver"])),
        )
    except OSError as error:
        raise system_error(error, path) from None
    except (SafetensorError, ValueError, KeyError, TypeError):
        raise TaggerError("this prepared data is damaged", where=path, remedy="delete it") from None


def _soft_targets(
    arrays: Mapping[str, numpy.ndarray], name: str, counts: numpy.ndarray
) -> list[SoftTargets | None]:
    """What teachers say of each example, None of those that nobody was asked about."""
    is_there = arrays[f"{name}.is_there"]
    if not is_there.any():
        return [None] * len(counts)
    ends = numpy.cumsum(counts[is_there])[:-1]
    parts = [numpy.split(arrays[f"{name}.{part}"], ends) for part in ("indices", "weights")]
    found = map(SoftTargets, *parts)
    return [next(found) if there else None for there in is_there]
