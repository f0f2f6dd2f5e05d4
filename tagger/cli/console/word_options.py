"""The options of `tag.py` that say which words are written, and in which form."""

from __future__ import annotations

import argparse

from tagger.system.files import read_text
from tagger.text.formats import SHOW_DICTIONARY_FORMS
from tagger.text.hangul import compose


def add_word_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dictionary-form",
        action="store_true",
        help="also the words as a dictionary has them (먹다 for 먹었다): fields of -f jsonl, a "
        "column of -f tsv, the LEMMA of -f conllu",
    )
    parser.add_argument(
        "--pos",
        type=tag_list,
        metavar="TAGS",
        help="the tags of -f words, such as NNG,NNP,VV,VA (default: all but particles, endings, "
        "copulas and marks)",
    )
    parser.add_argument(
        "--forms",
        action="store_true",
        help="-f words writes 먹, the form of the morpheme, in place of 먹다",
    )
    parser.add_argument(
        "--stopwords",
        dest="stopwords_file",
        metavar="FILE",
        help="words that -f words leaves out, one a line",
    )


def check_word_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Read the file of --stopwords; end with a usage error if the options do not go together with
    the format. Raises TaggerError if the file cannot be read."""
    if args.format != "words" and (args.pos or args.forms or args.stopwords_file):
        parser.error("--pos, --forms and --stopwords need -f words")
    if args.dictionary_form and args.format not in (*SHOW_DICTIONARY_FORMS, "parquet"):
        parser.error("--dictionary-form needs -f conllu, tsv or jsonl")
    args.stopwords = word_list(args.stopwords_file) if args.stopwords_file else ()


def tag_list(text: str) -> tuple[str, ...]:
    """An argparse type: tags with commas between them."""
    tags = tuple(tag.strip() for tag in text.split(","))
    if not all(tags):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of tags with commas between them")
    return tags


def word_list(path: str) -> tuple[str, ...]:
    """The words of a file of one a line; a line that begins with `# ` is a comment."""
    return tuple(sorted({word for line in read_text(path).split("\n") if (word := _word(line))}))


def _word(line: str) -> str:
    return "" if line.startswith("# ") else compose(line.strip()).text
