"""Label lines of unlabelled text with a model, to train it on (self-training):

    python recipes/self_training.py $DATA/unlabelled --model joint -o self.tsv

Training writes these sentences also without spaces and with typing errors, so the model learns
to say of them what it says of the clean text (noisy student; Xie et al. 2020). A line is left out
where the model is unsure of a morpheme, or where Kiwi's larger model has another verb or
adjective.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from one_convention import as_rows, pairs_of
from silver import SHARES, stems, usable_lines

from tagger import Tagger
from tagger.system.files import whole_text
from tagger.text.sentence import Sentence
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.training.augmentation.silver import TEACHER

LEAST_SCORE = 0.35
WINDOW = 4096
SEED = 23


def main() -> None:
    parser = argparse.ArgumentParser(description="Label text with a model to train it on.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model", default="sejong")
    parser.add_argument("--lines", type=int, default=16_000)
    args = parser.parse_args()
    sure = sure_sentences(drawn_lines(args.folder, 2 * args.lines), args.model)
    with whole_text(args.output) as stream:
        for sentence in islice(sure, args.lines):
            stream.write(as_rows((e.surface, pairs_of(e)) for e in sentence.each_eojeol()))


def drawn_lines(folder: Path, count: int) -> list[str]:
    """So many lines of the files, in random order."""
    generator = random.Random(SEED)
    drawn: list[str] = []
    for name, (share, _) in SHARES.items():
        usable = usable_lines(folder / name)
        drawn += generator.sample(usable, min(round(share * count), len(usable)))
    return generator.sample(drawn, len(drawn))


def sure_sentences(lines: list[str], model: str) -> Iterator[Sentence]:
    """The lines as the model tags them, where it is sure and Kiwi has the same stems."""
    tagger = Tagger.load(model)
    kiwi = KiwiTokenizer(names=True, model=TEACHER)
    for first in range(0, len(lines), WINDOW):
        window = lines[first : first + WINDOW]
        for sentence, (hints,) in zip(tagger.tag(window), kiwi.analyze(window), strict=True):
            theirs = {place: stem for place, (stem, _) in stems(hints)}
            if all(
                (morpheme.score or 0.0) >= LEAST_SCORE
                and theirs.get(morpheme.start, morpheme.form) == morpheme.form
                for morpheme in sentence.morphemes
            ):
                yield sentence


if __name__ == "__main__":
    main()
