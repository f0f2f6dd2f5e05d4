"""What can be done to a text before it is tagged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagger.text.repetitions import normalize

if TYPE_CHECKING:
    from tagger.analyzer import Tagger


@dataclass(frozen=True)
class Preparation:
    """Repetitions shortened, typing errors mended, spaces corrected, in this order. Offsets then
    count in what comes of the text."""

    normalize: bool = False
    correct_typos: bool = False
    respace: bool = False

    def __bool__(self) -> bool:
        return self.normalize or self.correct_typos or self.respace

    def texts(self, tagger: Tagger, texts: Iterable[str]) -> Iterable[str]:
        """The texts as they are to be tagged, lazily and in order. Raises TaggerError if the
        model has no analyser and one is needed."""
        if self.normalize:
            texts = map(normalize, texts)
        if self.correct_typos:
            texts = tagger.correct_texts(texts)
        return tagger.space_texts(texts) if self.respace else texts


AS_GIVEN = Preparation()
"""Nothing is done."""
