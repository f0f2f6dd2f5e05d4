"""The page of `study memory`: one self-contained HTML file."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from torch import Tensor

from tagger.study.memory import GATES, Change, Track
from tagger.study.pictures import heat_map
from tagger.text.escaping import html_text

_STATES = "RdBu"
_GATES = "viridis"

_CSS = """
:root { color-scheme: light dark; --line: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; } .maps { display: flex; flex-wrap: wrap; gap: 1.2rem; }
figure { margin: 0; } figcaption { font-size: .85rem; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .15rem .5rem;
text-align: center; font-variant-numeric: tabular-nums; }
.map { table-layout: fixed; width: var(--width); font-size: .8rem; }
.map th, .map td { padding: 0; } .map img { display: block; width: 100%; height: 15rem;
image-rendering: pixelated; } td.row { text-align: left; }
"""


def memory_page(
    sentence: str,
    syllables: Sequence[str],
    analysis: str,
    tracks: Sequence[Track],
    other: tuple[str, str, Mapping[str, list[int]], Sequence[Change]] | None = None,
) -> str:
    """The states and gates of all layers, and what another sentence changes: the sentence, its
    analysis, the steps at which its input differs, and how much the states do."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>What the tagger remembers</title>",
        f"<style>{_CSS}</style>",
        "<h1>What the tagger remembers</h1>",
        f'<p lang="ko">{html_text(sentence)} → {html_text(analysis)}</p>',
        "<p>A column is a syllable, a row one unit of the state, the units in the order of the "
        "syllable at which they are strongest. Hidden and cell states: blue is positive, red "
        "negative, white 0. Gates: dark is 0 (shut), yellow 1 (open). The numbers below are the "
        "mean sizes of the states, and the means of the gates.</p>",
    ]
    for track in tracks:
        reads = "first to last" if track.direction == "forward" else "last to first"
        parts += [
            f"<h2>{track.name.capitalize()}</h2><p>It reads from the {reads} syllable.</p>",
            '<div class="maps">',
        ]
        order = track.hidden.abs().argmax(0).argsort(stable=True)  # units by their syllable
        parts.append(_map("hidden state", track.hidden[:, order], syllables, states=True))
        if track.cell is not None:
            parts.append(_map("cell state", track.cell[:, order], syllables, states=True))
        parts += [
            _map(GATES[name], values[:, order], syllables, states=False)
            for name, values in track.gates.items()
        ]
        parts.append("</div>")
    if other:
        parts.append(_comparison(syllables, *other))
    return "\n".join(parts) + "\n"


def _map(name: str, values: Tensor, syllables: Sequence[str], *, states: bool) -> str:
    """A matrix `[length, hidden]` as a picture under the syllables, with their means."""
    high = max(1.0, values.abs().quantile(0.99).item()) if states else 1.0
    low, colours = (-high, _STATES) if states else (0.0, _GATES)
    picture = base64.b64encode(heat_map(values.T, low, high, colours)).decode()
    means = (values.abs() if states else values).mean(1)
    heads = "".join(f'<th lang="ko">{html_text(syllable)}</th>' for syllable in syllables)
    feet = "".join(f"<td>{value:.2f}</td>" for value in means.tolist())
    scale = f"{low:.1f} to {high:.1f}"
    return (
        f"<figure><figcaption>{name} ({scale})</figcaption>"
        f'<table class="map" style="--width:{max(9, 2.3 * len(syllables)):.1f}rem">'
        f'<tr>{heads}</tr><tr><td colspan="{len(syllables)}">'
        f'<img alt="{name}, {scale}" src="data:image/png;base64,{picture}"></td></tr>'
        f"<tr>{feet}</tr></table></figure>"
    )


def _comparison(
    syllables: Sequence[str],
    sentence: str,
    analysis: str,
    inputs: Mapping[str, list[int]],
    changes: Sequence[Change],
) -> str:
    heads = "".join(f'<th lang="ko">{html_text(syllable)}</th>' for syllable in syllables)
    rows = "".join(
        f'<tr><td class="row">input: {html_text(name)}</td>'
        + "".join(f"<td>{'●' if step in steps else ''}</td>" for step in range(len(syllables)))
        + "</tr>"
        for name, steps in inputs.items()
    )
    for change in changes:
        cells = "".join(
            f'<td style="background:rgba(217,95,2,{min(1.0, part):.2f})">{100 * part:.0f}</td>'
            for part in change.parts
        )
        rows += f'<tr><td class="row">{change.name}</td>{cells}</tr>'
    return (
        "<h2>What an earlier syllable changes</h2>"
        f'<p>Instead: <span lang="ko">{html_text(sentence)} → {html_text(analysis)}</span>. '
        "A dot marks where the input differs; the numbers are how much the hidden state differs, "
        "in percent of its size.</p>"
        f"<table><tr><th></th>{heads}</tr>{rows}</table>"
    )
