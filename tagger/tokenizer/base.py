"""What a tokenizer gives: the analyses of a text, as hints for the network.

A tokenizer takes composed texts (normal form C) and gives each one's morphemes with offsets
into it, in as many views as it has analysers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import add
from typing import Any, NamedTuple, Protocol, overload

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


class Hints(Sequence[Hint]):
    """The morphemes that one analyser sees in a text, as a list for each part of a `Hint`: only
    a hint that is looked at becomes an object. It equals the list of its hints."""

    __slots__ = ("ends", "forms", "numbers", "sentences", "starts", "tags")

    def __init__(
        self,
        forms: list[str],
        tags: list[str],
        starts: list[int],
        ends: list[int],
        numbers: list[int],
        sentences: list[int],
    ) -> None:
        self.forms = forms
        self.tags = tags
        self.starts = starts
        self.ends = ends
        self.numbers = numbers
        self.sentences = sentences

    @classmethod
    def of(cls, hints: Iterable[Hint]) -> Hints:
        """The hints in a row."""
        if isinstance(hints, cls):
            return hints
        columns = list(map(list, zip(*hints))) or [[] for _ in Hint._fields]
        return cls(*columns)

    def followed_by(self, others: Hints) -> Hints:
        """These and others of the same text."""
        return Hints(*map(add, self._parts(), others._parts()))

    def _parts(self) -> tuple[list[Any], ...]:
        return self.forms, self.tags, self.starts, self.ends, self.numbers, self.sentences

    def __len__(self) -> int:
        return len(self.forms)

    def __iter__(self) -> Iterator[Hint]:
        return map(Hint, *self._parts())

    @overload
    def __getitem__(self, index: int) -> Hint: ...

    @overload
    def __getitem__(self, index: slice) -> Hints: ...

    def __getitem__(self, index: int | slice) -> Hint | Hints:
        parts: list[Any] = [part[index] for part in self._parts()]
        return Hints(*parts) if isinstance(index, slice) else Hint(*parts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Hints, list)):
            return NotImplemented
        return len(self) == len(other) and all(map(Hint.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))


View = Sequence[Hint]
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
        return [(Hints.of([]),) for _ in texts]


_PACKAGES = {
    "kiwi": "kiwipiepy",
    "kiwi-names": "kiwipiepy",
    "mecab": "python-mecab-ko-dic",
}


def has_kiwi(name: str) -> bool:
    """Whether Kiwi is a part of the tokenizer of that name."""
    return any(_PACKAGES.get(part) == "kiwipiepy" for part in name.split("+"))


def installed_version(name: str) -> str:
    """The version of what makes the hints of the tokenizer of that name."""
    packages = [_PACKAGES[part] for part in name.split("+") if part in _PACKAGES]
    if not packages:
        return ""
    from importlib.metadata import version

    return "+".join(map(version, packages))
