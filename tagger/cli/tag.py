"""`tag.py`: text from files or standard input, tagged, line for line."""

from __future__ import annotations

import argparse
import codecs
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from corpora.lines import Encoding, check_encoding, file_lines
from tagger.chips import DOUBTFUL
from tagger.cli import messages
from tagger.cli.common import (
    add_model_options,
    guarded,
    positive,
    probability,
    tagger_for,
    warn_of_version,
)
from tagger.cli.job import STANDARD, Job, read_blocks
from tagger.cli.parser import Parser
from tagger.errors import DONE, SOME_INPUT_FAILED, WRONG_USE, TaggerError, system_error
from tagger.files import make_folder, whole_text
from tagger.formats import FORMATS, SHOW_DOUBT, frame

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.cli.workers import Answer

PARQUET = "parquet"

EXAMPLES = """\
examples:
  echo "나 밥 먹었다" | %(prog)s
  %(prog)s novel.txt -o novel.sejong
  %(prog)s *.txt -o tagged/ -f jsonl --workers 4 --resume
  %(prog)s gold.conllu --input-format conllu -f conllu -m kaist
"""


def make_parser() -> Parser:
    parser = Parser(
        description="Tag Korean text: one sentence or paragraph a line.",
        epilog=EXAMPLES,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="text; standard input for -")
    parser.add_argument(
        "-o", "--output", help="file, or folder for several files (default: standard output)"
    )
    parser.add_argument(
        "-f",
        "--format",
        choices=[*FORMATS, PARQUET],
        default="sejong",
        help="default: %(default)s; parquet with --ray only",
    )
    parser.add_argument(
        "--input-format",
        choices=["text", "conllu"],
        default="text",
        help="conllu: keep the tokens, predict LEMMA, UPOS and XPOS anew (default: %(default)s)",
    )
    parser.add_argument(
        "--nbest", type=positive, metavar="N", help="the N best analyses of an eojeol (-f jsonl)"
    )
    parser.add_argument(
        "--min-score",
        type=probability,
        metavar="P",
        help="mark morphemes of a lower score as doubtful (-f jsonl, html and pretty; default of "
        f"the last two: {DOUBTFUL})",
    )
    parser.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        help="of -f pretty; auto: on a terminal, unless NO_COLOR is set (default: %(default)s)",
    )
    parser.add_argument(
        "--encoding",
        default="utf-8",
        help="of the input, such as cp949, euc-kr or utf-16; auto: recognise it "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--output-encoding", default="utf-8", metavar="ENCODING", help="default: %(default)s"
    )
    parser.add_argument(
        "--errors",
        choices=["strict", "replace"],
        default="strict",
        help="what cannot be read or written in the encoding is an error, or replaced "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that tag at once, each with a model of its own, in larger pieces than a "
        "line (default: 1; with --ray all processors of the cluster but one)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="leave out inputs whose output is there already and not older (needs -o)",
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="tag with Ray Data, on the cluster at ADDRESS or one of this machine: text or Parquet "
        "in, -f jsonl or parquet, parts of the result into the folder -o",
    )
    parser.add_argument(
        "--column", default="text", help="of Parquet that holds the texts (default: %(default)s)"
    )
    add_model_options(parser)
    return parser


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = make_parser()
    args = parser.parse(argv)
    check_ray(parser, args)
    if args.resume and args.output in (None, STANDARD):
        parser.error("--resume needs -o")
    if args.format not in ("jsonl", PARQUET) and args.nbest:
        parser.error("--nbest needs -f jsonl")
    if args.format not in (*SHOW_DOUBT, PARQUET) and args.min_score is not None:
        parser.error(f"--min-score needs -f {', '.join(SHOW_DOUBT[:-1])} or {SHOW_DOUBT[-1]}")
    args.colour = args.color == "always" or (
        args.color == "auto"
        and args.output in (None, STANDARD)
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")  # https://no-color.org
    )
    return args


def check_ray(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a usage error if --ray does not go together with the other options."""
    if args.format == PARQUET and not args.ray:
        parser.error("-f parquet needs --ray")
    if not args.ray:
        return
    if args.format not in ("jsonl", PARQUET):
        parser.error("--ray writes -f jsonl or -f parquet")
    if args.output in (None, STANDARD) or not args.files or STANDARD in args.files:
        parser.error("--ray needs files and a folder -o")
    if args.input_format != "text" or args.resume:
        parser.error("--ray takes neither --input-format nor --resume")
    if args.output_encoding != "utf-8":
        parser.error("--ray writes UTF-8 only")


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    encoding = Encoding(args.encoding, args.errors)
    encoding.check()
    check_encoding(args.output_encoding)
    inputs: list[str] = args.files or [STANDARD]
    if args.ray:
        from tagger.cli import ray_job

        ray_job.run(
            inputs,
            args.output,
            Job.of(args),
            address=args.ray,
            encoding=encoding,
            column=args.column,
            workers=args.workers,
        )
        return DONE
    outputs = output_paths(inputs, args.output, args.format)
    if len(inputs) == 1:
        check_readable(inputs[0])
    if args.resume:
        inputs, outputs = unfinished(inputs, outputs)
        if not inputs:
            return DONE
    job = Job.of(args)
    head, tail = frame(args.format, name_of(inputs[0]) if len(inputs) == 1 else "pumsa")
    if None in outputs:
        set_up_standard_output(args.output_encoding, args.errors)
        sys.stdout.write(head)
    failed = 0
    with progress_bar(inputs) as progress:
        for index, answers in groupby(
            answered(inputs, encoding, args.workers, job, progress),
            key=itemgetter(0),
        ):
            try:
                with opened_output(outputs[index], args) as stream:
                    if outputs[index] is not None:
                        head, tail = frame(args.format, name_of(inputs[index]))
                        stream.write(head)
                    for _, text in answers:
                        if isinstance(text, TaggerError):
                            raise text
                        stream.write(text)
                        if outputs[index] is None:
                            stream.flush()
                    if outputs[index] is not None:
                        stream.write(tail)
            except TaggerError as error:
                messages.error(error)
                failed += 1
    if None in outputs:
        sys.stdout.write(tail)
    if not failed:
        return DONE
    return SOME_INPUT_FAILED if failed < len(inputs) else WRONG_USE


def answered(
    inputs: Sequence[str],
    encoding: Encoding,
    workers: int | None,
    job: Job,
    progress: Callable[[int], object],
) -> Iterator[Answer]:
    """The tagged text of each input, piece by piece, as soon as it is known, or why the
    input failed, with the input's index."""
    if workers and workers > 1:
        from tagger.cli.workers import tag_in_processes

        yield from tag_in_processes(inputs, encoding, job, workers, progress)
        return
    tagger = tagger_for(job)
    warn_of_version(tagger.bundle.tokenizer)
    for index, path in enumerate(inputs):
        yield index, ""  # so that an empty input has an output
        try:
            for text in tagged(path, file_lines(path, encoding, progress), tagger, job):
                yield index, text
        except TaggerError as error:
            yield index, error


def tagged(path: str, groups: Iterable[list[str]], tagger: Tagger, job: Job) -> Iterator[str]:
    """The tagged text of an input whose lines come in groups."""
    if job.input_format == "conllu":
        yield from job.tag_blocks(tagger, read_blocks(path, groups), 1)
        return
    if path != STANDARD:  # nobody waits for a line: let the tagger choose its own groups
        groups = [chain.from_iterable(groups)]  # type: ignore[list-item]
    number = 1
    for group in groups:
        for text in job.tag_lines(tagger, group, number):
            number += 1
            yield text


def unfinished(
    inputs: Sequence[str], outputs: Sequence[Path | None]
) -> tuple[list[str], list[Path | None]]:
    """The inputs that an earlier run did not finish, with their outputs; an output appears
    only when it is whole."""
    left = [
        (path, output)
        for path, output in zip(inputs, outputs, strict=True)
        if path == STANDARD
        or output is None
        or not output.is_file()
        or not Path(path).is_file()
        or output.stat().st_mtime < Path(path).stat().st_mtime
    ]
    if len(left) < len(inputs):
        messages.note(f"{len(inputs) - len(left)} of {len(inputs)} outputs are there already")
    return [path for path, _ in left], [output for _, output in left]


def check_readable(path: str) -> None:
    """Raises TaggerError if the file is not there, before a model is loaded for it."""
    if path == STANDARD:
        return
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise system_error(error, path) from None


def name_of(path: str) -> str:
    """The name of an input in those of its outputs."""
    return "stdin" if path == STANDARD else Path(path).stem


def output_paths(inputs: Sequence[str], output: str | None, format: str) -> list[Path | None]:
    """Where the result of each input goes; None is standard output.

    Raises TaggerError if results would go to one file, or over an input.
    """
    if output is None or output == STANDARD:
        return [None] * len(inputs)
    target = Path(output)
    is_folder = target.is_dir() or output.endswith("/") or len(inputs) > 1
    if not is_folder:
        paths = [target]
    elif target.is_file():
        raise TaggerError(
            "several inputs cannot go to one file", where=target, remedy="give a folder with -o"
        )
    else:
        make_folder(target)
        paths = [target / f"{name_of(path)}.{format}" for path in inputs]
    for index, path in enumerate(paths):
        if path in paths[:index]:
            raise TaggerError(
                f"{inputs[paths.index(path)]} and {inputs[index]} would both become {path}",
                remedy="tag them into different folders",
            )
        if any(
            source != STANDARD and path.resolve() == Path(source).resolve() for source in inputs
        ):
            raise TaggerError(
                "the output would replace this input", where=path, remedy="choose another -o"
            )
    return list(paths)


def set_up_standard_output(encoding: str, errors: str) -> None:
    sys.stdout.reconfigure(  # type: ignore[union-attr]
        encoding=encoding, errors=errors, newline="\n"
    )
    codec = codecs.lookup(encoding).name
    if codec in ("utf-16", "utf-32") and not sys.stdout.seekable():
        sys.stdout.buffer.write("".encode(codec))  # which Python leaves out


@contextmanager
def opened_output(path: Path | None, args: argparse.Namespace) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name only when it is whole.

    Raises TaggerError where a character is not in the output encoding.
    """
    encoding, errors = args.output_encoding, args.errors
    try:
        if path is None:
            yield sys.stdout
        else:
            with whole_text(path, encoding, errors) as stream:
                yield stream
    except UnicodeEncodeError as error:
        raise TaggerError(
            f"{error.object[error.start]!r} is not in the encoding {encoding}",
            where="standard output" if path is None else path,
            remedy="write utf-8, or give --errors replace",
        ) from None


@contextmanager
def progress_bar(inputs: Sequence[str]) -> Iterator[Callable[[int], object]]:
    """A bar over the bytes of the files, if there are files and stderr is a terminal."""
    if STANDARD in inputs or not messages.shows_progress():
        yield lambda size: None
        return
    from tqdm import tqdm

    total = sum(Path(path).stat().st_size for path in inputs if Path(path).is_file())
    with tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr) as bar:
        yield bar.update
