"""`pumsa check`: what a corpus holds, and what of it cannot be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from corpora import Corpus
from tagger.cli.console.common import add_corpus_options, check_pipes, guarded, positive
from tagger.cli.console.parser import Parser, called_by
from tagger.errors import DONE, SOME_INPUT_FAILED
from tagger.labeling import labels
from tagger.text.chips import columns
from tagger.text.escaping import json_text, printable
from tagger.text.sentence import Sentence, Token, count_tags
from tagger.text.tag_names import TAG_SETS, tag_of

EXAMPLES = """\
examples:
  %(prog)s train.conllu
  %(prog)s train.conllu --dev dev.conllu     # how much of dev is new, and how much is not
  %(prog)s mine.tsv --rows 0 --json          # every row that cannot be used
"""


def make_parser() -> Parser:
    parser = Parser(
        prog=called_by("check"),
        description="Validate a gold corpus and show its statistics, the rows that cannot be "
        "used, and its overlap with a dev corpus. Exit code 1 if a row cannot be used.",
        epilog=EXAMPLES,
    )
    parser.add_argument("corpus", metavar="CORPUS", help="a gold corpus")
    parser.add_argument("--dev", metavar="CORPUS", help="dev corpus to compare with")
    parser.add_argument(
        "--rows",
        type=lambda text: 0 if text == "0" else positive(text),
        default=10,
        metavar="N",
        help="number of unusable rows to list; 0: all (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_corpus_options(parser)
    return parser


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    import corpora

    args = make_parser().parse(argv)

    def read(path: str) -> Corpus:
        return corpora.read(path, args.format, encoding=args.encoding, strict=args.strict)

    check_pipes([args.corpus, *([args.dev] if args.dev else [])])
    corpus = read(args.corpus)
    found = facts(corpus, args.rows)
    if args.dev:
        found["dev"] = comparison(corpus.sentences, read(args.dev).sentences)
    if args.json:
        print(json_text(found, indent=2))
    else:
        print("\n".join(map(printable, lines(found))))
    return SOME_INPUT_FAILED if corpus.problems else DONE


def facts(corpus: Corpus, rows: int) -> dict[str, Any]:
    """What a corpus holds, and the first of its rows that cannot be used."""
    tokens = [token for sentence in corpus.sentences for token in sentence.tokens]
    counted = count_labels(tokens)
    texts = Counter(sentence.text for sentence in corpus.sentences)
    return {
        "path": corpus.path,
        "format": corpus.format,
        "sentences": len(corpus.sentences),
        "repeated_sentences": len(corpus.sentences) - len(texts),
        "eojeols": sum(len(sentence.eojeols) for sentence in corpus.sentences),
        "tokens": len(tokens),
        "tokens_without_analysis": sum(not token.morphemes for token in tokens),
        "morphemes": sum(len(token.morphemes) for token in tokens),
        "labels": len(counted),
        "labels_seen_once": sum(count == 1 for count in counted.values()),
        "tags": dict(count_tags(corpus.sentences).most_common()),
        "upos": dict(Counter(token.upos for token in tokens if token.upos).most_common()),
        "passed_over": corpus.passed_over,
        "unusable_rows": len(corpus.problems),
        "problems": [str(problem) for problem in corpus.problems[: rows or None]],
    }


def count_labels(tokens: Sequence[Token]) -> Counter[str]:
    """How often each label of a syllable stands in the tokens."""
    counts: Counter[str] = Counter()
    for token, count in Counter(t for t in map(bare, tokens) if t[1]).items():
        for label in labels.encode(*token):
            counts[label] += count
    return counts


def bare(token: Token) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Surface and analysis of a token."""
    return token.surface, tuple((morpheme.form, morpheme.tag) for morpheme in token.morphemes)


def comparison(train: Sequence[Sentence], dev: Sequence[Sentence]) -> dict[str, Any]:
    """What of a dev corpus a training corpus shows."""
    texts = {sentence.text for sentence in train}
    eojeols = set(surfaces(train))
    dev_eojeols = list(surfaces(dev))
    tags = count_tags(train)
    known = count_labels([token for sentence in train for token in sentence.tokens])
    wanted = count_labels([token for sentence in dev for token in sentence.tokens])
    return {
        "sentences": len(dev),
        "sentences_in_train": sum(sentence.text in texts for sentence in dev),
        "eojeols": len(dev_eojeols),
        "unseen_eojeols": sum(surface not in eojeols for surface in dev_eojeols),
        "syllables": wanted.total(),
        "syllables_with_unseen_label": sum(n for label, n in wanted.items() if label not in known),
        "unseen_tags": sorted(tag for tag in count_tags(dev) if tag not in tags),
    }


def surfaces(sentences: Sequence[Sentence]) -> Iterator[str]:
    return chain.from_iterable((e.surface for e in sentence.eojeols) for sentence in sentences)


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The facts for people."""
    yield f"{found['path']}: {found['format']}"
    yield (
        f"{found['sentences']:,} sentences ({found['repeated_sentences']:,} of them repeated), "
        f"{found['eojeols']:,} eojeols, {found['tokens']:,} tokens, "
        f"{found['morphemes']:,} morphemes"
    )
    yield f"{found['labels']:,} labels, {found['labels_seen_once']:,} of them seen once"
    if found["tokens_without_analysis"]:
        yield f"{found['tokens_without_analysis']:,} tokens without an analysis"
    if dev := found.get("dev"):
        yield (
            f"dev: {dev['sentences_in_train']:,} of {dev['sentences']:,} sentences are in train, "
            f"{dev['unseen_eojeols']:,} of {dev['eojeols']:,} eojeols are not, "
            f"{dev['syllables_with_unseen_label']:,} of {dev['syllables']:,} syllables have a "
            "label that is not"
        )
        if dev["unseen_tags"]:
            yield f"dev: tags that train does not show: {', '.join(dev['unseen_tags'])}"
    yield ""
    for kind in ("tags", "upos"):
        yield from table(found[kind], kind)
    if found["passed_over"]:
        yield f"{found['passed_over']:,} empty nodes are passed over"
    if found["unusable_rows"]:
        yield f"{found['unusable_rows']:,} rows cannot be used:"
        yield from found["problems"]
        if len(found["problems"]) < found["unusable_rows"]:
            yield "…"


def table(counts: dict[str, int], head: str) -> Iterator[str]:
    """A row a tag: name, count, and what it means."""
    if not counts:
        return
    width = max(map(columns, [*map(printable, counts), head]))
    yield f"{head:<{width}}  {'count':>9}"
    named = {name for tags in TAG_SETS.values() for name in tags}
    for name, count in counts.items():
        meaning = tag_of(name)
        known = f"{meaning.korean}, {meaning.english}" if name in named else "(not in a tag set)"
        shown = printable(name)
        yield f"{shown}{' ' * (width - columns(shown))}  {count:>9,}  {known}"
    yield ""


if __name__ == "__main__":
    raise SystemExit(main(None))
