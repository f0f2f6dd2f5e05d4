"""Where PyTorch runs the network: the processor, or a GPU by its usual name."""

from __future__ import annotations

import ctypes
import re

from tagger.errors import TaggerError
from tagger.system.extras import is_installed, require

NAMES = "auto, cpu, cuda, cuda:N, mps"
_NAME = re.compile(r"auto|cpu|cuda(:\d+)?|mps")


def check_device_name(name: str) -> str:
    """The name, if it is one that `choose_device` knows. Raises TaggerError if not."""
    if not _NAME.fullmatch(name):
        raise TaggerError(f"unknown device {name!r}", remedy=f"use one of {NAMES}")
    return name


def choose_device(name: str) -> str:
    """The device of that name as PyTorch calls it; `auto` is `cuda` if there is a CUDA device,
    and `cpu` if not. Raises TaggerError if the device is not there."""
    check_device_name(name)
    if name == "auto":
        return "cuda" if _has_cuda_driver() and is_installed("train") and _cuda_devices() else "cpu"
    if name != "cpu":
        require("train")
    if name == "mps" and not _has_mps():
        raise TaggerError(
            "PyTorch has no device mps on this machine", remedy="use --device cpu, or a Mac's GPU"
        )
    if name.startswith("cuda"):
        _check_cuda(name)
    return name


def _check_cuda(name: str) -> None:
    count = _cuda_devices()
    if not count:
        raise TaggerError("there is no CUDA device on this machine", remedy="use --device cpu")
    if int(name.partition(":")[2] or 0) >= count:
        raise TaggerError(
            f"there is no {name}: the last CUDA device of this machine is cuda:{count - 1}",
            remedy="use cuda:N up to that one",
        )


def _cuda_devices() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


def _has_cuda_driver() -> bool:
    """Whether it is worth while to import PyTorch, which takes seconds, and ask it."""
    for library in ("libcuda.so.1", "nvcuda.dll"):
        try:
            ctypes.CDLL(library)
        except OSError:
            continue
        return True
    return False
