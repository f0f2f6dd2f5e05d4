"""Small trained models, made once and kept from one run of the tests to the next."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.support.places import ROOT

CACHE = ROOT / "build" / "test-models"
KEPT_SECONDS = 7 * 24 * 3600  # after its last use
PACKAGES = ("kiwipiepy", "kiwipiepy_model", "numpy", "onnxruntime", "safetensors", "torch")

Train = Callable[[list[str]], int]


def trained(train: Train, arguments: list[str], folder: Path) -> Path:
    """The model that `train` makes of these arguments, as a folder of the caller's own.

    It is trained the first time, and again when something changes of what makes it.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = CACHE / _digest(arguments)
    with _locked(kept.with_suffix(".lock")):  # two workers do not train the same
        if not kept.is_dir():
            _forget_the_unused()
            with tempfile.TemporaryDirectory(dir=CACHE) as place:
                made = Path(place) / folder.name
                assert train([*arguments, "-o", str(made)]) == 0
                made.rename(kept)
        os.utime(kept)
        shutil.copytree(kept, folder)
    return folder


def _digest(arguments: list[str]) -> str:
    digest = hashlib.sha256(_program())
    for argument in arguments:
        path = Path(argument)
        is_file = path.is_file()
        digest.update(repr(path.name if is_file else argument).encode())
        digest.update(path.read_bytes() if is_file else b"")
    return digest.hexdigest()[:32]


@cache
def _program() -> bytes:
    """A digest of the program's files and of the packages that its training rests on."""
    digest = hashlib.sha256(platform.python_version().encode())
    for package in PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for package in ("tagger", "corpora"):
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in (".py", ".npy"):
                digest.update(repr(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.digest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _forget_the_unused() -> None:
    for kept in CACHE.iterdir():
        with suppress(FileNotFoundError):  # another worker's, moved to its place
            if kept.is_dir() and kept.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(kept, ignore_errors=True)
