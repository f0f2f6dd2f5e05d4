"""Which outputs of `tag.py` are complete: a record beside them, which `--resume` reads.

A line of the record states a fact: which job makes this output of that input, both by size
and SHA-256. It stays true whatever happens to the files afterwards, so jobs may add lines at
the same time, and an output is complete if a line names the job, the input and the output as
they are now. A line that was cut off by a kill states nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

import tagger
from corpora.lines import Encoding
from tagger.cli.console.common import RECORD
from tagger.cli.jobs.tagging_job import STANDARD, Job
from tagger.errors import TaggerError, WriteError, system_error
from tagger.system.files import open_without_links, parse_json

_BEGINNING = b'{"pumsa": "'
_CHUNK = 1 << 20
_APART = {"model", "user_dictionary"}  # their content counts, not their names
_PACE = {"threads", "batch_size"}  # how fast it is done changes nothing


class Content(NamedTuple):
    """What tells the content of a file apart."""

    bytes: int
    sha256: str


class Fact(NamedTuple):
    """The job makes `output` of `source`; `name` is that of the output, `title` of the input."""

    name: str
    title: str
    source: Content
    output: Content


class Record:
    """The facts of one job, by name of the output, in the file of all jobs in the folder."""

    def __init__(self, folder: Path, job: str) -> None:
        """`job` is from `job_digest`. Raises TaggerError if another file has the record's name."""
        self._path = folder / RECORD
        self._job = job
        self._facts: dict[str, set[Fact]] = {}
        self._sources: dict[str, Content | None] = {}
        for line in _lines(self._path):
            if line.get("job") == job and (fact := _fact(line)):
                self._facts.setdefault(fact.name, set()).add(fact)

    def is_complete(self, source: str, title: str, output: Path) -> bool:
        """Whether the job has made this output of this input; sizes are compared first."""
        return source != STANDARD and any(
            fact.title == title
            and _has_size(output, fact.output)
            and _has_size(Path(source), fact.source)
            and content_of(output) == fact.output
            and content_of(Path(source)) == fact.source
            for fact in self._facts.get(output.name, ())
        )

    def looked_at(self, sources: Iterable[str]) -> Iterator[str]:
        """The inputs; the content of each is noted before it is read."""
        for source in sources:
            self._sources[source] = None if source == STANDARD else content_of(Path(source))
            yield source

    def add(self, source: str, title: str, output: Path, stream: TextIO) -> None:
        """Say that the output, which `stream` has just written, is complete.

        Raises WriteError if the record cannot be written.
        """
        content = self._sources.pop(source, None)
        if content is None:  # a pipe cannot be compared with anything later
            return
        stream.flush()
        fact = Fact(output.name, title, content, _content(stream.buffer))
        if fact in self._facts.get(output.name, ()):
            return
        values = {
            "name": fact.name,
            "title": fact.title,
            "source": fact.source,
            "output": fact.output,
        }
        line = json.dumps({"pumsa": tagger.__version__, "job": self._job, **values}) + "\n"
        try:
            with open(self._path, "ab", opener=open_without_links) as record:
                record.write(line.encode())
        except OSError as error:
            raise system_error(error, self._path, WriteError) from None


def job_digest(job: Job, encoding: Encoding, output_encoding: str) -> str:
    """Tells apart jobs that may make different outputs of one input.

    Raises TaggerError if the model cannot be read.
    """
    from tagger.model.folder import read_config
    from tagger.pretrained import find_model
    from tagger.tokenizer import morpheme_codes
    from tagger.tokenizer.base import installed_version

    config = read_config(find_model(job.model))
    dictionary = job.user_dictionary.entries if job.user_dictionary else ()
    values = {
        "version": tagger.__version__,
        "model": config,
        "tokenizer": [installed_version(config["tokenizer"]["name"]), morpheme_codes.is_usable()],
        "words": [
            (entry.surface, entry.analysis, entry.score, *entry.parts) for entry in dictionary
        ],
        "encodings": [*encoding, output_encoding],
        **{
            item.name: getattr(job, item.name)
            for item in fields(job)
            if item.name not in _APART | _PACE
        },
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def content_of(path: Path) -> Content | None:
    """That of a regular file; None if it is none or cannot be read."""
    try:
        if not path.is_file():
            return None
        with open(path, "rb") as stream:
            return _content(stream)
    except OSError:
        return None


def _content(stream: BinaryIO) -> Content:
    digest = hashlib.sha256()
    size = 0
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Content(size, digest.hexdigest())


def _has_size(path: Path, content: Content) -> bool:
    return path.is_file() and path.stat().st_size == content.bytes


def _lines(path: Path) -> Iterator[dict[str, object]]:
    """The lines of a record that are whole."""
    if not os.path.lexists(path):
        return
    try:
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b"?"
    except OSError as error:
        raise system_error(error, path) from None
    if data[: len(_BEGINNING)] != _BEGINNING[: len(data)]:
        raise TaggerError(
            "this is not a record of complete outputs",
            where=path,
            remedy="move it away, or choose another -o",
        )
    for line in data.splitlines():
        try:
            values = parse_json(line)
        except ValueError:
            continue
        if isinstance(values, dict):
            yield values


def _fact(line: dict[str, object]) -> Fact | None:
    try:
        name, title, source, output = (line[key] for key in Fact._fields)
        return Fact(str(name), str(title), Content(*source), Content(*output))  # type: ignore[misc]
    except (KeyError, TypeError):
        return None
