"""Random pairs of jobs at the same time: one output for both, inputs of both, links, pipes and
kills. No output may be destroyed or truncated, and no other file touched; afterwards
`--resume` completes what is missing."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tagger.model import folder as model_folder
from tagger.model.folder import WEIGHTS
from tests.fuzz.kills import CORPUS, ROOT, finish

OPTIONS = [[], ["--nbest", "2"], ["--min-score", "0.9"], ["--engine", "float32"]]
TEXTS = 6
CHAINED = TEXTS  # the text that is the output of the first text
SEEDS = (1, 2)
TRAIN = [
    sys.executable, "train.py", str(CORPUS), "--dev", str(CORPUS), "--hidden", "24",
    "--batch-size", "20", "--learning-rate", "0.02", "--threads", "1", "--epochs", "4",
    "--checkpoint-seconds", "0",
]  # fmt: skip
REFUSALS = (
    b"another process is writing into this folder",
    b"a finished model is here",
    b"an unfinished run is here",
    b"from a run with other settings",
)


@dataclass
class Job:
    """A command, what it writes where, and how it ended."""

    command: list[str]
    outputs: Mapping[Path, bytes]
    code: int = 0
    killed: bool = False
    error: bytes = b""


@dataclass
class Pair:
    """Two jobs in a folder; `before` has all files that were there."""

    jobs: list[Job]
    before: dict[Path, bytes] = field(default_factory=dict)
    links: list[Path] = field(default_factory=list)


class Pool:
    """Texts, and what each job makes of them when it is alone."""

    def __init__(self, place: Path, model: str, some: random.Random) -> None:
        self.model = model
        self.some = some
        self.place = place / "pool"
        self.place.mkdir()
        words = CORPUS.read_text(encoding="utf-8").split()
        for number in range(TEXTS):
            lines = (
                " ".join(some.choices(words, k=some.randint(0, 12))) + "\n"
                for _ in range(some.choice([0, 1, 40, 200, 400]))
            )
            self.path(number).write_text("".join(lines), encoding="utf-8")
        self.tagged: dict[tuple[int, int], bytes] = {}
        for option in range(len(OPTIONS)):
            self._tag(range(TEXTS), option)
        self.path(CHAINED).write_bytes(self.tagged[0, 0])
        self.seconds = self._tag([CHAINED], 0)
        self.texts = [self.path(number).read_bytes() for number in range(TEXTS + 1)]

    def _tag(self, numbers: Sequence[int], option: int) -> float:
        out = self.place / f"option-{option}"
        paths = [str(self.path(number)) for number in numbers]
        seconds = finish([*self.tag(option), *paths, "-o", f"{out}/"])
        for number in numbers:
            self.tagged[number, option] = (out / f"t{number}.jsonl").read_bytes()
        return seconds

    @cached_property
    def corpora(self) -> dict[str, bytes]:
        """The corpus in two formats."""
        for form in ("conllu", "jsonl"):
            finish([*self.convert(form), "-o", str(self.place / form)])
        return {form: (self.place / form).read_bytes() for form in ("conllu", "jsonl")}

    @cached_property
    def weights(self) -> list[bytes]:
        """Those of a training with each seed."""
        folders = [self.place / f"seed-{seed}" for seed in SEEDS]
        for seed, folder in zip(SEEDS, folders, strict=True):
            finish([*self.train(seed), "-o", str(folder)])
        return [(folder / WEIGHTS).read_bytes() for folder in folders]

    def path(self, number: int) -> Path:
        return self.place / f"t{number}.txt"

    def tag(self, option: int) -> list[str]:
        return [
            sys.executable, "tag.py", "-m", self.model, "-f", "jsonl", "--device", "cpu",
            "--threads", "1", *OPTIONS[option],
        ]  # fmt: skip

    def convert(self, form: str) -> list[str]:
        return [sys.executable, "-m", "tagger.cli.convert", str(CORPUS), "-t", form]

    def train(self, seed: int) -> list[str]:
        return [*TRAIN, "--seed", str(seed)]

    def job(self, numbers: Sequence[int], out: Path, *more: str) -> Job:
        """A job that tags these texts into a file, or into a folder if its name ends so."""
        option = self.some.randrange(len(OPTIONS))
        paths = [str(self.path(number)) for number in numbers]
        outputs = {
            out / f"t{number}.jsonl" if out.is_dir() else out: self.tagged[number, option]
            for number in numbers
        }
        return Job([*self.tag(option), *paths, "-o", str(out), *more], outputs)


def same_file(place: Path, pool: Pool) -> Pair:
    """One file for both, which may be there already, or be a link."""
    some, out, target = pool.some, place / "out", place / "elsewhere"
    pair = Pair([])
    if some.random() < 0.5:
        out.symlink_to(target)
        pair.links.append(out)
    if some.random() < 0.5:
        target.write_bytes(b"old\n")
        if not out.is_symlink():
            target.rename(out)
    more = ["--resume"] if some.random() < 0.3 else []
    pair.jobs = [pool.job([some.randrange(TEXTS)], out, *more) for _ in range(2)]
    return pair


def same_folder(place: Path, pool: Pool) -> Pair:
    """One folder for both, with halves of outputs, links, and files of likely names."""
    some, out = pool.some, place / "out"
    out.mkdir()
    pair = Pair([])
    for number in range(TEXTS):
        path = out / f"t{number}.jsonl"
        kind = some.choice(["none", "none", "half", "link"])
        if kind == "half":
            whole = pool.tagged[number, some.randrange(len(OPTIONS))]
            path.write_bytes(whole[: len(whole) // 2])
        elif kind == "link":
            path.symlink_to(place / f"elsewhere-{number}")
            pair.links.append(path)
        if some.random() < 0.3:
            (out / f"t{number}.jsonl.unfinished").write_bytes(b"mine\n")
    for _ in range(2):
        numbers = some.sample(range(TEXTS), some.randint(2, TEXTS))
        more = ["--resume"] if some.random() < 0.5 else []
        more += ["--workers", "2"] if some.random() < 0.3 else []
        pair.jobs.append(pool.job(numbers, out, *more))
    return pair


def pipe(place: Path, pool: Pool) -> Pair:
    """A pipe for one job, and a file of the same input for the other."""
    path, number = place / "pipe", pool.some.randrange(TEXTS)
    os.mkfifo(path)
    return Pair([pool.job([number], path), pool.job([number], place / "out")])


def chain(place: Path, pool: Pool) -> Pair:
    """The second job reads what the first one writes: the old file or the whole new one."""
    between = place / "between"
    between.write_bytes(pool.texts[1])
    first = [*pool.tag(0), str(pool.path(0)), "-o", str(between)]
    second = [*pool.tag(0), str(between), "-o", str(place / "out")]
    return Pair([Job(first, {between: pool.tagged[0, 0]}), Job(second, {})])


def convert(place: Path, pool: Pool) -> Pair:
    """Two formats of a corpus into one file."""
    out = place / "out"
    return Pair(
        [
            Job([*pool.convert(form), "-o", str(out)], {out: content})
            for form, content in pool.corpora.items()
        ]
    )


def train(place: Path, pool: Pool) -> Pair:
    """Two trainings into one folder: the second is refused, or comes after the first."""
    out = place / "model"
    mode = pool.some.choice([[], ["--overwrite"], ["--resume"]])
    return Pair(
        [
            Job([*pool.train(seed), "-o", str(out), *mode], {out / WEIGHTS: weights})
            for seed, weights in zip(SEEDS, pool.weights, strict=True)
        ]
    )


KINDS: dict[Callable[[Path, Pool], Pair], int] = {
    same_folder: 8,
    same_file: 6,
    pipe: 2,
    chain: 2,
    convert: 1,
    train: 2,
}


def run_at_once(pair: Pair, pool: Pool) -> None:
    """Run both jobs, one of which is perhaps ended before its time."""
    some = pool.some
    processes = [
        subprocess.Popen(
            job.command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )
        for job in pair.jobs
    ]  # fmt: skip
    if some.random() < 0.5:
        time.sleep(some.uniform(0.1, 1.5 * pool.seconds))
        victim = some.randrange(2)
        number = some.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        if processes[victim].poll() is None:
            pair.jobs[victim].killed = True
            os.killpg(processes[victim].pid, number)
    for job, process in zip(pair.jobs, processes, strict=True):
        _, job.error = process.communicate(timeout=300)
        job.code = process.returncode


def what_broke(kind: str, pair: Pair, pool: Pool, read: bytes) -> list[str]:
    """What is not as it must be after both jobs have ended; `read` came out of the pipe."""
    broken = []
    for job in pair.jobs:
        refused = kind == "train" and job.code == 2 and any(r in job.error for r in REFUSALS)
        if job.code and not job.killed and not refused:
            broken.append(f"a job ended with {job.code}: {job.error.decode()}")
    if kind == "pipe":
        [(_, whole)] = pair.jobs[0].outputs.items()
        if read != whole and (pair.jobs[0].code == 0 or not whole.startswith(read)):
            broken.append("the pipe gave something else")
    outputs = {path for job in pair.jobs for path in job.outputs if not path.is_fifo()}
    for path in outputs:
        writers = [job for job in pair.jobs if path in job.outputs]
        allowed = [job.outputs[path] for job in writers]
        there = path.read_bytes() if path.exists() else None
        if all(job.code for job in writers):
            allowed.append(pair.before.get(path))  # type: ignore[arg-type]
        if kind == "train" and there and any(job.code for job in writers):
            model_folder.load(path.parent)  # of an earlier epoch, but whole
        elif there not in allowed:
            broken.append(f"{path.name} is no whole output")
    for path, content in pair.before.items():
        resolved = {output.resolve() for output in outputs}
        if path.resolve() not in resolved and path.read_bytes() != content:
            broken.append(f"{path.name} was changed")
    broken += [f"{path.name} is no link any more" for path in pair.links if not path.is_symlink()]
    for number, content in enumerate(pool.texts):
        if pool.path(number).read_bytes() != content:
            broken.append(f"the input {number} was changed")
    if kind == "chain" and pair.jobs[1].code == 0:
        out = Path(pair.jobs[1].command[-1]).read_bytes()
        if out not in (pool.tagged[1, 0], pool.tagged[CHAINED, 0]):
            broken.append("half a file was read")
    return broken


def complete(kind: str, pair: Pair) -> list[str]:
    """Give each command again, to its end: then all that it makes is there."""
    broken = []
    for job in pair.jobs:
        if kind == "pipe" and any(path.is_fifo() for path in job.outputs):
            continue
        more = {"train": ["--overwrite"], "convert": []}.get(kind, ["--resume"])
        finish([*(part for part in job.command if part not in ("--resume", *more)), *more])
        for path, content in job.outputs.items():
            if path.read_bytes() != content:
                broken.append(f"{path.name} is not complete after all")
            if kind == "train":
                model_folder.load(path.parent)
    return broken


def try_pair(kind: Callable[[Path, Pool], Pair], place: Path, pool: Pool) -> list[str]:
    pair = kind(place, pool)
    pair.before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((place / "pipe").read_bytes()))
    if kind is pipe:
        reader.start()
    run_at_once(pair, pool)
    if kind is pipe:
        os.close(os.open(place / "pipe", os.O_RDWR))  # if the job was killed before it wrote
        reader.join(60)
    name = kind.__name__
    broken = what_broke(name, pair, pool, b"".join(read)) + complete(name, pair)
    commands = "; ".join(" ".join(job.command[1:]) for job in pair.jobs)
    ends = [f"{job.code}{' killed' if job.killed else ''}" for job in pair.jobs]
    return [f"{name}: {what} ({ends}: {commands})" for what in broken]


def run(count: int, seed: int, model: str = "sejong") -> Iterator[str]:
    """What breaks in so many pairs."""
    some = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        pool = Pool(Path(folder), model, some)
        for number in range(count):
            [kind] = some.choices(list(KINDS), list(KINDS.values()))
            place = Path(folder) / f"pair-{number}"
            place.mkdir()
            yield from try_pair(kind, place, pool)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-m", "--model", default="sejong")
    args = parser.parse_args()
    count = 0
    for what in run(args.count, args.seed, args.model):
        print(what, flush=True)
        count += 1
    print(f"{args.count} pairs of jobs, {count} times something was lost")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
