"""`pumsa corpora`: list and download published corpora."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from corpora.catalogue import BUNDLED, PublishedCorpus, read_catalogue
from tagger.cli.console.common import guarded, output_path
from tagger.cli.console.messages import note, shows_progress, warn
from tagger.cli.console.parser import Parser, called_by
from tagger.errors import DONE, TaggerError
from tagger.text.escaping import json_text, printable

EXAMPLES = """\
examples:
  %(prog)s                               # what there is
  %(prog)s ud-korean-gsd                 # one of them
  %(prog)s ud-korean-gsd --fetch         # to ud-korean-gsd/train.conllu and so on
  %(prog)s klue-dp --fetch --part dev -o data/klue-dp

Fetching again verifies existing files and continues an interrupted download.
"""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("corpora"),
        description="Published gold corpora with their size, tag set, licence and citation; "
        "--fetch downloads one.",
        epilog=EXAMPLES,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="one corpus (default: all)")
    parser.add_argument("--fetch", action="store_true", help="download it")
    parser.add_argument(
        "--part",
        action="append",
        choices=["train", "dev", "test"],
        help="only this part; may be given several times",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_path,
        metavar="DIR",
        help="output folder (default: named after the corpus)",
    )
    parser.add_argument(
        "--catalogue",
        metavar="FILE.json",
        default=str(BUNDLED),
        help="another list of corpora, such as your own or a mirror's (default: the one that "
        "comes with the program)",
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    parser = make_parser()
    args = parser.parse(argv)
    if args.fetch and not args.name:
        parser.error("--fetch needs the NAME of a corpus")
    if not args.fetch and (args.output or args.part):
        parser.error("-o and --part need --fetch")
    known = read_catalogue(args.catalogue)
    if args.name and args.name not in known:
        raise TaggerError(
            f"no corpus is called {args.name}", remedy=f"choose from {', '.join(known)}"
        )
    chosen = [known[args.name]] if args.name else list(known.values())
    if args.fetch:
        fetch(chosen[0], Path(args.output or args.name), args.part)
    elif args.json:
        print(json_text([asdict(corpus) for corpus in chosen], indent=2))
    else:
        print("\n\n".join("\n".join(map(printable, lines(corpus))) for corpus in chosen))
    return DONE


def lines(corpus: PublishedCorpus) -> Iterator[str]:
    """What people want to know of a corpus."""
    yield f"{corpus.name}: {corpus.title}"
    parts = [
        f"{file.part} {file.sentences:,} sentences" if file.sentences else file.part
        for file in corpus.files
    ]
    size = sum(file.bytes or 0 for file in corpus.files) / 1e6
    megabytes = [f"{size:.1f} MB"] if size else []
    facts = [*parts, *megabytes, f"tags: {corpus.tag_set}", f"licence: {corpus.licence}"]
    yield from (f"  {line}" for line in (corpus.about, "; ".join(facts), corpus.home))
    yield from (f"  {reference}" for reference in corpus.citation)


def fetch(corpus: PublishedCorpus, folder: Path, parts: Sequence[str] | None) -> None:
    """Download with a bar a file, and print the paths."""
    from tqdm import tqdm

    from corpora import fetching

    bars: dict[str, tqdm] = {}

    def progress(name: str, there: int, whole: int | None) -> None:
        if name not in bars:
            bars[name] = tqdm(
                desc=name, unit="B", unit_scale=True, disable=not shows_progress(), leave=False
            )
        bars[name].total = whole
        bars[name].update(there - bars[name].n)

    try:
        fetched = fetching.fetch(corpus, folder, parts, progress)
    finally:
        for bar in bars.values():
            bar.close()
    sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    for one in fetched:
        print(one.path)
        if not one.checked:
            warn(f"{one.path}: no checksum is known; it has {one.sha256}")
    new = sum(one.now for one in fetched)
    note(
        f"{new} files fetched, {len(fetched) - new} were there; licence {corpus.licence}, "
        f"to be cited as {fetching.about_file(corpus, folder)} says"
    )


if __name__ == "__main__":
    raise SystemExit(main(None))
