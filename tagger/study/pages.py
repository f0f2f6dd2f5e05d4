"""Pages whose figures come from real runs: what stands between two marks is made anew.

<!-- study: cells -->
(here is the section `cells`)
<!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tagger.errors import TaggerError, system_error
from tagger.system.files import whole_text

_MARKED = re.compile(r"(<!-- study: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(folder: Path, sections: Mapping[str, str]) -> Iterator[Path]:
    """Write the sections into the Markdown pages of a folder; the pages that have some.

    Raises TaggerError, before anything is written, if a page asks for a section that there is
    not, or if no page asks for any.
    """
    filled = {}
    for path in sorted(folder.glob("*.md")):
        try:
            page = path.read_text(encoding="utf-8")
        except OSError as error:
            raise system_error(error, path) from None
        for _, name, _ in _MARKED.findall(page):
            if name not in sections:
                raise TaggerError(
                    f"there is no section {name!r}",
                    where=path,
                    remedy=f"the sections are {', '.join(sections)}",
                )
        if _MARKED.search(page):
            filled[path] = _MARKED.sub(lambda m: f"{m[1]}\n{sections[m[2]]}\n\n{m[3]}", page)
    if not filled:
        raise TaggerError(
            "no page in this folder has a section to fill",
            where=folder,
            remedy="write <!-- study: cells --> and <!-- end --> where it belongs",
        )
    for path, page in filled.items():
        with whole_text(path) as stream:
            stream.write(page)
        yield path
