"""A tagger that never stops: its memory after the first tenth of the time, and at the end."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.subjects import our_tagger
from tests.fuzz.lines import Lines

LARGEST_GROWTH = 0.01


def resident() -> int:
    """Bytes of memory that this process has now (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


def run(
    model: str, seconds: float, seed: int, threads: int = 2, text: Sequence[str] = ()
) -> tuple[int, list[int]]:
    """Tag lines for that time, in several threads that share one tagger: new odd ones, or those
    of the text over and over, in any order. How many, and the memory after each tenth of the
    time, the largest that was seen in it."""
    tagger = our_tagger(f"{model}:int8")
    lines = Lines(seed)
    chance = random.Random(seed)
    tagged = 0
    tenths: list[int] = []
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        while len(tenths) < 10:
            most = 0
            while time.monotonic() - started < seconds * (len(tenths) + 1) / 10:
                some = [
                    chance.choices(text, k=100) if text else [lines.line() for _ in range(100)]
                    for _ in range(threads)
                ]
                tagged += sum(pool.map(lambda part: len(list(tagger.tag(part))), some))
                most = max(most, resident())
            tenths.append(most)
    return tagged, tenths


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-m", "--model", default="sejong")
    parser.add_argument("--text", type=Path, help="lines of this file in place of odd ones")
    args = parser.parse_args()
    text = args.text.read_text(encoding="utf-8").splitlines() if args.text else ()
    tagged, tenths = run(args.model, args.seconds, args.seed, text=text)
    growth = max(tenths[1:]) / tenths[0] - 1
    shown = " ".join(f"{size / 2**20:.1f}" for size in tenths)
    print(f"{tagged} lines tagged; MiB in each tenth of the time: {shown}")
    print(f"{growth:+.2%} after the first tenth")
    return 1 if growth > LARGEST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
