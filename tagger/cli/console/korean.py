"""The words of the commands in Korean, where the locale is Korean.

`korean.tsv` has a line for each message: English, tab, Korean. `{}` stands for what a message
names; a third column gives their order where it is another one in Korean.

Finished sentences are looked up, and not templates as gettext does: most sentences are made far
below the command line, in modules that know nothing of languages, and some in argparse and other
libraries. gettext would have to be called at each of these places, before the names are filled
in.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

CATALOG = Path(__file__).parent / "korean.tsv"

_PLACE = re.compile(r"(?P<place>\S+:\d+): (?P<what>.+)", re.DOTALL)  # a row of a file


class Translation(NamedTuple):
    """A message in Korean, and which of what the English one names goes where."""

    korean: str
    order: list[int]


def locale_is_korean() -> bool:
    """As gettext decides it: LANGUAGE, LC_ALL, LC_MESSAGES, LANG, the first that is set."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value.split(":")[0].partition("_")[0].partition(".")[0] == "ko"
    return False


def translated(message: str) -> str:
    """The message in Korean if the locale is, or else, and if nobody has translated it, as it
    is."""
    if not message or not locale_is_korean():
        return message
    return _korean(message)


def _korean(message: str) -> str:
    if message in catalog():
        return catalog()[message].korean
    if row := _PLACE.fullmatch(message):
        return f"{row['place']}: {_korean(row['what'])}"
    for pattern, translation in _patterns():
        if match := pattern.fullmatch(message):
            names = [_korean(name) if " " in name else name for name in match.groups()]
            parts = translation.korean.split("{}")
            pieces = [parts[0]]
            for index, part in zip(translation.order, parts[1:], strict=True):
                pieces += [names[index], part]
            return "".join(pieces)
    return message


@lru_cache(maxsize=1)
def catalog() -> dict[str, Translation]:
    """All translations by the English message with `{}` for what it names."""
    found = {}
    for line in CATALOG.read_text(encoding="utf-8").splitlines():
        english, korean, *order = line.split("\t")
        places = range(1, korean.count("{}") + 1)
        numbers = map(int, order[0].split()) if order else places
        found[english] = Translation(korean, [number - 1 for number in numbers])
    return found


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], Translation]]:
    """The messages that name something, those that say most first."""
    named = [item for item in catalog().items() if "{}" in item[0]]
    named.sort(key=lambda item: -len(item[0].replace("{}", "")))
    return [
        (re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL), translation)
        for english, translation in named
    ]
