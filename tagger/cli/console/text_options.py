"""The options of `tag.py` that say what is done to a text before it is tagged."""

from __future__ import annotations

import argparse


def add_text_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--split-sentences",
        action="store_true",
        help="each line is a paragraph: write its sentences one after another",
    )
    parser.add_argument(
        "--paragraphs",
        action="store_true",
        help="blank lines, not line ends, part paragraphs (with --split-sentences)",
    )
    parser.add_argument(
        "--normalize",
        action="store_true",
        help="shorten repetitions first (ㅋㅋ for ㅋㅋㅋㅋ, 너무 for 너무우우); offsets as with "
        "--respace",
    )
    parser.add_argument(
        "--correct-typos",
        action="store_true",
        help="mend the typing errors that Kiwi finds (들었는데 for 드렀는데); offsets as with "
        "--respace",
    )
    parser.add_argument(
        "--respace",
        action="store_true",
        help="correct the spaces of each line before it is tagged; offsets count in what comes "
        "of it",
    )


def check_text_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with a usage error if the options do not go together with the others."""
    if args.paragraphs and not args.split_sentences:
        parser.error("--paragraphs needs --split-sentences")
    if args.ray and args.paragraphs:
        parser.error("--ray takes no --paragraphs")
    given = (args.split_sentences, args.normalize, args.correct_typos, args.respace)
    if args.input_format != "text" and any(given):
        parser.error(
            "--split-sentences, --normalize, --correct-typos and --respace need --input-format text"
        )
