"""Text that is shown to a person: characters that would command a terminal, reorder a line or
are not allowed in a page are written as escapes. Formats for machines keep the text as it is.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

_PLANE_ENDS = "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
UNPRINTABLE = (
    r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + _PLANE_ENDS
)
"""For a set of characters in a regular expression: control characters, those that direct
bidirectional text (Unicode's Bidi_Control), line and paragraph separators, halves of surrogate
pairs (also what is not UTF-8 in a file name) and noncharacters."""

_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: object) -> str:
    """The text in one line, without what a terminal or a browser would obey.

    >>> printable("a" + chr(27) + "[2J" + chr(0x202e))
    'a\\\\x1b[2J\\\\u202e'
    """
    return _UNPRINTABLE.sub(_escaped, str(text))


def is_printable(text: str) -> bool:
    """Whether `printable` leaves the text as it is."""
    return not _UNPRINTABLE.search(text)


def html_text(text: object) -> str:
    """`printable` for the text and the attributes of a page.

    >>> html_text("<b>" + chr(10))
    '&lt;b&gt;\\\\n'
    """
    return escape(printable(text))


def json_text(data: Any, indent: int | None = None) -> str:
    """JSON that any encoding can hold: halves of surrogate pairs, which JSON may have but UTF-8
    has not, are written as JSON's escapes."""
    return _SURROGATE.sub(_escaped, json.dumps(data, ensure_ascii=False, indent=indent))


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
