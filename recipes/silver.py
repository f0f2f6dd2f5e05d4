"""Choose lines of unlabelled text for `--silver`:

    python recipes/silver.py $DATA/unlabelled -o silver.txt

Half of the lines are drawn at random. The others are those where Kiwi and Kiwi with its larger
language model (`tagger/training/augmentation/silver.py`) disagree, first about a verb or
adjective: there the labels say something that the hints do not. With `--inflected` that share of
the lines shows verbs and adjectives that share forms in forms of their own, each word in as few
lines as the rarer ones (`tagger/training/augmentation/inflection.py`).
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tagger.system.files import whole_text
from tagger.text.hangul import is_syllable
from tagger.text.sentence import Sentence
from tagger.tokenizer.base import Hint
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.training.augmentation.inflection import Inflected, Inflection
from tagger.training.augmentation.silver import TEACHER, silver_sentences

SHARES = {
    "reviews.txt": (0.4, 260_000),
    "spoken.txt": (0.2, 47_500),
    "chat.txt": (0.1, 14_500),
    "technical.txt": (0.1, 12_000),
    "news_and_wiki.txt": (0.2, 8_800),
}
"""How many of the lines come from each file, and how many are looked at."""

SHORTEST, LONGEST = 5, 150
WINDOW = 4096
SEED = 1

AGREED, DIFFERING, OTHER_STEM = range(3)
"""How the two analyses of a line differ: in nothing that counts, in something, in a stem."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Choose lines for --silver.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=30_000)
    parser.add_argument("--inflected", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    generator = random.Random(SEED)
    analysers = KiwiTokenizer(args.threads), KiwiTokenizer(args.threads, names=True, model=TEACHER)
    chosen: list[str] = []
    left: list[str] = []
    for name, (share, most) in SHARES.items():
        usable = usable_lines(args.folder / name)
        looked_at = generator.sample(usable, min(most, len(usable)))
        count = min(round((1 - args.inflected) * share * args.lines), len(looked_at))
        ranked = list(zip(differences(looked_at, analysers), looked_at, strict=True))
        drawn, rest = ranked[: count // 2], ranked[count // 2 :]
        rest.sort(key=lambda item: -item[0])  # of equal ones the order stays
        first = count - len(drawn)
        chosen += [line for _, line in drawn + rest[:first]]
        left += [line for _, line in rest[first:]]
    if args.inflected:
        sentences = silver_sentences(generator.sample(left, len(left)), args.threads)
        chosen += inflected(sentences, round(args.inflected * args.lines))
    generator.shuffle(chosen)
    with whole_text(args.output) as stream:
        stream.writelines(f"{line}\n" for line in chosen)


def usable_lines(path: Path) -> list[str]:
    """The lines of a file that can be used, each once, in the order of their characters."""
    lines = map(str.strip, path.read_text(encoding="utf-8").splitlines())
    return sorted(set(filter(is_usable, lines)))


def is_usable(line: str) -> bool:
    """Whether at least half of the line is Hangul, and it is neither short nor long."""
    return SHORTEST <= len(line) <= LONGEST and sum(map(is_syllable, line)) * 2 >= len(line)


def differences(
    lines: Sequence[str], analysers: tuple[KiwiTokenizer, KiwiTokenizer]
) -> Iterator[int]:
    """How the two analyses of each line differ."""
    for first in range(0, len(lines), WINDOW):
        window = lines[first : first + WINDOW]
        for (hints,), (labels,) in zip(*(each.analyze(window) for each in analysers), strict=True):
            yield _difference(hints, labels)


def inflected(sentences: Sequence[Sentence], count: int) -> Iterator[str]:
    """The texts of up to so many sentences, those that show words which the ones before have
    shown the least: once each, then twice, and so on."""
    inflection = Inflection(sentences)
    shown = [(sentence.text, inflection.shown_alone(sentence)) for sentence in sentences]
    seen: Counter[Inflected] = Counter()
    turns = {1: [number for number, (_, words) in enumerate(shown) if words]}
    while turns:
        turn = min(turns)
        for number in sorted(turns.pop(turn)):
            text, words = shown[number]
            least = min(seen[word] for word in words)
            if least >= turn:  # its words have been shown more often: a later turn
                turns.setdefault(least + 1, []).append(number)
                continue
            seen.update(words)
            yield text
            count -= 1
            if not count:
                return


def _difference(hints: Sequence[Hint], labels: Sequence[Hint]) -> int:
    one, other = dict(stems(hints)), dict(stems(labels))
    if any(one[place] != other[place] for place in one.keys() & other.keys()):
        return OTHER_STEM
    return DIFFERING if set(_told(hints)) != set(_told(labels)) else AGREED


def stems(view: Iterable[Hint]) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Where verbs and adjectives begin, their stems and which of both they are."""
    for hint in view:
        if hint.tag.startswith(("VV", "VX", "VA")) and hint.form not in ("있", "없", "하"):
            yield hint.start, (hint.form, hint.tag.startswith("VA"))


def _told(view: Iterable[Hint]) -> Iterator[tuple[str, str, int]]:
    """What counts of an analysis: not nouns, for only one of the two has the dictionary of
    names, nor what is a question of convention (있/VV and 있/VA, 과/JC and 과/JKB)."""
    for hint in view:
        if not hint.tag.startswith("NN") and hint.form not in ("있", "없"):
            yield hint.form, "JKB" if hint.tag == "JC" else hint.tag, hint.start


if __name__ == "__main__":
    main()
