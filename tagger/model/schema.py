"""What the JSON of a model folder must look like, before anything is made of it.

The schemas are JSON Schema, draft 7. The limits are far above every model that can be trained,
and keep a forged folder from asking for more memory or time than there is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tagger.text.escaping import UNPRINTABLE

Schema = dict[str, Any]

_NAME = {"type": "string", "minLength": 1, "maxLength": 1_000_000}
_NAMES = {"type": "array", "items": _NAME, "uniqueItems": True, "maxItems": 10_000_000}
# what is written into lines and shown: it must not end them or command a terminal
_SHOWN = {"type": "string", "maxLength": 1000, "pattern": f"^[^{UNPRINTABLE}]+$"}
_TAG = {**_SHOWN, "pattern": rf"^[^\s{UNPRINTABLE}]+$"}
_LABEL = {**_SHOWN, "pattern": rf"^[^\s{UNPRINTABLE}→]+(→[^{UNPRINTABLE}]*)?$"}
_SHARE = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}

_DEEPEST = 20
"""Levels of objects and arrays in a config; `training` may hold anything."""


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


def _list(items: Schema) -> Schema:
    """An array of items that differ."""
    return {**_NAMES, "items": items}


def _map(values: Schema, names: Schema | None = None) -> Schema:
    """An object of any names, or of such names."""
    return {
        "type": "object",
        "additionalProperties": values,
        **({"propertyNames": names} if names else {}),
    }


CONFIG = _object(
    {
        "format_version": {"type": "integer"},
        "unit": {"enum": ["syllable", "morpheme"]},
        "tokenizer": _object({"name": _SHOWN, "version": {"type": "string", "maxLength": 100}}),
        "corpus": _SHOWN,
        "calibration": {
            "type": "array",
            "items": {
                "type": ["number", "array"],
                "minimum": -1e6,
                "maximum": 1e6,
                "items": {"type": "number", "minimum": 0, "maximum": 1},
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
        "scores": _map({"type": ["number", "null"], "minimum": -1e6, "maximum": 1e6}),
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
        "labels": {**_list(_LABEL), "minItems": 1},
        "upos": _list(_TAG),
        "corpora": _list(_SHOWN),
        "restorations": _map(_map({"type": "array", "items": _SHOWN, "minItems": 1}, _TAG)),
        "tags": _map(_list(_TAG), _SHOWN),
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
        "grammar": _object({"words": _map(_NAMES), "never": _map(_map(_list(_TAG), _TAG), _SHOWN)}),
    },
    optional=("writer_symbols", "lexicon", "settled_upos", "grammar"),
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
    _check_depth(data, _DEEPEST)
    _check("config", data)
    _check_integers(data, CONFIG, "data")


def check_vocabulary(data: Any) -> None:
    """Raises ValueError, with the place and the reason, if this is no vocabulary."""
    _check("vocabulary", data)


def _check(name: str, data: Any) -> None:
    from fastjsonschema import JsonSchemaValueException

    try:
        _validators()[name](data)
    except JsonSchemaValueException as error:
        if error.rule == "pattern":
            raise ValueError(f"{error.name} cannot be {error.value!r:.80}") from None
        raise


def _check_depth(data: Any, levels: int) -> None:
    """Raises ValueError if data is nested more deeply than so many levels."""
    if isinstance(data, (dict, list)):
        if not levels:
            raise ValueError("it is nested too deeply")
        for value in data.values() if isinstance(data, dict) else data:
            _check_depth(value, levels - 1)


def _check_integers(data: Any, schema: Schema, place: str) -> None:
    """Raises ValueError if a number such as 2.0 stands for an integer, as JSON Schema allows."""
    if schema.get("type") == "integer" and not isinstance(data, int):
        raise ValueError(f"{place} must be written as an integer, not as {data!r}")
    if schema.get("type") == "object":
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, value in data.items():
            _check_integers(value, known.get(name, others or {}), f"{place}.{name}")
