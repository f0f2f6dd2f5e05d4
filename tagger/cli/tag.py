"""`tag.py`: text from files or standard input, tagged, line for line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, tee
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from corpora import conllu
from corpora.lines import check_encoding, file_lines
from corpora.rows import Block, Report, blocks
from tagger.cli.common import (
    add_model_options,
    guarded,
    load_tagger,
    positive,
    probability,
    report,
)
from tagger.errors import DONE, SOME_INPUT_FAILED, WRONG_USE, TaggerError, system_error
from tagger.files import whole_text
from tagger.formats import FORMATS, Writer, jsonl
from tagger.morphology import Sentence

if TYPE_CHECKING:
    from tagger.analyzer import Tagger

STANDARD = "-"

EXAMPLES = """\
examples:
  echo "나 밥 먹었다" | tag.py
  tag.py novel.txt -o novel.sejong
  tag.py *.txt -o tagged/ -f jsonl
  tag.py gold.conllu --input-format conllu -f conllu -m kaist
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Tag Korean text: one sentence or paragraph a line.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="text; standard input for -")
    parser.add_argument(
        "-o", "--output", help="file, or folder for several files (default: standard output)"
    )
    parser.add_argument(
        "-f", "--format", choices=FORMATS, default="sejong", help="default: %(default)s"
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
        help="mark morphemes of a lower score as doubtful (-f jsonl)",
    )
    parser.add_argument("--encoding", default="utf-8", help="of the input (default: %(default)s)")
    add_model_options(parser)
    args = parser.parse_args(argv)
    if args.format != "jsonl" and (args.nbest or args.min_score is not None):
        parser.error("--nbest and --min-score need -f jsonl")
    return args


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    check_encoding(args.encoding)
    inputs: list[str] = args.files or [STANDARD]
    outputs = output_paths(inputs, args.output, args.format)
    if len(inputs) == 1:
        check_readable(inputs[0])
    tagger = load_tagger(args)
    failed = 0
    with progress_bar(inputs) as progress:
        for path, output in zip(inputs, outputs, strict=True):
            try:
                with opened_output(output) as stream:
                    for text in tagged(path, tagger, args, progress):
                        stream.write(text)
                        if output is None:
                            stream.flush()
            except TaggerError as error:
                report(str(error))
                failed += 1
    if not failed:
        return DONE
    return SOME_INPUT_FAILED if failed < len(inputs) else WRONG_USE


def tagged(
    path: str,
    tagger: Tagger,
    args: argparse.Namespace,
    progress: Callable[[int], object],
) -> Iterator[str]:
    """The tagged text of an input, piece by piece, as soon as it is known."""
    groups: Iterable[list[str]] = file_lines(path, args.encoding, progress)
    if path != STANDARD:  # nobody waits for a line: let the tagger choose its own groups
        groups = [chain.from_iterable(groups)]  # type: ignore[list-item]
    if args.input_format == "conllu":
        yield from tagged_conllu(path, chain.from_iterable(groups), tagger, args)
        return
    write = writer(args)
    number = 0
    for group in groups:
        for sentence in tagger.tag(group, batch_size=args.batch_size, nbest=args.nbest or 0):
            number += 1
            yield write(sentence, number)


def tagged_conllu(
    path: str, lines: Iterable[str], tagger: Tagger, args: argparse.Namespace
) -> Iterator[str]:
    originals, sources = tee(read_blocks(path, lines))
    sentences = tagger.tag_sentences(
        (sentence for _, sentence in sources), batch_size=args.batch_size, nbest=args.nbest or 0
    )
    write = writer(args)
    pairs = zip(originals, sentences, strict=True)
    for number, ((block, _), sentence) in enumerate(pairs, start=1):
        if args.format == "conllu":
            yield conllu.rewrite_block(block, sentence)
        else:
            yield write(sentence, number)


def writer(args: argparse.Namespace) -> Writer:
    if args.min_score is not None:
        return partial(jsonl, minimum_score=args.min_score)
    return FORMATS[args.format]


def read_blocks(path: str, lines: Iterable[str]) -> Iterator[tuple[Block, Sentence]]:
    """The blocks of CoNLL-U with their sentences. Raises TaggerError at a broken row."""
    rows = Report("standard input" if path == STANDARD else path)
    for block in blocks(lines):
        sentence = conllu.read_block(block, rows, gold=False)
        if rows.problems:
            problem = rows.problems[0]
            raise TaggerError(problem.what, where=problem.where, remedy="mend the CoNLL-U")
        if sentence:
            yield block, sentence


def check_readable(path: str) -> None:
    """Raises TaggerError if the file is not there, before a model is loaded for it."""
    if path == STANDARD:
        return
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise system_error(error, path) from None


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
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise system_error(error, target) from None
        names = ["stdin" if path == STANDARD else Path(path).stem for path in inputs]
        paths = [target / f"{name}.{format}" for name in names]
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


@contextmanager
def opened_output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name only when it is whole."""
    if path is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        yield sys.stdout
        return
    with whole_text(path) as stream:
        yield stream


@contextmanager
def progress_bar(inputs: Sequence[str]) -> Iterator[Callable[[int], object]]:
    """A bar over the bytes of the files, if there are files and stderr is a terminal."""
    if STANDARD in inputs or not sys.stderr.isatty():
        yield lambda size: None
        return
    from tqdm import tqdm

    total = sum(Path(path).stat().st_size for path in inputs if Path(path).is_file())
    with tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr) as bar:
        yield bar.update
