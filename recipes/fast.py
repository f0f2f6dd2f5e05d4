"""Make the training text of the bundled `fast`, a model without an analyser:

    python recipes/fast.py $DATA sejong/train.tsv -o fast/sejong.tsv

It learns from text that `sejong` labels: the unlabelled lines, half of the reviews left out, and
the training texts of the treebanks. The gold corpus is repeated among them.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import corpora
from tagger import Tagger
from tagger.system.files import whole_text
from tagger.text.formats import tsv

TEXTS = ("chat.txt", "news_and_wiki.txt", "spoken.txt", "technical.txt")
REVIEWS, REVIEW_LINES = "reviews.txt", 200_000
TREEBANKS = ("ud-korean-gsd", "ud-korean-kaist", "ud-korean-ksl")
REPEATS = 6
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Label text for the training of fast.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model", default="sejong")
    args = parser.parse_args()
    unlabelled = args.folder / "unlabelled"
    lines = [line for name in TEXTS for line in _lines(unlabelled / name)]
    lines += random.Random(SEED).sample(_lines(unlabelled / REVIEWS), REVIEW_LINES)
    for treebank in TREEBANKS:
        sentences = corpora.read(args.folder / treebank / "train.conllu").sentences
        lines += [" ".join(sentence.text.split()) for sentence in sentences]
    with whole_text(args.output) as stream:
        for sentence in corpora.read(args.gold).sentences * REPEATS:
            stream.write(tsv(sentence, 0))
        for sentence in Tagger.load(args.model).tag(lines):
            stream.write(tsv(sentence, 0))


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
