"""What the program's source and setup.cfg say."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

from tests.support.places import ROOT

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def imported(path: Path) -> set[str]:
    """The project's modules that a file imports anywhere, and the first part of all others."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            if node.module in ("tagger", "corpora"):
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def names(section: str, option: str) -> set[str]:
    """The packages of a list of requirements, as `normalized` writes them."""
    found = re.findall(r"^[\w.-]+", SETUP[section][option], re.M)
    return set(map(normalized, found)) - {"pumsa"}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
