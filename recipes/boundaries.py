"""Train `tagger/boundaries/sentence_ends.npz` and `spaces.npz`, of text alone:

    python recipes/boundaries.py $DATA sentence_ends
    python recipes/boundaries.py $DATA spaces

`$DATA` is the folder of the corpora and of the unlabelled text. Sentences are joined into
paragraphs, with their final marks and without; where they meet, sentences end. Of the places
within them only those are learned from that are clear. Spaces are learned from text some of
whose spaces were taken out.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tagger.boundaries.regression import SCALE, place_of
from tagger.boundaries.sentence_ends import Place, places
from tagger.boundaries.spaces import symbols_of
from tagger.system.files import whole_file
from tagger.text.hangul import split_syllable
from tagger.text.segmentation import segment
from tagger.tokenizer.base import View
from tagger.tokenizer.kiwi import KiwiTokenizer

TREEBANKS = {
    "ud-korean-kaist": 8000,
    "ud-korean-gsd": 4000,
    "ud-korean-ksl": 4000,
    "klue-dp": 4000,
}
SIZES = {"sentence_ends": 1 << 18, "spaces": 1 << 19}
RARE = {"sentence_ends": 2, "spaces": 4}
"""How often a symbol must be seen to have a weight."""
SMALLEST = {"sentence_ends": 0.02, "spaces": 0.1}
"""A weight that is nearer to 0 is 0, so that the file is small."""
SEED = 0
GROUP = 2000

Row = tuple[tuple[str, ...], bool, float]
"""The symbols of a place, whether it is so there, and how much that counts."""


@dataclass(frozen=True)
class Paragraph:
    """A text with the offsets where its sentences end; not `is_whole`: perhaps also elsewhere."""

    text: str
    ends: frozenset[int]
    is_whole: bool = True


def treebank(folder: Path, name: str) -> list[str]:
    """The sentences of a treebank's training part."""
    path = next((folder / name).glob("train.*"))
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [line[9:].strip() for line in lines if line.startswith("# text = ")]
    return texts or [line.split("\t", 1)[1].strip() for line in lines if line.startswith("## klue")]


def unlabelled(folder: Path, name: str, chance: random.Random) -> list[str]:
    """The lines of a file of unlabelled text, in another order."""
    lines = (folder / "unlabelled" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = [line.strip() for line in lines if line.strip()]
    chance.shuffle(found)
    return found


# ---------------------------------------------------------------- ends of sentences

_FINAL = re.compile(r"(?<=[가-힣])[.!?~…]+(?=[\"'”’)]*$)")
_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[가-힣][.!?])(?=[가-힣])")
_MARKED = re.compile(r"[가-힣](\.|[!?]+)[ㅋㅎㅠㅜ^ ]*$")
_UTTERANCE = re.compile("[다요까니래해줘어아지네죠라자나야]$")
_CASUAL = ("...", "..", "~", "~~", "ㅋㅋ", " ㅎㅎ", "^^")
_PAUSES = ("..", "...", "...", "~", ",", ",,", "..", " ㅋㅋ", "…")
_BULLETS = ("- ", "- ", "* ", "· ", "▶ ", "1. ", "1) ")
_NAMES = "가나다라마바사아자차카타파하민수지영희철현진우성미정은경호준"


def paragraphs(folder: Path, chance: random.Random) -> Iterator[Paragraph]:
    """What ends of sentences are learned from."""
    for name, count in TREEBANKS.items():
        texts = treebank(folder, name)
        if name != "ud-korean-kaist":  # whose sentences follow one another
            chance.shuffle(texts)
        paused = chance if name in ("ud-korean-gsd", "ud-korean-ksl") else None
        yield from joined(texts[:count], chance, 0.5, 0, paused)
    yield from joined(unlabelled(folder, "chat", chance), chance, 0.6, 0.1, chance)
    spoken = [line for line in unlabelled(folder, "spoken", chance) if _UTTERANCE.search(line)]
    yield from joined(spoken[:7000], chance, 0, 0, None)
    clear: list[list[str]] = []
    others: list[str] = []
    for line in unlabelled(folder, "reviews", chance):
        sentences = [part for part in _SENTENCES.split(line) if part]
        if _is_clear(line, sentences):
            clear.append(sentences)
        else:
            others.append(line)
    yield from reviews(clear, chance)
    yield from with_unknown_ends(others[:18000], chance)


def _is_clear(line: str, sentences: Sequence[str]) -> bool:
    """Whether the writer seems to end each sentence with a full stop."""
    return not any(mark in line for mark in ("..", "~", ",,")) and all(
        _MARKED.search(sentence) and len(sentence.split()) <= 12 for sentence in sentences
    )


def joined(
    sentences: Sequence[str],
    chance: random.Random,
    bare: float,
    mixed: float,
    paused: random.Random | None,
) -> Iterator[Paragraph]:
    """Paragraphs of two to six sentences: a share of them `bare` of final marks, another
    `mixed`; some with marks elsewhere and with speakers or bullets if they are `paused`."""
    waiting = iter(sentences)
    while group := list(islice(waiting, chance.randint(2, 6))):
        paragraph = join(_without_marks(group, chance, bare, mixed), chance)
        if paused:
            paragraph = with_pauses(paragraph, chance)
        yield with_openings(paragraph, chance) if paused else paragraph


def _without_marks(group: list[str], chance: random.Random, bare: float, mixed: float) -> list[str]:
    kind = chance.random()
    if kind < bare:
        return [_FINAL.sub("", one) for one in group]
    if kind < bare + mixed:
        return [_FINAL.sub("", one) if chance.random() < 0.5 else one for one in group]
    return group


def reviews(clear: Sequence[list[str]], chance: random.Random) -> Iterator[Paragraph]:
    """Paragraphs of reviews whose sentences are clear."""
    pool = [one for one in clear if len(one) > 1][:14000]
    pool += [one for one in clear if len(one) == 1][:5000]
    chance.shuffle(pool)
    pool.sort(key=lambda one: _is_nominal(one[-1]) and chance.random() < 0.9)
    waiting = iter(pool)
    while reviews := list(islice(waiting, chance.randint(1, 3))):
        group = [sentence for review in reviews for sentence in review]
        group = _without_marks(group, chance, 0.55, 0.08)
        if chance.random() < 0.25:
            group = [re.sub(r"[.!?]+$", chance.choice(_CASUAL), one) for one in group]
        yield with_openings(with_pauses(join(group, chance), chance), chance)


def with_unknown_ends(lines: list[str], chance: random.Random) -> Iterator[Paragraph]:
    """Paragraphs of reviews that may hold sentences whose ends nobody marked."""
    lines.sort(key=lambda line: _is_nominal(line) and chance.random() < 0.9)
    waiting = iter(lines)
    while group := list(islice(waiting, chance.randint(2, 4))):
        group = _without_marks(group, chance, 0.3, 0)
        yield replace(join(group, chance, spaced=1), is_whole=False)


def _is_nominal(line: str) -> bool:
    """Whether the line ends in -ㅁ, as people who write so go on to."""
    syllables = re.findall("[가-힣]", line)
    return bool(syllables) and split_syllable(syllables[-1])[2] == "ㅁ"


def join(sentences: Iterable[str], chance: random.Random, spaced: float = 0.97) -> Paragraph:
    text = ""
    ends: set[int] = set()
    for sentence in filter(None, sentences):
        if text and (text[-1] not in ".!?" or chance.random() < spaced):
            text += " "
        text += sentence
        ends.add(len(text))
    return Paragraph(text, frozenset(ends))


def with_pauses(paragraph: Paragraph, chance: random.Random) -> Paragraph:
    """The paragraph, or one with marks where no sentence ends."""
    if chance.random() > 0.1:
        return paragraph
    text = ""
    ends: set[int] = set()
    for place, sign in enumerate(paragraph.text):
        if place in paragraph.ends:
            ends.add(len(text))
        elif sign == " " and "가" <= paragraph.text[place - 1] <= "힣" and chance.random() < 0.15:
            text += chance.choice(_PAUSES)
        text += sign
    return Paragraph(text, frozenset({*ends, len(text)}))


def with_openings(paragraph: Paragraph, chance: random.Random) -> Paragraph:
    """The paragraph, or one whose sentences begin with a speaker's name or a bullet."""
    kind = chance.random()
    if kind > 0.06:
        return paragraph
    colon, bullet = chance.choice((":", ": ", " : ")), chance.choice(_BULLETS)
    opened: list[str] = []
    start = 0
    for end in sorted(paragraph.ends):
        name = "".join(chance.choice(_NAMES) for _ in range(chance.randint(2, 4)))
        opening = name + colon if kind < 0.035 else bullet
        opened.append(opening + paragraph.text[start:end].strip())
        start = end
    return join(opened, chance, spaced=1)


def rows_of_ends(paragraph: Paragraph, tokens: list[tuple[int, int]], view: View) -> Iterator[Row]:
    """What a paragraph teaches, with the weight of each place."""
    eojeols = words = 0
    for place in places(paragraph.text, tokens, view):
        if place.words == words:
            continue
        is_end, weight = _judged(paragraph, place, place.eojeols - eojeols)
        if weight:
            known = place.symbols_after(eojeols) if paragraph.is_whole else place.symbols
            yield known, is_end, weight
        if is_end:
            eojeols, words = place.eojeols, place.words


def _judged(paragraph: Paragraph, place: Place, length: int) -> tuple[bool, float]:
    """Whether a sentence ends there, and how much that counts: nothing if it is not clear."""
    tag = place.symbols[3].rpartition("/")[2]
    is_spaced = paragraph.text[place.offset : place.offset + 1] == " "
    is_marked = is_spaced and place.marks in (".", "!", "?", '."') and tag == "EF"
    if place.offset in paragraph.ends or is_marked:
        # lines of corpora are titles, or break off, more often than sentences are in a paragraph
        return True, 1 if place.marks or tag in ("EF", "EC", "ETN") else 0.3
    if paragraph.is_whole:
        return False, 1
    is_bound = tag[0] in "JM" or tag in ("IC", "ETM", "EP")
    if is_spaced and ":" in place.marks:
        if is_bound or length < 2:
            return False, 1
        if length > 3 and tag in ("EF", "EC", "ETN", "NNG", "NNP", "XSN"):
            return True, 1
    if is_spaced and not place.marks and (is_bound or tag == "EC"):
        return False, 0.5
    return False, 0


def ends(folder: Path, tokenizer: KiwiTokenizer, chance: random.Random) -> Iterator[Row]:
    given = paragraphs(folder, chance)
    while group := list(islice(given, GROUP)):
        sentences = [segment(paragraph.text) for paragraph in group]
        views = tokenizer.analyze([paragraph.text for paragraph in group])
        for paragraph, sentence, (view,) in zip(group, sentences, views, strict=True):
            tokens = [(token.start, token.end) for token in sentence.tokens]
            yield from rows_of_ends(paragraph, tokens, view)


# ---------------------------------------------------------------- spaces


def spaced_texts(folder: Path, chance: random.Random) -> Iterator[str]:
    """Sentences whose spaces are those of an editor."""
    for name, count in (*TREEBANKS.items(), ("ud-korean-kaist", 23000)):
        texts = treebank(folder, name)
        yield from texts[8000:count] if count > 8000 else texts[:count]
    for name, count in (("news_and_wiki", 8000), ("technical", 6000), ("chat", 4000)):
        yield from unlabelled(folder, name, chance)[:count]


def without_spaces(text: str, chance: random.Random) -> str:
    """The text with its spaces, or some of them or none, and with few that are wrong."""
    kind = chance.random()
    kept = added = 0.0
    if kind > 0.35:
        kept = 0.5 if kind < 0.65 else chance.uniform(0.3, 1)
        added = chance.choice((0, 0.02, 0.04, 0.08)) if kind > 0.65 else 0.0
    return "".join(
        ""
        if sign == " " and chance.random() >= kept
        else f"{sign} "
        if sign != " " and chance.random() < added
        else sign
        for sign in text
    ).strip()


def spaces(folder: Path, tokenizer: KiwiTokenizer, chance: random.Random) -> Iterator[Row]:
    given = spaced_texts(folder, chance)
    while group := list(islice(given, GROUP)):
        group = [" ".join(text.split()) for text in group]
        changed = [without_spaces(text, chance) for text in group]
        for text, bare, (view,) in zip(group, changed, tokenizer.analyze(changed), strict=True):
            wanted = [text[match.start() - 1] == " " for match in re.finditer(r"\S", text)][1:]
            for symbols, is_space in zip(symbols_of(bare, view), wanted, strict=True):
                yield symbols, is_space, 1


# ---------------------------------------------------------------- training


def fit(rows: Iterable[Row], size: int, rare: int, smallest: float) -> numpy.ndarray:
    """The weights as they are stored, `[size]` of 8 bits."""
    known: dict[str, int] = {}
    columns: list[numpy.ndarray] = []
    is_so: list[bool] = []
    weights: list[float] = []
    for symbols, answer, weight in rows:
        numbers = [known.setdefault(symbol, len(known)) for symbol in symbols]
        columns.append(numpy.array(numbers, numpy.int32))
        is_so.append(answer)
        weights.append(weight)
    print(f"{len(is_so)} places, {sum(is_so)} of them so, {len(known)} symbols")
    counts = numpy.bincount(numpy.concatenate(columns))
    hashed = numpy.array([place_of(symbol, size) for symbol in known], numpy.int32)
    columns = [hashed[column[counts[column] >= rare]] for column in columns]
    starts = numpy.cumsum([0, *map(len, columns)])
    indices = numpy.concatenate(columns)
    matrix = csr_matrix(
        (numpy.ones(len(indices), numpy.float32), indices, starts), shape=(len(is_so), size)
    )
    model = LogisticRegression(C=0.3, max_iter=120)
    model.fit(matrix, is_so, sample_weight=weights)
    found = model.coef_[0]
    found[0] = model.intercept_[0]
    found[numpy.abs(found) < smallest] = 0
    stored: numpy.ndarray = numpy.clip(numpy.round(found / SCALE), -127, 127).astype(numpy.int8)
    return stored


MAKERS: dict[str, Callable[[Path, KiwiTokenizer, random.Random], Iterator[Row]]] = {
    "sentence_ends": ends,
    "spaces": spaces,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Train what splits sentences or sets spaces.")
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("what", choices=MAKERS)
    args = parser.parse_args()
    rows = MAKERS[args.what](args.data, KiwiTokenizer(), random.Random(SEED))
    weights = fit(rows, SIZES[args.what], RARE[args.what], SMALLEST[args.what])
    with whole_file(Path("tagger/boundaries") / f"{args.what}.npz") as stream:
        numpy.savez_compressed(stream, weights=weights)


if __name__ == "__main__":
    main()
