"""`study restore`: the encoder-decoder of `tagger/model/seq2seq.py` at work, and what it is worth.

It is two problem shapes in one: the encoder is many-to-one (all jamo into the decoder's first
hidden state), the decoder one-to-many (that state into the restored jamo); with attention the
decoder sees all of the encoder's states too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy

from tagger.errors import TaggerError
from tagger.labeling.examples import Example
from tagger.labeling.labels import RESTORED
from tagger.labeling.restoration import Restorer, copy_restoration, uncontract
from tagger.labeling.step import Step, neighbours
from tagger.model.bundle import Bundle
from tagger.model.seq2seq import BEGIN, Hypothesis, Restoration, RestorationWriter, source


def writer_of(bundle: Bundle) -> RestorationWriter:
    """The encoder-decoder of a model. Raises TaggerError if it has none."""
    writer = bundle.knowledge.restorer.writer
    if not isinstance(writer, RestorationWriter):
        raise TaggerError(
            "this model has no encoder-decoder: its training data restores nothing",
            remedy="choose another one with -m",
        )
    return writer


@dataclass(frozen=True)
class Answer:
    """What the encoder-decoder reads and writes.

    `read` are the symbols of the encoder, `states` the shape of its states, `memory` the shape
    of the one state that it leaves, `beam` what the decoder would write, the likeliest first.
    """

    item: Restoration
    read: list[str]
    states: tuple[int, ...]
    memory: tuple[int, ...]
    beam: list[Hypothesis]


def restore(writer: RestorationWriter, word: str, place: int, structure: str) -> Answer:
    """Ask for the syllable at this place of a word, counted from 0."""
    before, after = word[place - 1 : place] or " ", word[place + 1 : place + 2] or " "
    item = Restoration(writer.corpus, before, word[place], after, structure)
    read = source(item)
    states, memory = writer.encode(read)
    return Answer(item, read, states.shape, memory.hidden.shape, writer.beam(item))


def shown(symbol: str) -> str:
    """A symbol as it can be read alone: conjoining jamo become compatibility jamo.

    >>> [shown(s) for s in unicodedata.normalize("NFD", "쑨")]
    ['ㅆ', 'ㅜ', 'ㄴ']
    """
    name = unicodedata.name(symbol, "") if len(symbol) == 1 else ""
    for kind in ("CHOSEONG", "JUNGSEONG", "JONGSEONG"):
        if name.startswith(f"HANGUL {kind} "):
            letter = name.replace(kind, "LETTER")
            return unicodedata.lookup(letter)
    return {" ": "(edge)", BEGIN: "(begin)"}.get(symbol, symbol)


class Unseen(NamedTuple):
    """A gold restoration of a syllable that training never showed with this structure."""

    step: Step
    around: tuple[str, str]
    structure: str
    text: str


def unseen(restorer: Restorer, examples: Sequence[Example]) -> Iterator[Unseen]:
    """The restorations of gold sentences that a model's training data lacks."""
    for example in examples:
        labels = iter(example.labels)
        for steps in example.steps:
            for step, around, label in zip(steps, neighbours(steps), labels, strict=False):
                structure, arrow, text = (label or "").partition(RESTORED)
                if arrow and structure not in restorer.seen.get(step.form, {}):
                    yield Unseen(step, around, structure, text)


class Accuracy(NamedTuple):
    """How many restorations a way gets exactly right."""

    way: str
    right: int
    total: int


def accuracies(bundle: Bundle, examples: Sequence[Example]) -> list[Accuracy]:
    """Ways to restore what training never showed, given the right structure."""
    writer, restorer = writer_of(bundle), bundle.knowledge.restorer

    def greedy(item: Unseen) -> str | None:
        before, after = item.around
        asked = Restoration(writer.corpus, before, item.step.form, after, item.structure)
        return next((h.text(item.structure) for h in writer.beam(asked, 1)), None)

    def written(item: Unseen) -> str | None:
        return writer.write(item.around[0], item.step.form, item.around[1], item.structure)

    def without(item: Unseen) -> str | None:
        return Restorer(restorer.seen).propose(item.structure, item.step.form, item.step.analyses)

    def everything(item: Unseen) -> str | None:
        return restorer.propose(item.structure, item.step.form, item.step.analyses, item.around)

    ways: dict[str, Callable[[Unseen], str | None]] = {
        "the tokenizer's form, copied": lambda item: copy_restoration(
            item.structure, item.step.analyses
        ),
        "the rule of regular contractions": lambda item: uncontract(item.structure, item.step.form),
        "the encoder-decoder, greedy": greedy,
        "the encoder-decoder, beam search": written,
        "tokenizer, then rule": without,
        "tokenizer, rule, then encoder-decoder: the tagger": everything,
    }
    items = list(unseen(restorer, examples))
    return [
        Accuracy(way, sum(ask(item) == item.text for item in items), len(items))
        for way, ask in ways.items()
    ]


def attention_table(answer: Answer) -> list[list[str]]:
    """The best hypothesis, a row for each symbol it wrote: the symbol, then how much of the
    attention, in percent, each symbol that was read got."""
    best = answer.beam[0]
    return [
        [shown(symbol), *(f"{value:.0f}" for value in 100 * numpy.asarray(attention))]
        for symbol, attention in zip(best.symbols, best.attention, strict=True)
    ]
