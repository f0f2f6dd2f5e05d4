"""The choice of the best epoch, and what an interrupted run goes on from."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from safetensors import SafetensorError

from tagger.errors import TaggerError, system_error
from tagger.system.files import whole_file
from tagger.system.sealed_file import OPEN_SEAL, check_seal, sealed
from tagger.training.data import TrainingData
from tagger.training.settings import Settings
from tagger.training.trainer import Trainer


@dataclass
class History:
    """The epochs so far, with their dev scores, and which was the best."""

    select: str
    epochs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, epoch: Mapping[str, Any]) -> bool:
        """Record an epoch; whether it is the best so far."""
        best = self.best
        self.epochs.append(dict(epoch))
        return best is None or self._rank(epoch) > self._rank(best)

    @property
    def best(self) -> dict[str, Any] | None:
        """The epoch of the best score; of several that have it, the one of the lowest loss."""
        return max(self.epochs, key=self._rank, default=None)

    def stale(self) -> int:
        """How many epochs have passed since the best score, first reached: a lower loss alone is
        no reason to go on."""
        scores = [self._rank(epoch)[0] for epoch in self.epochs]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0

    def _rank(self, epoch: Mapping[str, Any]) -> tuple[float, float]:
        score = epoch.get(self.select)
        return (-math.inf if score is None else score), -epoch.get("loss", math.inf)


def fingerprint(settings: Settings, data: TrainingData) -> str:
    """Tells runs apart: a checkpoint belongs to one set of settings and examples."""
    digest = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
    digest.update(json.dumps(data.vocabulary.to_json(), sort_keys=True).encode())
    for example in data.examples:
        digest.update(example.columns.tobytes())
        digest.update(example.labels.tobytes())
        for taught_places in (example.soft_labels, example.soft_upos):
            if taught_places:
                digest.update(taught_places.indices.tobytes())
                digest.update(taught_places.weights.tobytes())
    return digest.hexdigest()


def save_checkpoint(path: Path, trainer: Trainer, history: History, fingerprint: str) -> None:
    """Write the whole state of a run to one file; the old one stays until it is whole."""
    place = {
        "fingerprint": fingerprint,
        "epoch": trainer.epoch,
        "step": trainer.step,
        "loss": trainer.loss,
        "history": history.epochs,
    }
    metadata = {"place": json.dumps(place), **OPEN_SEAL}
    with whole_file(path) as stream:
        stream.write(sealed(safetensors.torch.save(trainer.tensors(), metadata)))


def load_checkpoint(path: Path, trainer: Trainer, history: History, fingerprint: str) -> None:
    """Bring trainer and history to where the checkpoint was written.

    Raises TaggerError if the file is damaged or belongs to other settings or corpora.
    """
    try:
        check_seal(path)
        with safetensors.safe_open(path, "pt") as file:
            place = json.loads(file.metadata()["place"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise system_error(error, path) from None
    except (SafetensorError, ValueError, KeyError, TypeError):
        raise TaggerError(
            "this checkpoint is damaged", where=path, remedy="start again with --overwrite"
        ) from None
    if place["fingerprint"] != fingerprint:
        raise TaggerError(
            "this checkpoint is from a run with other settings or corpora",
            where=path,
            remedy="resume with the same ones, or start again with --overwrite",
        )
    trainer.restore(state, place)
    history.epochs[:] = place["history"]
