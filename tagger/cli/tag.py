"""`tag.py`: text from files or standard input, tagged, line for line."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.lines import Encoding, check_encoding, file_lines
from tagger.cli.console import messages
from tagger.cli.console.common import (
    RECORD,
    add_model_options,
    check_not_read,
    check_pipes,
    guarded,
    model_files,
    output_path,
    positive,
    probability,
    tagger_for,
    warn_of_entries,
    warn_of_version,
)
from tagger.cli.console.parser import Parser
from tagger.cli.console.resources import cap_processors
from tagger.cli.console.text_options import add_text_options, check_text_options
from tagger.cli.console.word_options import add_word_options, check_word_options
from tagger.cli.jobs.outputs import name_of, opened_output, output_paths, set_up_standard_output
from tagger.cli.jobs.resume import Record, job_digest
from tagger.cli.jobs.tagging_job import STANDARD, Job, paragraphs_in, read_blocks
from tagger.errors import DONE, SOME_INPUT_FAILED, WRONG_USE, TaggerError, WriteError, system_error
from tagger.system.files import is_replaced
from tagger.system.locks import exclusive_folder
from tagger.text.chips import DOUBTFUL
from tagger.text.formats import FORMATS, SHOW_DOUBT, frame

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.cli.jobs.workers import Answer

PARQUET = "parquet"

EXAMPLES = """\
examples:
  echo "나 밥 먹었다" | %(prog)s
  %(prog)s novel.txt -o novel.sejong
  %(prog)s *.txt -o tagged/ -f jsonl --workers 4 --resume
  %(prog)s gold.conllu --input-format conllu -f conllu -m kaist
  %(prog)s reviews.txt -f words --pos NNG,NNP,VV,VA -o words.txt
"""


def make_parser() -> Parser:
    parser = Parser(
        description="Tag Korean text: one sentence or paragraph a line.",
        epilog=EXAMPLES,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="text; standard input for -")
    parser.add_argument(
        "-o",
        "--output",
        type=output_path,
        help="file, or folder for several files (default: standard output)",
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
    add_text_options(parser)
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
        help="skip inputs whose output is complete, by size and SHA-256 of both and by the model "
        f"and options that made it, as {RECORD} in the folder of the outputs says (needs -o)",
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
    add_word_options(parser)
    add_model_options(parser)
    return parser


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = make_parser()
    args = parser.parse(argv)
    check_ray(parser, args)
    if args.resume and args.output in (None, STANDARD):
        parser.error("--resume needs -o")
    check_text_options(parser, args)
    if args.format not in ("jsonl", PARQUET) and args.nbest:
        parser.error("--nbest needs -f jsonl")
    if args.format not in (*SHOW_DOUBT, PARQUET) and args.min_score is not None:
        parser.error(f"--min-score needs -f {', '.join(SHOW_DOUBT[:-1])} or {SHOW_DOUBT[-1]}")
    check_word_options(parser, args)
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
    cap_processors(args, "threads", *([] if args.ray else ["workers"]))
    encoding = Encoding(args.encoding, args.errors)
    encoding.check()
    check_encoding(args.output_encoding)
    inputs: list[str] = args.files or [STANDARD]
    if args.ray:
        from tagger.cli.jobs import ray_job

        with exclusive_folder(Path(args.output)):
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
    check_pipes(inputs)
    outputs = output_paths(inputs, args.output, args.format)
    read_too = [args.user_dictionary_file] if args.user_dictionary else []
    read_too += [args.stopwords_file] if args.stopwords_file else []
    check_not_read(filter(None, outputs), [*read_too, *model_files(args.model)])
    if len(inputs) == 1:
        check_readable(inputs[0])
    job = Job.of(args)
    record = record_for(outputs, job, encoding, args)
    if record and args.resume:
        inputs, outputs = incomplete(inputs, outputs, record)
        if not inputs:
            return DONE
    head, tail = frame(args.format, name_of(inputs[0]) if len(inputs) == 1 else "pumsa")
    if None in outputs:
        set_up_standard_output(args.output_encoding, args.errors)
        sys.stdout.write(head)
    failed: set[int] = set()
    done = 0
    read = record.looked_at(inputs) if record else inputs
    with (
        progress_bar(inputs) as progress,
        closing(answers_of(read, encoding, args.workers, job, progress, failed)) as all_answers,
    ):
        for index, answers in groupby(all_answers, key=itemgetter(0)):
            try:
                write_output(inputs[index], outputs[index], answers, args, job, record)
                done += 1
            except TaggerError as error:
                messages.error(error)
                failed.add(index)
                if isinstance(error, WriteError):
                    break
    if None in outputs:
        sys.stdout.write(tail)
    if done == len(inputs):
        return DONE
    return SOME_INPUT_FAILED if done else WRONG_USE


def write_output(
    path: str,
    output: Path | None,
    answers: Iterable[Answer],
    args: argparse.Namespace,
    job: Job,
    record: Record | None,
) -> None:
    """Write the answers to one input. Raises TaggerError if the input failed or the output
    cannot be written."""
    is_whole = output is not None and is_replaced(output)
    with opened_output(output, args) as stream:
        head, tail = ("", "") if output is None else frame(args.format, name_of(path))
        stream.write(head)
        document_head = job.document_head
        for _, text in answers:
            if isinstance(text, TaggerError):
                raise text
            if text:
                stream.write(document_head + text)
                document_head = ""
            if not is_whole:  # somebody may wait for it
                stream.flush()
        stream.write(tail)
        if record and output is not None and is_whole:
            record.add(path, name_of(path), output, stream)


def answers_of(
    inputs: Iterable[str],
    encoding: Encoding,
    workers: int | None,
    job: Job,
    progress: Callable[[int], object],
    failed: Container[int],
) -> Generator[Answer]:
    """The tagged text of each input, piece by piece, as soon as it is known, or why the
    input failed, with the input's index. Of the inputs in `failed` no more is read."""
    if workers and workers > 1:
        from tagger.cli.jobs.workers import tag_in_processes

        yield from tag_in_processes(inputs, encoding, job, workers, progress, failed)
        return
    tagger = tagger_for(job)
    job.check(tagger.bundle)
    warn_of_version(tagger.bundle.tokenizer)
    warn_of_entries(job.user_dictionary, tagger.bundle, tagger.tokenizer)
    for index, path in enumerate(inputs):
        yield index, ""  # so that an empty input has an output
        try:
            for text in tagged(path, file_lines(path, encoding, progress), tagger, job):
                yield index, text
                if index in failed:
                    break
        except TaggerError as error:
            yield index, error


def tagged(path: str, groups: Iterable[list[str]], tagger: Tagger, job: Job) -> Iterator[str]:
    """The tagged text of an input whose lines come in groups."""
    if job.input_format == "conllu":
        yield from job.tag_blocks(tagger, read_blocks(path, groups), 1)
        return
    if job.paragraphs:
        groups = paragraphs_in(groups)
    if path != STANDARD:  # nobody waits for a line: let the tagger choose its own groups
        groups = [chain.from_iterable(groups)]  # type: ignore[list-item]
    number = 1
    for group in groups:
        for text in job.tag_lines(tagger, group, number):
            number += 1
            yield text


def record_for(
    outputs: Sequence[Path | None], job: Job, encoding: Encoding, args: argparse.Namespace
) -> Record | None:
    """The record of complete outputs, which every folder of outputs has; beside a single file
    it is for --resume only."""
    if outputs[0] is None:
        return None
    if Path(args.output).is_dir() or (args.resume and is_replaced(outputs[0])):
        digest = job_digest(job, encoding, args.output_encoding)
        return Record(outputs[0].parent, digest)
    return None


def incomplete(
    inputs: Sequence[str], outputs: Sequence[Path | None], record: Record
) -> tuple[list[str], list[Path | None]]:
    """The inputs whose outputs are not complete, with these."""
    left = [
        (path, output)
        for path, output in zip(inputs, outputs, strict=True)
        if output is None or not record.is_complete(path, name_of(path), output)
    ]
    if len(left) < len(inputs):
        messages.note(f"{len(inputs) - len(left)} of {len(inputs)} outputs are there already")
    return [path for path, _ in left], [output for _, output in left]


def check_readable(path: str) -> None:
    """Raises TaggerError if the file is not there, before a model is loaded for it. A pipe or a
    device is not opened: what it gives comes only once."""
    if path == STANDARD:
        return
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            with open(path, "rb"):
                pass
    except OSError as error:
        raise system_error(error, path) from None


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
