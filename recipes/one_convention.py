"""Write a corpus of KLUE-DP's conventions in one convention, that of `sejong`:

    python recipes/one_convention.py $DATA/klue-dp/train.tsv corpora/sample/*.tsv -o sejong.tsv

KLUE-DP writes 떨어지다 as one verb and as two, 네요 as one ending and as an ending with a particle,
미성년자 as one noun and as two. Where it contradicts itself, or writes apart what a dictionary has
as one verb or adjective, the dictionary's word is taken, which is Kiwi's; see docs/conventions.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from corpora.reading import read
from tagger.system.files import whole_text
from tagger.text.hangul import is_syllable
from tagger.text.sentence import Eojeol, Sentence
from tagger.tokenizer.base import Hint
from tagger.tokenizer.joining import join
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.training.augmentation.silver import TEACHER, whole_numerals

Pair = tuple[str, str]
"""Form and tag."""

VERBS = ("VV", "VA", "VX")
PASSIVE = "지"
NOUN_PARTS = ("NNG", "NNB", "XR", "XPN", "XSN", "NR", "MM")
PRONOUNS = {"내": "나", "제": "저", "네": "너"}
ADVERBS = ("진짜", "완전")
UNITS = ("다섯", "여섯", "일곱", "여덟", "아홉")
TENS = ("열", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
NUMERALS = frozenset((*UNITS, *TENS, *(ten + unit for ten in (*TENS, "스물") for unit in UNITS)))
"""Native numerals that have no other form before a counter (다섯 명, but 두 명)."""

CONSISTENT = 3
"""A noun that the corpus writes in parts that often, and more often than whole, stays so."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a corpus in one convention.")
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    sentences = [found for path in args.corpora for found in read(path).sentences]
    with whole_text(args.output) as stream:
        stream.writelines(map(as_rows, one_convention(sentences)))


def as_rows(eojeols: Iterable[tuple[str, list[Pair]]]) -> str:
    """A sentence as a corpus has it: a line an eojeol, and an empty one."""
    return (
        "".join(
            f"{surface}\t{' + '.join(f'{form}/{tag}' for form, tag in pairs)}\n"
            for surface, pairs in eojeols
        )
        + "\n"
    )


def one_convention(sentences: Sequence[Sentence]) -> Iterator[list[tuple[str, list[Pair]]]]:
    """The eojeols of each sentence: surface and morphemes."""
    analysed = list(
        zip(
            sentences,
            KiwiTokenizer(names=True, model=TEACHER).analyze([s.text for s in sentences]),
            strict=True,
        )
    )
    written = Counter(
        pair
        for sentence in sentences
        for eojeol in sentence.each_eojeol()
        for pair in pairs_of(eojeol)
    )
    apart = Counter(
        parts
        for sentence, (hints,) in analysed
        for eojeol in sentence.each_eojeol()
        for _, parts, _ in nouns_in_parts(pairs_of(eojeol), words_in(eojeol, hints))
    )
    in_parts = {
        parts
        for parts, count in apart.items()
        if count >= CONSISTENT and count > written["".join(form for form, _ in parts), "NNG"]
    }
    for sentence, (hints,) in analysed:
        rows = []
        for eojeol in sentence.each_eojeol():
            words = words_in(eojeol, hints)
            pairs = whole_verbs(pairs_of(eojeol), words, written)
            pairs = whole_nouns(pairs, words, in_parts)
            pairs = adverbs(pronouns(pairs), words)
            pairs = giving(whole_numerals(whole_endings(pairs)))
            rows.append((eojeol.surface, points_in_numbers(pairs)))
        yield before_others(rows)


def pairs_of(eojeol: Eojeol) -> list[Pair]:
    return [(morpheme.form, morpheme.tag) for morpheme in eojeol.morphemes]


def words_in(eojeol: Eojeol, hints: Iterable[Hint]) -> list[Pair]:
    """Kiwi's words that begin in the eojeol."""
    return [
        (hint.form, hint.tag.split("-")[0])
        for hint in hints
        if eojeol.start <= hint.start < eojeol.start + len(eojeol.surface)
    ]


def whole_verbs(pairs: list[Pair], words: list[Pair], written: Counter[Pair]) -> list[Pair]:
    """들/VV+어/EC+가/VX as 들어가/VV and 맛/NNG+있/VA as 맛있/VA where Kiwi has them.

    The passive 알리/VV+어/EC+지/VX stays as KLUE-DP writes it, unless that has it whole too."""
    verbs = {form: tag for form, tag in words if tag in VERBS}
    found: list[Pair] = []
    place = 0
    while place < len(pairs):
        size = _size_of_verb(pairs[place:])
        whole = size and _joined(pairs[place : place + size])
        if whole in verbs:
            tag = verbs[whole]
            if pairs[place + size - 1][0] != PASSIVE or (whole, tag) in written:
                found.append((whole, tag))
                place += size
                continue
        found.append(pairs[place])
        place += 1
    return found


def _size_of_verb(pairs: list[Pair]) -> int:
    tags = [tag for _, tag in pairs]
    if tags[0] in VERBS and tags[1:2] == ["EC"] and pairs[1][0] in ("아", "어", "여") and tags[2:3]:
        return 3 if tags[2] in VERBS else 0
    return 2 if tags[0] in ("NNG", "XR", "MAG") and tags[1:2] and tags[1] in ("VV", "VA") else 0


def _joined(pairs: list[Pair]) -> str:
    return "".join(form for form, _ in pairs) if len(pairs) == 2 else join(pairs).replace(" ", "")


def nouns_in_parts(
    pairs: list[Pair], words: list[Pair]
) -> Iterator[tuple[int, tuple[Pair, ...], Pair]]:
    """Where a common noun of Kiwi's stands in parts: the first of them, the parts, the noun."""
    for first in range(len(pairs)):
        for size in range(2, len(pairs) - first + 1):
            parts = tuple(pairs[first : first + size])
            if not all(tag.startswith(NOUN_PARTS) for _, tag in parts):
                break
            noun = "".join(form for form, _ in parts), "NNG"
            if noun in words and all(map(is_syllable, noun[0])):
                yield first, parts, noun


def whole_nouns(
    pairs: list[Pair], words: list[Pair], in_parts: Collection[tuple[Pair, ...]]
) -> list[Pair]:
    for first, parts, noun in nouns_in_parts(pairs, words):
        if parts not in in_parts:
            rest = whole_nouns(pairs[first + len(parts) :], words, in_parts)
            return [*pairs[:first], noun, *rest]
    return pairs


def pronouns(pairs: list[Pair]) -> list[Pair]:
    """내/NP+가/JKS as 나/NP+가/JKS, for 내 alone is 나/NP+의/JKG."""
    return [
        (PRONOUNS.get(form, form) if tag == "NP" and after in ("JKS", "JKC") else form, tag)
        for (form, tag), after in zip(pairs, [*(tag for _, tag in pairs[1:]), ""])
    ]


def adverbs(pairs: list[Pair], words: list[Pair]) -> list[Pair]:
    """진짜 and 완전, which KLUE-DP has as MAG and as NNG, as Kiwi has them."""
    return [
        (form, "MAG" if form in ADVERBS and (form, "MAG") in words else tag) for form, tag in pairs
    ]


def giving(pairs: list[Pair]) -> list[Pair]:
    """부탁/NNG+드리/VV, which has XSV and VX too, as Kiwi has it."""
    return [
        (form, "VV" if form == "드리" and tag in ("XSV", "VX") and before == "NNG" else tag)
        for before, (form, tag) in zip(["", *(tag for _, tag in pairs)], pairs)
    ]


def before_others(rows: list[tuple[str, list[Pair]]]) -> list[tuple[str, list[Pair]]]:
    """The tags that what follows tells, in the next eojeol too."""
    given = [pair for _, pairs in rows for pair in pairs]
    changed = iter(map(_before, given, [*given[1:], ("", "")]))
    return [(surface, list(islice(changed, len(pairs)))) for surface, pairs in rows]


def _before(pair: Pair, after: Pair) -> Pair:
    """여섯/NR before a counter as MMN, as 두, and 이/JKS before 아니/VCN as JKC."""
    form, tag = pair
    if form in NUMERALS and tag == "NR" and after[1] == "NNB":
        return form, "MMN"
    if tag == "JKS" and after == ("아니", "VCN"):
        return form, "JKC"
    return pair


def points_in_numbers(pairs: list[Pair]) -> list[Pair]:
    """3/SN+./SP+7/SN, which KLUE-DP has 19 times, also where it has 3/SN+./SF+7/SN (6 times)."""
    return [
        (form, "SP" if (form, tag) == (".", "SF") and before == after == "SN" else tag)
        for before, (form, tag), after in zip(
            ["", *(tag for _, tag in pairs)], pairs, [*(tag for _, tag in pairs[1:]), ""]
        )
    ]


def whole_endings(pairs: list[Pair]) -> list[Pair]:
    """네/EF+요/JX as 네요/EF and 시/EP+어요/EF as 세요/EF."""
    found: list[Pair] = []
    for form, tag in pairs:
        before = found[-1] if found else ("", "")
        if (form, tag) == ("요", "JX") and before[1] == "EF":
            found[-1] = before[0] + form, "EF"
        elif (form, tag) == ("어요", "EF") and before[1] == "EP" and before[0] in ("시", "으시"):
            found[-1] = before[0][:-1] + "세요", "EF"
        elif (form, tag) == ("세요", "EF") and before[1] == "VV" and before[0][-1:] == "시":
            found.append(("어요", "EF"))  # 계세요 is 계시/VV+어요/EF
        else:
            found.append((form, tag))
    return found


if __name__ == "__main__":
    main()
