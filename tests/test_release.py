"""What a release needs to say and to contain; .ci/package builds one and uses it."""

from __future__ import annotations

import os
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.support.places import ROOT
from tests.support.source import SETUP, names, normalized


def lines(option: str, section: str = "options") -> set[str]:
    return set(SETUP[section][option].split())


def test_every_package_and_all_its_files_are_listed() -> None:
    for top in ("tagger", "corpora"):
        for path in (ROOT / top).rglob("*"):
            if path.is_dir() or "__pycache__" in path.parts:
                continue
            package = path.parent
            while not (package / "__init__.py").exists():
                package = package.parent
            name = ".".join(package.relative_to(ROOT).parts)
            assert name in lines("packages"), path
            if path.suffix != ".py":
                patterns = re.split(r",?\s+", SETUP["options.package_data"][name].strip())
                assert any(path.relative_to(package).match(pattern) for pattern in patterns), path


def test_every_requirement_has_an_exact_version() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = set(map(normalized, re.findall(r"^([\w.-]+)==", text, re.M)))
    needed = names("options", "install_requires")
    for extra in SETUP["options.extras_require"]:
        needed |= names("options.extras_require", extra)
    assert needed <= pinned


def test_the_licences_of_code_and_weights_go_with_it() -> None:
    assert SETUP["metadata"]["license_expression"] == "Apache-2.0 AND CC-BY-SA-4.0"
    for pattern in lines("license_files", "metadata"):
        assert list(ROOT.glob(pattern)), pattern
    for name, words in (
        ("LICENSE", "Apache License"),
        ("LICENSES/CC-BY-SA-4.0.txt", "Attribution-ShareAlike 4.0 International Public License"),
    ):
        assert words in " ".join((ROOT / name).read_text(encoding="utf-8").split())


def test_links_of_the_long_description_are_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr("setuptools.setup", told.update)
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    targets = re.findall(r"\]\(([^)]+)\)", told["long_description"])
    assert f"{SETUP['metadata']['url']}/blob/main/README.ko.md" in targets
    assert all(target.startswith("https://") for target in targets)


def test_what_the_container_copies_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        name for row in re.findall(r"^COPY ([^-].*) \S+$", text, re.M) for name in row.split()
    }
    assert {"setup.py", "setup.cfg", "README.md", "LICENSES", "tagger", "corpora"} <= copied
    for name in copied:
        assert (ROOT / name).exists(), name
    assert "\nUSER nobody\n" in text and "\nHEALTHCHECK " in text


@pytest.mark.parametrize("script", sorted((ROOT / ".ci").iterdir()), ids=lambda path: path.name)
def test_the_steps_of_ci_are_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    callers = [path for path in (ROOT / ".ci").iterdir() if path != script]
    assert script.name == "run" or any(
        f".ci/{script.name}" in path.read_text(encoding="utf-8") for path in callers
    )
