"""What training showed, beside the symbols of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tagger.labeling.grammar import NO_GRAMMAR, Grammar
from tagger.labeling.lexicon import NO_LEXICON, Lexicon
from tagger.labeling.restoration import Restorer


@dataclass(frozen=True)
class Knowledge:
    """`restorer` knows the texts behind the labels that leave it open; `tags` the tag set of
    each corpus, `settled_upos` for each the UPOS that an XPOS always has
    (`tagsets.settled_upos`); `lexicon` what training shows of tokens, `grammar` of words and of
    tags in a row."""

    restorer: Restorer
    tags: Mapping[str, Sequence[str]]
    lexicon: Lexicon = NO_LEXICON
    settled_upos: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grammar: Grammar = NO_GRAMMAR

    def grown(self, new: Knowledge) -> Knowledge:
        """This knowledge with that of other corpora, which goes first where both say something;
        the lexicon stays."""
        return Knowledge(
            self.restorer.grown(new.restorer),
            {**self.tags, **new.tags},
            self.lexicon,
            {**self.settled_upos, **new.settled_upos},
            self.grammar.grown(new.grammar),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "restorations": self.restorer.to_json(),
            "tags": {corpus: list(tags) for corpus, tags in self.tags.items()},
            **({"lexicon": self.lexicon.to_json()} if self.lexicon else {}),
            **({"settled_upos": self.settled_upos} if self.settled_upos else {}),
            **({"grammar": self.grammar.to_json()} if self.grammar != NO_GRAMMAR else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Knowledge:
        """The inverse of `to_json`; other keys are left alone. Raises ValueError for a
        restoration that does not fit."""
        return cls(
            Restorer.from_json(data["restorations"]),
            {corpus: tuple(tags) for corpus, tags in data["tags"].items()},
            Lexicon.from_json(data["lexicon"]) if "lexicon" in data else NO_LEXICON,
            data.get("settled_upos", {}),
            Grammar.from_json(data["grammar"]) if "grammar" in data else NO_GRAMMAR,
        )
