"""Every block of shell and Python in the documents, run as it stands there."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.cli import convert
from tagger.cli.pumsa import COMMANDS
from tagger.text.tagsets import upos_of
from tests.conftest import CORPUS
from tests.support.places import ROOT

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("**/*.md")),
    ROOT / "recipes" / "README.md",
]
NAMES = {str(path.relative_to(ROOT)): path for path in DOCUMENTS}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)


def blocks(path: Path, *languages: str) -> list[str]:
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [block for language, block in found if language in languages]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which `pumsa` and `python` are those of the tests."""
    folder = tmp_path_factory.mktemp("bin")
    for name, module in (("pumsa", " -m tagger"), ("python", "")):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable}{module} "$@"\n')
        script.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path) -> Path:
    """The files that the examples use."""
    (tmp_path / "corpora").mkdir()
    shutil.copytree(ROOT / "corpora" / "sample", tmp_path / "corpora" / "sample")
    shutil.copytree(tiny_model, tmp_path / "my-model")
    for name in ("novel.txt", "chat.txt"):
        (tmp_path / name).write_text("나 밥 먹었다\n\n학교에 갔다\n", encoding="utf-8")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.txt").write_bytes("나 밥 먹었다\n".encode("cp949"))
    (tmp_path / "words.tsv").write_text("쿠버네티스\tNNP\n", encoding="utf-8")
    for name in ("gold.conllu", "train.conllu", "dev.conllu"):
        assert convert.main([str(CORPUS), "-t", "conllu", "-o", str(tmp_path / name)]) == 0
    shutil.copy(CORPUS, tmp_path / "dev.tsv")
    return tmp_path


@pytest.mark.slow
def test_a_newcomer_follows_the_korean_readme(folder: Path, commands: dict[str, str]) -> None:
    """From a tagged file to a page, a trained model and its report, without anything else. The
    training command is that of the README, which has its own test."""
    (folder / "novel.txt").unlink()
    (folder / "words.tsv").unlink()
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    text = (ROOT / "README.ko.md").read_text(encoding="utf-8")
    done: dict[str, str] = {}
    for block in blocks(ROOT / "README.ko.md", "sh"):
        for line in block.strip().splitlines():
            if line.startswith("pumsa train"):
                assert line in english
                continue
            ran = subprocess.run(
                ["sh", "-c", line],
                cwd=folder,
                env=commands,
                capture_output=True,
                timeout=120,
                encoding="utf-8",
            )
            assert ran.returncode == 0, (line, ran.stderr)
            done[line] = ran.stdout
    first, *_ = done.values()
    assert first == "나/NP 밥/NNG 먹/VV+었/EP+다/EF\n" and first.strip() in text
    words = next(out for line, out in done.items() if "--user-dict" in line)
    assert "쿠버네티스/NNP+를/JKO" in words and "사귀/VV+었/EP+다/EF" in words
    assert (folder / "novel.sejong").read_text(encoding="utf-8").count("\n") == 2
    for page in ("novel.html", "my-model/history.html", "report/report.html"):
        html = (folder / page).read_text(encoding="utf-8")
        assert html.startswith("<!DOCTYPE") and page in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n, path in NAMES.items() if n != "README.ko.md" and blocks(path, "sh")]
)
def test_shell_examples(name: str, folder: Path, commands: dict[str, str]) -> None:
    """Block by block; a block of text right after one is what it prints. Set-up and training have
    tests of their own."""
    text = NAMES[name].read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        if match[1] != "sh" or ".venv" in match[2] or "pumsa train" in match[2]:
            continue
        done = subprocess.run(
            ["sh", "-e", "-c", match[2]], cwd=folder, env=commands, capture_output=True, timeout=120
        )
        assert done.returncode == 0, (match[2], done.stderr.decode())
        if printed := re.match(r"\n\n```text\n(.*?)^```", text[match.end() :], re.M | re.S):
            assert done.stdout.decode().strip() == printed[1].strip(), match[2]
    if name == "docs/training.md":
        train, dev = (folder / f"{part}.sejong" for part in ("train", "dev"))
        assert train.stat().st_size > dev.stat().st_size > 1000
    if name == "docs/tagging.md":
        assert (folder / "tagged" / "novel.jsonl").exists()
    if name == "docs/evaluating.md":
        assert (folder / "out" / "report.html").exists()


PROGRAM = re.compile(
    r"(?:\.venv/bin/)?(?:pumsa (?P<command>[a-z]+)|python (?P<script>[a-z]+)\.py"
    r"|python -m (?P<module>(?:tagger|benchmarks|tests)[\w.]*))(?P<rest>( .*)?)$"
)


def spoken_of(path: Path) -> list[re.Match[str]]:
    """The calls of our programs in a document, in its blocks and within its sentences."""
    text = path.read_text(encoding="utf-8")
    lines = {line for block in blocks(path, "sh", "text") for line in block.splitlines()}
    lines |= {" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", text)}
    calls = {call for line in lines for call in re.split(r" \| | && | > |\s#", line)}
    return [found for call in calls if (found := PROGRAM.match(call.strip()))]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_commands_that_documents_speak_of_are_understood(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those too that need real corpora, a network or hours."""
    (tmp_path / "more.csv").write_text("쿠버네티스,NNP\n", encoding="utf-8")
    (tmp_path / "words.tsv").write_text("쿠버네티스\tNNP\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for call in spoken_of(NAMES[name]):
        words = [w for w in shlex.split(call["rest"]) if w not in ("…", "...", "[options]")]
        module = call["module"] or f"tagger.cli.{call['command'] or call['script']}"
        if module.startswith("tagger.cli.") and module != "tagger.cli.pumsa":
            assert module.rpartition(".")[2] in COMMANDS, call[0]
            if words and words != ["--help"]:  # without any, the program is only named
                monkeypatch.setattr(sys, "argv", [module])
                importlib.import_module(module).make_parser().parse_args(words)
        elif options := [word for word in words if word.startswith("--")]:
            offered = subprocess.run(
                [sys.executable, "-m", module, "--help"],
                cwd=ROOT,
                capture_output=True,
                encoding="utf-8",
            ).stdout
            assert all(option in offered for option in options), call[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "number"),
    [(path, number) for path in DOCUMENTS for number in range(len(blocks(path, "python")))],
    ids=lambda value: value.name if isinstance(value, Path) else str(value),
)
def test_python_examples(path: Path, number: int, folder: Path, commands: dict[str, str]) -> None:
    """A block of text right after one is what it prints."""
    block = blocks(path, "python")[number]
    for name in ("spacy", "pandas"):
        if f"import tagger.{name}" in block or f"from tagger.{name}" in block:
            pytest.importorskip(name)
    done = subprocess.run(
        [sys.executable, "-c", block],
        cwd=folder,
        env=commands,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    _, _, after = path.read_text(encoding="utf-8").partition(f"```python\n{block}```")
    if printed := re.match(r"\n\n```text\n(.*?)^```", after, re.M | re.S):
        assert done.stdout == printed[1]


@pytest.mark.slow
def test_the_notebook(commands: dict[str, str]) -> None:
    """Run by a kernel of its own; sentences show themselves."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": ROOT}})
    client.execute(env=commands)
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert len(shown) == 2 and "들어가" in shown[0] and "쿠버네티스" in shown[1]


@pytest.mark.slow
def test_the_api_reference_is_fresh(tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    pytest.importorskip("pandas")
    made = subprocess.run(
        [sys.executable, ROOT / "docs" / "api.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert made.stdout == (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), made.stderr


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name} → {target}"


def test_the_upos_of_sejong_tags_is_as_formats_say() -> None:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*) \| (.*) \|$", text[text.index("## Tags and UPOS") :], re.M)
    checked = 0
    for tags, upos in rows:
        for group, expected in zip(tags.split("; "), upos.split("; "), strict=False):
            for tag in re.findall(r"\b[A-Z]{2,3}\b", group) if "with" not in group else ():
                assert upos_of([("가", tag)]) == expected, tag
                checked += 1
    assert checked > 25


def test_the_korean_readme_knows_every_format() -> None:
    from tagger.text.formats import FORMATS

    text = (ROOT / "README.ko.md").read_text(encoding="utf-8")
    for name in FORMATS:
        assert f"| `{name}` |" in text
