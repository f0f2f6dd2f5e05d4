"""What `tag.py` was asked to do, as a value that worker processes can be given too."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from itertools import chain, tee
from typing import TYPE_CHECKING, Any

from corpora.formats import conllu
from corpora.rows import Block, Report, blocks
from tagger.errors import TaggerError
from tagger.preparation import Preparation
from tagger.system.memory import trimmer
from tagger.text.document import paragraphs_of
from tagger.text.formats import FORMATS, SHOW_DICTIONARY_FORMS, Formatter
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.model.bundle import Bundle
    from tagger.tokenizer.user_dictionary import UserDictionary

STANDARD = "-"

Parsed = tuple[Block, Sentence]
"""A block of CoNLL-U as it was written and as it is read."""


@dataclass(frozen=True)
class Job:
    """The options that say how a text is tagged and written; `number`s count from 1."""

    model: str
    device: str
    threads: int
    conventions: str | None
    engine: str
    user_dictionary: UserDictionary | None
    batch_size: int
    format: str
    input_format: str
    nbest: int | None
    min_score: float | None
    colour: bool
    dictionary_form: bool = False
    pos: tuple[str, ...] | None = None
    forms: bool = False
    stopwords: tuple[str, ...] = ()
    split_sentences: bool = False
    paragraphs: bool = False
    respace: bool = False
    whole_numbers: bool = False
    normalize: bool = False
    correct_typos: bool = False

    @classmethod
    def of(cls, args: argparse.Namespace) -> Job:
        return cls(**{item.name: getattr(args, item.name) for item in fields(cls)})

    @property
    def document_head(self) -> str:
        """What stands before the first sentence of an input."""
        return "# newdoc\n" if self.format == "conllu" and self.split_sentences else ""

    def check(self, bundle: Bundle) -> None:
        """Raises TaggerError if the model does not have the tags that are asked for."""
        if self.pos is not None:
            from tagger.model.bundle import check_tags

            check_tags(bundle, self.pos)

    @property
    def preparation(self) -> Preparation:
        """What is done to the lines before they are tagged."""
        return Preparation(self.normalize, self.correct_typos, self.respace)

    def tag_lines(self, tagger: Tagger, lines: Iterable[str], number: int) -> Iterator[str]:
        """The text of each line, the first of which has this number."""
        lines = self.preparation.texts(tagger, lines)
        if self.split_sentences:
            yield from self._tag_paragraphs(tagger, lines, number)
            return
        sentences = tagger.tag(lines, batch_size=self.batch_size, nbest=self.nbest or 0)
        write = self._writer()
        for place, sentence in enumerate(sentences, start=number):
            trimmer.after(len(sentence.text))
            yield write(sentence, place)

    def _tag_paragraphs(self, tagger: Tagger, lines: Iterable[str], number: int) -> Iterator[str]:
        """The text of the sentences of each paragraph. They are numbered `3-1`, `3-2`, …"""
        write = self._writer()
        split = tagger.split_paragraphs(lines, batch_size=self.batch_size, nbest=self.nbest or 0)
        for place, sentences in enumerate(split, start=number):
            trimmer.after(sentences[-1].end)
            written = [write(one, f"{place}-{index}") for index, one in enumerate(sentences, 1)]
            if self.format == "conllu" and written[0]:
                written.insert(0, "# newpar\n")
            yield "".join(written)

    def tag_blocks(self, tagger: Tagger, parsed: Iterable[Parsed], number: int) -> Iterator[str]:
        """The text of each block of CoNLL-U, whose tokens are kept."""
        originals, sources = tee(parsed)
        sentences = tagger.tag_sentences(
            (sentence for _, sentence in sources),
            batch_size=self.batch_size,
            nbest=self.nbest or 0,
        )
        write = self._writer()
        pairs = zip(originals, sentences, strict=True)
        for place, ((block, _), sentence) in enumerate(pairs, start=number):
            trimmer.after(len(sentence.text))
            if self.format == "conllu":
                yield conllu.rewrite_block(block, sentence, self.dictionary_form)
            else:
                yield write(sentence, place)

    def _writer(self) -> Formatter:
        options: dict[str, Any] = {}
        if self.min_score is not None:
            options["minimum_score"] = self.min_score
        if self.format == "pretty":
            options["colour"] = self.colour
        if self.format in SHOW_DICTIONARY_FORMS and self.dictionary_form:
            options["dictionary_forms"] = True
        if self.format == "words":
            options["pos"] = None if self.pos is None else frozenset(self.pos)
            options["dictionary_forms"] = not self.forms
            options["stopwords"] = frozenset(self.stopwords)
        if self.format == "jsonl" and self.split_sentences:
            options["with_place"] = True
        return partial(FORMATS[self.format], **options)


def paragraphs_in(groups: Iterable[list[str]]) -> Iterator[list[str]]:
    """The lines of a group, and of the next ones, as paragraphs that blank lines part: those that
    are complete with each group."""
    waiting: list[str] = []
    for group in groups:
        waiting += group
        blank = next(
            (place for place in range(len(waiting) - 1, -1, -1) if not waiting[place].strip()), -1
        )
        yield list(paragraphs_of(waiting[: blank + 1]))
        waiting = waiting[blank + 1 :]
    yield list(paragraphs_of(waiting))


def read_blocks(path: str, groups: Iterable[list[str]]) -> Iterator[Parsed]:
    """The blocks of CoNLL-U with their sentences. Raises TaggerError at a broken row."""
    rows = Report("standard input" if path == STANDARD else path)
    for block in blocks(chain.from_iterable(groups)):
        sentence = conllu.read_block(block, rows, gold=False)
        if rows.problems:
            problem = rows.problems[0]
            raise TaggerError(problem.what, where=problem.where, remedy="fix the CoNLL-U")
        if sentence:
            yield block, sentence
