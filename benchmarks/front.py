"""`python -m benchmarks.front`: accuracy against speed of trained models, table and curve."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import corpora
from benchmarks.measures import ask
from tagger.cli.console.common import guarded, positive
from tagger.errors import DONE
from tagger.model.folder import read_config
from tagger.system.files import whole_text

WIDTH, HEIGHT, MARGIN = 640, 400, 56


class Point(NamedTuple):
    """A model: its dev score in percent, and syllables a second of its network on one core."""

    name: str
    score: float
    speed: float


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.front", description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL_DIR")
    parser.add_argument("--corpus", required=True, help="its text is tagged")
    parser.add_argument("--score", default="xpos", help="of the models' dev scores")
    parser.add_argument("--repeats", type=positive, default=3, help="default: %(default)s")
    parser.add_argument("--svg", metavar="FILE", help="draw the curve")
    args = parser.parse_args(argv)
    points = []
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        lines = [sentence.text for sentence in corpora.read(args.corpus).sentences]
        text.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        samples: dict[str, list[float]] = {model: [] for model in args.models}
        for _ in range(args.repeats):
            for model, found in samples.items():
                answer = ask("stages", subject=f"{model}:int8", text=str(text), cores=[0])
                found.append(answer["steps"] / answer["network"])
        for model, found in samples.items():
            score = read_config(Path(model))["scores"][args.score]
            points.append(Point(Path(model).name, score, median(found)))
    print(f"| model | dev {args.score} | network, syllables/s |\n| --- | --- | --- |")
    for point in sorted(points, key=lambda point: -point.speed):
        print(f"| {point.name} | {point.score:.2f} | {point.speed:,.0f} |")
    if args.svg:
        with whole_text(args.svg) as stream:
            stream.write(drawn(points, args.score))
    return DONE


def drawn(points: Sequence[Point], score: str) -> str:
    """The points as SVG, those that no other one beats in both ways joined by a line."""
    fastest = max(point.speed for point in points) * 1.15
    low = min(point.score for point in points) - 0.1
    high = max(point.score for point in points) + 0.1

    def place(point: Point) -> tuple[float, float]:
        x = MARGIN + point.speed / fastest * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - (point.score - low) / (high - low) * (HEIGHT - 2 * MARGIN)
        return round(x, 1), round(y, 1)

    best = [
        point
        for point in sorted(points, key=lambda point: point.speed)
        if all(point.speed >= other.speed or point.score > other.score for other in points)
    ]
    path = " ".join(f"{x},{y}" for x, y in map(place, best))
    marks = ""
    for point in points:
        x, y = place(point)
        side, anchor = (-7, "end") if x > WIDTH / 2 else (7, "start")
        marks += (
            f'<circle cx="{x}" cy="{y}" r="4"/><text x="{x + side}" y="{y - 6}" '
            f'text-anchor="{anchor}">{point.name} ({point.score:.2f})</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
        f'<path d="M{MARGIN} {MARGIN}V{HEIGHT - MARGIN}H{WIDTH - MARGIN}" fill="none" '
        f'stroke="#555"/><polyline points="{path}" fill="none" stroke="#1565c0"/>{marks}'
        f'<text x="{MARGIN}" y="{MARGIN - 14}">dev {score}, {low:.1f} to {high:.1f}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - MARGIN + 24}" text-anchor="end">'
        f"syllables/s of the network on one core, 0 to {fastest:,.0f}</text></svg>\n"
    )


if __name__ == "__main__":
    raise SystemExit(main(None))
