"""What the JSON of a model folder must look like, before anything is made of it.

The schemas are JSON Schema, draft 7. The limits are far above every model that can be trained,
and keep a forged folder from asking for more memory or time than there is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

Schema = dict[str, Any]

_NAME = {"type": "string", "minLength": 1, "maxLength": 1_000_000}
_NAMES = {"type": "array", "items": _NAME, "uniqueItems": True, "maxItems": 10_000_000}
_SHARE = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}


def _size(largest: int, smallest: int = 1) -> Schema:
    return {"type": "integer", "minimum": smallest, "maximum": largest}


def _object(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _map(values: Schema) -> Schema:
    """An object of any names."""
    return {"type": "object", "additionalProperties": values}


CONFIG = _object(
    {
        "format_version": {"type": "integer"},
        "unit": {"enum": ["syllable", "morpheme"]},
        "tokenizer": _object({"name": _NAME, "version": {"type": "string"}}),
        "corpus": _NAME,
        "calibration": {
            "type": "array",
            "items": {
                "type": ["number", "array"],
                "minimum": -1e6,
                "maximum": 1e6,
                "items": {"type": "number"},
                "maxItems": 1000,
            },
            "maxItems": 3,
        },
        "network": _object(
            {
                "columns": _map(
                    _object({"symbols": _size(10_000_000), "width": _size(4096), "drop": _SHARE})
                ),
                "labels": _size(1_000_000),
                "upos": _size(1000, 0),
                "corpora": _size(1000),
                "cell": {"enum": ["lstm", "gru", "rnn"]},
                "layers": _size(64),
                "hidden": _size(8192),
                "directions": _size(2),
                "dropout": _SHARE,
                "corpus_width": _size(4096),
            }
        ),
        "training": {"type": "object"},
        "scores": _map({"type": ["number", "null"]}),
        "sha256": _map({"type": "string"}),
    },
    optional=("calibration",),
)

# names by how often they were seen
_BY_COUNT = {
    "type": "object",
    "propertyNames": {"pattern": "^[1-9][0-9]{0,8}$"},
    "additionalProperties": _NAMES,
}

VOCABULARY = _object(
    {
        "inputs": _map(_NAMES),
        "labels": {**_NAMES, "minItems": 1},
        "upos": _NAMES,
        "corpora": _NAMES,
        "restorations": _map(_map({"type": "array", "items": _NAME, "minItems": 1})),
        "tags": _map(_NAMES),
        "writer_symbols": _NAMES,
        "lexicon": _object(
            {
                "tokens": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "items": [
                            {"type": ["string", "null"]},
                            {"type": "array", "items": _NAME},
                            _BY_COUNT,
                        ],
                        "minItems": 3,
                        "maxItems": 3,
                    },
                },
                "morphemes": _map(_BY_COUNT),
            }
        ),
        "settled_upos": _map(_map(_NAME)),
    },
    optional=("writer_symbols", "lexicon", "settled_upos"),
)


@cache
def _validators() -> dict[str, Callable[[Any], object]]:
    import fastjsonschema

    return {
        "config": fastjsonschema.compile(CONFIG),
        "vocabulary": fastjsonschema.compile(VOCABULARY),
    }


def check_config(data: Any) -> None:
    """Raises ValueError, with the place and the reason, if this is no config of a model."""
    _validators()["config"](data)


def check_vocabulary(data: Any) -> None:
    """Raises ValueError, with the place and the reason, if this is no vocabulary."""
    _validators()["vocabulary"](data)
