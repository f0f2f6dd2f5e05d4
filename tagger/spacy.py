"""spaCy's parts (the extra `spacy`), which it finds by itself once both are installed:

    nlp = tagger.spacy.blank()                      # `spacy.blank("ko")`, our tokens
    nlp.add_pipe("pumsa", config={"model": "sejong"})

The tokenizer `pumsa.Tokenizer.v1` makes the tokens of UD Korean: eojeols, with punctuation split
off. The component fills `tag_` (XPOS, tags joined by `+`), `lemma_` (forms joined by `+`), `pos_`
(UPOS) and `token._.morphemes`, and takes the tokens of other tokenizers as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import tee
from pathlib import Path
from typing import Any

from tagger.system.extras import require

require("spacy")

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.util import registry
from spacy.vocab import Vocab

from tagger.analyzer import Tagger
from tagger.model import folder as model_folder
from tagger.text.segmentation import segment
from tagger.text.sentence import Sentence, gold_token

TOKENIZER = "pumsa.Tokenizer.v1"

if not Token.has_extension("morphemes"):
    Token.set_extension("morphemes", default=())


class Tokenizer:
    """Eojeols, with punctuation split off; the text can be rebuilt from the tokens."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for token in segment(text).tokens:
            _add_space(text[end : token.start], words, spaces)
            words.append(token.surface)
            spaces.append(False)
            end = token.end
        _add_space(text[end:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """It has nothing to save."""

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Tokenizer:
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Tokenizer:
        return self


def _add_space(gap: str, words: list[str], spaces: list[bool]) -> None:
    """One space belongs to the token before; what is more is a token, as spaCy has it."""
    if gap.startswith(" ") and words:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)


@registry.tokenizers(TOKENIZER)  # type: ignore[untyped-decorator]
def make_tokenizer() -> Any:
    """The factory of the tokenizer."""
    return lambda nlp: Tokenizer(nlp.vocab)


def blank() -> Language:
    """`spacy.blank("ko")` with our tokenizer in place of its own, which needs MeCab-ko."""
    return spacy.blank("ko", config={"nlp": {"tokenizer": {"@tokenizers": TOKENIZER}}})


@Language.factory(
    "pumsa",
    assigns=["token.tag", "token.pos", "token.lemma", "token._.morphemes"],
    default_config={"model": "sejong"},
)
def make_component(nlp: Language, name: str, model: str) -> Component:
    """The factory of the component."""
    return Component(name, model)


class Component:
    """Tags docs. The model is loaded when the first one comes, or from disk with the pipeline."""

    def __init__(self, name: str, model: str) -> None:
        self.name = name
        self.model = model
        self._loaded: Tagger | None = None

    @property
    def tagger(self) -> Tagger:
        if self._loaded is None:
            self._loaded = Tagger.load(self.model)
        return self._loaded

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Many docs, which are tagged together."""
        docs, sources = tee(stream)
        for doc, sentence in zip(
            docs, self.tagger.tag_sentences(map(_sentence_of, sources)), strict=True
        ):
            words = (token for token in doc if not token.is_space)
            for word, token in zip(words, sentence.tokens, strict=True):
                word.tag_ = token.xpos
                word.lemma_ = token.lemma
                word.pos_ = token.upos or ""
                word._.morphemes = token.morphemes
            for space in doc:
                if space.is_space:
                    space.pos_ = "SPACE"
            yield doc

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Save the model with the pipeline."""
        bundle = self.tagger.bundle
        model_folder.save(bundle, Path(path), f"# {self.model}\n\nSaved with a spaCy pipeline.\n")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Component:
        """Load the model of the pipeline. Raises TaggerError if it is not usable."""
        self._loaded = Tagger.load(Path(path))
        return self


def _sentence_of(doc: Doc) -> Sentence:
    tokens = tuple(gold_token(token.text, token.idx) for token in doc if not token.is_space)
    return Sentence(doc.text, tokens)
