"""The card of a trained model: README.md of its folder, with the front matter of model hubs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagger.bundle import Bundle

_SCORES = {
    "xpos": "XPOS accuracy, gold tokens",
    "upos": "UPOS accuracy, gold tokens",
    "lemma": "LEMMA accuracy, gold tokens",
    "eojeol": "eojeol exact match, raw text",
    "morpheme_f1": "morpheme F1 (form and tag), raw text",
    "segmentation_f1": "segmentation F1 (form), raw text",
    "eojeol_known": "eojeol exact match, seen in training",
    "eojeol_unseen": "eojeol exact match, unseen",
}


def write_card(
    bundle: Bundle, sizes: Mapping[str, int], epoch: int, licence: str, about: str
) -> str:
    """The card as Markdown. `sizes` counts the sentences of each training corpus; `about`
    is what the user says of the data."""
    network = bundle.network.config
    parameters = sum(weight.numel() for weight in bundle.network.parameters())
    front = [
        "---",
        "language: ko",
        "tags: [part-of-speech, morphology, korean]",
        *([f"license: {json.dumps(licence)}"] if licence else []),
        "---",
    ]
    rows = [
        f"| {name} | {bundle.scores[key]:.2f} |"
        for key, name in _SCORES.items()
        if bundle.scores.get(key) is not None
    ]
    lines = [
        *front,
        "",
        "# Korean part-of-speech tagger",
        "",
        f"A stack of {network.layers} {network.cell.upper()} layers of {network.hidden} in "
        f"{network.directions} direction(s) that labels every {bundle.unit.name}: "
        f"{parameters:,} parameters, {network.labels} labels. "
        f"Hints: {bundle.tokenizer.name} {bundle.tokenizer.version}".rstrip()
        + ".",
        "",
        "Load it with `Tagger.load(folder)` or tag with `tag.py -m folder`.",
        "",
        "## Data",
        "",
        *([about.strip(), ""] if about else []),
        f"It writes the conventions of `{bundle.corpus}`.",
        "",
        "| corpus | sentences |",
        "|---|---|",
        *(f"| {name} | {size:,} |" for name, size in sizes.items()),
        "",
        f"Licence: {licence or 'not stated; weights follow the licences of the corpora'}.",
        "",
        "## Scores on dev",
        "",
        f"Epoch {epoch}, chosen by `{bundle.training['select']}` on the same dev corpus; "
        "measured with `evaluate.py` on the saved weights.",
        "",
        "| measure | percent |",
        "|---|---|",
        *rows,
        "",
        "## Settings",
        "",
        "```json",
        json.dumps(dict(bundle.training), ensure_ascii=False, indent=2),
        "```",
        "",
    ]
    return "\n".join(lines)
