"""What PyInstaller has to know of this package; it asks by the entry point `pyinstaller40`."""

from __future__ import annotations

from pathlib import Path


def folders() -> list[str]:
    """Where the hooks are."""
    return [str(Path(__file__).parent)]
