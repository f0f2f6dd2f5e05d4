"""`train.py`: a model from gold corpora."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpora import Corpus
from tagger.cli.card import write_card
from tagger.cli.common import (
    INTERRUPTED,
    add_corpus_options,
    add_machine_options,
    guarded,
    read_corpus,
    report,
)
from tagger.cli.scoring import percentages, score_tagger
from tagger.errors import DONE, TaggerError, system_error
from tagger.files import whole_text
from tagger.morphology import Sentence

if TYPE_CHECKING:
    from tagger.tokenizer import Tokenizer
    from tagger.training import Progress, Settings, Trainer

CHECKPOINT, HISTORY = "checkpoint.safetensors", "history.jsonl"
SECONDS_BETWEEN_CHECKPOINTS = 30.0
HELD_OUT = 10  # without --dev, every tenth sentence

EXAMPLES = """\
examples:
  train.py train.conllu --dev dev.conllu -o my-model
  train.py mine.tsv other.conllu --dev mine-dev.tsv -o my-model --epochs 20
  train.py mine.tsv --dev mine-dev.tsv -o my-model --config settings.json --resume

The first TRAIN is the corpus whose conventions the model writes; further ones are told
apart from it. The model folder gets config.json, vocabulary.json, model.safetensors,
README.md and history.jsonl; until the run is done, also a checkpoint.
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Train a model on gold corpora.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("train", nargs="+", metavar="TRAIN", help="a gold corpus")
    parser.add_argument(
        "--dev", help="gold corpus to choose the best epoch by (default: a tenth of TRAIN)"
    )
    parser.add_argument("-o", "--output", required=True, metavar="MODEL_DIR")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--overwrite", action="store_true", help="replace a model in MODEL_DIR")
    parser.add_argument(
        "--one-corpus", action="store_true", help="all TRAIN are parts of the same corpus"
    )
    parser.add_argument("--licence", default="", help="of the model, for its card")
    parser.add_argument("--about", metavar="FILE", help="Markdown on the data, for the card")
    add_corpus_options(parser)
    add_machine_options(parser)
    settings = parser.add_argument_group("settings (kept in the model)")
    settings.add_argument(
        "--config", metavar="FILE.json", help="settings by name; options given here go first"
    )
    settings.add_argument("--unit", choices=["syllable", "morpheme"], help="what gets one label")
    settings.add_argument("--tokenizer", choices=["kiwi", "none"], help="hints, or none")
    settings.add_argument("--cell", choices=["lstm", "gru", "rnn"])
    settings.add_argument("--layers", type=int)
    settings.add_argument("--hidden", type=int, help="size of each direction's state")
    settings.add_argument("--directions", type=int, choices=[1, 2])
    settings.add_argument("--one-direction", dest="directions", action="store_const", const=1)
    settings.add_argument("--dropout", type=float)
    settings.add_argument("--epochs", type=int)
    settings.add_argument("--batch-size", type=int, help="syllables or morphemes in a batch")
    settings.add_argument("--learning-rate", type=float)
    settings.add_argument(
        "--home-repeats", type=int, help="times that an epoch sees the first TRAIN"
    )
    settings.add_argument("--early-stop", type=int, help="epochs without a better one; 0: never")
    settings.add_argument("--select", help="dev score that chooses the best epoch")
    settings.add_argument(
        "--precision", choices=["float32", "bfloat16"], help="bfloat16: faster where supported"
    )
    settings.add_argument("--seed", type=int)
    return parser.parse_args(argv)


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    folder = Path(args.output)
    check_folder(folder, args)
    about = read_text(args.about) if args.about else ""
    config = read_config_file(args.config) if args.config else {}

    import torch

    from tagger.analyzer import choose_device
    from tagger.tokenizer import make_tokenizer
    from tagger.training import Trainer, make_network, prepare

    settings = make_settings(config, args)
    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    corpora, dev = read_corpora(args)
    tokenizer = make_tokenizer(settings.tokenizer, args.threads)
    data = prepare(corpora, tokenizer, settings)
    trainer = Trainer(make_network(data.vocabulary, settings), data, settings, device)
    run = Run(folder, trainer, dev, tokenizer, corpora, args.licence, about)
    if args.resume:
        run.resume()
    with stoppable() as stop:
        for done in run.epochs(stop):
            report(done)
    if stop:
        report(f"stopped; go on with the same command and --resume ({run.checkpoint})")
        return INTERRUPTED
    run.finish()
    best = run.history.best or {}
    report(
        f"{folder} holds the model of epoch {best['epoch']}, "
        f"dev {settings.select} {best.get(settings.select)}"
    )
    return DONE


class Run:
    """A training run with its folder: what is saved when, and what is said."""

    def __init__(
        self,
        folder: Path,
        trainer: Trainer,
        dev: Sequence[Sentence],
        tokenizer: Tokenizer,
        corpora: Mapping[str, Sequence[Sentence]],
        licence: str,
        about: str,
    ) -> None:
        from tagger.bundle import digest_eojeols
        from tagger.training import History, fingerprint

        self.folder = folder
        self.trainer = trainer
        self.dev = dev
        self.tokenizer = tokenizer
        self.corpora = corpora
        self.licence = licence
        self.about = about
        self.checkpoint = folder / CHECKPOINT
        self.history = History(trainer.settings.select)
        self.fingerprint = fingerprint(trainer.settings, trainer.data)
        self.known_eojeols = digest_eojeols(
            eojeol.surface
            for sentences in corpora.values()
            for sentence in sentences
            for eojeol in sentence.eojeols
        )

    def resume(self) -> None:
        """Go on from the checkpoint, or from the beginning if there is none yet."""
        from tagger.training import load_checkpoint

        if not self.checkpoint.is_file():
            report(f"no {self.checkpoint} yet: training starts from the beginning")
            return
        load_checkpoint(self.checkpoint, self.trainer, self.history, self.fingerprint)
        report(f"resuming in epoch {self.trainer.epoch + 1} after {self.trainer.step} steps")

    def epochs(self, stop: Stop) -> Iterator[str]:
        """Train to the end, saving on the way; a message for each epoch."""
        from tqdm import tqdm

        settings = self.trainer.settings
        started = saved = time.monotonic()
        bar = tqdm(file=sys.stderr, unit="batch", disable=not sys.stderr.isatty(), leave=False)
        if self._is_over():
            return
        for progress in self.trainer.train():
            bar.total = progress.steps
            bar.n = progress.step
            bar.set_description(f"epoch {progress.epoch}/{settings.epochs}", refresh=False)
            bar.set_postfix(loss=f"{progress.loss:.3f}", refresh=False)
            bar.update(0)
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
            if (
                stop
                or progress.epoch_ends
                or time.monotonic() - saved > (SECONDS_BETWEEN_CHECKPOINTS)
            ):
                self._save_checkpoint()
                saved = time.monotonic()
            if stop or (progress.epoch_ends and self._is_over()):
                break
        bar.close()

    def finish(self) -> None:
        """The run is over: the checkpoint is no longer needed."""
        self.checkpoint.unlink(missing_ok=True)

    def _is_over(self) -> bool:
        settings = self.trainer.settings
        stale = settings.early_stop and self.history.stale() >= settings.early_stop
        return bool(stale) or self.trainer.epoch >= settings.epochs

    def _save_checkpoint(self) -> None:
        from tagger.training import save_checkpoint

        save_checkpoint(self.checkpoint, self.trainer, self.history, self.fingerprint)

    def _finish_epoch(self, progress: Progress, seconds: float) -> dict[str, float | None]:
        """Score the epoch on dev, save the model if it is the best, write the history."""
        from tagger import bundle as bundles
        from tagger.analyzer import Tagger
        from tagger.features import UNITS

        settings = self.trainer.settings
        trained = bundles.Bundle(
            UNITS[settings.unit],
            bundles.TokenizerInfo(self.tokenizer.name, self.tokenizer.version),
            self.trainer.data.vocabulary,
            bundles.half_precision(self.trainer.network),
            next(iter(self.corpora)),
            self.known_eojeols,
            asdict(settings),
        )
        scores = percentages(
            *score_tagger(Tagger(trained, self.tokenizer, self.trainer.device), self.dev)
        )
        epoch = {
            "epoch": progress.epoch,
            "loss": round(progress.loss, 4),
            "learning_rate": progress.learning_rate,
            "seconds": round(seconds, 1),
            **scores,
        }
        if self.history.add(epoch):
            trained = replace(trained, scores=scores)
            sizes = {name: len(sentences) for name, sentences in self.corpora.items()}
            card = write_card(trained, sizes, progress.epoch, self.licence, self.about)
            bundles.save(trained, self.folder, card)
        lines = [json.dumps(epoch, ensure_ascii=False) + "\n" for epoch in self.history.epochs]
        with whole_text(self.folder / HISTORY) as stream:
            stream.writelines(lines)
        return scores


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


def check_folder(folder: Path, args: argparse.Namespace) -> None:
    """Raises TaggerError if the run would replace a model that nobody gave up."""
    has_model = (folder / "config.json").exists()
    has_checkpoint = (folder / CHECKPOINT).exists()
    if args.overwrite:
        (folder / CHECKPOINT).unlink(missing_ok=True)
    elif has_checkpoint and not args.resume:
        raise TaggerError(
            "an unfinished run is here",
            where=folder,
            remedy="go on with --resume, or start anew with --overwrite",
        )
    elif has_model and not has_checkpoint:
        raise TaggerError(
            "a finished model is here",
            where=folder,
            remedy="choose another folder, or replace it with --overwrite",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise system_error(error, folder) from None


def read_config_file(path: str) -> dict[str, Any]:
    """The settings of a file. Raises TaggerError if it is not a JSON object."""
    try:
        config = json.loads(read_text(path))
    except ValueError as error:
        raise TaggerError(f"this is not JSON ({error})", where=path, remedy="mend it") from None
    if not isinstance(config, dict):
        raise TaggerError("this is not a JSON object", where=path, remedy='write {"epochs": 20}')
    return config


def make_settings(config: Mapping[str, Any], args: argparse.Namespace) -> Settings:
    """The settings of the file, with the options of the command line before them."""
    from tagger.training import Settings

    defaults = asdict(Settings())
    for name, value in config.items():
        if name not in defaults:
            raise TaggerError(
                f"unknown setting {name!r}",
                where=args.config,
                remedy=f"the settings are {', '.join(defaults)}",
            )
        wanted = type(defaults[name])
        if not isinstance(value, (int, float) if wanted is float else wanted) or (
            isinstance(value, bool)
        ):
            raise TaggerError(
                f"{name} cannot be {value!r}",
                where=args.config,
                remedy=f"give it a value such as {json.dumps(defaults[name])}",
            )
    given = {
        item.name: getattr(args, item.name)
        for item in fields(Settings)
        if getattr(args, item.name, None) is not None
    }
    return Settings(**{**config, **given})


def read_corpora(
    args: argparse.Namespace,
) -> tuple[dict[str, tuple[Sentence, ...]], tuple[Sentence, ...]]:
    """The training sentences by corpus name, and the dev sentences.

    Raises TaggerError if dev and train do not share a tag set.
    """
    training = [read_corpus(path, args) for path in args.train]
    if args.dev:
        dev = read_corpus(args.dev, args).sentences
        sentences = [corpus.sentences for corpus in training]
    else:
        first = training[0].sentences
        dev = first[HELD_OUT - 1 :: HELD_OUT]
        if not dev:
            raise TaggerError(
                f"{len(first)} sentences are too few to hold out a tenth",
                where=args.train[0],
                remedy="give a dev corpus with --dev",
            )
        kept = tuple(s for i, s in enumerate(first) if i % HELD_OUT != HELD_OUT - 1)
        sentences = [kept, *(corpus.sentences for corpus in training[1:])]
        report(f"no --dev: every tenth sentence of {args.train[0]} is held out")
    names = corpus_names(training)
    if args.one_corpus:
        corpora = {names[0]: tuple(sentence for group in sentences for sentence in group)}
    else:
        corpora = dict(zip(names, sentences, strict=True))
    check_tag_sets(corpora, dev, args.dev or args.train[0])
    return corpora, dev


def corpus_names(corpora: Sequence[Corpus]) -> list[str]:
    """A short name for each corpus: its file's name, with the folder's if that is needed."""
    paths = [Path(corpus.path) for corpus in corpora]
    for name in (
        lambda path: path.stem,
        lambda path: f"{path.resolve().parent.name}/{path.stem}",
    ):
        names = [name(path) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [f"{index}-{path.stem}" for index, path in enumerate(paths, start=1)]


_MOST_UNKNOWN = 0.1


def check_tag_sets(
    corpora: Mapping[str, Sequence[Sentence]], dev: Sequence[Sentence], dev_path: str
) -> None:
    """Raises TaggerError if more than a tenth of the dev morphemes have tags that training
    never shows; warns if any has."""
    known = set(_tags(sentence for sentences in corpora.values() for sentence in sentences))
    counts = _tags(dev)
    unknown = {tag: count for tag, count in counts.items() if tag not in known}
    if not unknown:
        return
    listed = ", ".join(sorted(unknown)[:8]) + (", …" if len(unknown) > 8 else "")
    if sum(unknown.values()) > _MOST_UNKNOWN * counts.total():
        raise TaggerError(
            f"the dev corpus has another tag set than the training corpora ({listed})",
            where=dev_path,
            remedy="give a dev corpus of the same tag set",
        )
    report(f"{dev_path}: tags that training never shows cannot be learnt: {listed}")


def _tags(sentences: Any) -> Counter[str]:
    return Counter(
        morpheme.tag
        for sentence in sentences
        for token in sentence.tokens
        for morpheme in token.morphemes
    )


def read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise system_error(error, path) from None
    except UnicodeDecodeError:
        raise TaggerError("this file is not UTF-8", where=path, remedy="convert it") from None
