"""What a user is told when something cannot be done."""

from __future__ import annotations

from pathlib import Path

from tagger.text.escaping import printable

DONE = 0
SOME_INPUT_FAILED = 1
WRONG_USE = 2


class TaggerError(Exception):
    """One sentence for the user: where, what is wrong, and what to do about it.

    >>> str(TaggerError("no tab between token and tag", where="a.tsv:3", remedy="add one"))
    'a.tsv:3: no tab between token and tag; add one'
    """

    def __init__(self, what: str, *, where: str | Path | None = None, remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where is not None else ""
        advice = f"; {self.remedy}" if self.remedy else ""
        return printable(f"{place}{self.what}{advice}")


class WriteError(TaggerError):
    """What had been opened could not be written: a full disk, a closed pipe."""


def system_error(
    error: OSError, path: str | Path, kind: type[TaggerError] = TaggerError
) -> TaggerError:
    """The operating system's refusal, in the same form as every other message."""
    return kind(
        (error.strerror or "cannot be read or written").lower(),
        where=path,
        remedy="check the path, its permissions and the free space",
    )
