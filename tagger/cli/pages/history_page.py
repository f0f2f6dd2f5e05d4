"""A training run to look at: `history.html` in the folder of the model, and `history.png` where
matplotlib is installed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tagger.cli.pages.html import chart, page, table
from tagger.system.extras import is_installed
from tagger.system.files import whole_file, whole_text

HISTORY_PAGE, HISTORY_PICTURE = "history.html", "history.png"

Epochs = Sequence[Mapping[str, Any]]

_GROUPS = (  # title, and the values of an epoch that are lines in it
    ("loss in training", ("loss",)),
    ("dev, gold tokens: percent right", ("xpos", "upos", "lemma")),
    ("dev, raw text: eojeols exactly right, percent", ("eojeol", "eojeol_known", "eojeol_unseen")),
    ("dev, raw text: F1", ("morpheme_f1", "segmentation_f1")),
    ("learning rate", ("learning_rate",)),
    ("seconds", ("seconds",)),
)


def write_history_page(folder: Path, epochs: Epochs, score: str) -> None:
    """Show what the epochs reached; `score` is the one that chooses among them."""
    with whole_text(folder / HISTORY_PAGE) as stream:
        stream.write(history_page(folder.name, epochs, score))


def draw_history(folder: Path, epochs: Epochs) -> None:
    """The same as a picture, if matplotlib is installed."""
    if is_installed("study"):
        _draw(folder / HISTORY_PICTURE, epochs)


def history_page(name: str, epochs: Epochs, score: str) -> str:
    """Lines for each group of values, and a table of all."""
    best = max(epochs, key=lambda epoch: epoch.get(score) or -math.inf)
    names = [name for name in epochs[0] if name != "epoch"]
    rows = [
        [
            f"<strong>{epoch['epoch']},\u00a0the\u00a0best</strong>"
            if epoch is best
            else str(epoch["epoch"]),
            *(_shown(epoch.get(name)) for name in names),
        ]
        for epoch in epochs
    ]
    charts = [chart(title, lines, epochs[0]["epoch"]) for title, lines in _lines(epochs)]
    return page(
        f"Training of {name}",
        [
            f'<div class="charts">{"".join(charts)}</div>',
            table(["epoch", *names], rows, f"The epoch with the best {score} on dev is the model."),
        ],
    )


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _lines(epochs: Epochs) -> list[tuple[str, dict[str, Sequence[float | None]]]]:
    found = []
    for title, names in _GROUPS:
        lines: dict[str, Sequence[float | None]] = {
            name: [epoch.get(name) for epoch in epochs]
            for name in names
            if any(epoch.get(name) is not None for epoch in epochs)
        }
        if lines:
            found.append((title, lines))
    return found


def _draw(path: Path, epochs: Epochs) -> None:
    """The lines as a picture; its words are English, so it needs no Korean font."""
    from matplotlib.figure import Figure

    groups = _lines(epochs)
    figure = Figure(figsize=(10, 2.6 * math.ceil(len(groups) / 2)), layout="constrained")
    plots = list(figure.subplots(math.ceil(len(groups) / 2), 2, squeeze=False).flat)
    numbers = [epoch["epoch"] for epoch in epochs]
    for plot, (title, lines) in zip(plots, groups):
        for (name, values), style in zip(lines.items(), ("-", "--", ":")):
            points = [float("nan") if value is None else value for value in values]
            plot.plot(numbers, points, style, marker=".", label=name)
        plot.set_title(title, fontsize=9)
        plot.set_xlabel("epoch", fontsize=8)
        plot.grid(alpha=0.3)
        if len(lines) > 1:
            plot.legend(frameon=False, fontsize=8)
    for plot in plots[len(groups) :]:
        plot.set_axis_off()
    with whole_file(path) as stream:
        figure.savefig(stream, format="png", dpi=120, metadata={"Software": None})
