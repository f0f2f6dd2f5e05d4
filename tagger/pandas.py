"""`Series.pumsa` for columns of Korean text (the extra `pandas`): `import tagger.pandas`, then

    frame["text"].pumsa.tag()                       # strings, `나/NP 밥/NNG 먹/VV+었/EP+다/EF`
    frame["text"].pumsa.nouns()                     # lists of strings
    frame["text"].pumsa.columns("tag", "nouns")     # a column each, from one analysis
    frame["text"].pumsa.morphemes()                 # a row a morpheme

Missing values stay missing, and the index is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from tagger.system.extras import require

require("pandas")

import pandas

from tagger.analyzer import Tagger
from tagger.text.dictionary_forms import words_of
from tagger.text.sentence import Sentence
from tagger.text.tag_names import is_noun

_COLUMNS: dict[str, Callable[[Sentence], Any]] = {
    "tag": str,
    "pos": lambda sentence: [(m.form, m.tag) for m in sentence.morphemes],
    "morphs": lambda sentence: [m.form for m in sentence.morphemes],
    "nouns": lambda sentence: [m.form for m in sentence.morphemes if is_noun(m.tag)],
    "words": lambda sentence: list(words_of(sentence)),
    "sentences": lambda sentence: sentence,
}

_MORPHEME_COLUMNS = [
    *("eojeol", "surface", "form", "tag", "dictionary_form", "start", "end", "score")
]


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
        return self._column("sentences", model)

    def tag(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """The analyses as one string each."""
        return self._column("tag", model)

    def pos(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of pairs of form and tag."""
        return self._column("pos", model)

    def morphs(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of forms."""
        return self._column("morphs", model)

    def nouns(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of the nouns, pronouns and numerals."""
        return self._column("nouns", model)

    def words(self, model: str | Path | Tagger = "sejong") -> pandas.Series:
        """Lists of the words as a dictionary has them, as `Tagger.words` gives them."""
        return self._column("words", model)

    def columns(self, *names: str, model: str | Path | Tagger = "sejong") -> pandas.DataFrame:
        """What the methods of these names give, a column each, from one analysis. Raises
        ValueError for the name of none of them."""
        for name in names:
            if name not in _COLUMNS:
                raise ValueError(f"{name!r} is not one of {', '.join(_COLUMNS)}")
        values: dict[str, list[Any]] = {name: [] for name in names}
        for sentence in self._analyses(model):
            for name, column in values.items():
                column.append(None if sentence is None else _COLUMNS[name](sentence))
        return pandas.DataFrame(values, index=self._series.index, columns=[*values], dtype=object)

    def morphemes(self, model: str | Path | Tagger = "sejong") -> pandas.DataFrame:
        """A row for each morpheme, with the index of its text: the number of its eojeol in the
        text, from 0 on, and that eojeol's surface; form, tag, dictionary form, offsets in the
        text, and score."""
        rows: list[tuple[Any, ...]] = []
        counts = []
        for sentence in self._analyses(model):
            before = len(rows)
            rows.extend(_rows(sentence) if sentence is not None else ())
            counts.append(len(rows) - before)
        index = self._series.index.repeat(counts)
        return pandas.DataFrame.from_records(rows, index=index, columns=_MORPHEME_COLUMNS)

    def _column(self, name: str, model: str | Path | Tagger) -> pandas.Series:
        return self.columns(name, model=model)[name].rename(self._series.name)

    def _analyses(self, model: str | Path | Tagger) -> Iterator[Sentence | None]:
        tagger = model if isinstance(model, Tagger) else _tagger(model)
        is_text = self._series.notna()
        analyses = tagger.tag(map(str, self._series[is_text]))
        return (next(analyses) if there else None for there in is_text)


def _rows(sentence: Sentence) -> Iterator[tuple[Any, ...]]:
    for number, eojeol in enumerate(sentence.each_eojeol()):
        for m in eojeol.morphemes:
            word = (m.form, m.tag, m.dictionary_form)
            yield number, eojeol.surface, *word, m.start, m.end, m.score
