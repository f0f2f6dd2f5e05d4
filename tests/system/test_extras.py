"""What an extra brings is asked for before it is used, in a sentence that names the command."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tagger.errors import TaggerError
from tagger.system.extras import MODULES, MissingExtraError, is_installed, require
from tests.conftest import CORPUS
from tests.support.commands import is_one_sentence
from tests.support.places import ROOT
from tests.support.source import imported, names, normalized

ABSENT = "import sys; sys.modules.update(dict.fromkeys({modules!r})); "
COMMAND = "from tagger.cli.{name} import main; sys.exit(main({arguments!r}))"


def without(extra: str, code: str) -> subprocess.CompletedProcess[str]:
    """What the code does where the packages of the extra are not installed."""
    return subprocess.run(
        [sys.executable, "-c", ABSENT.format(modules=MODULES[extra]) + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "name", "arguments"),
    [
        ("train", "train", [str(CORPUS), "-o", "{tmp}"]),
        ("train", "evaluate", [str(CORPUS)]),
        ("train", "specialize", ["m", "--conventions", "x", "--dev", "d", "-o", "{tmp}"]),
        ("train", "study", ["step"]),
        ("train", "tag", ["setup.cfg", "--engine", "torch"]),
        ("train", "tag", ["setup.cfg", "--device", "cuda"]),
        ("train", "tag", ["setup.cfg", "--device", "mps", "--workers", "2", "-o", "{tmp}"]),
        ("study", "study", ["step", "-o", "{tmp}"]),
        ("server", "serve", []),
        ("ray", "tag", ["setup.cfg", "-o", "{tmp}", "-f", "jsonl", "--ray"]),
        ("mecab", "train", ["-q", str(CORPUS), "-o", "{tmp}", "--tokenizer", "kiwi+mecab"]),
    ],
)
def test_a_command_names_the_command_that_installs_it(
    extra: str, name: str, arguments: list[str], tmp_path: Path
) -> None:
    arguments = [argument.format(tmp=tmp_path / "out") for argument in arguments]
    done = without(extra, COMMAND.format(name=name, arguments=arguments))
    assert done.returncode == 2 and is_one_sentence(done.stderr), done.stderr
    assert f"which is not installed; install it with: pip install 'pumsa[{extra}]'" in done.stderr
    assert "constraints.txt" not in done.stderr and "-e ." not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "module"), [("spacy", "spacy"), ("pandas", "pandas"), ("train", "sklearn")]
)
def test_a_module_of_an_extra_raises_an_import_error(extra: str, module: str) -> None:
    done = without(extra, f"import tagger.{module}")
    assert f"pip install 'pumsa[{extra}]'" in done.stderr.splitlines()[-1]
    assert issubclass(MissingExtraError, TaggerError) and issubclass(MissingExtraError, ImportError)


@pytest.mark.slow
def test_the_base_does_all_but_what_extras_are_for(tmp_path: Path) -> None:
    """Where none of their packages is there."""
    modules = tuple({module for extra in MODULES.values() for module in extra})
    commands = [
        ["tag", "setup.cfg", "-f", "conllu", "-o", str(tmp_path / "a")],
        ["tags"],
        ["check", str(CORPUS)],
        ["convert", str(CORPUS), "-t", "sejong-rows", "-o", str(tmp_path / "b")],
        ["corpora", "--json"],
        ["completion", "bash"],
    ]
    for command in commands:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                ABSENT.format(modules=modules) + COMMAND.format(name="pumsa", arguments=command),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def test_require(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODULES, "here", ("json",))
    monkeypatch.setitem(MODULES, "away", ("json", "no_such_module"))
    require("here")
    assert is_installed("here") and not is_installed("away")
    with pytest.raises(MissingExtraError, match="this needs no_such_module, which is not"):
        require("away")


def modules_of(packages: set[str]) -> set[str]:
    return {
        module
        for module, owners in packages_distributions().items()
        if packages & set(map(normalized, owners))
    }


@pytest.mark.parametrize("extra", sorted(MODULES.keys() - {"ray"}))
def test_modules_are_those_that_the_extra_brings(extra: str) -> None:
    brought = names("options.extras_require", extra)
    if extra == "study":
        brought |= names("options.extras_require", "train")
    if not is_installed(extra):
        pytest.skip(f"the extra {extra} is not installed")
    assert set(MODULES[extra]) <= modules_of(brought)


def test_all_that_is_imported_is_installed() -> None:
    """With the base, or with an extra that is asked for."""
    known = modules_of(names("options", "install_requires")) | set(sys.stdlib_module_names)
    known |= {module for modules in MODULES.values() for module in modules}
    known |= {"pydantic", "starlette", "PyInstaller"}  # with FastAPI; in its own hook
    for folder in ("tagger", "corpora"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in imported(path):
                first = name.partition(".")[0]
                assert first in known | {"tagger", "corpora"}, f"{path.name}: {name}"
