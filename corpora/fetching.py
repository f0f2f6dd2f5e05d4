"""Fetching published corpora: checked, and going on where a download broke off."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corpora.catalogue import PublishedCorpus, PublishedFile
from tagger.errors import TaggerError, system_error
from tagger.system.files import make_folder, open_without_links, read_text, whole_text
from tagger.system.locks import exclusive_folder

CONNECT_SECONDS, SILENT_SECONDS = 10, 30
LARGEST = 1 << 30  # bytes, where the size is not known
PIECE = 1 << 14  # bytes; of a connection that breaks, the last piece is lost

Progress = Callable[[str, int, int | None], None]
"""Is told the name of a file, the bytes that are there and the bytes that it has, if known."""


@dataclass(frozen=True)
class Fetched:
    """A part of a corpus on disk: whether it came now, and whether its checksum was known."""

    path: Path
    now: bool
    sha256: str
    checked: bool


def fetch(
    corpus: PublishedCorpus,
    folder: Path,
    parts: Sequence[str] | None = None,
    progress: Progress = lambda name, there, whole: None,
) -> list[Fetched]:
    """Put the parts of a corpus (all of them by default) into a folder as `train.conllu` and
    so on, with their checksums and a note on licence and citation.

    Existing files are verified and kept. An interrupted download is kept as
    `train.conllu.unfinished`, and the next call continues it. Raises TaggerError if a
    file cannot be had, or is not the one that was published.
    """
    if not corpus.files:
        raise TaggerError(
            "this corpus is given on application only",
            where=corpus.name,
            remedy=f"ask for it at {corpus.home}",
        )
    published = {file.part: file for file in corpus.files}
    for part in parts or ():
        if part not in published:
            raise TaggerError(
                f"this corpus has no part {part}",
                where=corpus.name,
                remedy=f"choose from {', '.join(published)}",
            )
    make_folder(folder)  # which stays: a file can be put there by other means
    sums = folder / f"{corpus.name}.sha256"
    about = about_file(corpus, folder)
    with exclusive_folder(folder):
        try:
            done = [_fetch(published[part], folder, sums, progress) for part in parts or published]
            if not about.exists():
                with whole_text(about) as stream:
                    stream.write(description(corpus))
        except OSError as error:
            raise system_error(error, error.filename or folder) from None
    return done


def about_file(corpus: PublishedCorpus, folder: Path) -> Path:
    """The note on licence and citation beside the parts."""
    return folder / f"{corpus.name}.md"


def description(corpus: PublishedCorpus) -> str:
    """What has to be said of a corpus wherever it goes, in Markdown."""
    lines = [f"# {corpus.title}", "", corpus.about, "", f"Licence: {corpus.licence}", ""]
    lines += [f"Home: {corpus.home}", "", "To be cited:", ""]
    lines += [f"- {reference}" for reference in corpus.citation]
    lines += ["", "Fetched from:", "", *(f"- <{file.url}>" for file in corpus.files)]
    return "\n".join(lines) + "\n"


def _fetch(file: PublishedFile, folder: Path, sums: Path, progress: Progress) -> Fetched:
    """One part; `sums` is the file of checksums, as the program sha256sum writes and checks it."""
    import pooch

    path = folder / file.name
    known = _read_sums(sums)
    expected = file.sha256 or known.get(file.name)
    there = path.exists()
    if there and expected and pooch.file_hash(str(path)) != expected:
        raise TaggerError(
            "this file is there already, and is not the one that was published",
            where=path,
            remedy="move it away, or choose another -o",
        )
    if not there:
        _retrieve(file, path, expected, progress)
    digest = pooch.file_hash(str(path))
    known[file.name] = digest
    with whole_text(sums) as stream:
        stream.writelines(f"{digest}  {name}\n" for name, digest in sorted(known.items()))
    return Fetched(path, not there, digest, file.sha256 is not None)


def _retrieve(file: PublishedFile, path: Path, sha256: str | None, progress: Progress) -> None:
    """Download a file; it has its name only once its checksum is right."""
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)  # it writes to stderr of itself

    def attempt() -> bool:
        """Whether what came is what was published."""
        try:
            pooch.retrieve(
                file.url,
                known_hash=f"sha256:{sha256}" if sha256 else None,
                fname=path.name,
                path=path.parent,
                downloader=_Resuming(file, progress),
            )
        except ValueError:  # the checksum is another; pooch has thrown the download away
            return False
        return True

    _check_download(_unfinished(path))
    resumed = _unfinished(path).exists()
    # what was resumed may have begun as something else
    if not attempt() and not (resumed and attempt()):
        raise TaggerError(
            "the checksum of this download is not the published one",
            where=file.url,
            remedy="try again later, or look for a newer version of this program",
        )


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + ".unfinished")


def _check_download(path: Path) -> None:
    """Raises TaggerError if a link or a device would be written to, and not a download."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise TaggerError("this is not an unfinished download", where=path, remedy="move it away")


@dataclass(frozen=True)
class _Resuming:
    """Downloads for pooch: goes on where an earlier try broke off, and tries again as long as
    something comes."""

    file: PublishedFile
    progress: Progress

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        import requests

        output = Path(output_file)
        unfinished = _unfinished(output.with_name(self.file.name))
        while True:
            before = _size(unfinished)
            try:
                if self._append(url, unfinished):
                    break
            except requests.HTTPError as error:
                status = error.response.status_code if error.response is not None else "nothing"
                raise TaggerError(
                    f"the server answers {status}",
                    where=url,
                    remedy="try again later, or look for a newer version of this program",
                ) from None
            except requests.RequestException:
                if _size(unfinished) <= before:
                    raise _cannot_be_had(self.file, unfinished) from None
        unfinished.replace(output)

    def _append(self, url: str, unfinished: Path) -> bool:
        """Add to the file what is missing. False if it must begin anew."""
        import requests

        start = _size(unfinished)
        # a range of a compressed answer could not be appended
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        limits = (CONNECT_SECONDS, SILENT_SECONDS)
        with requests.get(url, headers=headers, stream=True, timeout=limits) as response:
            span = response.headers.get("Content-Range", "")
            if start and response.status_code == 416:  # nothing lies behind what is there
                if span == f"bytes */{start}":
                    return True
                unfinished.unlink(missing_ok=True)
                return False
            response.raise_for_status()
            if not (response.status_code == 206 and span.startswith(f"bytes {start}-")):
                start = 0  # the server sends the whole file
            length = response.headers.get("Content-Length", "")
            whole = start + int(length) if length.isdecimal() else self.file.bytes
            largest = self.file.bytes or LARGEST
            mode = "ab" if start else "wb"
            with open(unfinished, mode, opener=open_without_links) as stream:
                for piece in response.iter_content(PIECE):
                    stream.write(piece)
                    start += len(piece)
                    self.progress(self.file.name, start, whole)
                    if start > largest:
                        break
        if start > largest:
            unfinished.unlink()
            raise TaggerError(
                f"more than the {largest} bytes that were published come from this address",
                where=url,
                remedy="try again later, or look for a newer version of this program",
            )
        return True


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _cannot_be_had(file: PublishedFile, unfinished: Path) -> TaggerError:
    if there := _size(unfinished):
        return TaggerError(
            f"the connection broke after {there} bytes, which are kept",
            where=file.url,
            remedy="run the same command again to continue from there",
        )
    return TaggerError(
        f"{urlsplit(file.url).hostname} cannot be reached",
        where=file.url,
        remedy="run the same command again with a network, or download this address elsewhere "
        f"and put the file at {unfinished.with_name(file.name)}: it is verified and used",
    )


def _read_sums(path: Path) -> dict[str, str]:
    """The checksums of an earlier call, by name of file."""
    if not path.exists():
        return {}
    rows = (line.split("  ", 1) for line in read_text(path).splitlines())
    return {row[1]: row[0] for row in rows if len(row) == 2}
