"""`evaluate.py`: the scores of a model on a gold corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.cli.console.common import (
    add_corpus_options,
    add_model_options,
    check_not_read,
    guarded,
    output_path,
    read_corpus,
    tagger_for,
    warn_of_version,
)
from tagger.cli.console.messages import note, warn
from tagger.cli.console.parser import Parser
from tagger.cli.console.resources import cap_processors
from tagger.cli.jobs.baseline import kiwi_sentences, with_broad_tags
from tagger.cli.jobs.scoring import eojeol_values, percentages, score_tagger
from tagger.cli.pages.report import NAMES, findings, report_page
from tagger.errors import DONE
from tagger.evaluation.scores import (
    EojeolScores,
    TokenScores,
    score_eojeols,
    score_tags,
    score_tokens,
)
from tagger.system.extras import require
from tagger.system.files import make_folder, whole_text
from tagger.text.escaping import json_text, printable
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    import argparse

    import numpy

    from tagger.analyzer import Tagger

REPORT = "report.html"
SIGNIFICANT = 0.05
# what training showed is another thing for each model
COMPARED = [name for name in NAMES if name not in ("eojeol_known", "eojeol_unseen")]

EXAMPLES = """\
examples:
  %(prog)s dev.conllu -m kaist
  %(prog)s dev.tsv --json > scores.json
  %(prog)s dev.tsv --tokenizer-baseline
  %(prog)s dev.tsv -m my-model --report report
  %(prog)s dev.tsv --compare my-model sejong
"""


def make_parser() -> Parser:
    parser = Parser(
        description="Score a model on a gold corpus.",
        epilog=EXAMPLES,
    )
    parser.add_argument("corpus", metavar="CORPUS", help="a gold corpus")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--tokenizer-baseline",
        action="store_true",
        help="also score Kiwi alone",
    )
    parser.add_argument(
        "--report",
        type=output_path,
        metavar="DIR",
        help=f"also write {REPORT} there: scores with confidence intervals, tags, confusions, "
        "calibration, and mistakes with gold, ours and Kiwi side by side",
    )
    parser.add_argument(
        "--compare",
        nargs=2,
        metavar=("MODEL_A", "MODEL_B"),
        help="compare two models and test whether the difference is significant (paired "
        "bootstrap over sentences)",
    )
    add_corpus_options(parser)
    add_model_options(parser)
    return parser


@dataclass
class Answers:
    """What a model says of the raw text of a corpus, with its scores and, by sentence, what
    these are counted from (`bootstrap.count_by_sentence`)."""

    from_text: list[Sentence]
    tokens: TokenScores
    eojeols: EojeolScores
    counts: numpy.ndarray


def answers_of(tagger: Tagger, gold: Sequence[Sentence]) -> Answers:
    """The answers of a tagger, their scores, and what each sentence adds to these."""
    from tagger.evaluation.bootstrap import count_by_sentence

    from_tokens = list(tagger.tag_sentences(gold))
    from_text = list(tagger.tag(sentence.text for sentence in gold))
    known = tagger.bundle.knows
    return Answers(
        from_text,
        score_tokens(gold, from_tokens),
        score_eojeols(gold, from_text, known),
        count_by_sentence(gold, from_tokens, from_text, known),
    )


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    parser = make_parser()
    args = parser.parse(argv)
    require("train")
    if args.compare and (args.report or args.tokenizer_baseline):
        parser.error("--compare goes with neither --report nor --tokenizer-baseline")
    cap_processors(args, "threads")
    if args.report:
        check_not_read([Path(args.report) / REPORT], [args.corpus])
    corpus = read_corpus(args.corpus, args)
    if args.compare:
        compare(args, corpus.sentences)
        return DONE
    tagger = tagger_for(args)
    warn_of_version(tagger.bundle.tokenizer)
    if args.report:
        make_folder(Path(args.report))  # before the work, so that it is not for nothing
    answers = answers_of(tagger, corpus.sentences) if args.report else None
    if answers:
        tokens, eojeols = answers.tokens, answers.eojeols
    else:
        tokens, eojeols = score_tagger(tagger, corpus.sentences)
    result: dict[str, Any] = {
        **percentages(tokens, eojeols),
        "model": args.model,
        "corpus": args.corpus,
        "sentences": len(corpus.sentences),
        "tokens": tokens.xpos.total,
        "eojeols": eojeols.eojeol.total,
        "tags": [asdict(score) for score in score_tags(eojeols.tags)],
    }
    kiwi: list[Sentence] = []
    if args.tokenizer_baseline or args.report:
        kiwi = kiwi_sentences(corpus.sentences, args.threads)
        baseline = score_eojeols(map(with_broad_tags, corpus.sentences), kiwi)
        compared = ["eojeol", "morpheme_f1", "segmentation_f1"]
        if not set(baseline.tags) & {(tag, tag) for tag, _ in baseline.tags}:
            if args.tokenizer_baseline:
                warn("the corpus does not have Sejong tags: of Kiwi, only segmentation compares")
            if args.report:
                compared = ["segmentation_f1"]
        result["baseline"] = {k: v for k, v in eojeol_values(baseline).items() if k in compared}
    if answers:
        write_report(args, corpus.sentences, answers, kiwi, result["baseline"])
    if not args.tokenizer_baseline:
        result.pop("baseline", None)
    print(json_text(result) if args.json else as_table(result))
    return DONE


def write_report(
    args: argparse.Namespace,
    gold: Sequence[Sentence],
    answers: Answers,
    kiwi: Sequence[Sentence],
    baseline: dict[str, float | None],
) -> None:
    from tagger.evaluation.bootstrap import intervals

    path = Path(args.report) / REPORT
    text = report_page(
        f"{args.model} on {args.corpus}",
        f"{len(gold):,} sentences, {answers.tokens.xpos.total:,} tokens, "
        f"{answers.eojeols.eojeol.total:,} eojeols.",
        intervals(answers.counts),
        baseline,
        score_tags(answers.eojeols.tags),
        answers.eojeols,
        findings(gold, answers.from_text, kiwi),
    )
    with whole_text(path, errors="replace") as stream:
        stream.write(text)
    note(f"the report is {path}")


def compare(args: argparse.Namespace, gold: Sequence[Sentence]) -> None:
    """Print the scores of two models, and their differences with intervals and p values."""
    from tagger.evaluation.bootstrap import differences

    counts, scores = [], []
    for model in args.compare:
        args.model = model
        answers = answers_of(tagger_for(args), gold)
        counts.append(answers.counts)
        scores.append(percentages(answers.tokens, answers.eojeols))
    found = differences(*counts)
    first, second = args.compare
    if args.json:
        result = {
            "corpus": args.corpus,
            "models": args.compare,
            "scores": scores,
            "differences": {name: asdict(found[name]) for name in COMPARED},
        }
        print(json_text(result))
        return
    print(f"A: {printable(first)}\nB: {printable(second)}")
    print(f"{printable(args.corpus)}: {len(gold)} sentences\n")
    print(f"{'percent':<26}{'A':>8}{'B':>8}{'B - A':>8}{'95 % interval':>18}{'p':>8} ")
    for name in COMPARED:
        difference = found[name]
        cells = [_cell(scores[0][name]), _cell(scores[1][name])]
        if difference.low is None or difference.high is None:
            cells += ["-", "-", "-"]
        else:
            cells += [
                f"{difference.value:+.2f}",
                f"{difference.low:+.2f} .. {difference.high:+.2f}",
                f"{difference.p:.4f}{'*' if (difference.p or 0) < SIGNIFICANT else ' '}",
            ]
        widths = (8, 8, 8, 18, 9)
        print(f"{NAMES[name]:<26}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths)))
    print(f"\n* less than {SIGNIFICANT}: hardly by chance (paired bootstrap, 2,000 resamples)")


def as_table(result: dict[str, Any]) -> str:
    """The scores for people."""
    baseline = result.get("baseline", {})
    lines = [
        f"{printable(result['corpus'])}: {result['sentences']} sentences, "
        f"{result['tokens']} tokens, {result['eojeols']} eojeols",
        "",
        f"{'percent':<28}{printable(result['model']):>10}" + (f"{'Kiwi':>10}" if baseline else ""),
    ]
    for key, name in NAMES.items():
        cells = [result[key], *([baseline.get(key)] if baseline else [])]
        lines.append(f"{name:<28}" + "".join(f"{_cell(cell):>10}" for cell in cells))
    if result["calibration_error"] is not None:
        error = f"{result['calibration_error']:.4f}"
        lines += ["", f"{'expected calibration error':<28}{error:>10}"]
    lines += ["", f"{'tag':<10}{'precision':>10}{'recall':>10}{'F1':>10}{'support':>10}"]
    for tag in result["tags"]:
        lines.append(
            f"{printable(tag['tag']):<10}{tag['precision']:>10.2f}{tag['recall']:>10.2f}"
            f"{tag['f1']:>10.2f}{tag['support']:>10}"
        )
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
