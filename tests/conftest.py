from __future__ import annotations

import multiprocessing.process
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from tagger.analyzer import Tagger
from tagger.cli import train
from tests.support.models import trained

os.environ["LANGUAGE"] = "en"  # what the commands say is compared with English
torch.set_num_threads(1)  # for the fixtures of modules, which come before `one_thread`

# a busy machine must not fail a test
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

CORPUS = Path(__file__).parent / "data" / "tiny.tsv"

TINY = ["--hidden", "24", "--epochs", "15", "--batch-size", "20", "--learning-rate", "0.02"]
TINY += ["--threads", "1", "--seed", "3"]


def heed_interrupts() -> None:
    """For `preexec_fn`: where the tests run in the background, Ctrl-C is ignored, and a process
    that they start would ignore it too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_process_in_a_quick_test(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("slow"):
        return

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a test that starts a process is marked slow")

    monkeypatch.setattr(subprocess.Popen, "__init__", refused)
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", refused)


@pytest.fixture(scope="session")
def tiny_variant(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a small model with other options of training; what it makes is not to be changed."""
    made: dict[tuple[str, ...], Path] = {}

    def make(*options: str) -> Path:
        if options not in made:
            folder = tmp_path_factory.mktemp("model") / "tiny"
            made[options] = trained(
                train.main, [str(CORPUS), "--dev", str(CORPUS), *TINY, *options], folder
            )
        return made[options]

    return make


@pytest.fixture(scope="session")
def tiny_model(tiny_variant: Callable[..., Path]) -> Path:
    """A small model of syllables, trained for a moment; not to be changed."""
    return tiny_variant()


@pytest.fixture(scope="session")
def tiny_tagger(tiny_model: Path) -> Tagger:
    return Tagger.load(tiny_model, device="cpu")


@pytest.fixture(scope="session")
def gold_data() -> Path:
    """The folder of the real corpora, which the tests must not depend on."""
    place = os.environ.get("PUMSA_DATA")
    if not place:
        pytest.skip("PUMSA_DATA does not name the folder of the gold corpora")
    return Path(place)
