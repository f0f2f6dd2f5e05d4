"""`tag.py --ray` on clusters of this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from tagger import Tagger
from tagger.cli import tag
from tests.support.places import ROOT

if find_spec("ray") is None:
    pytest.skip("Ray is not installed", allow_module_level=True)

LINES = ["나 밥 먹었다", "", "아버지가 방에 들어가신다.", "친구와 영화를 봤다."]


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    paths = []
    for name, times in (("a", 300), ("b", 40), ("empty", 0)):
        path = tmp_path / f"{name}.txt"
        path.write_text("".join(f"{line} {n}\n" for n in range(times) for line in LINES))
        paths.append(str(path))
    return paths


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tag.py", *arguments, "--device", "cpu"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
    )


def records(folder: Path) -> list[dict]:
    found = [
        json.loads(line)
        for path in folder.glob("*.json")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return sorted(found, key=lambda record: (record["path"], record["line"]))


def test_an_actor_does_what_the_options_say() -> None:
    import numpy

    from tagger.cli.jobs.ray_job import TagTexts
    from tagger.cli.jobs.tagging_job import Job

    def done(text: str | None, *options: str) -> dict:
        given = [*options, "--ray", "-f", "jsonl", "-o", "out", "in.txt", "--device", "cpu"]
        actor = TagTexts(Job.of(tag.parse(given)), "body")
        return actor({"body": numpy.array([text], dtype=object), "id": [7]})

    found = done("비가 많이 왔습니다 우산을 꼭 챙기세요!", "--split-sentences")
    assert sorted(found) == ["body", "id", "sentences"]
    [(first, second)] = found["sentences"]
    assert (first["text"], second["text"]) == ("비가 많이 왔습니다", "우산을 꼭 챙기세요!")
    assert (first["start"], second["start"], second["end"]) == (0, 11, 22)
    found = done("너무우우동생이돌아왔다", "--respace", "--normalize")
    assert found["body"] == ["너무 동생이 돌아왔다"] and len(found["eojeols"][0]) == 3
    assert done(None)["body"].tolist() == [None]


def check_whole(found: list[dict], inputs: list[str]) -> None:
    """Nothing is lost, nothing stands twice."""
    expected = [
        (path, number, line)
        for path in inputs
        for number, line in enumerate(Path(path).read_text().splitlines(), start=1)
    ]
    assert [(r["path"], r["line"], r["text"]) for r in found] == expected


@pytest.mark.slow
def test_a_job_on_this_machine(tiny_model: Path, inputs: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["-m", str(tiny_model), "--ray", "--workers", "1", "-f", "jsonl", "-o", str(out)]
    done = run(*inputs, *arguments)
    assert done.returncode == 0, done.stderr
    found = records(out)
    check_whole(found, inputs)
    tagger = Tagger.load(tiny_model, device="cpu")
    for record in found[:20]:
        forms = [m["form"] for e in record["eojeols"] for m in e["morphemes"]]
        sentence = tagger.tag(record["text"])
        assert forms == [m.form for e in sentence.eojeols for m in e.morphemes]


@pytest.mark.slow
def test_parquet_in_and_out(tiny_model: Path, tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({"id": [7, 8, 9], "body": ["나 밥", None, "방에"]})
    parquet.write_table(table, tmp_path / "in.parquet")
    arguments = [str(tmp_path / "in.parquet"), "-m", str(tiny_model), "--ray", "--workers", "1"]
    arguments += ["-f", "parquet", "-o", str(tmp_path / "out")]
    done = run(*arguments, "--column", "other")
    assert done.returncode == 2
    assert "in.parquet: there is no column 'other'; name one of id, body" in done.stderr
    done = run(*arguments, "--column", "body")
    assert done.returncode == 0, done.stderr
    rows = parquet.read_table(tmp_path / "out").to_pylist()
    assert [(row["id"], row["body"]) for row in rows] == [(7, "나 밥"), (8, None), (9, "방에")]
    assert [[e["surface"] for e in row["eojeols"]] for row in rows] == [["나", "밥"], [], ["방에"]]


@pytest.mark.slow
def test_a_node_that_dies_midway_loses_nothing(
    tiny_model: Path, inputs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # before the import, which reads it
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, **small})
    node = cluster.add_node(num_cpus=2, object_store_memory=100 << 20)
    cluster.wait_for_nodes()
    out = tmp_path / "out"
    removed = []

    def remove() -> None:
        """Once both nodes are at work and a part of the result is there."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and not list(out.glob("*.json")):
            time.sleep(0.05)
        cluster.remove_node(node, allow_graceful=False)
        removed.append(len(list(out.glob("*.json"))))

    killer = threading.Thread(target=remove)
    try:
        killer.start()
        arguments = ["-m", str(tiny_model), "--ray", cluster.address, "--workers", "3"]
        done = run(*inputs, *arguments, "-f", "jsonl", "-o", str(out))
        assert done.returncode == 0, done.stderr
        killer.join()
    finally:
        cluster.shutdown()
    assert removed and removed[0] < len(list(out.glob("*.json")))  # it was midway
    check_whole(records(out), inputs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.txt", "--ray", "-o", "x"], "--ray writes -f jsonl"),
        (["a.txt", "--ray", "-f", "jsonl"], "needs files and a folder"),
        (["--ray", "local", "-f", "jsonl", "-o", "x"], "needs files and a folder"),
        (["a.txt", "-f", "parquet"], "needs --ray"),
        (["a.txt", "--ray", "-f", "jsonl", "-o", "x", "--resume"], "neither"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        tag.parse(arguments)
    assert end.value.code == 2 and message in capsys.readouterr().err


@pytest.mark.slow
def test_what_cannot_be_tagged_is_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    text, bad = tmp_path / "a.txt", tmp_path / "bad.txt"
    text.write_text("나\n", encoding="utf-8")
    bad.write_bytes(b"\xff\n")
    arguments = ["-m", str(tiny_model), "--ray", "-f", "jsonl", "-o", str(tmp_path / "out")]
    for inputs, message in (
        (["none.txt"], "no such file"),
        ([str(text), "b.parquet"], "text and Parquet"),
        ([str(bad)], "bad.txt:1: byte 0 cannot be decoded"),
    ):
        done = run(*inputs, *arguments, "--workers", "1")
        assert done.returncode == 2
        assert message in done.stderr and "Traceback" not in done.stderr
