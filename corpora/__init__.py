"""Readers of annotated corpora. `read(path)` recognises the format and gives sentences."""

from corpora.reading import FORMATS, Corpus, read
from corpora.records import from_records
from corpora.rows import Problem

__all__ = ["FORMATS", "Corpus", "Problem", "from_records", "read"]
