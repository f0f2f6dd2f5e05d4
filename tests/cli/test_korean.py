"""The commands speak Korean where the locale is Korean, and all they say is translated."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagger.cli import tag
from tagger.cli.console.korean import CATALOG, catalog, locale_is_korean, translated
from tagger.cli.pumsa import COMMANDS
from tests.conftest import CORPUS
from tests.support.commands import is_one_sentence
from tests.support.places import ROOT

NOT_FOR_USERS = {"lengths"}  # an edge of the graph in onnx_graph.py


def template(node: ast.expr) -> str | None:
    """A text, or a text that names something, with `{}` for that."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return "".join(map(str, parts))
    return None


def said(call: ast.Call) -> Iterator[ast.expr]:
    """What of a call is for users to read."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in ("TaggerError", "MissingExtraError"):
        yield from call.args[:1]
        if "remedy" in keywords:
            yield keywords["remedy"]
    elif name in ("note", "warn", "error"):
        yield from call.args[:1]
    elif name in ("add_argument", "add_parser", "Parser", "command"):
        yield from (keywords[key] for key in ("help", "description") if key in keywords)
        yield from call.args[1:2] if name == "command" else []
    elif name == "add" and len(call.args) == 2:  # a row of a corpus
        yield call.args[1]


def messages() -> set[str]:
    found = set(COMMANDS.values())
    for folder in ("tagger", "corpora"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    found.update(text for text in map(template, said(node)) if text)
    return found - NOT_FOR_USERS


def test_everything_is_translated() -> None:
    found = messages()
    assert len(found) > 250
    assert found - set(catalog()) == set()


def test_translations_name_what_the_messages_name() -> None:
    for english, (korean, order) in catalog().items():
        assert korean.count("{}") == len(order) == english.count("{}"), english
        assert sorted(order) == list(range(len(order))), english
        assert re.findall(r"%\(\w+\)s", english) == re.findall(r"%\(\w+\)s", korean), english
        for option in re.findall(r"--[a-z][a-z-]+", english):
            assert option in korean, english
    lines = (CATALOG).read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(catalog())  # none twice


@pytest.mark.parametrize(
    ("variables", "korean"),
    [
        ({"LANG": "ko_KR.UTF-8"}, True),
        ({"LANG": "ko"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR"}, True),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, False),
        ({"LANGUAGE": "en:ko", "LANG": "ko_KR.UTF-8"}, False),
        ({"LANG": "kok_IN"}, False),
        ({}, False),
    ],
)
def test_the_locale_decides(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], korean: bool
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert locale_is_korean() is korean
    assert (translated("delete it") == "지우세요") is korean


@pytest.fixture
def in_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "ko")


@pytest.mark.usefixtures("in_korean")
def test_what_messages_name_is_kept() -> None:
    assert translated("there is no model '모델 {}'") == "모델이 없습니다: '모델 {}'"
    assert (
        translated("a.tsv:7: 2 morphemes but 3 tags (the first of 5 rows that cannot be used)")
        == "a.tsv:7: 형태소는 2개인데 태그는 3개입니다 (쓸 수 없는 행 5개 가운데 첫째)"
    )
    assert (
        translated("a teacher labels every syllable, not every morpheme")
        == "교사 모델은 morpheme이(가) 아니라 syllable마다 레이블을 붙입니다"
    )
    assert translated("nobody translated this") == "nobody translated this"
    assert translated("") == ""


@pytest.mark.usefixtures("in_korean")
def test_errors_and_help_in_korean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tag.main([str(tmp_path / "missing")]) == 2
    message = capsys.readouterr().err
    assert (
        is_one_sentence(message) and f"{tmp_path / 'missing'}: 파일이나 폴더가 없습니다" in message
    )
    with pytest.raises(SystemExit):
        tag.main(["--help"])
    shown = capsys.readouterr().out
    assert "사용법: " in shown and "옵션:" in shown and "예:" in shown
    assert "a bundled model" not in shown
    with pytest.raises(SystemExit) as ended:
        tag.main(["--nope"])
    assert ended.value.code == 2 and ": 오류: 알 수 없는 인자: --nope" in capsys.readouterr().err


@pytest.mark.slow
def test_a_whole_command_in_korean(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tsv"
    broken.write_text(CORPUS.read_text(encoding="utf-8") + "\na\tb\tc\n", encoding="utf-8")
    command = [sys.executable, "-m", "tagger", "convert", str(broken), "-t", "sejong"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", env={"LC_ALL": "ko_KR.UTF-8"}
    )
    assert done.returncode == 0
    assert "쓸 수 없는 행 1개를 건너뜁니다. 첫째: " in done.stderr and f"{broken}:" in done.stderr
    assert "형태/태그 + 형태/태그가 아닙니다: " in done.stderr
