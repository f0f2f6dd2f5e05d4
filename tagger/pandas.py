"""`Series.pumsa` for columns of Korean text (the extra `pandas`): `import tagger.pandas`, then

    frame["text"].pumsa.tag()       # strings, `나/NP 밥/NNG 먹/VV+었/EP+다/EF`
    frame["text"].pumsa.nouns()     # lists of strings

Missing values stay missing, and the index is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from tagger.system.extras import require

require("pandas")

import pandas

from tagger.analyzer import Tagger
from tagger.text.sentence import Sentence
from tagger.text.tag_names import is_noun


@lru_cache(maxsize=4)
def _tagger(model: str | Path) -> Tagger:
    return Tagger.load(model)


@pandas.api.extensions.register_series_accessor("pumsa")
class PumsaAccessor:
    """The analyses of a Series of text. `model` is a name or folder, or a `Tagger`."""

    def __init__(self, series: pandas.Series) -> None:
        self._series = series

    def sentences(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """The analyses as `tagger.Sentence`s, which have everything."""
        return self._mapped(model, lambda sentence: sentence)

    def tag(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """The analyses as one string each."""
        return self._mapped(model, str)

    def pos(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of pairs of form and tag."""
        return self._mapped(model, lambda s: [(m.form, m.tag) for m in s.morphemes])

    def morphs(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of forms."""
        return self._mapped(model, lambda s: [m.form for m in s.morphemes])

    def nouns(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of the nouns, pronouns and numerals."""
        return self._mapped(model, lambda s: [m.form for m in s.morphemes if is_noun(m.tag)])

    def _mapped(self, model: str | Path | Tagger, what: Callable[[Sentence], Any]) -> pandas.Series:
        tagger = model if isinstance(model, Tagger) else _tagger(model)
        is_text = self._series.notna()
        answers = map(what, tagger.tag(map(str, self._series[is_text])))
        values = [next(answers) if there else None for there in is_text]
        return pandas.Series(values, index=self._series.index, name=self._series.name, dtype=object)
