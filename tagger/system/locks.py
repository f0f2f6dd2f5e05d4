"""Folders that one process at a time writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tagger.errors import TaggerError
from tagger.system.files import make_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Keep other processes that ask for the same out of the folder while the block runs.

    The folder is made if it is not there, and removed again if it is still empty at the end.
    The system ends the lock with the process. Where folders cannot be locked (Windows, some
    network file systems) nobody is kept out. Raises TaggerError if another process holds the
    folder, or it cannot be made.
    """
    is_new = False
    with suppress(OSError):  # making it says what is wrong
        is_new = not folder.exists()
    descriptor = _lock(folder)
    try:
        yield
    finally:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        if descriptor is not None:
            os.close(descriptor)


def _lock(folder: Path) -> int | None:
    """The descriptor that holds the lock; None where folders cannot be locked."""
    while True:
        make_folder(folder)
        if fcntl is None:
            return None
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # the process that held it has removed the folder
            continue
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), folder.stat()):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise TaggerError(
                "another process is writing into this folder",
                where=folder,
                remedy="wait until it is done, or choose another folder",
            ) from None
        except FileNotFoundError:
            pass  # as above
        except OSError:
            os.close(descriptor)
            return None
        os.close(descriptor)
