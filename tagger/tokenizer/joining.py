"""Morphemes back to text, as Kiwi joins them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from tagger.system.concurrency import native_code
from tagger.text.hangul import conjoining_coda
from tagger.text.sentence import Eojeol, Morpheme
from tagger.text.tagsets import kiwi_tag
from tagger.tokenizer.kiwi import load_kiwi


def join(morphemes: Iterable[Eojeol | Morpheme | tuple[str, str]]) -> str:
    """The text of the morphemes, contracted as Korean writes them.

    A morpheme is a `Morpheme` or a pair of form and tag, with a tag of any tag set of this
    program's; Kiwi's rules say where an eojeol begins. An `Eojeol` is set apart from the others.

    >>> join([("나", "NP"), ("밥", "NNG"), ("먹", "VV"), ("었", "EP"), ("다", "EF")])
    '나 밥 먹었다'
    """
    kiwi = _kiwi()
    given = [one for item in morphemes for one in _for_kiwi(item)]
    with native_code.here():
        return str(kiwi.join(given))


def _for_kiwi(
    item: Eojeol | Morpheme | tuple[str, str],
) -> Iterator[tuple[str, str] | tuple[str, str, bool]]:
    if isinstance(item, Eojeol):
        for number, morpheme in enumerate(item.morphemes):
            yield *_as_kiwi_has_it(morpheme.form, morpheme.tag), not number
    elif isinstance(item, Morpheme):
        yield _as_kiwi_has_it(item.form, item.tag)
    else:
        yield _as_kiwi_has_it(*item)


def _as_kiwi_has_it(form: str, tag: str) -> tuple[str, str]:
    bare, mark, regularity = tag.partition("-")  # VV-I: Kiwi's marks of how a stem inflects
    kiwis = kiwi_tag(bare) + mark + regularity
    if kiwis[0] in "EJ":  # which may begin with a consonant alone
        return conjoining_coda(form), kiwis
    if kiwis == "VX" and form.endswith("하"):  # it inflects 못하 as a verb only
        return form, "VV"
    return form, kiwis


@cache
def _kiwi() -> Any:
    return load_kiwi()
