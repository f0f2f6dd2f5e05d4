from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from tagger.analyzer import Tagger
from tagger.cli import train

os.environ["LANGUAGE"] = "en"  # what the commands say is compared with English

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


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of syllables, trained for a moment."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    assert train.main([str(CORPUS), "--dev", str(CORPUS), "-o", str(folder), *TINY]) == 0
    return folder


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
