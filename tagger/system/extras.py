"""What only some uses need: packages that come with an extra of the installation."""

from __future__ import annotations

from importlib.util import find_spec

from tagger.errors import TaggerError

MODULES = {
    "train": ("torch", "torchtext", "sklearn"),
    "study": ("torch", "torchtext", "sklearn", "matplotlib"),
    "server": ("fastapi", "h11", "prometheus_client", "uvicorn"),
    "spacy": ("spacy",),
    "pandas": ("pandas",),
    "ray": ("ray", "pandas", "pyarrow"),
    "mecab": ("mecab",),
}
"""The modules that each extra of `setup.cfg` brings."""


class MissingExtraError(TaggerError, ImportError):
    """A package is not installed; the sentence names the command that installs it."""


def require(extra: str) -> None:
    """Raise MissingExtraError if a package of the extra is not installed; imports nothing.

    The command that it names works with an installed wheel and with a checkout alike: pip sees
    that pumsa itself is there.
    """
    if missing := _missing(extra):
        raise MissingExtraError(
            f"this needs {missing[0]}, which is not installed",
            remedy=f"install it with: pip install 'pumsa[{extra}]'",
        )


def is_installed(extra: str) -> bool:
    """Whether all packages of the extra are installed; imports nothing."""
    return not _missing(extra)


def _missing(extra: str) -> list[str]:
    return [module for module in MODULES[extra] if find_spec(module) is None]
