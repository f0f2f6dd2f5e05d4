"""Sentences, spaces and joined morphemes, beside Kiwi:

    python -m benchmarks.boundaries sentences TEXT...
    python -m benchmarks.boundaries spaces CORPUS...
    python -m benchmarks.boundaries join CORPUS...

A TEXT has one sentence a line and an empty line between texts, whose sentences are joined by a
space; what counts is the F1 of sentences found exactly. Of a CORPUS, 250 sentences lose all their
spaces, half of them, or half of them while one in twenty characters gains one; what counts is the
mean over sentences of the F1 of the places with a space. Of each gold eojeol the morphemes are
joined; what counts is the share that is as it was.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import corpora
from tagger import Tagger
from tagger.tokenizer.joining import join

SAMPLE = 250
SEED = 7

Splitter = Callable[[str], list[str]]
Spacer = Callable[[Sequence[str]], list[str]]


def texts_of(path: Path) -> Iterator[list[str]]:
    """The texts of a file, each a list of its sentences."""
    waiting: list[str] = []
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        if line.strip():
            waiting.append(line.strip())
        elif waiting:
            yield waiting
            waiting = []


def places_of(sentences: Sequence[str]) -> set[tuple[int, int]]:
    """Start and end of each sentence, white space not counted."""
    found = set()
    end = 0
    for sentence in sentences:
        start, end = end, end + len("".join(sentence.split()))
        found.add((start, end))
    return found


def f1(gold: int, found: int, right: int) -> float:
    return 200 * right / (gold + found) if gold + found else 100.0


def sentences(paths: Sequence[Path], splitters: dict[str, Splitter]) -> None:
    total = {name: [0, 0, 0] for name in splitters}
    for path in paths:
        scores = []
        for name, split in splitters.items():
            counts = [0, 0, 0]
            for text in texts_of(path):
                gold, found = places_of(text), places_of(split(" ".join(text)))
                for index, count in enumerate((len(gold), len(found), len(gold & found))):
                    counts[index] += count
                    total[name][index] += count
            scores.append(f"{name} {f1(*(counts[0], counts[1], counts[2])):.1f}")
        print(path.name, *scores, sep="\t")
    print("all", *(f"{name} {f1(c[0], c[1], c[2]):.1f}" for name, c in total.items()), sep="\t")


def spaces_of(text: str) -> set[int]:
    """How many other characters stand before each space."""
    found, count = set(), 0
    for sign in text.strip():
        if sign.isspace():
            found.add(count)
        else:
            count += 1
    return found


def changed(text: str, chance: random.Random) -> dict[str, str]:
    """The text with the spaces that are to be corrected."""
    half = "".join("" if sign == " " and chance.random() < 0.5 else sign for sign in text)
    wrong = "".join(f"{sign} " if sign != " " and chance.random() < 0.05 else sign for sign in half)
    return {"none": text.replace(" ", ""), "half": half, "half, some wrong": wrong.strip()}


def spaces(paths: Sequence[Path], spacers: dict[str, Spacer]) -> None:
    total: dict[str, list[float]] = {}
    for path in paths:
        chance = random.Random(SEED)
        gold = [" ".join(sentence.text.split()) for sentence in corpora.read(path).sentences]
        chance.shuffle(gold)
        gold = gold[:SAMPLE]
        given = [changed(text, chance) for text in gold]
        for kind in given[0]:
            for name, space in spacers.items():
                found = space([texts[kind] for texts in given])
                scores = []
                for text, answer in zip(gold, found, strict=True):
                    right, got = spaces_of(text), spaces_of(answer)
                    scores.append(f1(len(right), len(got), len(right & got)))
                total.setdefault(f"{kind}\t{name}", []).extend(scores)
                print(path.parent.name, kind, f"{name} {sum(scores) / len(scores):.1f}", sep="\t")
    for key, scores in total.items():
        print("all", f"{key} {sum(scores) / len(scores):.1f}", sep="\t")


def joined(paths: Sequence[Path]) -> None:
    eojeols = right = 0
    for path in paths:
        before, right_before = eojeols, right
        for sentence in corpora.read(path).sentences:
            for eojeol in sentence.each_eojeol():
                if all(token.morphemes for token in eojeol.tokens):
                    eojeols += 1
                    right += join([eojeol]) == eojeol.surface
        share = 100 * (right - right_before) / (eojeols - before)
        print(path.parent.name, path.name, eojeols - before, f"{share:.2f} %", sep="\t")
    print("all", eojeols, f"{100 * right / eojeols:.2f} %", sep="\t")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure sentences, spaces and joining.")
    parser.add_argument("what", choices=("sentences", "spaces", "join"))
    parser.add_argument("files", nargs="+", type=Path)
    args = parser.parse_args()
    if args.what == "join":
        joined(args.files)
        return
    from kiwipiepy import Kiwi

    kiwi, tagger = Kiwi(), Tagger.load()
    if args.what == "sentences":

        def ours(text: str) -> list[str]:
            return [sentence.text for sentence in tagger.tag_document(text).sentences]

        def kiwis(text: str) -> list[str]:
            return [sentence.text for sentence in kiwi.split_into_sents(text)]

        sentences(args.files, {"pumsa": ours, "Kiwi": kiwis})
        return
    spaces(
        args.files,
        {
            "pumsa": lambda texts: list(tagger.space_texts(texts)),
            "Kiwi": lambda texts: list(kiwi.space(texts)),
        },
    )


if __name__ == "__main__":
    main()
