"""The card of a trained model: README.md of its folder, with the front matter of model hubs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tagger.text.escaping import printable

if TYPE_CHECKING:
    from tagger.model.bundle import Bundle

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
    bundle: Bundle,
    sizes: Mapping[str, int],
    epoch: int,
    licence: str,
    about: str,
    uncalibrated: float | None = None,
) -> str:
    """The card of a trained model as Markdown. `sizes` counts the sentences of each training
    corpus; `about` is what the user says of the data; `uncalibrated` is the calibration error
    without calibration."""
    licence = printable(licence)
    network = bundle.network
    parameters = sum(weight.size for weight in bundle.weights.values())
    select = bundle.training["select"]
    chosen = "the last" if select == "epoch" else f"selected by `{select}` on the same dev corpus"
    lines = [
        *_front(licence),
        f"{'Bidirectional' if network.directions == 2 else 'One-directional'} "
        f"{network.cell.upper()} (layers: {network.layers}, units: {network.hidden}) with one "
        f"label per {bundle.unit.name}: {parameters:,} parameters, {network.labels} labels. "
        f"Hints: {bundle.tokenizer.name} {bundle.tokenizer.version}".rstrip()
        + ".",
        "",
        "Load it with `Tagger.load(folder)` or tag with `tag.py -m folder`.",
        "",
        "## Data",
        "",
        *([about.strip(), ""] if about else []),
        f"It uses the conventions of `{bundle.corpus}`.",
        "",
        "| corpus | sentences |",
        "|---|---|",
        *(f"| {name} | {size:,} |" for name, size in sizes.items()),
        "",
        f"Licence: {licence or 'not stated; weights follow the licences of the corpora'}.",
        "",
        "## Scores on dev",
        "",
        f"Epoch {epoch}, {chosen}. Measured with `evaluate.py` on the saved weights.",
        "",
        *_score_rows(bundle, uncalibrated),
        *_settings(bundle),
    ]
    return "\n".join(lines)


def write_special_card(
    bundle: Bundle, base: str, licence: str, about: str, uncalibrated: float | None
) -> str:
    """The card of a model that was made of the one in the folder `base`."""
    licence = printable(licence)
    parameters = sum(weight.size for weight in bundle.weights.values())
    lines = [
        *_front(licence),
        f"The model `{printable(base)}` in the conventions of `{bundle.corpus}`, with a "
        f"calibration of its own and the {bundle.network.labels} labels of the tag sets of "
        f"{', '.join(f'`{name}`' for name in bundle.knowledge.tags)}: {parameters:,} parameters. "
        f"Hints: {bundle.tokenizer.name} {bundle.tokenizer.version}".rstrip()
        + ".",
        "",
        "Load it with `Tagger.load(folder)` or tag with `tag.py -m folder`.",
        "",
        *(["## Data", "", about.strip(), ""] if about else []),
        f"Licence: {licence or 'not stated; weights follow the licences of the corpora'}.",
        "",
        "## Scores on dev",
        "",
        "Measured with `evaluate.py` on the saved weights.",
        "",
        *_score_rows(bundle, uncalibrated),
        *_settings(bundle),
    ]
    return "\n".join(lines)


def _settings(bundle: Bundle) -> list[str]:
    return [
        "## Settings",
        "",
        "```json",
        json.dumps(dict(bundle.training), ensure_ascii=False, indent=2),
        "```",
        "",
    ]


def _front(licence: str) -> list[str]:
    return [
        "---",
        "language: ko",
        "tags: [part-of-speech, morphology, korean]",
        *([f"license: {json.dumps(licence)}"] if licence else []),
        "---",
        "",
        "# Korean part-of-speech tagger",
        "",
    ]


def _score_rows(bundle: Bundle, uncalibrated: float | None) -> list[str]:
    rows = [
        f"| {name} | {bundle.scores[key]:.2f} |"
        for key, name in _SCORES.items()
        if bundle.scores.get(key) is not None
    ]
    lines = ["| measure | percent |", "|---|---|", *rows, ""]
    if uncalibrated is not None:
        lines += [
            f"Expected calibration error of the scores of morphemes: {uncalibrated:.4f} before "
            f"and {bundle.scores['calibration_error']:.4f} after calibration, on the dev corpus "
            "that the calibration was fitted on.",
            "",
        ]
    return lines
