"""Unlabelled text as a corpus: labelled by Kiwi with its larger language model.

A network that learns from such a corpus beside gold ones, told apart by the corpus embedding,
meets words and ways of writing that gold lacks, and keeps the conventions of gold (silver
data; Rebholz-Schuhmann et al. 2010). The larger model, `cong-global`, reads the sentence
further and knows homographs better than the one that gives hints, at more than twice its time:
what is learned from it costs nothing when tagging.
"""

from __future__ import annotations

from collections.abc import Sequence

from tagger.labeling.examples import composed_text, hints_by_token
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, gold_token
from tagger.text.tagsets import sejong_tag
from tagger.tokenizer.kiwi import KiwiTokenizer

TEACHER = "cong-global"


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
