"""What a tokenizer gives: the analyses of a text, as hints for the network.

A tokenizer takes composed texts (normal form C) and gives each one's morphemes with offsets
into it, in as many views as it has analysers."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple, Protocol

from tagger.tokenizer.noun_dictionary import NO_NOUNS, Nouns
from tagger.tokenizer.words import NO_WORDS, Words


class Hint(NamedTuple):
    """A morpheme as an analyser sees it, with its place in the text, and the number that
    Kiwi's language model knows it by (`tagger/morpheme_codes.py`), 0 for none. `sentence` is
    the number of the analyser's sentence that it stands in, if the analyser tells them apart."""

    form: str
    tag: str
    start: int
    end: int
    number: int = 0
    sentence: int = 0


View = list[Hint]
"""The morphemes that one analyser sees in a text, in the order of their beginnings."""


class UserWord(NamedTuple):
    """A surface that a user knows, its morphemes with Kiwi's tags, and how much it is to be
    preferred; words of Kiwi's own have scores of about -5 to -15."""

    surface: str
    analysis: tuple[tuple[str, str], ...]
    score: float


class Tokenizer(Protocol):
    """Analyses texts; `name` and `version` are recorded in a trained model, `nouns` are those
    that it knows, `words` its stems, endings and particles.

    The first view is the one whose morphemes the `MorphemeUnit` labels.
    """

    name: str
    version: str
    nouns: Nouns
    words: Words

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        """The analyses of each text, one for each view."""
        ...


class NoTokenizer:
    """Gives no hints: the network sees the text alone."""

    name = "none"
    version = ""
    nouns = NO_NOUNS
    words: Words = NO_WORDS

    def analyze(self, texts: Sequence[str]) -> list[tuple[View, ...]]:
        return [([],) for _ in texts]


_PACKAGES = {"kiwi": "kiwipiepy", "mecab": "python-mecab-ko-dic"}


def installed_version(name: str) -> str:
    """The version of what makes the hints of the tokenizer of that name."""
    packages = [_PACKAGES[part] for part in name.split("+") if part in _PACKAGES]
    return "+".join(map(version, packages))
