"""`python -m benchmarks`: the whole comparison, as Markdown on stdout and as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import corpora
from benchmarks.measures import WARM_UP, ask
from benchmarks.subjects import PEERS, versions
from tagger.cli.console.common import guarded, positive
from tagger.cli.console.resources import available_threads
from tagger.errors import DONE, TaggerError
from tagger.system.files import whole_text

FIRST_LINE = "나 밥 먹었다"
SHORT, SHORT_LINES = 5, 1000
"""Eojeols of each of so many short lines."""

LENGTHS = ((1, 10), (11, 25), (26, None))
"""Eojeols of a line, from and to, of which the throughput is measured apart."""

Samples = dict[str, list[dict[str, Any]]]


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the tagger beside Kiwi, MeCab-ko and others on the text of a corpus.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--corpus", required=True, nargs="+", help="gold corpora; their text is tagged"
    )
    parser.add_argument("--models", nargs="+", default=["sejong"], help="default: sejong")
    parser.add_argument("--engines", nargs="+", default=["int8", "float32", "torch"])
    parser.add_argument("--peers", nargs="*", default=list(PEERS), help=f"default: {PEERS}")
    parser.add_argument("--repeats", type=positive, default=5, help="default: %(default)s")
    parser.add_argument("--json", metavar="FILE", help="also write all samples")
    return parser.parse_args(argv)


@guarded
def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    ours = [f"{model}:{engine}" for model in args.models for engine in args.engines]
    subjects = [*ours, *args.peers]
    lines = [
        sentence.text.replace("\n", " ")
        for path in args.corpus
        for sentence in corpora.read(path).sentences
    ]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), lines, args.repeats)
        result = {
            "machine": machine(),
            "versions": versions(),
            "text": {"corpora": args.corpus, **size_of(lines)},
            "throughput": bench.throughput(subjects),
            "first_line": bench.rounds(
                subjects,
                lambda subject: ask(
                    "first_line", subject=subject, line=FIRST_LINE, cores=bench.cores(1)
                ),
            ),
            "threads": bench.threads([ours[0], *(p for p in args.peers if p == "kiwi")]),
            "lengths": bench.lengths([ours[0], *(p for p in args.peers if p == "kiwi-default")]),
            "spaces": bench.spaces([ours[0], *(p for p in args.peers if p == "kiwi-default")]),
            "stages": bench.rounds(
                ours,
                lambda subject: ask(
                    "stages", subject=subject, text=bench.text, cores=bench.cores(1)
                ),
            ),
            "bytecode": {
                subject: ask("bytecode", subject=subject, text=bench.text, cores=bench.cores(1))
                for subject in ours
            },
            "agreement": {
                subject: ask(
                    "agreement",
                    subject=subject,
                    text=bench.text,
                    reference=subject.rsplit(":", 1)[0] + ":torch",
                    cores=bench.cores(1),
                )
                for subject in ours
            },
            "accuracy": {
                subject: {
                    corpus: ask("accuracy", subject=subject, corpus=corpus, cores=bench.cores(1))
                    for corpus in args.corpus
                }
                for subject in ours
            },
        }
    print(as_markdown(result))
    if args.json:
        text = json.dumps(result, ensure_ascii=False, indent=1)
        with whole_text(args.json) as stream:
            stream.write(text + "\n")
    return DONE


class Bench:
    """Measures subjects in turn, so that a machine that slows down slows all of them."""

    def __init__(self, folder: Path, lines: Sequence[str], repeats: int) -> None:
        if len(lines) < 200:
            raise TaggerError("the text is too short to measure", remedy="give a larger corpus")
        self._folder = folder
        self._repeats = repeats
        self._lines = lines
        self.text = self._write("text.txt", lines)

    def cores(self, count: int) -> list[int]:
        """The first processors that this process may use."""
        if hasattr(os, "sched_getaffinity"):
            return sorted(os.sched_getaffinity(0))[:count]
        return list(range(count))

    def rounds(self, subjects: Iterable[str], measure: Any) -> Samples:
        """Each subject measured once in every round; a missing one no further."""
        samples: Samples = {subject: [] for subject in subjects}
        for number in range(self._repeats):
            for subject, found in samples.items():
                if found and "missing" in found[0]:
                    continue
                print(f"round {number + 1}: {subject}", file=sys.stderr)
                found.append(measure(subject))
        return samples

    def throughput(self, subjects: Iterable[str]) -> Samples:
        return self.rounds(subjects, lambda subject: self._throughput(subject, self.text, 1))

    def threads(self, subjects: Sequence[str]) -> dict[str, Samples]:
        """The throughput on 1, 2 and 4 processors, as far as there are so many."""
        counts = [count for count in (1, 2, 4) if count <= available_threads()]
        return {
            str(count): self.rounds(
                subjects,
                lambda subject, count=count: self._throughput(subject, self.text, count),
            )
            for count in counts
        }

    def lengths(self, subjects: Sequence[str]) -> dict[str, Samples]:
        """The throughput on lines of some lengths, and on the text cut into short ones."""
        words = [word for line in self._lines for word in line.split()]
        short = [" ".join(words[first : first + SHORT]) for first in range(0, len(words), SHORT)]
        text = self._write("short.txt", short[: SHORT_LINES + WARM_UP])
        found = {
            f"{SHORT}, {SHORT_LINES} lines": self.rounds(
                subjects, lambda subject: self._throughput(subject, text, 1)
            )
        }
        for first, last in LENGTHS:
            lines = [
                line for line in self._lines if first <= len(line.split()) <= (last or len(line))
            ]
            name = f"{first} to {last}" if last else f"{first} and more"
            if len(lines) > 150:
                text = self._write(f"length{first}.txt", lines)
                found[name] = self.rounds(
                    subjects, lambda subject, text=text: self._throughput(subject, text, 1)
                )
        return found

    def spaces(self, subjects: Sequence[str]) -> dict[str, Samples]:
        """The throughput on the text, and on the text without its spaces."""
        bare = self._write("bare.txt", ["".join(line.split()) for line in self._lines])
        return {
            name: self.rounds(
                subjects, lambda subject, text=text: self._throughput(subject, text, 1)
            )
            for name, text in (("with spaces", self.text), ("without spaces", bare))
        }

    def _throughput(self, subject: str, text: str, threads: int) -> dict[str, Any]:
        answer = ask(
            "throughput", subject=subject, text=text, threads=threads, cores=self.cores(threads)
        )
        if "wall" in answer:
            lines = Path(text).read_text(encoding="utf-8").splitlines()[-answer["lines"] :]
            answer |= size_of(lines)
        return answer

    def _write(self, name: str, lines: Sequence[str]) -> str:
        path = self._folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(path)


def size_of(lines: Sequence[str]) -> dict[str, int]:
    return {
        "lines": len(lines),
        "eojeols": sum(len(line.split()) for line in lines),
        "syllables": sum(len("".join(line.split())) for line in lines),
        "bytes": sum(len(line.encode()) + 1 for line in lines),
    }


def machine() -> dict[str, Any]:
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return {
        "processor": model,
        "cores": available_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def as_markdown(result: dict[str, Any]) -> str:
    """The tables of `docs/speed.md`; medians, with least and greatest in brackets."""
    text, machine = result["text"], result["machine"]
    parts = [
        f"{machine['processor']}, {machine['cores']} cores; Python {machine['python']}, "
        + ", ".join(f"{name} {number}" for name, number in result["versions"].items()),
        f"Text: {text['lines']} lines, {text['eojeols']} eojeols, {text['bytes']} bytes of "
        + ", ".join(Path(path).parent.name + "/" + Path(path).name for path in text["corpora"]),
        _throughput_table(result["throughput"]),
        _first_line_table(result["first_line"]),
        _by_setting("threads", result["threads"]),
        _by_setting("eojeols a line", result["lengths"]),
        _by_setting("spaces", result["spaces"], "syllables"),
        _stage_table(result["stages"], result["bytecode"]),
        _fidelity_table(result),
    ]
    return "\n\n".join(parts)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(lines)


def _spread(values: Sequence[float], form: str = "{:,.0f}") -> str:
    shown = form.format(median(values))
    return f"{shown} ({form.format(min(values))}–{form.format(max(values))})"


def _ratio(samples: Samples, subject: str, base: str, key: Any) -> str:
    """The median over the rounds of subject by base."""
    if base not in samples or "missing" in samples[base][0]:
        return "–"
    pairs = zip(samples[subject], samples[base], strict=True)
    return f"{median(key(one) / key(other) for one, other in pairs):.2f}"


def _throughput_table(samples: Samples) -> str:
    rows = []
    for subject, found in samples.items():
        if "missing" in found[0]:
            rows.append([subject, found[0]["missing"], *["–"] * 7])
            continue
        rows.append(
            [
                subject,
                _spread([s["eojeols"] / s["wall"] for s in found]),
                _spread([s["syllables"] / s["wall"] for s in found]),
                _spread([s["bytes"] / s["wall"] / 1e6 for s in found], "{:.2f}"),
                _ratio(samples, subject, "kiwi", lambda s: 1 / s["wall"]),
                _ratio(samples, subject, "kiwi-default", lambda s: 1 / s["wall"]),
                _ratio(samples, subject, "kiwi-default", lambda s: 1 / s["cpu"]),
                _spread([s["memory"] for s in found]),
                _ratio(samples, subject, "kiwi-default", lambda s: s["memory"]),
            ]
        )
    header = ["one core", "eojeols/s", "syllables/s", "MB/s", "of `kiwi`", "of `kiwi-default`"]
    header += ["the same, by processor time"]
    return _table([*header, "peak memory, MiB", "of `kiwi-default`"], rows)


def _first_line_table(samples: Samples) -> str:
    rows = []
    for subject, found in samples.items():
        if "missing" in found[0]:
            rows.append([subject, found[0]["missing"], *["–"] * 4])
            continue
        rows.append(
            [
                subject,
                _spread([s["seconds"] for s in found], "{:.2f}"),
                _ratio(samples, subject, "kiwi-default", lambda s: s["seconds"]),
                _ratio(samples, subject, "kiwi-default", lambda s: s["cpu"]),
                _spread([s["memory"] for s in found]),
                _ratio(samples, subject, "kiwi-default", lambda s: s["memory"]),
            ]
        )
    header = ["first line, cold", "seconds", "of `kiwi-default`", "the same, by processor time"]
    return _table([*header, "peak memory, MiB", "of `kiwi-default`"], rows)


def _by_setting(name: str, by_setting: dict[str, Samples], unit: str = "eojeols") -> str:
    """Throughput by setting, what part of Kiwi's it is, and of the first setting's."""
    rows = []
    base = next(iter(by_setting.values()), {})
    for setting, samples in by_setting.items():
        kiwi = next((subject for subject in samples if subject.startswith("kiwi")), "")
        for subject, found in samples.items():
            if "missing" in found[0]:
                continue
            speeds = [s[unit] / s["wall"] for s in found]
            first = median(s[unit] / s["wall"] for s in base[subject])
            of_kiwi = _ratio(samples, subject, kiwi, lambda s: 1 / s["wall"])
            rows.append(
                [setting, subject, _spread(speeds), of_kiwi, f"{median(speeds) / first:.2f}"]
            )
    return _table([name, "", f"{unit}/s", "of Kiwi", "of the first row"], rows)


def _stage_table(samples: Samples, bytecode: dict[str, dict[str, Any]]) -> str:
    rows = []
    for subject, found in samples.items():
        names = ("tokenizer", "network", "python", "all")
        spent = [median(s[name] / s["eojeols"] for s in found) * 1e6 for name in names]
        speed = median(s["steps"] / s["network"] for s in found)
        each = bytecode[subject]["instructions"] / bytecode[subject]["eojeols"]
        rows.append(
            [subject, *(f"{value:.1f}" for value in spent), f"{speed:,.0f}", f"{each:,.0f}"]
        )
    header = ["µs of processor an eojeol", "Kiwi", "network", "Python", "all"]
    return _table([*header, "network, syllables/s", "bytecode instructions an eojeol"], rows)


def _fidelity_table(result: dict[str, Any]) -> str:
    rows = []
    for subject, found in result["agreement"].items():
        scores = [
            f"{Path(corpus).parent.name} {answer['eojeol']:.2f} / {answer['morpheme_f1']:.2f}"
            for corpus, answer in result["accuracy"][subject].items()
            if "missing" not in answer
        ]
        same = 100 * found["same"] / found["total"]
        rows.append([subject, f"{same:.2f} %", ", ".join(scores) or "another tag set"])
    return _table(["engine", "eojeols as PyTorch analyses them", "eojeol / morpheme F1"], rows)


if __name__ == "__main__":
    raise SystemExit(main(None))
