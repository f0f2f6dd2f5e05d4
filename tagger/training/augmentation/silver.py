"""Unlabelled text as a corpus: labelled by Kiwi with its larger language model.

A network that learns from such a corpus beside gold ones, told apart by the corpus embedding,
meets words and ways of writing that gold lacks, and keeps the conventions of gold (silver
data; Rebholz-Schuhmann et al. 2010). The larger model, `cong-global`, reads the sentence
further and knows homographs better than the one that gives hints, at more than twice its time:
what is learned from it costs nothing when tagging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy

from tagger.labeling.examples import composed_text, hints_by_token
from tagger.labeling.labels import BETWEEN_SLOTS, NOTHING, in_sejong, structure_of
from tagger.labeling.step import hint_column
from tagger.model.batches import IGNORED
from tagger.text.segmentation import segment
from tagger.text.sentence import Morpheme, Sentence, Token, gold_token
from tagger.text.tagsets import sejong_tag
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.training.data import TrainingData

TEACHER = "cong-global"

TRUSTED = 0.6
"""The share of the places where the target corpus must have the tokenizer's structure itself."""


def silver_sentences(texts: Sequence[str], threads: int = 1) -> list[Sentence]:
    """The texts as a corpus, in the tags of Sejong; those without an analysis are left out.

    A token has the morphemes that begin in it, a numeral in one piece. UPOS is not given.
    """
    bare = [segment(text) for text in texts]
    composed = [composed_text(sentence) for sentence in bare]
    analyses = KiwiTokenizer(threads, names=True, model=TEACHER).analyze(
        [text.text for text in composed]
    )
    found = []
    for sentence, text, (view,) in zip(bare, composed, analyses, strict=True):
        tokens = tuple(
            gold_token(
                token.surface,
                token.start,
                whole_numerals([(hint.form, sejong_tag(hint.tag)) for hint in hints]),
            )
            for token, (_, _, hints) in zip(
                sentence.tokens, hints_by_token(sentence, text, view), strict=True
            )
        )
        if any(token.morphemes for token in tokens):
            found.append(Sentence(sentence.text, tokens))
    return with_final_endings(found)


def whole_numerals(morphemes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """이십/NR for 이/NR+십/NR, and 열두/MM for 열/NR+두/MM, as Sejong corpora mostly have them."""
    found: list[tuple[str, str]] = []
    for form, tag in morphemes:
        if found and found[-1][1] == "NR" and tag.startswith(("NR", "MM")):
            found[-1] = (found[-1][0] + form, tag)
        else:
            found.append((form, tag))
    return found


def with_final_endings(sentences: Sequence[Sentence]) -> list[Sentence]:
    """EF instead of Kiwi's EC at the end of a text for those endings that mostly are EF before
    a final stop: without the stop Kiwi often takes 가자 for the beginning of a sentence."""
    stopped = Counter(
        str(final)
        for sentence in sentences
        if sentence.tokens[-1].xpos.endswith("SF") and (final := _final(sentence.tokens))
    )
    return [
        replace(sentence, tokens=tuple(_with_final_ending(sentence.tokens, stopped)))
        for sentence in sentences
    ]


def _final(tokens: Sequence[Token]) -> Morpheme | None:
    """The last morpheme that is not a symbol."""
    morphemes = (morpheme for token in reversed(tokens) for morpheme in reversed(token.morphemes))
    return next((morpheme for morpheme in morphemes if not morpheme.tag.startswith("S")), None)


def _with_final_ending(tokens: Sequence[Token], stopped: Counter[str]) -> Iterator[Token]:
    final = _final(tokens)
    if final and final.tag == "EC":
        ending = replace(final, tag="EF")
        if stopped[str(ending)] > stopped[str(final)]:
            for token in tokens:
                yield replace(
                    token,
                    morphemes=tuple(ending if each is final else each for each in token.morphemes),
                )
            return
    yield from tokens


def trusted_labels(data: TrainingData) -> numpy.ndarray:
    """Of each label, and of no label after them, whether the target corpus mostly agrees with the
    tokenizer where that gives its structure, and has its tags. Shape `[labels + 1]`."""
    vocabulary = data.vocabulary
    names = list(vocabulary.inputs)
    trusted = numpy.zeros(len(vocabulary.labels) + 1, dtype=bool)
    if hint_column(0) not in names:
        return trusted
    row = names.index(hint_column(0))
    hints = list(map(in_sejong, vocabulary.inputs[hint_column(0)].symbols))
    structures = list(map(structure_of, vocabulary.labels.symbols))
    agreed: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for example in data.examples:
        if example.corpus == data.target_corpus:
            for hint, label in zip(example.columns[row].tolist(), example.labels.tolist()):
                if label != IGNORED:
                    given[hints[hint]] += 1
                    agreed[hints[hint]] += structures[label] == hints[hint]
    tags = set(data.knowledge.tags[vocabulary.corpora.symbol(data.target_corpus)])
    for index, found in enumerate(structures):
        at_home = {part[2:] for part in found.split(BETWEEN_SLOTS)} <= tags or found == NOTHING
        trusted[index] = at_home and agreed[found] >= TRUSTED * given[found]
    return trusted
