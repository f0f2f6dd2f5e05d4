"""`pumsa tags`: what the tags mean."""

from __future__ import annotations

from collections.abc import Sequence

from tagger.cli.console.common import guarded
from tagger.cli.console.parser import Parser, called_by
from tagger.errors import DONE
from tagger.text.chips import columns
from tagger.text.tag_names import SEJONG, TAG_SETS, Tag
from tagger.text.tagsets import upos_of

EXAMPLES = """\
examples:
  %(prog)s
  %(prog)s kaist
  %(prog)s sejong --tsv > tags.tsv
"""

HEAD = ("태그 tag", "이름", "name", "보기 examples")


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("tags"),
        description="The tags of a tag set with their names in Korean and English and examples; "
        "for Sejong tags also the UPOS that a tag alone suggests.",
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "tag_set",
        nargs="?",
        choices=list(TAG_SETS),
        default="sejong",
        help="default: %(default)s",
    )
    parser.add_argument("--tsv", action="store_true", help="with tabs between the columns")
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    tags = TAG_SETS[args.tag_set]
    rows: list[tuple[str, ...]] = [HEAD]
    rows += [(tag.tag, tag.korean, tag.english, tag.examples) for tag in tags.values()]
    if tags is SEJONG:
        upos = ["UPOS", *map(upos_alone, tags.values())]
        rows = [(row[0], one, *row[1:]) for row, one in zip(rows, upos, strict=True)]
    widths = [max(map(columns, column)) for column in zip(*rows)]
    for row in rows:
        if args.tsv:
            print("\t".join(row))
        else:
            padded = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths))
            print("  ".join(padded).rstrip())
    return DONE


def upos_alone(tag: Tag) -> str:
    """The UPOS of a word of one morpheme with this tag."""
    return upos_of([(tag.korean, tag.tag)])


if __name__ == "__main__":
    raise SystemExit(main(None))
