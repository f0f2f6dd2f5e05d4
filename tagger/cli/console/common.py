"""What the commands share: options that mean the same, messages, and how they end."""

from __future__ import annotations

import argparse
import gc
import math
import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corpora
from corpora import Corpus
from tagger.cli.console import messages
from tagger.cli.console.resources import available_threads, check_threads, shortage
from tagger.cli.console.streams import forget_stream, open_closed_streams
from tagger.errors import DONE, WRONG_USE, TaggerError, system_error
from tagger.system.devices import check_device_name
from tagger.system.files import file_identity
from tagger.system.memory import give_back, one_heap

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.cli.jobs.tagging_job import Job
    from tagger.model.bundle import Bundle, TokenizerInfo
    from tagger.tokenizer.base import Tokenizer
    from tagger.tokenizer.user_dictionary import UserDictionary

CHECKPOINT = "checkpoint.safetensors"  # in the folder of an unfinished run
RECORD = ".pumsa-record"  # in a folder of outputs, of those that are complete
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

Command = Callable[[Sequence[str] | None], int]


def guarded(command: Command) -> Command:
    """The command with its errors as one sentence on stderr, and a quiet end on a closed
    pipe or Ctrl-C."""

    def run(argv: Sequence[str] | None = None) -> int:
        if getattr(sys, "frozen", False):  # by PyInstaller: worker processes begin here, too
            from multiprocessing import freeze_support

            freeze_support()
        is_closed = sys.stdout is None
        open_closed_streams()
        try:
            if is_closed:
                raise TaggerError("it is closed", where="standard output", remedy="open it")
            return command(argv)
        except TaggerError as error:
            messages.error(error)
            return WRONG_USE
        except BrokenPipeError:
            forget_stream(sys.stdout)
            return DONE
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as error:
            if (problem := shortage(error)) is not None:
                messages.error(problem)
                return WRONG_USE
            if not isinstance(error, OSError):
                raise
            messages.error(_explained(error))
            forget_stream(sys.stdout)
            return WRONG_USE

    return run


def _explained(error: OSError) -> TaggerError:
    if error.filename is None and _is_lost():
        return TaggerError("the working folder is gone", remedy="change to another one")
    return system_error(error, error.filename or "standard output")


def _is_lost() -> bool:
    """Whether somebody has removed the working folder, so that no relative path leads anywhere."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def add_corpus_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        help="conll, conllu, jsonl, klue, nikl, raw-sejong, sejong or tsv (default: recognised "
        "from the content)",
    )
    parser.add_argument(
        "--encoding",
        default="utf-8",
        help="of the corpora; auto: recognise it (default: %(default)s)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="a row that cannot be used is an error"
    )


def read_corpus(path: str, args: argparse.Namespace) -> Corpus:
    """The corpus as `add_corpus_options` says; rows that were skipped are counted on stderr."""
    corpus = corpora.read(path, args.format, encoding=args.encoding, strict=args.strict)
    warn_of_problems(corpus)
    return corpus


def warn_of_problems(corpus: Corpus) -> None:
    """Say how many rows of a corpus were skipped."""
    if corpus.problems:
        messages.warn(
            f"{len(corpus.problems)} rows cannot be used and are skipped, "
            f"the first: {corpus.problems[0]}"
        )


def check_pipes(paths: Iterable[str]) -> None:
    """Raises TaggerError if a named pipe is to be read twice: its text comes only once, and
    opening it again would wait for another writer."""
    pipes = set()
    for path in paths:
        try:
            found = Path(path).stat()
        except OSError:  # the reader says so
            continue
        if not stat.S_ISFIFO(found.st_mode):
            continue
        if (found.st_dev, found.st_ino) in pipes:
            raise TaggerError(
                "this pipe can be read only once", where=path, remedy="save its text to a file"
            )
        pipes.add((found.st_dev, found.st_ino))


def finished_model(folder: Path) -> TaggerError:
    """The refusal to replace a model that nobody gave up."""
    return TaggerError(
        "a finished model is here",
        where=folder,
        remedy="choose another folder, or replace it with --overwrite",
    )


def output_path(text: str) -> str:
    """An argparse type: where to write."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    check_output(Path(text))
    return text


def check_output(path: Path) -> None:
    """Raises TaggerError if nothing may be written there, before anything is computed for it: a
    loop of links, a path through what is no folder, or the record of other outputs."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise system_error(error, path) from None
    if Path(os.path.realpath(path)).name == RECORD:
        raise TaggerError(
            "this is the record of complete outputs", where=path, remedy="choose another -o"
        )


def check_not_read(outputs: Iterable[Path], read: Iterable[str | Path]) -> None:
    """Raises TaggerError if an output would replace a file that the command reads."""
    identities = {file_identity(Path(path)) for path in read} - {None}
    for output in outputs:
        if file_identity(output) in identities:
            raise TaggerError(
                "the output would replace a file that this command reads",
                where=output,
                remedy="choose another -o",
            )


def model_files(model: str) -> list[Path]:
    """The files of a model folder, none for the name of a bundled model."""
    folder = Path(model)
    return list(folder.iterdir()) if folder.is_dir() else []


def positive(text: str) -> int:
    """An argparse type: a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def duration(text: str) -> float:
    """An argparse type: seconds, 0 or more."""
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return number


def probability(text: str) -> float:
    """An argparse type: a number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        type=check_device_name,
        default="auto",
        help="where the network runs: auto, cpu, cuda, cuda:N or mps (default: auto, cuda if there "
        "is such a GPU)",
    )
    parser.add_argument(
        "--threads",
        type=positive,
        default=available_threads(),
        help="processor threads (default: %(default)s)",
    )


def add_model_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-m",
        "--model",
        default="sejong",
        help="a bundled model (sejong, fast, gsd, kaist) or a model folder (default: %(default)s)",
    )


def add_model_options(parser: argparse.ArgumentParser) -> None:
    add_model_option(parser)
    parser.add_argument(
        "--conventions",
        metavar="CORPUS",
        help="training corpus whose habits to follow (default: the model's first)",
    )
    parser.add_argument(
        "--whole-numbers",
        action="store_true",
        help="12.5 and 1,234 as one morpheme, where the model cuts them at the marks",
    )
    parser.add_argument(
        "--user-dict",
        action=_ReadDictionary,
        dest="user_dictionary",
        metavar="FILE",
        help="words and analyses that stand: surface, tab, tag or form/TAG+form/TAG, and perhaps "
        "a tab and a score; or commas in place of all tabs",
    )
    add_machine_options(parser)
    parser.add_argument(
        "--batch-size",
        type=positive,
        default=1024,
        help="syllables that the network reads at once (default: %(default)s)",
    )
    parser.add_argument(
        "--engine",
        choices=["auto", "int8", "float32", "torch"],
        default="auto",
        help="what runs the network (default: auto, int8 on the processor and torch on a GPU)",
    )


class _ReadDictionary(argparse.Action):
    """Reads the user dictionary, and keeps its path as `user_dictionary_file`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option: str | None = None,
    ) -> None:
        from tagger.tokenizer.user_dictionary import UserDictionary

        namespace.user_dictionary_file = values
        namespace.user_dictionary = UserDictionary.read(str(values))


def tagger_for(options: argparse.Namespace | Job) -> Tagger:
    """The tagger of `add_model_options`."""
    one_heap()
    check_threads(options.threads + 2)  # Kiwi's and those of this program
    from tagger.analyzer import Tagger

    tagger = Tagger.load(
        options.model,
        device=options.device,
        threads=options.threads,
        conventions=options.conventions,
        engine=options.engine,
        user_dictionary=options.user_dictionary,
        whole_numbers=options.whole_numbers,
    )
    give_back()  # what loading needed for a moment
    keep_loaded()
    return tagger


def keep_loaded() -> None:
    """Spare the garbage collector what was loaded: it stays, and tagging makes no cycles."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def warn_of_version(tokenizer: TokenizerInfo) -> None:
    """Say so if the model's hints come from another version of the tokenizer."""
    from tagger.tokenizer import morpheme_codes
    from tagger.tokenizer.base import has_kiwi, installed_version

    installed = installed_version(tokenizer.name)
    if tokenizer.version != installed:
        messages.warn(
            f"the model was trained with {tokenizer.name} {tokenizer.version}, but {installed} "
            "is installed: its tags may be slightly worse"
        )
    if has_kiwi(tokenizer.name) and not morpheme_codes.is_usable():
        messages.warn(
            f"kiwipiepy_model {morpheme_codes.KIWI_MODEL} is not installed: the network runs "
            "without the codes of Kiwi's language model"
        )


def warn_of_entries(
    dictionary: UserDictionary | None, bundle: Bundle, tokenizer: Tokenizer | None = None
) -> None:
    """Say so if entries of the user dictionary can never apply, or hardly so."""
    if dictionary is None:
        return
    from tagger.annotation import idle_entries
    from tagger.tokenizer.make import make_tokenizer

    # each syllable can be given any label; morphemes are the tokenizer's
    doubtful = dictionary.rivals if bundle.unit.name == "syllable" else dictionary.entries
    if doubtful:
        tokenizer = tokenizer or make_tokenizer(bundle.tokenizer.name, 1, dictionary.words)
        if idle := idle_entries(doubtful, dictionary, bundle, tokenizer):
            messages.warn(
                f"{len(idle)} entries of the user dictionary can never apply, because the "
                f"tokenizer sees other morphemes there, the first: {idle[0].where}: "
                f"{idle[0].surface}"
            )
    if infinitives := [entry for entry in dictionary.entries if entry.is_infinitive]:
        messages.warn(
            f"{len(infinitives)} verbs of the user dictionary end in 다 and apply to this form "
            f"alone: give their stems, the first: {infinitives[0].where}: "
            f"{infinitives[0].surface}"
        )
