"""`evaluate.py`: the scores of a model on a gold corpus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from tagger.cli.common import (
    add_corpus_options,
    add_model_options,
    guarded,
    read_corpus,
    tagger_for,
    warn_of_version,
)
from tagger.cli.messages import warn
from tagger.cli.parser import Parser
from tagger.cli.scoring import eojeol_values, percentages, score_tagger
from tagger.errors import DONE
from tagger.evaluation import EojeolScores, score_eojeols, score_tags
from tagger.morphology import Morpheme, Sentence, Token
from tagger.segmentation import segment
from tagger.tagsets import broad_tag, sejong_tag

if TYPE_CHECKING:
    from tagger.tokenizer import Hint

EXAMPLES = """\
examples:
  %(prog)s dev.conllu -m kaist
  %(prog)s dev.tsv --json > scores.json
  %(prog)s dev.tsv --tokenizer-baseline
"""

_NAMES = {
    "xpos": "XPOS, gold tokens",
    "upos": "UPOS, gold tokens",
    "lemma": "LEMMA, gold tokens",
    "eojeol": "eojeol exact, raw text",
    "eojeol_known": "  seen in training",
    "eojeol_unseen": "  unseen",
    "morpheme_f1": "morpheme F1, raw text",
    "segmentation_f1": "segmentation F1, raw text",
}


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
        help="score Kiwi's own analysis beside the model",
    )
    add_corpus_options(parser)
    add_model_options(parser)
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = make_parser().parse(argv)
    corpus = read_corpus(args.corpus, args)
    tagger = tagger_for(args)
    warn_of_version(tagger.bundle.tokenizer)
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
    if args.tokenizer_baseline:
        baseline = score_kiwi(corpus.sentences, args.threads)
        compared = ("eojeol", "morpheme_f1", "segmentation_f1")
        result["baseline"] = {k: v for k, v in eojeol_values(baseline).items() if k in compared}
        if not set(baseline.tags) & {(tag, tag) for tag, _ in baseline.tags}:
            warn("the corpus does not have Sejong tags: of Kiwi, only segmentation compares")
    print(json.dumps(result, ensure_ascii=False) if args.json else as_table(result))
    return DONE


def score_kiwi(gold: Sequence[Sentence], threads: int) -> EojeolScores:
    """Kiwi's scores from raw text, its tags mapped to Sejong and determiners not told apart."""
    from tagger.features import composed_text
    from tagger.tokenizer import KiwiTokenizer

    bare = [segment(sentence.text) for sentence in gold]
    composed = [composed_text(sentence) for sentence in bare]
    analyses = KiwiTokenizer(threads).analyze([text.text for text in composed])
    predicted = [
        _by_eojeol(sentence, [(text.starts[hint.start], hint) for hint in analysis])
        for sentence, text, (analysis,) in zip(bare, composed, analyses, strict=True)
    ]
    return score_eojeols([_with_broad_tags(sentence) for sentence in gold], predicted)


def _with_broad_tags(sentence: Sentence) -> Sentence:
    tokens = tuple(
        replace(token, morphemes=tuple(replace(m, tag=broad_tag(m.tag)) for m in token.morphemes))
        for token in sentence.tokens
    )
    return replace(sentence, tokens=tokens)


def _by_eojeol(sentence: Sentence, analysis: Sequence[tuple[int, Hint]]) -> Sentence:
    """The sentence with each eojeol as one token of the morphemes that begin in it."""
    tokens = tuple(
        Token(
            eojeol.surface,
            eojeol.start,
            eojeol.end,
            tuple(
                Morpheme(hint.form, sejong_tag(hint.tag), eojeol.start, eojeol.end)
                for start, hint in analysis
                if eojeol.start <= start < eojeol.end
            ),
        )
        for eojeol in sentence.eojeols
    )
    return replace(sentence, tokens=tokens)


def as_table(result: dict[str, Any]) -> str:
    """The scores for people."""
    baseline = result.get("baseline", {})
    lines = [
        f"{result['corpus']}: {result['sentences']} sentences, {result['tokens']} tokens, "
        f"{result['eojeols']} eojeols",
        "",
        f"{'percent':<28}{result['model']:>10}" + (f"{'Kiwi':>10}" if baseline else ""),
    ]
    for key, name in _NAMES.items():
        cells = [result[key], *([baseline.get(key)] if baseline else [])]
        lines.append(f"{name:<28}" + "".join(f"{_cell(cell):>10}" for cell in cells))
    if result["calibration_error"] is not None:
        error = f"{result['calibration_error']:.4f}"
        lines += ["", f"{'expected calibration error':<28}{error:>10}"]
    lines += ["", f"{'tag':<10}{'precision':>10}{'recall':>10}{'F1':>10}{'support':>10}"]
    for tag in result["tags"]:
        lines.append(
            f"{tag['tag']:<10}{tag['precision']:>10.2f}{tag['recall']:>10.2f}"
            f"{tag['f1']:>10.2f}{tag['support']:>10}"
        )
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
