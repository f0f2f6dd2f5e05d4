"""Reading texts, and writing files that appear under their names only when they are whole."""

from __future__ import annotations

import codecs
import io
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from tagger.errors import TaggerError, WriteError, system_error

_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_DESCRIPTORS = "/proc/self/fd"
_FOLDERS_STAY = {os.open, os.link, os.rename, os.unlink} <= os.supports_dir_fd


def check_name(path: str | Path) -> None:
    """Raises TaggerError if no file can have this name, where Python raises a ValueError."""
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise TaggerError("no file can have this name", where=path, remedy="choose another")


def read_text(path: str | Path) -> str:
    """The text of a file. Raises TaggerError if it cannot be read or is not UTF-8."""
    check_name(path)
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise system_error(error, path) from None
    except UnicodeDecodeError:
        raise TaggerError("this file is not UTF-8", where=path, remedy="convert it") from None


def read_json(path: str | Path) -> Any:
    """The JSON of a file. Raises TaggerError if it cannot be read or is none."""
    try:
        return parse_json(read_text(path))
    except ValueError as error:
        raise TaggerError(f"this is not JSON ({error})", where=path, remedy="fix it") from None


def parse_json(text: str | bytes) -> Any:
    """Raises ValueError if the text is not JSON, also where it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def make_folder(path: Path) -> None:
    """Make a folder and those above it, if it is not there. Raises TaggerError if it cannot be."""
    check_name(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise system_error(error, path) from None


@contextmanager
def held_folder(path: Path, *, follow: bool = True) -> Iterator[Path]:
    """A path that leads to this folder while the block runs, whatever gets its name meanwhile.

    Outside Linux it is the same path. Raises OSError if there is no folder, or only a link to
    one and `follow` is false.
    """
    if not Path(_DESCRIPTORS).is_dir():
        yield path
        return
    flags = os.O_DIRECTORY | os.O_PATH | (0 if follow else _NO_LINK)
    descriptor = os.open(path, flags)
    try:
        yield Path(_DESCRIPTORS, str(descriptor))
    finally:
        os.close(descriptor)


def open_without_links(path: str, flags: int) -> int:
    """An opener for `open` that refuses to follow a symbolic link."""
    return os.open(path, flags | _NO_LINK, 0o666)


def unique_path(folder: Path) -> Path:
    """A temporary path in the folder that no other file has."""
    return folder / f".pumsa-{secrets.token_hex(8)}.unfinished"


class UnfinishedFile:
    """A file that is being written in a folder: `stream` takes its bytes, `place` gives it its
    name, `discard` removes it.

    On Linux it has no name before that, so that nothing is left of it when the process is
    killed. Elsewhere it has a unique temporary name, which is opened exclusively. Where the
    system can, the folder stays the one that it was, whatever gets its name meanwhile.
    """

    def __init__(self, folder: Path, mode: int | None = None) -> None:
        """`mode` has the permissions of the file; by default those that a new file gets.

        Raises OSError if the file cannot be made.
        """
        self._folder = folder
        self._path: Path | None = None
        self._at: int | None = None
        if _FOLDERS_STAY:
            flags = os.O_DIRECTORY | getattr(os, "O_PATH", os.O_RDONLY)
            self._at = os.open(folder, flags)
        try:
            self.stream: BinaryIO = self._opened(mode)
        except BaseException:
            self._leave()
            raise

    def _opened(self, mode: int | None) -> BinaryIO:
        creation_mode = 0o666 if mode is None else mode
        descriptor = self._open_unnamed(creation_mode)
        if descriptor is None:
            self._path = unique_path(self._here())
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY
            descriptor = os.open(self._path, flags, creation_mode, dir_fd=self._at)
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)  # what the umask took away
        return os.fdopen(descriptor, "w+b")

    def _here(self) -> Path:
        """The folder as its descriptor sees it, or its path where there is none."""
        return self._folder if self._at is None else Path()

    def _leave(self) -> None:
        if self._at is not None:
            os.close(self._at)
            self._at = None

    def _open_unnamed(self, mode: int) -> int | None:
        """None where the system or the file system has no files without a name."""
        if hasattr(os, "O_TMPFILE") and Path(_DESCRIPTORS).is_dir():
            with suppress(OSError):
                return os.open(self._here(), os.O_TMPFILE | os.O_RDWR, mode, dir_fd=self._at)
        return None

    def sync(self) -> None:
        """Bring all that was written to the disk. Raises OSError if that fails."""
        self.stream.flush()
        os.fsync(self.stream.fileno())

    def place(self, target: Path) -> None:
        """Put the file, whole and on the disk, in the place of `target` in one step.

        Raises OSError if that fails.
        """
        self.sync()
        if self._path is None:
            descriptor = self.stream.fileno()
            self._path = unique_path(self._here())
            # a descriptor of a folder, although none is needed, makes Python follow the link
            source = f"{_DESCRIPTORS}/{descriptor}"
            os.link(
                source,
                self._path,
                src_dir_fd=descriptor,
                dst_dir_fd=self._at,
                follow_symlinks=True,
            )
        self.stream.close()
        if self._at is not None and target.parent == self._folder:
            os.replace(self._path, target.name, src_dir_fd=self._at, dst_dir_fd=self._at)
        else:
            os.replace(self._path, target, src_dir_fd=self._at)
        self._path = None

    def discard(self) -> None:
        """Remove the file if it was not placed."""
        with suppress(OSError):  # what could not be written will not be written now
            self.stream.close()
        if self._path is not None:
            with suppress(FileNotFoundError):
                os.unlink(self._path, dir_fd=self._at)
            self._path = None
        self._leave()


def mode_of(path: Path) -> int | None:
    """The permissions of a file; None if it is not there. Raises OSError if it is out of reach."""
    return path.stat().st_mode & 0o777 if path.exists() else None


@contextmanager
def unfinished_file(folder: Path, mode: int | None = None) -> Iterator[UnfinishedFile]:
    """An `UnfinishedFile` that is discarded when the block ends, unless it was placed."""
    file = UnfinishedFile(folder, mode)
    try:
        yield file
    finally:
        file.discard()


def is_replaced(path: str | Path) -> bool:
    """Whether `whole_file` replaces what has this path, rather than writing straight to it."""
    path = Path(path)
    return _descriptor(path) is None and (path.is_file() or not path.exists())


def file_identity(path: Path) -> tuple[int, int] | str | None:
    """What all paths of a regular file, or of one that is yet to come, have in common; None
    for anything else."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def is_same_file(one: Path, other: Path) -> bool:
    """Whether both paths are those of one regular file, which may not be there yet."""
    identity = file_identity(one)
    return identity is not None and identity == file_identity(other)


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A stream of bytes; when the block ends well, they take the place of `path` in one step.

    Until then, and for good if the block fails, an older file stays; its permissions are
    kept. A symbolic link is followed. A device, a named pipe or an open descriptor such as
    `/dev/stdout` is written to directly. Raises TaggerError if the file cannot be opened,
    and WriteError if it cannot be written.
    """
    check_name(path)
    target = Path(os.path.realpath(path))
    try:
        with suppress(FileNotFoundError):
            Path(path).stat()  # of a loop of links it says so; the one where it ends is no target
        file = _new_file(target) if is_replaced(path) else _DirectFile(path)
    except OSError as error:
        raise system_error(error, path) from None
    try:
        yield file.stream
        file.place(target)
    except OSError as error:
        raise system_error(error, path, WriteError) from None
    finally:
        file.discard()


def _new_file(target: Path) -> UnfinishedFile:
    """One to take the place of `target`, with its permissions if it exists."""
    if target.exists():
        os.close(os.open(target, os.O_WRONLY))  # refused if it must not be written
    return UnfinishedFile(target.parent, mode_of(target))


class _DirectFile:
    """What is no regular file, opened like an `UnfinishedFile`."""

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        if path.is_socket():
            raise TaggerError(
                "a socket cannot be written to", where=path, remedy="give a file or a named pipe"
            )
        own = _descriptor(path)
        descriptor = os.open(path, os.O_WRONLY | _BINARY) if own is None else os.dup(own)
        self.stream: BinaryIO = os.fdopen(descriptor, "wb")

    def place(self, target: Path) -> None:
        self.stream.flush()

    def discard(self) -> None:
        with suppress(OSError):  # flushing failed before
            self.stream.close()


def _descriptor(path: Path) -> int | None:
    """The open descriptor of this process that a path such as `/dev/stdout` or `/dev/fd/63`
    names. To open the path anew would write over what other processes append to a file."""
    place = path
    for _ in range(40):  # links, as many as Linux follows
        folder = Path(os.path.realpath(place.parent))
        if folder == Path(os.path.realpath("/dev/fd")) and place.name.isdecimal():
            return int(place.name)
        place = folder / place.name
        if not place.is_symlink():
            return None
        place = folder / place.readlink()
    return None


@contextmanager
def whole_text(
    path: str | Path, encoding: str = "utf-8", errors: str = "strict"
) -> Iterator[TextIO]:
    """`whole_file` as a stream of text."""
    with whole_file(path) as stream:
        text = io.TextIOWrapper(stream, encoding, errors, newline="\n")
        try:
            write_byte_order_mark(text)
            yield text
            text.detach()
        except BaseException:
            with suppress(OSError, ValueError):  # the error that is raised says more
                text.close()
            raise


def write_byte_order_mark(stream: TextIO) -> None:
    """Begin a pipe in UTF-16 or UTF-32 with the mark that Python leaves out there."""
    codec = codecs.lookup(stream.encoding).name
    if codec in ("utf-16", "utf-32") and not stream.seekable():
        stream.buffer.write("".encode(codec))
