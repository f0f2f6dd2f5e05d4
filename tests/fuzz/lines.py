"""Any Unicode through the tagger: as many answers as lines, and each keeps the promises."""

from __future__ import annotations

import argparse
import random
import sys
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tagger import Tagger
from tagger.pretrained import bundled_models
from tests.support.promises import broken_promise, known_tags

SAMPLE = Path(__file__).parents[2] / "corpora" / "sample" / "everyday.tsv"

_ODD = [
    *"\0\a\b\t\v\f\r\x1b\x1c\x1f\x7f\x85\xa0\xad",  # control characters, spaces, soft hyphen
    *"\u1680\u2000\u2007\u2009\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u202f",
    *"\u2060\u2066\u2069\u3000\ufe0e\ufe0f\ufeff\ufff9\ufffc\ufffd\uffff\U0010ffff",
    *"\u0300\u0301\u0345\u0e33\u0f71\u20e3\u302e\u302f\u3099\u05b0\u064b\u0bbe\U0001d165",
    *"\u115f\u1160\u11ff\u3164\uffa0\ua960\ud7b0",  # fillers and old jamo
    *"\ud800\udbff\udc00\udfff\ue000\U000f0000",  # halves of pairs, private use
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇰🇷",
    "👍🏽",
    "1️⃣",
    "☺︎",
    "ﬀ",
    "ｱ",
    "ß",
    "İ",
    "מילה",
    "كلمة",
    "नमस्ते",
    "ไทย",
    "漢字",
    "金",
    "A\u030a",
    "\r\n",
    "http://가.한국/?q=나&r=%20#x",
    "a.b+c@d.kr",
    "#태그",
    "3.1415",
    "1,000원",
    "ㅋㅋㅋㅋ",
    "ㅠㅠ",
    "...",
    "?!?!",
    "((",
    "“‘’”",
    "+/|→_<pad>",
]


_UNITS = [
    "a",
    ".",
    "가",
    "ㅋ",
    "1",
    "가.",
    "()",
    "-",
    "a-b.",
    "a@",
    "@a.",
    "www.",
    "http://",
    "<b>",
]


class Lines:
    """Makes lines: real ones, real ones spoilt, and all that Unicode has, in any order.

    >>> Lines(1).line() == Lines(1).line()
    True
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        rows = SAMPLE.read_text(encoding="utf-8").split("\n")
        self._words = sorted({row.partition("\t")[0] for row in rows if "\t" in row})

    def line(self) -> str:
        """A line without its end: no line feed is in it."""
        choose = self._random.random()
        if choose < 0.004:
            text = self._run()
        else:
            count = int(self._random.expovariate(0.5)) + (choose > 0.02)
            text = self._join([self._piece() for _ in range(count)])
        form = self._random.choice([None, None, None, "NFD", "NFC", "NFKD"])
        if form:
            text = unicodedata.normalize(form, text)
        return text.replace("\n", " ")

    def _piece(self) -> str:
        some = self._random
        kind = some.random()
        if kind < 0.5:
            return some.choice(self._words)
        if kind < 0.65:
            return self._spoilt(some.choice(self._words))
        if kind < 0.8:
            return "".join(some.choices(_ODD, k=some.randint(1, 3)))
        if kind < 0.9:
            return "".join(chr(some.randint(0, 0x10FFFF)) for _ in range(some.randint(1, 5)))
        first, last = some.choice(
            [(0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3131, 0x318E), (0x20, 0x7E), (0x80, 0x2FFF)]
        )
        return "".join(chr(some.randint(first, last)) for _ in range(some.randint(1, 8)))

    def _spoilt(self, word: str) -> str:
        some = self._random
        place = some.randrange(len(word))
        other = some.choice([some.choice(_ODD), chr(some.randint(0, 0x10FFFF)), word, ""])
        return word[:place] + other + word[place + some.randint(0, 1) :]

    def _join(self, pieces: list[str]) -> str:
        return "".join(
            piece + self._random.choice([" ", " ", " ", "", "  ", "\u3000"]) for piece in pieces
        )

    def _run(self) -> str:
        """One thing again and again, as some analysers cannot take it."""
        unit = self._random.choice([*_ODD, *_UNITS, self._piece() or "x"])
        return unit * int(10 ** self._random.uniform(1, 3.5))


def broken(tagger: Tagger, lines: list[str]) -> Iterator[tuple[str, str]]:
    """The lines whose answers break a promise, and how; decomposed lines must be analysed as
    what they compose to."""
    tags = known_tags(tagger)
    answers = list(tagger.tag(lines))
    if len(answers) != len(lines):
        yield "", f"{len(answers)} answers to {len(lines)} lines"
    composed = [unicodedata.normalize("NFC", line) for line in lines]
    others = [place for place, line in enumerate(lines) if composed[place] != line]
    for place, answer in zip(others, tagger.tag(composed[place] for place in others)):
        if str(answer) != str(answers[place]):
            yield lines[place], "it is not analysed as what it composes to"
    for line, answer in zip(lines, answers):
        how = broken_promise(line, answer, tags)
        if how:
            yield line, how


def run(model: str, seed: int, seconds: float) -> tuple[int, list[tuple[str, str]]]:
    """How many lines were tried in that time, and what broke."""
    tagger = Tagger.load(model, device="cpu")
    lines = Lines(seed)
    end = time.monotonic() + seconds
    tried, found = 0, []
    while time.monotonic() < end:
        some = [lines.line() for _ in range(256)]
        try:
            found += broken(tagger, some)
        except Exception as error:  # one at a time, to find the line
            for line in some:
                try:
                    tagger.tag(line)
                except Exception as alone:
                    found.append((line, f"{type(alone).__name__}: {alone}"))
            found.append(("", f"{type(error).__name__}: {error}"))
        tried += len(some)
    return tried, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-m", "--model", action="append", help="default: all bundled ones")
    args = parser.parse_args()
    models = args.model or bundled_models()
    share = args.seconds * args.processes / max(args.processes, len(models))
    jobs = [
        (models[i % len(models)], args.seed + i, share)
        for i in range(max(args.processes, len(models)))
    ]
    with ProcessPoolExecutor(args.processes) as pool:
        results = list(pool.map(run, *zip(*jobs)))
    for _, found in results:
        for line, how in found:
            print(f"{how}: {line!r:.2000}")
    failures = sum(len(found) for _, found in results)
    print(f"{sum(tried for tried, _ in results)} lines tried, {failures} broken promises")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
