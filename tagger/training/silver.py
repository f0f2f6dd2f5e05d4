"""Unlabelled text as a corpus: labelled by Kiwi with its larger language model.

A network that learns from such a corpus beside gold ones, told apart by the corpus embedding,
meets words and ways of writing that gold lacks, and keeps the conventions of gold (silver
data; Rebholz-Schuhmann et al. 2010). The larger model, `cong-global`, reads the sentence
further and knows homographs better than the one that gives hints, at more than twice its time:
what is learned from it costs nothing when tagging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy

from tagger.labeling.examples import composed_text, hints_by_token
from tagger.labeling.labels import BETWEEN_SLOTS, NOTHING, in_sejong, structure_of
from tagger.labeling.step import hint_column
from tagger.model.batches import IGNORED
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, gold_token
from tagger.text.tagsets import sejong_tag
from tagger.tokenizer.kiwi import KiwiTokenizer
from tagger.training.data import TrainingData

TEACHER = "cong-global"

TRUSTED = 0.6
"""The share of the places where the target corpus must have the tokenizer's structure itself."""


def silver_sentences(texts: Sequence[str], threads: int = 1) -> list[Sentence]:
    """The texts as a corpus, in the tags of Sejong; those without an analysis are left out.

    A token has the morphemes that begin in it. UPOS is not given.
    """
    bare = [segment(text) for text in texts]
    composed = [composed_text(sentence) for sentence in bare]
    analyses = KiwiTokenizer(threads, model=TEACHER).analyze([text.text for text in composed])
    found = []
    for sentence, text, (view,) in zip(bare, composed, analyses, strict=True):
        tokens = tuple(
            gold_token(
                token.surface,
                token.start,
                [(hint.form, sejong_tag(hint.tag)) for hint in hints],
            )
            for token, (_, _, hints) in zip(
                sentence.tokens, hints_by_token(sentence, text, view), strict=True
            )
        )
        if any(token.morphemes for token in tokens):
            found.append(Sentence(sentence.text, tokens))
    return found


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
