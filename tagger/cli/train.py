"""`train.py`: a model from gold corpora."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.cli.console.common import (
    CHECKPOINT,
    INTERRUPTED,
    add_corpus_options,
    add_machine_options,
    check_not_read,
    check_pipes,
    duration,
    finished_model,
    guarded,
    output_path,
)
from tagger.cli.console.messages import note, warn
from tagger.cli.console.parser import Parser
from tagger.cli.console.resources import cap_processors
from tagger.cli.jobs.training_corpora import (
    SILVER,
    has_plain_tags,
    read_corpora,
    read_text_of,
    silver_corpora,
)
from tagger.errors import DONE, TaggerError
from tagger.system.extras import require
from tagger.system.files import make_folder, read_json, read_text
from tagger.system.locks import exclusive_folder
from tagger.system.processes import process_of_training
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    from tagger.model.bundle import Bundle
    from tagger.training.data import TrainingData
    from tagger.training.settings import Settings

MODEL_FILES = ("config.json", "vocabulary.json", "model.safetensors", "README.md")
OUTPUTS = (*MODEL_FILES, CHECKPOINT, "history.jsonl", "history.html", "history.png")
EXAMPLES = """\
examples:
  %(prog)s train.conllu --dev dev.conllu -o my-model
  %(prog)s mine.tsv other.conllu --dev mine-dev.tsv -o my-model --epochs 20
  %(prog)s mine.tsv --dev mine-dev.tsv -o my-model --config settings.json --resume

The model uses the conventions of the first TRAIN; a corpus embedding distinguishes further
ones. The model folder gets config.json, vocabulary.json, model.safetensors, README.md and
history.jsonl, and a checkpoint until the run is done.
"""


def make_parser() -> Parser:
    parser = Parser(
        description="Train a model on gold corpora.",
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "train",
        nargs="+",
        metavar="TRAIN",
        help="a gold corpus; FILE,FILE: one corpus in several files",
    )
    parser.add_argument(
        "--dev", help="gold corpus that selects the best epoch (default: a tenth of TRAIN)"
    )
    parser.add_argument(
        "--teacher",
        action="append",
        default=[],
        metavar="MODEL_DIR",
        help="trained model to learn from as well as from gold; may be repeated",
    )
    parser.add_argument(
        "--unlabelled",
        action="append",
        default=[],
        metavar="FILE",
        help="text, or a corpus whose tags are ignored, that only the teachers label",
    )
    parser.add_argument(
        "--init",
        metavar="MODEL",
        help="trained model to start from: its network, its vocabulary grown by what is new",
    )
    parser.add_argument(
        "--init-conventions",
        metavar="CORPUS",
        help="corpus of --init whose conventions the first TRAIN follows (default: its own)",
    )
    parser.add_argument(
        "--silver",
        action="append",
        default=[],
        metavar="FILE",
        help="text, or a corpus whose tags are ignored, that Kiwi labels as a further corpus",
    )
    parser.add_argument("-o", "--output", type=output_path, required=True, metavar="MODEL_DIR")
    parser.add_argument("--resume", action="store_true", help="continue from the checkpoint")
    parser.add_argument("--overwrite", action="store_true", help="replace a model in MODEL_DIR")
    parser.add_argument("--licence", default="", help="licence for the model card")
    parser.add_argument(
        "--about", metavar="FILE", help="Markdown file on the data, for the model card"
    )
    parser.add_argument(
        "--cache",
        type=output_path,
        metavar="DIR",
        help="folder for the analysed corpora, which the next run reuses",
    )
    parser.add_argument(
        "--checkpoint-seconds",
        type=duration,
        default=30,
        metavar="N",
        help="seconds between checkpoints (default: %(default)s)",
    )
    add_corpus_options(parser)
    add_machine_options(parser)
    settings = parser.add_argument_group("settings (kept in the model)")
    settings.add_argument(
        "--config", metavar="FILE.json", help="JSON file of settings; options override it"
    )
    settings.add_argument(
        "--unit", choices=["syllable", "morpheme"], help="unit that gets one label"
    )
    settings.add_argument(
        "--tokenizer",
        choices=["kiwi", "kiwi-names", "mecab", "kiwi+mecab", "none"],
        help="tokenizer that gives hints",
    )
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
        "--home-repeats", type=int, help="repetitions of the first TRAIN in an epoch"
    )
    settings.add_argument(
        "--early-stop", type=int, help="stop after this many epochs without improvement; 0: never"
    )
    settings.add_argument("--select", help="dev score that selects the epoch; epoch: the last")
    settings.add_argument(
        "--precision", choices=["float32", "bfloat16"], help="bfloat16: faster where supported"
    )
    settings.add_argument("--seed", type=int)
    return parser


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = make_parser()
    args = parser.parse(argv)
    if args.unlabelled and not args.teacher:
        parser.error("--unlabelled needs --teacher")
    if args.init_conventions and not args.init:
        parser.error("--init-conventions needs --init")
    return args


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    require("train")
    cap_processors(args, "threads")
    index, count = process_of_training()
    check_pipes(inputs_of(args) * count)  # each process reads the corpora
    folder = Path(args.output)
    if index > 0:  # the first process saves
        return train(folder, args)
    read = [*inputs_of(args), *filter(None, [args.about, args.config])]
    check_not_read([folder / name for name in OUTPUTS], read)
    with exclusive_folder(folder):
        check_folder(folder, args)
        return train(folder, args)


def train(folder: Path, args: argparse.Namespace) -> int:
    """Train into the folder and return the exit code."""
    about = read_text(args.about) if args.about else ""
    config = read_config_file(args.config) if args.config else {}

    import torch

    from tagger.analyzer import Tagger
    from tagger.cli.jobs.training_run import Run, stoppable
    from tagger.labeling.units import UNITS
    from tagger.model import folder as model_folder
    from tagger.model.bundle import check_conventions
    from tagger.model.network import trains_in
    from tagger.pretrained import find_model
    from tagger.system.devices import choose_device
    from tagger.tokenizer.make import make_tokenizer
    from tagger.training.data import prepare
    from tagger.training.distillation import Teachers
    from tagger.training.distributed import join, leave
    from tagger.training.finetuning import start_from
    from tagger.training.trainer import Trainer, make_network

    init = model_folder.load(find_model(args.init)) if args.init else None
    settings = make_settings(config, args, init)
    torch.set_num_threads(args.threads)
    device = choose_device(args.device)
    if not trains_in(settings.precision, settings.cell, torch.device(device)):
        warn(f"this device has no {settings.precision}, so the network is trained in float32")
        settings = replace(settings, precision="float32")
    ranks = join(device)
    corpora, dev = read_corpora(args)
    is_free = init is None and not {"unit", "tokenizer"} & {*config, *given_settings(args)}
    if is_free and has_plain_tags(corpora):
        note(
            "each token has one tag: the unit is the morpheme and there is no tokenizer, as by "
            "--unit morpheme --tokenizer none"
        )
        settings = replace(settings, unit="morpheme", tokenizer="none")
    if init and args.init_conventions:
        check_conventions(init, args.init_conventions)
        first = next(iter(corpora))
        corpora = {args.init_conventions: corpora.pop(first), **corpora}
    gold = tuple(corpora)
    corpora |= silver_corpora(args)
    tokenizer = make_tokenizer(settings.tokenizer, args.threads)
    unlabelled = [sentence for path in args.unlabelled for sentence in read_text_of(path, args)]

    def prepared() -> TrainingData:
        teachers = None
        if args.teacher:
            taggers = [
                Tagger.load(path, device=args.device, threads=args.threads) for path in args.teacher
            ]
            teachers = Teachers(taggers, UNITS[settings.unit])
        return prepare(
            corpora, tokenizer, settings, teachers, unlabelled, silver=[SILVER], init=init
        )

    if args.cache:
        models = [*args.teacher, *([args.init] if args.init else [])]
        data = cached(Path(args.cache), models, corpora, unlabelled, settings, prepared)
    else:
        data = prepared()
    network = make_network(data.vocabulary, settings)
    if init:
        start_from(init, data.vocabulary, network)
    trainer = Trainer(network, data, settings, str(ranks.device), ranks)
    run = Run(
        folder,
        trainer,
        dev,
        tokenizer,
        corpora,
        licence=args.licence,
        about=about,
        checkpoint_seconds=args.checkpoint_seconds,
        gold=gold,
    )
    corpora.clear()  # large ones take gigabytes, and nothing reads them any more
    unlabelled.clear()
    if args.resume:
        run.resume()
    else:
        run.drop_checkpoint()
    if ranks.index:  # the first process scores and saves
        run.assist()
        leave(ranks)
        return DONE
    with stoppable() as stop:
        for done in run.epochs(stop):
            note(done)
    leave(ranks)
    if not run.is_over():
        note(f"stopped; continue with the same command and --resume ({run.checkpoint})")
        return INTERRUPTED
    run.finish()
    run.drop_checkpoint()
    best = run.history.best or {}
    note(
        f"{folder} holds the model of epoch {best['epoch']}, "
        f"dev {settings.select} {best.get(settings.select)}"
    )
    return DONE


def inputs_of(args: argparse.Namespace) -> list[str]:
    """The files of corpora and texts that the command line names."""
    files = [file for path in args.train for file in path.split(",")]
    return [*files, *args.unlabelled, *args.silver, *([args.dev] if args.dev else [])]


def cached(
    folder: Path,
    models: Sequence[str],
    corpora: Mapping[str, Sequence[Sentence]],
    unlabelled: Sequence[Sentence],
    settings: Settings,
    prepare: Callable[[], TrainingData],
) -> TrainingData:
    """The prepared data from the folder, prepared and kept there if it is not in it yet."""
    from tagger.model.folder import read_config
    from tagger.pretrained import find_model
    from tagger.tokenizer.base import installed_version
    from tagger.training import cache

    versions = [installed_version(settings.tokenizer)]
    versions += [json.dumps(read_config(find_model(path))["sha256"]) for path in models]
    key = cache.key_of(corpora, unlabelled, settings, versions)
    path = folder / f"{key[:32]}.safetensors"
    if path.is_file():
        note(f"using the prepared data of {path}")
        return cache.load(path)
    data = prepare()
    make_folder(folder)
    cache.save(path, data)
    return data


def check_folder(folder: Path, args: argparse.Namespace) -> None:
    """Raises TaggerError if the run would replace a model that nobody gave up."""
    has_model = (folder / "config.json").exists()
    checkpoint = folder / CHECKPOINT
    if args.overwrite:
        return
    if checkpoint.exists() and not args.resume:
        raise TaggerError(
            "an unfinished run is here",
            where=folder,
            remedy="continue with --resume, or start again with --overwrite",
        )
    if has_model and not checkpoint.exists():
        raise finished_model(folder)
    for name in MODEL_FILES:
        if (folder / name).exists() and not checkpoint.exists():
            raise TaggerError(
                f"{name} is here, which belongs to no model",
                where=folder,
                remedy="choose another folder, or replace it with --overwrite",
            )


def read_config_file(path: str) -> dict[str, Any]:
    """The settings of a file. Raises TaggerError if it is not a JSON object."""
    config = read_json(path)
    if not isinstance(config, dict):
        raise TaggerError("this is not a JSON object", where=path, remedy='write {"epochs": 20}')
    return config


def make_settings(
    config: Mapping[str, Any], args: argparse.Namespace, init: Bundle | None = None
) -> Settings:
    """The settings of the file, with the options of the command line before them, and behind
    them those of a model to start from."""
    from tagger.training.finetuning import settings_of
    from tagger.training.settings import Settings

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
    given = {**config, **given_settings(args)}
    kept = settings_of(init, given) if init else {}
    return Settings(**{**kept, **given})


def given_settings(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that the command line names."""
    from tagger.training.settings import Settings

    return {
        item.name: getattr(args, item.name)
        for item in fields(Settings)
        if getattr(args, item.name, None) is not None
    }
