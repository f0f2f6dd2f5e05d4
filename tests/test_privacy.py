"""Nothing leaves the machine: every way to use the tagger, run with an empty home directory, which
stays empty, and without a network, which nothing asks for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CORPUS
from tests.support.places import ROOT

pytestmark = pytest.mark.slow

# Python imports this module when it starts, in every process of a command
WATCH = """
import os
import sys


def watch(event, arguments):
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in (None, "", "127.0.0.1", "::1", "localhost"):
        with open(os.environ["CONNECTIONS"], "a") as log:
            log.write(f"{event} {arguments}\\n")
        raise OSError("there is no network")


sys.addaudithook(watch)
"""

# a network of its own with the loopback interface only, whose system counts what finds no way out
# of it: also what code that is not Python's tries
ALONE = """
ip link set lo up || exit
"$@"
status=$?
awk '/^Ip: [0-9]/ { print $13 }' /proc/net/snmp >"$UNREACHABLE"
exit $status
"""

SERVER = """
import json, socket, subprocess, sys, time, urllib.request

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [sys.executable, "-m", "tagger", "serve", "-q", "-m", sys.argv[1], "--port", str(port)]
url = f"http://127.0.0.1:{port}"
with subprocess.Popen(command) as server:
    while True:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=5).close()
            break
        except OSError:
            assert server.poll() is None
            time.sleep(0.2)
    request = urllib.request.Request(
        f"{url}/v1/tag", b'{"text": "x"}', headers={"Content-Type": "application/json"}
    )
    assert json.load(urllib.request.urlopen(request, timeout=60))["sentences"]
    server.terminate()
"""

SPACY = "from tagger.spacy import blank; assert blank()('나 밥')"
PANDAS = "import pandas, tagger.pandas; assert pandas.Series(['나 밥']).pumsa.tag().all()"
SKLEARN = (
    "from tagger.sklearn import SequenceTagger as S; S(epochs=1, hidden=8).fit([['나']], [['NP']])"
)

PYTHON = {
    "tag.py": ["tag.py", "{text}", "-m", "{model}"],
    "pumsa tag": ["-m", "tagger", "tag", "{text}", "-f", "html"],
    "--workers": ["tag.py", "{text}", "{gold}", "-o", "{out}", "--workers", "2", "-m", "{model}"],
    "--ray": ["tag.py", "{text}", "-o", "{out}", "--ray", "-f", "jsonl", "-m", "{model}"],
    "Tagger": ["-c", "from tagger import Tagger; assert Tagger.load().tag('나 밥')"],
    "KoNLPy": ["-c", "from tagger.konlpy import Pumsa; assert Pumsa().pos('나 밥')"],
    "spaCy": ["-c", SPACY],
    "pandas": ["-c", PANDAS],
    "scikit-learn": ["-c", SKLEARN],
    "pumsa serve": ["-c", SERVER, "{model}"],
    "train.py": ["train.py", "{gold}", "-o", "{out}", "--epochs", "1", "--hidden", "8"],
    "evaluate.py": ["evaluate.py", "{gold}", "-m", "{model}", "--report", "{out}"],
    "pumsa study": ["-m", "tagger", "study", "restore", "쑨"],
    "pumsa corpora": ["-m", "tagger", "corpora"],
    "pumsa convert": ["-m", "tagger", "convert", "{gold}", "-t", "conllu", "-o", "{out}"],
    "benchmarks": [
        *("-m", "benchmarks", "--corpus", "{sample}", "--models", "{model}", "--engines", "int8"),
        *("--peers", "kiwi", "--repeats", "1"),
    ],
}
"""What Python is told to run for each way to use the tagger."""

NEEDS = {"--ray": "ray", "spaCy": "spacy", "pandas": "pandas", "pumsa serve": "fastapi"}


@pytest.fixture(scope="module")
def alone() -> list[str]:
    """What goes before a command that is to have no network; nothing where that is not allowed."""
    command = ["unshare", "--map-root-user", "--net", "sh", "-c", ALONE, "sh"]
    if not shutil.which("unshare") or not shutil.which("ip"):
        return []
    tried = subprocess.run(
        [*command, "true"],
        env={**os.environ, "UNREACHABLE": os.devnull},
        stderr=subprocess.DEVNULL,
    )
    return command if tried.returncode == 0 else []


@pytest.mark.parametrize("way", PYTHON)
def test_home_stays_empty_and_nothing_asks_for_a_network(
    way: str, alone: list[str], tiny_model: Path, tmp_path: Path
) -> None:
    if way in NEEDS:
        pytest.importorskip(NEEDS[way])
    home, watch, text = tmp_path / "home", tmp_path / "watch", tmp_path / "text.txt"
    home.mkdir()
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    text.write_text("나 밥 먹었다\n아버지가 방에 들어가신다.\n", encoding="utf-8")
    connections, unreachable = tmp_path / "connections", tmp_path / "unreachable"
    paths = {
        "{text}": text,
        "{gold}": CORPUS,
        "{sample}": ROOT / "corpora" / "sample" / "everyday.tsv",
        "{model}": tiny_model,
        "{out}": tmp_path / "out",
    }
    others = ("XDG_", "ORT_", "RAY_")  # places and settings of this machine
    done = subprocess.run(
        [*alone, sys.executable, *(str(paths.get(word, word)) for word in PYTHON[way])],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(others)},
            "HOME": str(home),
            "PYTHONPATH": f"{watch}{os.pathsep}{ROOT}",
            "MPLCONFIGDIR": str(tmp_path / "fonts"),  # where Matplotlib keeps its list of fonts
            "CONNECTIONS": str(connections),
            "UNREACHABLE": str(unreachable),
        },
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert not list(home.rglob("*"))
    assert not connections.exists(), connections.read_text(encoding="utf-8")
    if alone:
        assert unreachable.read_text(encoding="utf-8").strip() == "0"


def test_the_watch_sees_what_asks_for_a_network(tmp_path: Path, alone: list[str]) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"  # RFC 5737
    environment = {"CONNECTIONS": str(tmp_path / "log"), "UNREACHABLE": str(tmp_path / "count")}
    for python_path in (str(tmp_path), ""):
        done = subprocess.run(
            [*alone, sys.executable, "-c", code],
            env={**os.environ, **environment, "PYTHONPATH": python_path},
            stderr=subprocess.DEVNULL,
        )
        assert done.returncode
        if not alone:
            break
    assert "192.0.2.1" in (tmp_path / "log").read_text(encoding="utf-8")
    if alone:
        assert int((tmp_path / "count").read_text(encoding="utf-8")) > 0
