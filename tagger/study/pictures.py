"""The pictures of the laboratory, drawn with matplotlib (the extra `study`).

Text stays text in them, so they need no font when they are drawn, and none for Hangul.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.study.cells import Row, Speed
from tagger.study.copying import DISTANCES, LEARNERS, Copied
from tagger.study.gradients import Reach, relative
from tagger.study.memory import Track
from tagger.study.restore import Answer, shown
from tagger.study.shapes import Run
from tagger.study.step import NAMES, PassedBack, Shown
from tagger.system.files import whole_file

if TYPE_CHECKING:
    from torch import Tensor

COLOURS = {"rnn": "#d95f02", "gru": "#1b9e77", "lstm": "#3b5bb5"}
DEPTH = 2.5  # points below the best that are drawn to scale
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pumsa",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}


@contextmanager
def _figure(
    path: Path, panels: int, height: float = 3.4, width: float = 4.6
) -> Iterator[list[Any]]:
    """The axes of a figure with panels of that size in inches, two side by side, written as
    SVG when the block ends."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        rows, columns = (panels + 1) // 2, min(panels, 2)
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        yield list(figure.subplots(rows, columns, squeeze=False).flat)
        with whole_file(path) as stream, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # the reader has the font
            figure.savefig(stream, format="svg", metadata={"Date": None})


def draw_cells(rows: Sequence[Row], speeds: Sequence[Speed], score: str, path: Path) -> None:
    """The score by layers, with the spread over seeds, and against the speed of the default
    engine. What lies far below the best is drawn at the lower edge, with its score."""
    by_variant = {speed.variant: speed.by_engine["int8"] for speed in speeds}
    floor = max(row.scores[score][0] for row in rows) - DEPTH
    with _figure(path, 2) as (by_layers, by_speed):
        for cell, name in NAMES.items():
            for directions, line, mark in ((1, "--", "o"), (2, "-", "s")):
                some = [
                    r for r in rows if r.variant[:2] == (cell, directions) and score in r.scores
                ]
                if not some:
                    continue
                means = [max(floor, row.scores[score][0]) for row in some]
                spreads = [row.scores[score][1] for row in some]
                sides = "one direction" if directions == 1 else "two directions"
                shift = (list(NAMES).index(cell) - 1) * 0.05
                by_layers.errorbar(
                    [row.variant.layers + shift for row in some],
                    means,
                    spreads,
                    color=COLOURS[cell],
                    linestyle=line,
                    marker=mark,
                    markersize=4,
                    capsize=2,
                    label=f"{name}, {sides}",
                )
                for row, value in zip(some, means):
                    far = f" ({row.scores[score][0]:.1f})" if value == floor else ""
                    by_speed.plot(
                        by_variant[row.variant], value, mark, color=COLOURS[cell], markersize=5
                    )
                    for axis, x, note in (
                        (by_layers, row.variant.layers + shift, far),
                        (by_speed, by_variant[row.variant], f"{row.variant.layers}{far}"),
                    ):
                        axis.annotate(
                            note, (x, value), textcoords="offset points", xytext=(5, 2), fontsize=7
                        )
        by_layers.set_xticks(sorted({row.variant.layers for row in rows}))
        by_layers.set_xlabel("layers")
        by_layers.set_ylabel(f"dev {score}, percent; bars: standard deviation")
        by_layers.legend(fontsize=7)
        by_speed.set_xlabel("eojeols/s of the network, int8, one core; numbers: layers")
        by_speed.set_ylabel(f"dev {score}, percent")


def _measured(
    reaches: Mapping[tuple[str, bool], Reach], trained: bool
) -> list[tuple[str, str, Reach]]:
    """The cells that were measured then, with their names."""
    return [(c, name, reaches[c, trained]) for c, name in NAMES.items() if (c, trained) in reaches]


def draw_loss_reach(reaches: Mapping[tuple[str, bool], Reach], path: Path) -> None:
    """∂loss(t)/∂x(t−k) against k, before and after training."""
    with _figure(path, 2) as axes:
        for axis, trained in zip(axes, (False, True)):
            for cell, name, reach in _measured(reaches, trained):
                points = [(k, relative(reach.loss, k)) for k in reach.loss]
                axis.plot(*zip(*points), color=COLOURS[cell], label=name)
            axis.set_yscale("log")
            axis.set_title("after training" if trained else "before training")
            axis.set_xlabel("k: syllables back (negative: ahead)")
            axis.set_ylabel("norm of dloss(t)/dx(t−k), of that at k = 0")
            axis.invert_xaxis()
            axis.legend()


def draw_state_reach(reaches: Mapping[tuple[str, bool], Reach], path: Path) -> None:
    """∂h(t)/∂h(t−k) against k in the forward direction, with the bounds of the simple RNN."""
    with _figure(path, 2) as axes:
        for axis, trained in zip(axes, (False, True)):
            for cell, name, reach in _measured(reaches, trained):
                for kind, line in (("hidden", "-"), ("cell", "-.")):
                    curve = reach.states.get(f"forward {kind}")
                    if curve:
                        label = f"{name}, {kind} state" if cell == "lstm" else name
                        axis.plot(*zip(*curve.items()), line, color=COLOURS[cell], label=label)
                if decay := reach.decay.get("forward"):
                    distances = list(reach.states["forward hidden"])
                    for value, what, line in (
                        (decay.singular, "largest singular value", ":"),
                        (decay.eigenvalue, "largest eigenvalue", "--"),
                    ):
                        axis.plot(
                            distances,
                            [value**k for k in distances],
                            line,
                            color="#888888",
                            label=f"{what} of Wh ({value:.2f}) to the k",
                        )
            axis.set_yscale("log")
            axis.set_ylim(1e-9, 1e3)
            axis.set_title("after training" if trained else "before training")
            axis.set_xlabel("k: steps back in the forward direction")
            axis.set_ylabel("norm of dh(t)/dh(t−k)")
            axis.legend(fontsize=7)


def draw_copying(results: Sequence[Copied], path: Path) -> None:
    """The accuracy of the copy task against the distance."""
    with _figure(path, 1, 3.0) as (axis,):
        for learner in LEARNERS:
            points = [(r.distance, 100 * r.accuracy) for r in results if r.learner == learner]
            line = "-." if learner.opened else "-"
            if points:
                axis.plot(
                    *zip(*points), line, marker="o", color=COLOURS[learner.cell], label=str(learner)
                )
        axis.set_xscale("log")
        axis.set_xticks(DISTANCES, [str(distance) for distance in DISTANCES])
        axis.set_xticks([], minor=True)
        axis.set_xlabel("steps between the symbol and the question")
        axis.set_ylabel("right, percent (chance: 12.5)")
        axis.set_ylim(0, 103)
        axis.legend(fontsize=7)


def heat_map(values: Tensor, low: float, high: float, colours: str) -> bytes:
    """A PNG of a matrix, a pixel a value.

    Shape: values `[rows, columns]`.
    """
    from matplotlib import image

    stream = BytesIO()
    image.imsave(stream, values.numpy(), vmin=low, vmax=high, cmap=colours, format="png")
    return stream.getvalue()


def draw_step(examples: Sequence[Sequence[Shown]], path: Path) -> None:
    """The hidden state of a small simple RNN at each word, for sequences of the same words."""
    with _figure(path, len(examples), 2.8) as axes:
        for axis, example in zip(axes, examples):
            words = [step.word for step in example]
            for unit, values in enumerate(zip(*(step.hidden for step in example)), start=1):
                axis.plot(range(len(words)), values, marker="o", label=f"unit {unit}")
            axis.set_xticks(range(len(words)), words)
            axis.set_ylim(-1.05, 1.05)
            axis.set_ylabel("hidden state")
            axis.legend(fontsize=7)


def draw_passed_back(passed: PassedBack, path: Path) -> None:
    """What a loss at the last step asks of each step before it."""
    steps = range(1, len(passed.by_hand) + 1)
    with _figure(path, 1, 2.8) as (axis,):
        axis.plot(steps, passed.by_hand, color=COLOURS["rnn"], label="by hand, through time")
        axis.plot(steps, passed.by_autograd, "k+", label="by autograd")
        axis.set_yscale("log")
        axis.set_xlabel("step (the loss reads the last one)")
        axis.set_ylabel("norm of dloss/dh(step)")
        axis.legend()


def draw_memory(tracks: Sequence[Track], syllables: Sequence[str], path: Path) -> None:
    """Means of states and gates at each syllable, a panel a layer and direction."""
    with _figure(path, len(tracks), 3.0) as axes:
        for axis, track in zip(axes, tracks):
            for name, values in track.means().items():
                line = "-" if name.endswith("state") else "--"
                axis.plot(range(len(syllables)), values, line, marker="o", markersize=3, label=name)
            axis.set_xticks(range(len(syllables)), syllables)
            axis.set_ylim(0, None)
            axis.set_title(track.name)
            axis.set_ylabel("mean over the units")
        axes[0].legend(fontsize=7)


def draw_shapes(run: Run, path: Path) -> None:
    """The tensors of a run from the first to the last, each as wide as its last dimension."""
    shapes = [s for s in run.shapes if not s.name.startswith("column") and len(s.shape) == 3]
    widest = max(shape.shape[-1] for shape in shapes)
    with _figure(path, 1, 0.32 * len(shapes) + 0.6) as (axis,):
        for place, shape in enumerate(shapes):
            axis.barh(-place, shape.shape[-1], color=COLOURS["lstm"], alpha=0.35)
            axis.text(widest * 0.01, -place, f"{shape.name} {list(shape.shape)}", va="center")
        axis.set_title(run.title)
        axis.set_yticks([])
        axis.set_xlabel("last dimension")


def draw_attention(answer: Answer, path: Path) -> None:
    """How much each written jamo looked at each symbol that was read."""
    best = answer.beam[0]
    height, width = 0.34 * len(best.symbols) + 1.2, 0.6 * len(answer.read) + 1
    with _figure(path, 1, height, width) as (axis,):
        axis.imshow(best.attention, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axis.set_xticks(range(len(answer.read)), [shown(symbol) for symbol in answer.read])
        axis.set_yticks(range(len(best.symbols)), [shown(symbol) for symbol in best.symbols])
        axis.set_xlabel("read by the encoder")
        axis.set_ylabel("written by the decoder")
        axis.grid(visible=False)
