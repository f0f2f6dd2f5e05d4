"""A training run in its folder: what is saved when, and what is said on the way."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from tagger.analyzer import Tagger
from tagger.cli.console.common import CHECKPOINT
from tagger.cli.console.messages import note, shows_progress
from tagger.cli.jobs.scoring import calibrated, dev_scores
from tagger.cli.pages.card import write_card
from tagger.cli.pages.history_page import draw_history, write_history_page
from tagger.evaluation.calibration import NOT_CALIBRATED
from tagger.model import folder as model_folder
from tagger.model.bundle import Bundle, digest_eojeols
from tagger.system.files import make_folder, whole_text
from tagger.text.sentence import Sentence
from tagger.tokenizer.base import Tokenizer
from tagger.training.checkpoint import History, fingerprint, load_checkpoint, save_checkpoint
from tagger.training.seq2seq import train_writer
from tagger.training.trainer import Progress, Trainer, bundle_of

HISTORY = "history.jsonl"


class Run:
    """Trains into a folder. Raises TaggerError if the folder cannot be made."""

    def __init__(
        self,
        folder: Path,
        trainer: Trainer,
        dev: Sequence[Sentence],
        tokenizer: Tokenizer,
        corpora: Mapping[str, Sequence[Sentence]],
        *,
        licence: str = "",
        about: str = "",
        checkpoint_seconds: float = 30.0,
        gold: Sequence[str] | None = None,
    ) -> None:
        """`gold` names the corpora whose eojeols count as known, all if it is None."""
        make_folder(folder)
        self.folder = folder
        self.trainer = trainer
        self.dev = dev
        self.tokenizer = tokenizer
        self.sizes = {name: len(sentences) for name, sentences in corpora.items()}
        self.licence = licence
        self.about = about
        self.checkpoint_seconds = checkpoint_seconds
        self.checkpoint = folder / CHECKPOINT
        self.history = History(trainer.settings.select)
        self.fingerprint = fingerprint(trainer.settings, trainer.data)
        self.known_eojeols = digest_eojeols(
            eojeol.surface
            for name in (corpora if gold is None else gold)
            for sentence in corpora[name]
            for eojeol in sentence.eojeols
        )

    def resume(self) -> None:
        """Go on from the checkpoint, or from the beginning if there is none yet."""
        if not self.checkpoint.is_file():
            note(f"no {self.checkpoint} yet: training starts from the beginning")
            return
        load_checkpoint(self.checkpoint, self.trainer, self.history, self.fingerprint)
        note(f"resuming in epoch {self.trainer.epoch + 1} after {self.trainer.step} steps")

    def epochs(self, stop: Stop) -> Iterator[str]:
        """Train to the end, saving on the way; a message for each epoch."""
        if self.is_over():
            return
        settings = self.trainer.settings
        started = saved = time.monotonic()
        bar = tqdm(file=sys.stderr, unit="batch", disable=not shows_progress(), leave=False)
        for progress in self.trainer.train():
            if progress.step <= bar.n or bar.total is None:  # a new epoch
                bar.reset(total=progress.steps)
            bar.set_description(f"epoch {progress.epoch}/{settings.epochs}", refresh=False)
            bar.set_postfix(loss=f"{progress.loss:.3f}", refresh=False)
            bar.update(progress.step - bar.n)
            due = time.monotonic() - saved > self.checkpoint_seconds
            if stop or progress.epoch_ends or due:
                self.trainer.check_weights()
            if progress.epoch_ends:
                seconds = time.monotonic() - started
                scores = self._finish_epoch(progress, seconds)
                shown = " ".join(f"{k} {v}" for k, v in scores.items() if v is not None)
                bar.clear()
                yield (
                    f"epoch {progress.epoch}/{settings.epochs} loss {progress.loss:.3f} "
                    f"{seconds:.0f} s, dev {shown}"
                )
                started = time.monotonic()
            over = self.trainer.ranks.follow(bool(stop) or self.is_over())
            if stop or progress.epoch_ends or due:
                save_checkpoint(self.checkpoint, self.trainer, self.history, self.fingerprint)
                saved = time.monotonic()
            if over:
                break
        bar.close()

    def assist(self) -> None:
        """Train beside the first process until it says that the run is over."""
        if self.is_over():
            return
        for _ in self.trainer.train():
            if self.trainer.ranks.follow(False):
                return

    def drop_checkpoint(self) -> None:
        """The run that it belongs to is over or given up."""
        self.checkpoint.unlink(missing_ok=True)

    def is_over(self) -> bool:
        """Whether the last epoch is done, or no better one has come for long enough."""
        settings = self.trainer.settings
        stale = settings.early_stop and self.history.stale() >= settings.early_stop
        return bool(stale) or self.trainer.epoch >= settings.epochs

    def _finish_epoch(self, progress: Progress, seconds: float) -> dict[str, float | None]:
        """Score the epoch on dev, save the model if it is the best, write the history."""
        home = next(iter(self.sizes))
        trained = bundle_of(self.trainer, self.tokenizer, home, self.known_eojeols)
        scores = self._scores(trained)
        epoch = {
            "epoch": progress.epoch,
            "loss": round(progress.loss, 4),
            "learning_rate": progress.learning_rate,
            "seconds": round(seconds, 1),
            **scores,
        }
        if self.history.add(epoch):
            self._save(replace(trained, scores=scores), progress.epoch)
        lines = [json.dumps(epoch, ensure_ascii=False) + "\n" for epoch in self.history.epochs]
        with whole_text(self.folder / HISTORY) as stream:
            stream.writelines(lines)
        write_history_page(self.folder, self.history.epochs, self.history.select)
        return scores

    def finish(self) -> None:
        """Give the best model its restorer and the calibration that fits dev, and save it."""
        trained = model_folder.load(self.folder)
        restorer = trained.knowledge.restorer
        if restorer.writer is None:  # else it comes from the model of --init
            restorer.writer = train_writer(
                self.trainer.data.restorations, trained.corpus, self.trainer.settings.seed
            )
        trained, uncalibrated = calibrated(self._tagger(trained), self.dev)
        if trained.calibration == NOT_CALIBRATED:
            note("the scores are not calibrated: nearly all morphemes of dev are right, or wrong")
        best = self.history.best or {}
        self._save(trained, best["epoch"], uncalibrated)
        draw_history(self.folder, self.history.epochs)

    def _tagger(self, trained: Bundle) -> Tagger:
        return Tagger(trained, self.tokenizer, device=str(self.trainer.device))

    def _scores(self, trained: Bundle) -> dict[str, float | None]:
        return dev_scores(self._tagger(trained), self.dev)

    def _save(self, trained: Bundle, epoch: int, uncalibrated: float | None = None) -> None:
        card = write_card(trained, self.sizes, epoch, self.licence, self.about, uncalibrated)
        model_folder.save(trained, self.folder, card)


class Stop:
    """True once the user asked to stop; a second time ends the program at once."""

    def __init__(self) -> None:
        self.asked = False

    def __bool__(self) -> bool:
        return self.asked

    def ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Ctrl-C and SIGTERM ask for a stop after the step under way."""
    stop = Stop()
    previous = {
        number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
