"""`pumsa convert`: a corpus in another format."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from corpora.formats import klue, sejong
from tagger.cli.console.common import add_corpus_options, guarded, output_path, read_corpus
from tagger.cli.console.messages import note, warn
from tagger.cli.console.parser import Parser, called_by
from tagger.errors import DONE, TaggerError
from tagger.system.files import is_same_file, whole_text
from tagger.text.formats import FORMATS, Formatter, frame
from tagger.text.sentence import Sentence

WRITERS: dict[str, Formatter] = {
    **FORMATS,
    "klue": klue.write,
    "sejong-rows": sejong.write_rows,
}
WITHOUT_ANALYSIS = ("conllu", "jsonl", "html", "pretty")  # these can say that there is none

EXAMPLES = """\
examples:
  %(prog)s train.conllu -t sejong-rows -o train.sejong
  %(prog)s klue-dp/dev.tsv -t conllu > dev.conllu
  %(prog)s dev.conllu -t html -o dev.html            # a gold corpus to look at
"""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("convert"),
        description="Write the morphemes and tags of a gold corpus in another format. What the "
        "format has no place for, such as dependencies, is left out.",
        epilog=EXAMPLES,
    )
    parser.add_argument("corpus", metavar="CORPUS", help="a gold corpus")
    parser.add_argument("-t", "--to", required=True, choices=list(WRITERS), help="what to write")
    parser.add_argument(
        "-o", "--output", type=output_path, metavar="FILE", help="default: standard output"
    )
    add_corpus_options(parser)
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    if args.output and is_same_file(Path(args.output), Path(args.corpus)):
        raise TaggerError(
            "this is the corpus itself", where=args.output, remedy="choose another -o"
        )
    sentences: Sequence[Sentence] = read_corpus(args.corpus, args).sentences
    if args.to not in WITHOUT_ANALYSIS:
        sentences = analysed(sentences, args.corpus, args.to)
    write = WRITERS[args.to]
    head, tail = frame(args.to, Path(args.corpus).stem)
    parts = [head, *(write(s, number) for number, s in enumerate(sentences, start=1)), tail]
    if args.output is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        sys.stdout.writelines(parts)
        return DONE
    with whole_text(Path(args.output)) as stream:
        stream.writelines(parts)
    note(f"{len(sentences)} sentences are in {args.output}")
    return DONE


def analysed(sentences: Sequence[Sentence], path: str, format: str) -> list[Sentence]:
    """The sentences whose tokens all have an analysis; the others are counted."""
    whole = [s for s in sentences if all(token.morphemes for token in s.tokens)]
    if len(whole) < len(sentences):
        warn(
            f"{path}: {len(sentences) - len(whole)} of {len(sentences)} sentences have tokens "
            f"without an analysis and are left out, because {format} cannot represent them"
        )
    return whole


if __name__ == "__main__":
    raise SystemExit(main(None))
