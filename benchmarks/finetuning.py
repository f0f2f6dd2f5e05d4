"""What few sentences bring: a model trained on with them, and one of its own, on a dev corpus.

    python -m benchmarks.finetuning TRAIN DEV --init gsd --home gsd-dev.conllu --count 200

Every n-th sentence of TRAIN is taken, so that COUNT remain. Both models are those of the last
epoch, so DEV chooses nothing. The model trained on is also scored on the corpus HOME, in the
conventions that it began with.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from corpora import reading
from tagger import Tagger
from tagger.cli import train
from tagger.evaluation.scores import score_tokens
from tagger.text.sentence import Sentence


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", help="CoNLL-U")
    parser.add_argument("dev")
    parser.add_argument("--init", required=True)
    parser.add_argument("--home", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    args = parser.parse_args(argv)
    dev, home = (reading.read(path).sentences for path in (args.dev, args.home))
    first = Tagger.load(args.init)
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.conllu"
        few.write_text(taken(Path(args.train).read_text("utf-8"), args.count), "utf-8")
        options = [str(few), "--dev", str(few), "--select", "epoch", "--precision", "bfloat16"]
        options += ["--epochs", str(args.epochs), "--threads", "1"]
        train.main([*options, "-o", f"{folder}/own"])
        train.main([*options, "-o", f"{folder}/on", "--init", args.init])
        for name, tagger, gold in (
            ("from nothing", Tagger.load(f"{folder}/own"), dev),
            (f"from {args.init}", Tagger.load(f"{folder}/on"), dev),
            ("home before", first, home),
            (
                "home after",
                Tagger.load(f"{folder}/on", conventions=first.bundle.corpus),
                home,
            ),
        ):
            print(f"{args.count} sentences, {name}: {scored(tagger, gold)}", flush=True)
    return 0


def taken(corpus: str, count: int) -> str:
    """So many of the blocks of CoNLL-U, with the same distance between them."""
    blocks = [block for block in corpus.split("\n\n") if block.strip()]
    return "".join(f"{block}\n\n" for block in blocks[:: len(blocks) // count][:count])


def scored(tagger: Tagger, gold: Sequence[Sentence]) -> str:
    """XPOS, UPOS and LEMMA of the gold tokens, in percent."""
    scores = score_tokens(gold, tagger.tag_sentences(gold))
    return " / ".join(
        "-" if score.percent is None else f"{score.percent:.2f}"
        for score in (scores.xpos, scores.upos, scores.lemma)
    )


if __name__ == "__main__":
    sys.exit(main())
