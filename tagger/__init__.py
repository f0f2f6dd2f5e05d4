"""A Korean part-of-speech tagger: morphemes and tags from a stacked bidirectional LSTM.

>>> from tagger import Tagger
>>> print(Tagger.load().tag("나 밥 먹었다"))
나/NP 밥/NNG 먹/VV+었/EP+다/EF
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagger.errors import TaggerError
from tagger.text.sentence import Eojeol, Morpheme, Sentence, Token

if TYPE_CHECKING:
    from tagger.analyzer import Tagger
    from tagger.text.document import Document
    from tagger.text.repetitions import normalize
    from tagger.tokenizer.joining import join

__all__ = [
    "Document",
    "Eojeol",
    "Morpheme",
    "Sentence",
    "Tagger",
    "TaggerError",
    "Token",
    "join",
    "normalize",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "Tagger":  # brings numpy, which takes a moment to import
        from tagger.analyzer import Tagger

        return Tagger
    if name == "Document":
        from tagger.text.document import Document

        return Document
    if name == "normalize":
        from tagger.text.repetitions import normalize

        return normalize
    if name == "join":  # brings Kiwi
        from tagger.tokenizer.joining import join

        return join
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
