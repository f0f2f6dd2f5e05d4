"""The corpora and texts that a training command names, read and checked."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from corpora import reading
from corpora.lines import Encoding, file_lines
from tagger.cli.console.common import (
    read_corpus,
    warn_of_problems,
)
from tagger.cli.console.messages import note, warn
from tagger.errors import TaggerError
from tagger.text.escaping import printable
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, count_tags

if TYPE_CHECKING:
    pass


SILVER = "silver"  # the corpus that --silver makes
HELD_OUT = 10  # without --dev, every tenth sentence


def read_corpora(
    args: argparse.Namespace,
) -> tuple[dict[str, tuple[Sentence, ...]], tuple[Sentence, ...]]:
    """The training sentences by corpus name, and the dev sentences.

    Raises TaggerError if dev and train do not share a tag set.
    """
    parts = [path.split(",") for path in args.train]
    corpora = {
        name: tuple(sentence for path in paths for sentence in read_corpus(path, args).sentences)
        for name, paths in zip(corpus_names(parts), parts, strict=True)
    }
    if args.dev:
        dev = read_corpus(args.dev, args).sentences
    else:
        home, first = next(iter(corpora.items()))
        dev = first[HELD_OUT - 1 :: HELD_OUT]
        if not dev:
            raise TaggerError(
                f"{len(first)} sentences are too few to hold out a tenth",
                where=args.train[0],
                remedy="give a dev corpus with --dev",
            )
        corpora[home] = tuple(s for i, s in enumerate(first) if i % HELD_OUT != HELD_OUT - 1)
        note(f"no --dev: every tenth sentence of {args.train[0]} is held out")
    check_tag_sets(corpora, dev, args.dev or args.train[0])
    warn_of_overlap(corpora, dev, args.dev or args.train[0])
    return corpora, dev


def read_text_of(path: str, args: argparse.Namespace) -> list[Sentence]:
    """The sentences of a corpus without its tokens and tags, or the lines of a text.

    Raises TaggerError if there are none.
    """
    lines = list(chain.from_iterable(file_lines(path, Encoding(args.encoding))))
    if args.format or reading.recognise(lines):
        corpus = reading.parse(lines, path, args.format, strict=args.strict)
        warn_of_problems(corpus)
        lines = [sentence.text for sentence in corpus.sentences]
    filled = [segment(line) for line in lines if line.strip()]
    if not filled:
        raise TaggerError(
            "this file has no text", where=path, remedy="give another, or leave it out"
        )
    return filled


def has_plain_tags(corpora: Mapping[str, Sequence[Sentence]]) -> bool:
    """Whether each token has one tag, for the token as it is written."""
    return all(
        len(token.morphemes) == 1 and token.morphemes[0].form == token.surface
        for sentence in chain.from_iterable(corpora.values())
        for token in sentence.tokens
        if token.morphemes
    )


def silver_corpora(args: argparse.Namespace) -> dict[str, tuple[Sentence, ...]]:
    """The texts of --silver as one corpus that Kiwi labels."""
    from tagger.training.augmentation.silver import silver_sentences

    texts = [sentence.text for path in args.silver for sentence in read_text_of(path, args)]
    return {SILVER: tuple(silver_sentences(texts, args.threads))} if texts else {}


def corpus_names(corpora: Sequence[Sequence[str]]) -> list[str]:
    """A short name for each corpus: that of its first file, or of the folder, or both,
    whichever tells them apart."""
    paths = [Path(files[0]) for files in corpora]
    for name in (
        lambda path: path.stem,
        lambda path: path.resolve().parent.name,
        lambda path: f"{path.resolve().parent.name}/{path.stem}",
    ):
        names = [printable(name(path)) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [f"{index}-{printable(path.stem)}" for index, path in enumerate(paths, start=1)]


def warn_of_overlap(
    corpora: Mapping[str, Sequence[Sentence]], dev: Sequence[Sentence], dev_path: str
) -> None:
    """Say so if dev sentences are trained on, which makes their scores too good to be true."""
    trained = {sentence.text for sentence in chain.from_iterable(corpora.values())}
    count = sum(sentence.text in trained for sentence in dev)
    if count:
        warn(
            f"{dev_path}: {count} of {len(dev)} sentences are in the training corpora too: their "
            "scores are inflated"
        )


_MOST_UNKNOWN = 0.1


def check_tag_sets(
    corpora: Mapping[str, Sequence[Sentence]], dev: Sequence[Sentence], dev_path: str
) -> None:
    """Raises TaggerError if more than a tenth of the dev morphemes have tags that training
    never shows; warns if any has."""
    known = count_tags(chain.from_iterable(corpora.values()))
    counts = count_tags(dev)
    unknown = {tag: count for tag, count in counts.items() if tag not in known}
    if not unknown:
        return
    listed = ", ".join(sorted(unknown)[:8]) + (", …" if len(unknown) > 8 else "")
    if sum(unknown.values()) > _MOST_UNKNOWN * counts.total():
        raise TaggerError(
            f"the dev corpus has another tag set than the training corpora ({listed})",
            where=dev_path,
            remedy="give a dev corpus of the same tag set",
        )
    warn(f"{dev_path}: tags that do not occur in training cannot be learned: {listed}")
