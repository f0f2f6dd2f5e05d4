"""`evaluate.py --report`: how good a model is on a corpus, as a page to read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagger.cli.pages.html import bar, page, table
from tagger.evaluation.scores import (
    MISSING,
    RELIABILITY_BINS,
    EojeolScores,
    Ratio,
    TagScore,
    paired_tags,
)
from tagger.text.chips import Chip, Word, legend_html, sentence_html
from tagger.text.escaping import html_text
from tagger.text.sentence import Eojeol, Sentence
from tagger.text.tag_names import tag_of

if TYPE_CHECKING:
    from tagger.evaluation.bootstrap import Interval

HEAT_TAGS = 24
ERROR_PAIRS = 25
EXAMPLES = 3
OPEN = 3  # error pairs whose examples are shown at once
LONGEST = 8  # syllables of an eojeol that are told apart

NAMES = {
    "xpos": "XPOS, gold tokens",
    "upos": "UPOS, gold tokens",
    "lemma": "LEMMA, gold tokens",
    "eojeol": "eojeol exact, raw text",
    "eojeol_known": "  seen in training",
    "eojeol_unseen": "  unseen",
    "morpheme_f1": "morpheme F1, raw text",
    "segmentation_f1": "segmentation F1, raw text",
}


@dataclass
class Mistake:
    """An eojeol that was not analysed as gold has it, in its sentence, with Kiwi's answer."""

    sentence: Sentence
    gold: Eojeol
    ours: Eojeol | None
    kiwi: Eojeol | None


@dataclass
class Findings:
    """What the page tells beside the scores."""

    by_length: dict[int, Ratio] = field(default_factory=lambda: defaultdict(Ratio))
    by_words: dict[int, Ratio] = field(default_factory=lambda: defaultdict(Ratio))
    analyses: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: dict[tuple[str, str], list[Mistake]] = field(
        default_factory=lambda: defaultdict(list)
    )


def findings(
    gold: Sequence[Sentence], ours: Sequence[Sentence], kiwi: Sequence[Sentence]
) -> Findings:
    """Go through the eojeols that gold analyses; the sentences are the same of all three."""
    found = Findings()
    for sentence, answer, other in zip(gold, ours, kiwi, strict=True):
        answers, others = _by_place(answer), _by_place(other)
        words = len(sentence.eojeols)
        for eojeol in sentence.eojeols:
            if not all(token.morphemes for token in eojeol.tokens):
                continue
            place = eojeol.start, eojeol.end
            mine = answers.get(place)
            right = mine is not None and str(mine) == str(eojeol)
            found.by_length[min(len(eojeol.surface), LONGEST)] += Ratio(right, 1)
            found.by_words[words - 1 - (words - 1) % 5] += Ratio(right, 1)
            if right:
                continue
            mistake = Mistake(sentence, eojeol, mine, others.get(place))
            found.analyses[str(eojeol), str(mine or MISSING)] += 1
            pairs = paired_tags(_pairs(eojeol), _pairs(mine) if mine else [])
            for pair in dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]):
                found.mistakes[pair].append(mistake)
    return found


def _by_place(sentence: Sentence) -> dict[tuple[int, int], Eojeol]:
    return {(eojeol.start, eojeol.end): eojeol for eojeol in sentence.eojeols}


def _pairs(eojeol: Eojeol) -> list[tuple[str, str]]:
    return [(morpheme.form, morpheme.tag) for morpheme in eojeol.morphemes]


def report_page(
    title: str,
    counts: str,
    intervals: Mapping[str, Interval],
    kiwi: Mapping[str, float | None],
    tags: Sequence[TagScore],
    scores: EojeolScores,
    found: Findings,
) -> str:
    """The page. `counts` says how much was measured; `kiwi` has the scores that compare."""
    return page(
        title,
        [
            f"<p>{html_text(counts)}</p>",
            _score_table(intervals, kiwi),
            "<h2>Tags</h2>",
            legend_html(),
            _tag_table(tags),
            "<h2>Which tag for which</h2>",
            _heat_map(scores.tags),
            "<h2>Where it is right</h2>",
            _length_table(
                "syllables of an eojeol",
                found.by_length,
                lambda length: f"{length} and more" if length == LONGEST else str(length),
            ),
            _length_table(
                "eojeols of the sentence",
                found.by_words,
                lambda first: f"{first + 1}–{first + 5}",
            ),
            "<h2>How far scores can be believed</h2>",
            _calibration(scores),
            "<h2>The most frequent mistakes</h2>",
            *_mistakes(found),
        ],
    )


def _score_table(intervals: Mapping[str, Interval], kiwi: Mapping[str, float | None]) -> str:
    rows: list[list[str | float | None]] = []
    for key, name in NAMES.items():
        interval = intervals[key]
        bounds = (
            "–"
            if interval.low is None or interval.high is None
            else f"{interval.low:.2f} – {interval.high:.2f}"
        )
        share = None if interval.value is None else interval.value / 100
        row = [name.strip(), interval.value, bounds, bar(share)]
        rows.append([*row, kiwi.get(key)] if kiwi else row)
    head = ["percent", "model", "95 % interval", "", *(["Kiwi alone"] if kiwi else [])]
    return table(
        head,
        rows,
        "Intervals: percentiles of 2,000 resamples of the sentences (bootstrap). Kiwi: endings as "
        "written, its extra tags mapped to Sejong, kinds of determiner not told apart."
        if kiwi
        else "Intervals: percentiles of 2,000 resamples of the sentences (bootstrap).",
    )


def _tag_table(tags: Sequence[TagScore]) -> str:
    rows: list[list[str | float | None]] = []
    for score in tags:
        tag = tag_of(score.tag)
        chip = f'<span class="chip {tag.family}">{html_text(score.tag)}</span>'
        names = tag.korean if tag.korean == tag.english else f"{tag.korean}, {tag.english}"
        rows.append(
            [
                f"{chip} {html_text(names)}",
                score.support,
                score.precision,
                score.recall,
                score.f1,
                bar(score.f1 / 100),
            ]
        )
    head = ["tag", "in gold", "precision", "recall", "F1", ""]
    return table(head, rows, "From raw text: morphemes whose forms agree are compared.")


def _heat_map(pairs: Counter[tuple[str, str]]) -> str:
    """Gold tags in rows, ours in columns; the frequent ones only."""
    support = Counter[str]()
    for (gold, _), count in pairs.items():
        support[gold] += count
    tags = [tag for tag, _ in support.most_common(HEAT_TAGS) if tag != MISSING]
    tags = [*sorted(tags, key=lambda tag: (tag_of(tag).family, tag)), MISSING]
    head = "".join(f'<th scope="col">{html_text(tag)}</th>' for tag in tags)
    lines = [
        '<div class="scroll"><table class="heat"><caption>Rows: gold, columns: ours. The darker, '
        f"the larger the share of the row; {MISSING}: the other side has no such morpheme."
        f'</caption><tr><th scope="col"></th>{head}</tr>'
    ]
    for gold in tags:
        cells = []
        for ours in tags:
            count = pairs[gold, ours]
            share = count / support[gold] if support[gold] else 0
            colour = "43,138,62" if gold == ours else "208,60,40"
            shade = f' style="background:rgba({colour},{min(1, share**0.5):.2f})"' if count else ""
            cells.append(f"<td{shade}>{count or ''}</td>")
        lines.append(f'<tr><th scope="row">{html_text(gold)}</th>{"".join(cells)}</tr>')
    return "\n".join([*lines, "</table></div>"])


def _length_table(name: str, ratios: Mapping[int, Ratio], shown: Callable[[int], str]) -> str:
    rows: list[list[str | float | None]] = [
        [shown(key), ratio.total, ratio.percent, bar((ratio.percent or 0) / 100)]
        for key, ratio in sorted(ratios.items())
    ]
    return table([name, "eojeols", "percent right", ""], rows, "Eojeols exactly right, raw text.")


def _calibration(scores: EojeolScores) -> str:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, right in scores.reliability.pairs:
        bins[min(int(score * RELIABILITY_BINS), RELIABILITY_BINS - 1)].append((score, right))
    rows: list[list[str | float | None]] = []
    for index, pairs in sorted(bins.items()):
        said = sum(score for score, _ in pairs) / len(pairs)
        came = sum(right for _, right in pairs) / len(pairs)
        low, high = index / RELIABILITY_BINS, (index + 1) / RELIABILITY_BINS
        rows.append(
            [f"{low:.2f} – {high:.2f}", len(pairs), 100 * said, bar(said), 100 * came, bar(came)]
        )
    error = scores.reliability.error
    return table(
        ["score", "morphemes", "mean score, percent", "", "right, percent", ""],
        rows,
        f"Expected calibration error {'–' if error is None else f'{error:.4f}'}: a score is as "
        "good as its two bars are alike.",
    )


def _mistakes(found: Findings) -> Iterator[str]:
    rows: list[list[str | float | None]] = [
        [html_text(gold), html_text(ours), count]
        for (gold, ours), count in found.analyses.most_common(ERROR_PAIRS)
    ]
    yield table(["gold", "ours", "times"], rows, "Whole eojeols.")
    yield "<p>By tags, each with its first sentences: gold, ours, and Kiwi alone.</p>"
    frequent = sorted(found.mistakes.items(), key=lambda item: (-len(item[1]), item[0]))
    for index, ((gold, ours), mistakes) in enumerate(frequent[:ERROR_PAIRS]):
        shown = " open" if index < OPEN else ""
        yield (
            f"<details{shown}><summary>{_chip(gold)} → {_chip(ours)} "
            f"({len(mistakes)} eojeols)</summary>"
        )
        for mistake in mistakes[:EXAMPLES]:
            yield _example(mistake)
        yield "</details>"


def _chip(tag: str) -> str:
    known = tag_of(tag)
    title = html_text(known.korean)
    return f'<span class="chip {known.family}" title="{title}">{html_text(tag)}</span>'


def _example(mistake: Mistake) -> str:
    text, gold = mistake.sentence.text, mistake.gold
    before, after = html_text(text[: gold.start]), html_text(text[gold.end :])
    marked = f"{before}<mark>{html_text(gold.surface)}</mark>{after}"
    rows = [
        f'<tr><th scope="row">{name}</th><td>{_analysis(eojeol)}</td></tr>'
        for name, eojeol in (("gold", gold), ("ours", mistake.ours), ("Kiwi", mistake.kiwi))
    ]
    return f'<p lang="ko">{marked}</p><table>{"".join(rows)}</table>'


def _analysis(eojeol: Eojeol | None) -> str:
    if eojeol is None:
        return "–"
    chips = [Chip(m.form, m.tag, m.score) for m in eojeol.morphemes]
    return sentence_html([Word("", None, chips)])
