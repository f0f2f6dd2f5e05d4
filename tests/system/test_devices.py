"""Devices by their usual names, and one sentence where a device is not there."""

from __future__ import annotations

import sys

import pytest
import torch

from tagger.errors import TaggerError
from tagger.system import devices
from tagger.system.devices import choose_device
from tagger.training.distributed import join


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_has_cuda_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("two_gpus")
def test_cuda_devices() -> None:
    assert choose_device("auto") == choose_device("cuda") == "cuda"
    assert choose_device("cuda:1") == "cuda:1" and choose_device("cpu") == "cpu"
    with pytest.raises(TaggerError, match=r"no cuda:2: the last CUDA device .* is cuda:1; use"):
        choose_device("cuda:2")


@pytest.mark.usefixtures("no_gpu")
def test_a_missing_device_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for driver in (True, False):
        monkeypatch.setattr(devices, "_has_cuda_driver", lambda driver=driver: driver)
        assert choose_device("auto") == choose_device("cpu") == "cpu"
    for name in ("cuda", "cuda:0"):
        with pytest.raises(TaggerError, match="no CUDA device on this machine; use --device cpu"):
            choose_device(name)
    with pytest.raises(TaggerError, match="PyTorch has no device mps on this machine"):
        choose_device("mps")


def test_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("mps") == "mps"


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_is_of_no_use_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert choose_device("auto") == "cpu"
    with pytest.raises(TaggerError, match=r"needs torch.* pip install 'pumsa\[train\]'"):
        choose_device("cuda")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "CUDA", ""])
def test_unknown_names(name: str) -> None:
    with pytest.raises(TaggerError, match=r"unknown device .*; use one of auto, cpu, cuda, cuda:N"):
        choose_device(name)


def test_a_training_runs_on_the_device_that_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    for name in ("cpu", "cuda:1", "mps"):
        assert join(name).device == torch.device(name)
