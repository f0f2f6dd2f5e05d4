"""What the experiments found, as sections of Markdown by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from tagger.study.cells import ENGINES, Outcome, Row, Speed, rows_of, verdicts
from tagger.study.copying import LEARNERS, Copied
from tagger.study.gradients import Reach, fades_at, relative
from tagger.study.memory import Change, Track
from tagger.study.restore import Accuracy, Answer, attention_table, shown
from tagger.study.shapes import Run
from tagger.study.step import NAMES, Check, Shown
from tagger.text.escaping import printable

Sections = dict[str, str]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table.

    >>> print(table(["k", "norm"], [["1", "0.5"]]))
    | k | norm |
    | --- | --- |
    | 1 | 0.5 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(printable(cell).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )


def step_sections(examples: Sequence[Sequence[Shown]], checks: Sequence[Check]) -> Sections:
    """Hidden states of the notes' example, and the reference cells against `torch.nn`."""
    rows = [
        [" ".join(step.word for step in example), step.word, _numbers(step.hidden)]
        for example in examples
        for step in example
    ]
    return {
        "step-example": table(["sequence", "reads", "hidden state after it"], rows),
        "step-checks": table(
            ["cell", "compared with torch.nn", "largest difference (double precision)"],
            [[NAMES[c.cell], c.what, f"{c.difference:.1e}"] for c in checks],
        ),
    }


def shapes_sections(notes: Sequence[Run], tagger: Sequence[Run]) -> Sections:
    return {"shapes-notes": _runs(notes), "shapes-tagger": _runs(tagger)}


def _runs(runs: Sequence[Run]) -> str:
    return "\n\n".join(
        f"**{run.title}**\n\n"
        + table(
            ["tensor", "dimensions", "shape", "what it holds"],
            [
                [f"`{s.name}`", f"`{s.dimensions}`", f"`{list(s.shape)}`", s.meaning]
                for s in run.shapes
            ],
        )
        for run in runs
    )


def memory_sections(
    syllables: Sequence[str],
    analysis: str,
    tracks: Sequence[Track],
    other: tuple[str, str, Mapping[str, list[int]], Sequence[Change]] | None,
) -> Sections:
    """Mean states and gates by syllable, and what another sentence changes."""
    rows = [
        [track.name, what, *(f"{value:.2f}" for value in values)]
        for track in tracks
        for what, values in track.means().items()
    ]
    found = {"memory": f"{analysis}\n\n" + table(["", "mean of", *syllables], rows)}
    if other:
        sentence, other_analysis, inputs, changes = other
        marks = [
            [f"input: {name}", *("●" if step in steps else "" for step in range(len(syllables)))]
            for name, steps in inputs.items()
        ]
        parts = [[c.name, *(f"{100 * part:.0f} %" for part in c.parts)] for c in changes]
        found["memory-changes"] = f"instead: {sentence} → {other_analysis}\n\n" + table(
            ["", *syllables], [*marks, *parts]
        )
    return found


def cells_sections(outcomes: Sequence[Outcome], speeds: Sequence[Speed]) -> Sections:
    """The table of variants, and the notes' claims against it."""
    rows = rows_of(outcomes)
    by_variant = {speed.variant: speed for speed in speeds}
    names = {"eojeol": "eojeol, raw text", "morpheme_f1": "morpheme F1", "xpos": "XPOS"}
    lines = [
        [
            NAMES[row.variant.cell],
            str(row.variant.directions),
            str(row.variant.layers),
            *(_score(row, name) for name in names),
            f"{row.parameters / 1e6:.2f} M",
            f"{by_variant[row.variant].epoch:.1f}",
            *(f"{by_variant[row.variant].by_engine[engine]:,.0f}" for engine in ENGINES),
        ]
        for row in rows
    ]
    head = ["cell", "directions", "layers", *names.values(), "parameters", "s an epoch"]
    head += [f"eojeols/s, {engine}" for engine in ENGINES]
    claims = [
        [
            verdict.claim,
            f"{verdict.difference:+.2f} ± {verdict.error:.2f}",
            str(verdict.pairs),
            verdict.words,
        ]
        for verdict in verdicts(outcomes, "eojeol")
    ]
    seeds = sorted({outcome.seed for outcome in outcomes})
    note = (
        f"Dev scores in percent after the last epoch, mean ± standard deviation over "
        f"{len(seeds)} seeds. Seconds of an epoch of training, and eojeols/s of the network "
        "alone, on one core, measured in turn after all trainings.\n\n"
    )
    return {
        "cells": note + table(head, lines),
        "claims": table(
            ["claim", "difference in eojeol, points ± standard error", "pairs", "borne out?"],
            claims,
        ),
    }


def _score(row: Row, name: str) -> str:
    if name not in row.scores:
        return "–"
    mean, spread = row.scores[name]
    return f"{mean:.2f} ± {spread:.2f}"


def gradient_sections(
    reaches: Mapping[tuple[str, bool], Reach], copied: Sequence[Copied]
) -> Sections:
    """How far gradients reach, and the copy task."""
    distances = (1, 2, 5, 10, 20, 30)
    losses, states, bounds = [], [], []
    for (cell, trained), reach in reaches.items():
        who = [NAMES[cell], "after" if trained else "before"]
        for sign, direction in ((1, "back"), (-1, "ahead")):
            if all(k * sign <= 0 for k in reach.loss):
                continue
            fades = fades_at(reach.loss, sign=sign)
            losses.append(
                [
                    *who,
                    direction,
                    *(_power(relative(reach.loss, sign * k)) for k in distances),
                    str(fades) if fades is not None else "not within reach",
                ]
            )
        states += [
            [*who, kind, *(_power(curve.get(k)) for k in distances)]
            for kind, curve in reach.states.items()
        ]
        bounds += [
            [*who, direction, f"{decay.singular:.2f}", f"{decay.eigenvalue:.2f}"]
            for direction, decay in reach.decay.items()
        ]
    found = {
        "gradients-loss": table(
            ["cell", "training", "direction", *(f"k = {k}" for k in distances), "under 1 % at"],
            losses,
        ),
        "gradients-states": table(
            ["cell", "training", "state", *(f"k = {k}" for k in distances)], states
        ),
        "gradients-bounds": table(
            ["cell", "training", "direction", "largest singular value", "largest eigenvalue"],
            bounds,
        ),
    }
    learners = [learner for learner in LEARNERS if any(c.learner == learner for c in copied)]
    steps = sorted({c.distance for c in copied})
    by_place = {(c.learner, c.distance): c for c in copied}
    found["copying"] = table(
        ["cell", *(f"{distance} steps" for distance in steps)],
        [
            [
                str(learner),
                *(_copied(by_place.get((learner, distance))) for distance in steps),
            ]
            for learner in learners
        ],
    )
    return found


def _copied(result: Copied | None) -> str:
    if result is None:
        return "–"
    if result.learnt:
        return f"learnt in {result.updates} updates"
    return f"{100 * result.accuracy:.0f} % after {result.updates}"


def restore_sections(
    answer: Answer, others: Mapping[str, str | None], accuracies: Sequence[Accuracy]
) -> Sections:
    """What the encoder-decoder reads, attends to and writes, and how often that is right."""
    item = answer.item
    lines = [
        f"`{item.syllable}` as `{item.structure}`, in the conventions of {item.corpus}",
        "",
        f"- encoder (many-to-one): reads {len(answer.read)} symbols, "
        f"`{' '.join(map(shown, answer.read))}`; its states are `{list(answer.states)}`, and the "
        f"last ones become one hidden state `{list(answer.memory)}`",
        "- decoder (one-to-many): begins with that state and writes, looking at (percent):",
        "",
        table(
            ["written", *map(_code, answer.read)],
            [[f"`{symbol}`", *percents] for symbol, *percents in attention_table(answer)],
        ),
        "",
        table(
            ["beam", "probability", "fits the structure"],
            [
                [
                    " ".join(map(_code, hypothesis.symbols)),
                    f"{math.exp(hypothesis.logarithm):.3f}",
                    hypothesis.text(item.structure) or "no",
                ]
                for hypothesis in answer.beam
            ],
        ),
        "",
        table(["asked before it", "answer"], [[way, text or "–"] for way, text in others.items()]),
    ]
    found = {"restore": "\n".join(lines)}
    if accuracies:
        found["restore-accuracy"] = table(
            ["way", "exactly right", "of unseen restorations"],
            [[a.way, str(a.right), str(a.total)] for a in accuracies],
        )
    return found


def _code(symbol: str) -> str:
    return f"`{shown(symbol)}`"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:+.3f}" for value in values)


def _power(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}"
