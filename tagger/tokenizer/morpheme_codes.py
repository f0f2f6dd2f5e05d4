"""What Kiwi's language model knows of a morpheme, as eight symbols.

Kiwi keeps a vector for each of its morphemes, learned from far more text than any gold corpus
has. `recipes/morpheme_codes.py` recovers the vectors from the similarities that Kiwi's interface
gives, cuts each into eight parts and names each part by the nearest of 256 centroids (product
quantization; Jégou, Douze & Schmid 2011). Morphemes that are used alike share symbols, so a
network learns from one what to make of another that its training corpus lacks.

The table belongs to one version of Kiwi's model, whose numbers of morphemes index it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy

from tagger.vocabulary import Listed

KIWI_MODEL = "0.24.0"
"""The version of `kiwipiepy_model` that the table was made from."""

PARTS = 8

NO_MEANING = ("-",) * PARTS
"""The symbols of what Kiwi's language model does not list."""

TABLE = Path(__file__).with_name("morpheme_codes.npy")


def is_usable() -> bool:
    """Whether the installed Kiwi numbers its morphemes as the table does."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("kiwipiepy_model") == KIWI_MODEL
    except PackageNotFoundError:
        return False


def count() -> int:
    """How many morphemes the table knows, by the numbers below this."""
    return len(_table())


UNLISTED = 256
"""The code of NO_MEANING in each part."""

CENTROIDS = Listed([*map(str, range(UNLISTED)), NO_MEANING[0]])


def meaning(number: int) -> tuple[str, ...]:
    """The symbols of the morpheme that Kiwi gives this number; 0 stands for none.

    >>> from kiwipiepy import Kiwi
    >>> mother, father = (token.id for token in Kiwi().tokenize("어머니 아버지"))
    >>> sum(one == other for one, other in zip(meaning(mother), meaning(father)))
    3
    """
    return tuple(CENTROIDS.symbols(meanings(numpy.array([number]))[:, 0]))


def meanings(numbers: numpy.ndarray) -> numpy.ndarray:
    """What is known of the morphemes of these numbers, as codes of CENTROIDS `[PARTS, length]`."""
    table = _table()
    listed = (numbers > 0) & (numbers < len(table))
    return numpy.where(listed, table.T[:, numpy.where(listed, numbers, 0)], numpy.int16(UNLISTED))


@cache
def _table() -> numpy.ndarray:
    """The symbols of all morphemes, `[morphemes, PARTS]`."""
    table: numpy.ndarray = numpy.load(TABLE, allow_pickle=False)
    return table
