"""Published corpora: what they are, under which licence, and where they can be had.

The checksums of the UD treebanks are those that the loader of `universal_dependencies` in
Hugging Face's `datasets` records (`dataset_infos.json`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import fastjsonschema

from tagger.errors import TaggerError
from tagger.system.files import read_json

BUNDLED = Path(__file__).with_name("catalogue.json")

_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 1}
_FILE = {
    "type": "object",
    "required": ["part", "url"],
    "additionalProperties": False,
    "properties": {
        "part": {"enum": ["train", "dev", "test"]},
        "url": {"type": "string", "pattern": "^https?://[^/]+/.*[^/]$"},
        "sentences": _COUNT,
        "bytes": _COUNT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
}
_CORPUS = {
    "type": "object",
    "required": [
        *("name", "title", "about", "tag_set", "licence", "home", "citation", "format", "files")
    ],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"},
        "title": _TEXT,
        "about": _TEXT,
        "tag_set": _TEXT,
        "licence": _TEXT,
        "home": _TEXT,
        "citation": {"type": "array", "items": _TEXT},
        "format": {"enum": ["conllu", "klue", "sejong", "tsv"]},
        "files": {"type": "array", "items": _FILE},
    },
}
SCHEMA = {"type": "array", "items": _CORPUS}


@dataclass(frozen=True)
class PublishedFile:
    """A part of a corpus. What is not known of it is None."""

    part: str
    url: str
    sentences: int | None = None
    bytes: int | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The name of the file in a folder of its corpus: `train.conllu`."""
        return self.part + PurePosixPath(urlsplit(self.url).path).suffix


@dataclass(frozen=True)
class PublishedCorpus:
    """A corpus. Without files it is given on application only, at `home`."""

    name: str
    title: str
    about: str
    tag_set: str
    licence: str
    home: str
    citation: Sequence[str]
    format: str
    files: Sequence[PublishedFile]


def read_catalogue(path: str | Path = BUNDLED) -> dict[str, PublishedCorpus]:
    """The corpora by name. Raises TaggerError if the file is not such a list."""
    try:
        entries: list[dict[str, Any]] = read_json(path)
        fastjsonschema.validate(SCHEMA, entries)
    except fastjsonschema.JsonSchemaException as error:
        raise TaggerError(
            f"this is not a list of corpora ({error})",
            where=path,
            remedy="docs/formats.md describes such a list",
        ) from None
    corpora = [
        PublishedCorpus(
            **{**entry, "files": tuple(PublishedFile(**file) for file in entry["files"])}
        )
        for entry in entries
    ]
    return {corpus.name: corpus for corpus in corpora}
