"""`python -m tagger.cli.specialize`: of a model of several corpora a smaller one of some."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tagger.cli.console.common import (
    add_corpus_options,
    add_machine_options,
    check_not_read,
    finished_model,
    guarded,
    output_path,
    read_corpus,
)
from tagger.cli.console.messages import note
from tagger.cli.console.parser import Parser, called_by
from tagger.cli.console.resources import cap_processors
from tagger.cli.jobs.scoring import calibrated
from tagger.cli.jobs.training_corpora import read_text_of
from tagger.cli.pages.card import write_special_card
from tagger.errors import DONE, TaggerError
from tagger.system.extras import require
from tagger.system.files import read_text
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    from tagger.model.bundle import Bundle
    from tagger.tokenizer.base import Tokenizer

LIKELY = 0.02
"""Of a label's probability; a model of several corpora has hundreds of labels below it."""

WINDOW = 4096
"""Sentences that are analysed at once."""

EXAMPLES = """\
example:
  %(prog)s my-model --conventions other --dev other-dev.conllu -o other
"""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("specialize"),
        description="Make a smaller model from one of several corpora: in the conventions of one "
        "corpus, calibrated on it, without the labels of other tag sets.",
        epilog=EXAMPLES,
    )
    parser.add_argument("model", metavar="MODEL_DIR", help="folder of a model of several corpora")
    parser.add_argument(
        "--conventions",
        required=True,
        nargs="+",
        metavar="CORPUS",
        help="corpora whose tag sets are kept; the model uses the conventions of the first",
    )
    parser.add_argument("--dev", required=True, help="gold corpus in these conventions")
    parser.add_argument(
        "--text",
        nargs="+",
        default=[],
        metavar="FILE",
        help="remove labels that are unlikely everywhere in these texts or corpora: the network "
        "gets faster",
    )
    parser.add_argument("-o", "--output", type=output_path, required=True, metavar="DIR")
    parser.add_argument("--overwrite", action="store_true", help="replace a model in DIR")
    parser.add_argument("--licence", default="", help="licence for the model card")
    parser.add_argument(
        "--about", metavar="FILE", help="Markdown file on the data, for the model card"
    )
    add_corpus_options(parser)
    add_machine_options(parser)
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    require("train")
    cap_processors(args, "threads")
    base, folder = Path(args.model), Path(args.output)
    if base.resolve() == folder.resolve():
        raise TaggerError("this is the model itself", where=folder, remedy="choose another -o")
    if (folder / "config.json").exists() and not args.overwrite:
        raise finished_model(folder)
    check_not_read([folder / "README.md"], [args.dev, *args.text, *filter(None, [args.about])])
    about = read_text(args.about) if args.about else ""
    dev = read_corpus(args.dev, args).sentences
    text = [sentence for path in args.text for sentence in read_text_of(path, args)]

    from tagger.analyzer import Tagger
    from tagger.model import bundle as bundles
    from tagger.model import folder as model_folder
    from tagger.model.bundle import check_conventions

    tagger = Tagger.load(base, device=args.device, threads=args.threads)
    for corpus in args.conventions:
        check_conventions(tagger.bundle, corpus)
    first = bundles.specialized(tagger.bundle, args.conventions[0])
    small = bundles.pruned(first, args.conventions)
    if text:
        kept = likely_labels(small, tagger.tokenizer, text, args.conventions, args.threads)
        small = bundles.with_labels(small, kept)
    special, uncalibrated = calibrated(
        Tagger(
            small,
            tagger.tokenizer,
            device=tagger.device,
            threads=args.threads,
        ),
        dev,
    )
    card = write_special_card(special, base.name, args.licence, about, uncalibrated)
    model_folder.save(special, folder, card)
    shown = " ".join(f"{name} {score}" for name, score in special.scores.items())
    note(f"{folder} tags as {special.corpus}, dev {shown}")
    return DONE


def likely_labels(
    bundle: Bundle,
    tokenizer: Tokenizer,
    text: Sequence[Sentence],
    conventions: Sequence[str],
    threads: int,
) -> list[int]:
    """The labels to which the network gives at least `LIKELY` somewhere in the text, in one of
    the conventions."""
    from tagger.labeling.examples import make_examples
    from tagger.model.bundle import specialized
    from tagger.model.predictor import Predictor

    found: set[int] = set()
    for corpus in conventions:
        predictor = Predictor(specialized(bundle, corpus), "auto", "cpu", threads)
        for first in range(0, len(text), WINDOW):
            window = text[first : first + WINDOW]
            examples = make_examples(window, tokenizer, bundle.unit, bundle.knowledge.lexicon)
            for said in predictor.predict(list(examples)):
                found.update(said.labels[said.label_scores >= LIKELY].tolist())
    return sorted(found)


if __name__ == "__main__":
    raise SystemExit(main(None))
