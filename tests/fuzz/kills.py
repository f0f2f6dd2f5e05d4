"""`kill -9` at random moments of training, tagging and saving: afterwards there is the old
file or the whole new one, and what is resumed ends as if nothing had happened."""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tagger.cli.console.common import CHECKPOINT
from tagger.errors import TaggerError
from tagger.model import folder as model_folder
from tagger.model.folder import CONFIG, VOCABULARY, WEIGHTS
from tagger.pretrained import BUNDLED

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "data" / "tiny.tsv"
TRAIN = [
    sys.executable, "train.py", str(CORPUS), "--dev", str(CORPUS), "--hidden", "24",
    "--batch-size", "20", "--learning-rate", "0.02", "--threads", "1", "--epochs", "60",
    "--checkpoint-seconds", "0",
]  # fmt: skip


def kill_after(command: Sequence[str], seconds: float) -> bool:
    """Run the command in a session of its own and kill all of it after that time; whether it
    was still at work."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def finish(command: Sequence[str]) -> float:
    """Run the command to its end; the seconds that it took."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return time.monotonic() - started


def model_files(folder: Path) -> dict[str, str]:
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in (CONFIG, VOCABULARY, WEIGHTS)
    }


def train(place: Path, count: int, some: random.Random) -> list[str]:
    """Kill a training run again and again; each run that gets to its end must have made the
    files of an unbroken one."""
    whole, folder = place / "whole", place / "broken"
    seconds = finish([*TRAIN, "-o", str(whole)])
    wanted = model_files(whole)
    broken = []
    command = [*TRAIN, "-o", str(folder), "--resume"]
    kills = 0
    while kills < count:
        # mostly while it trains, at times while it loads
        if kill_after(command, some.uniform(0.05 if some.random() < 0.1 else 2.0, seconds)):
            kills += 1
            if (folder / CONFIG).exists():
                broken += _unloadable(folder)
        elif model_files(folder) == wanted:
            subprocess.run(["rm", "-r", str(folder)], check=True)
        else:
            return [*broken, f"after {kills} kills the weights are others"]
    if not (folder / CONFIG).exists() or (folder / CHECKPOINT).exists():
        finish(command)
    if model_files(folder) != wanted:
        broken.append("the weights at the end are others")
    return broken


def _unloadable(folder: Path) -> list[str]:
    try:
        model_folder.load(folder)
    except TaggerError as error:
        return [str(error)]
    return []


def tag(place: Path, count: int, some: random.Random) -> list[str]:
    """Kill a job of several files and processes; outputs are whole or not there, and resumed
    jobs end with the same bytes."""
    inputs = []
    words = CORPUS.read_text(encoding="utf-8").split()
    for index in range(6):
        path = place / f"{index}.txt"
        lines = (" ".join(some.choices(words, k=some.randint(0, 12))) for _ in range(1500))
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        inputs.append(str(path))
    base = [sys.executable, "tag.py", *inputs, "-f", "jsonl", "--device", "cpu", "--threads", "1"]
    whole, folder = place / "whole", place / "broken"
    seconds = finish([*base, "-o", f"{whole}/"])
    wanted = {path.name: path.read_bytes() for path in whole.glob("*.jsonl")}
    broken = []
    kills = 0
    while kills < count:
        workers = some.choice(["1", "2"])
        command = [*base, "-o", f"{folder}/", "--resume", "--workers", workers]
        was_at_work = kill_after(command, some.uniform(0.3, seconds))
        kills += was_at_work
        there = {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}
        for name, data in there.items():
            if data != wanted[name]:
                broken.append(f"{name} is not the whole output")
        if not was_at_work:
            if there != wanted:
                broken.append(f"after {kills} kills the outputs are others")
            subprocess.run(["rm", "-r", str(folder)], check=True)
    finish([*base, "-o", f"{folder}/", "--resume"])
    if {path.name: path.read_bytes() for path in folder.glob("*.jsonl")} != wanted:
        broken.append("the outputs at the end are others")
    return broken


_SAVE = """
import sys
from pathlib import Path
from tagger.model import folder as model_folder
one, other = (model_folder.load(Path(path)) for path in sys.argv[2:])
while True:
    model_folder.save(one, Path(sys.argv[1]), "one")
    model_folder.save(other, Path(sys.argv[1]), "other")
"""


def save(place: Path, count: int, some: random.Random) -> list[str]:
    """Kill a process that saves one model over another; the folder holds either, whole."""
    folder = place / "model"
    models = [BUNDLED / "sejong", BUNDLED / "gsd"]
    weights = [(model / WEIGHTS).read_bytes() for model in models]
    model_folder.save(model_folder.load(models[0]), folder, "one")
    command = [sys.executable, "-c", _SAVE, str(folder), *map(str, models)]
    broken = []
    for _ in range(count):
        if not kill_after(command, some.uniform(0.8, 2.5)):
            return [*broken, "the process that saves ended by itself"]
        broken += _unloadable(folder)
        pending = folder / ".new" / WEIGHTS
        if (pending if pending.exists() else folder / WEIGHTS).read_bytes() not in weights:
            broken.append("the weights are those of neither model")
    return broken


JOBS = {"train": train, "tag": tag, "save": save}


def run(job: str, count: int, seed: int) -> list[str]:
    """What broke in so many kills."""
    with tempfile.TemporaryDirectory() as place:
        return JOBS[job](Path(place), count, random.Random(seed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="train, tag, save; default: all")
    args = parser.parse_args()
    failures = 0
    for job in args.jobs or JOBS:
        broken = run(job, args.count, args.seed)
        failures += len(broken)
        for what in broken:
            print(f"{job}: {what}")
        print(f"{job}: {args.count} kills, {len(broken)} times something was lost", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
