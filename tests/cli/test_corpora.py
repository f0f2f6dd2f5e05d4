"""Published corpora, fetched from a server that behaves as badly as the web."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from corpora import fetching, read
from corpora.catalogue import BUNDLED, read_catalogue
from tagger.cli import corpora
from tagger.system.locks import exclusive_folder
from tagger.text.tag_names import TAG_SETS
from tests.conftest import CORPUS
from tests.support.commands import is_one_sentence
from tests.support.places import ROOT

BODY = CORPUS.read_bytes() * 400  # many pieces of a download
DIGEST = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY in the manner that the address names, and remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        manner = self.path.strip("/").partition("/")[0]
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        self.close_connection = True
        if manner == "missing":
            self.send_error(404)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-|", wanted)[1] or 0)  # type: ignore[index]
        if manner == "without-ranges":
            start = 0
        body = BODY[:-1] + b" " if manner == "another" else BODY
        if manner == "endless":
            body = BODY * 2
        if start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        rest = body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if manner not in ("endless", "truncated"):
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if manner == "breaking":  # half of what is left, but not less than a tenth of it all
            rest = rest[: max(len(rest) // 2, len(BODY) // 10)]
        if manner == "broken" or (manner == "once" and not start):
            rest = rest[: len(BODY) // 3]
        if manner == "broken" and start:
            rest = b""
        if manner == "truncated":  # and its length was not told
            rest = rest[: len(rest) // 2]
        self.wfile.write(rest)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def catalogue(tmp_path: Path, address: str, manner: str, **known: object) -> str:
    entry = {
        **{"name": "mine", "title": "Mine", "about": "About it.", "tag_set": "sejong"},
        **{"licence": "CC0", "home": "https://example.org", "citation": ["Me (2026)."]},
        "format": "tsv",
        "files": [{"part": "train", "url": f"{address}/{manner}/corpus.tsv", **known}],
    }
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps([entry]), encoding="utf-8")
    return str(path)


def fetch(tmp_path: Path, server: Server, manner: str, **known: object) -> int:
    listed = catalogue(tmp_path, server.address, manner, **known)
    folder = str(tmp_path / "mine")
    return corpora.main(["mine", "--fetch", "-o", folder, "--catalogue", listed])


KNOWN = {"sha256": DIGEST, "bytes": len(BODY)}


@pytest.mark.parametrize("manner", ["whole", "breaking", "once", "without-ranges"])
def test_a_corpus_comes_whole(
    tmp_path: Path, server: Server, manner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetch(tmp_path, server, manner, **KNOWN) == 0
    path = tmp_path / "mine" / "train.tsv"
    assert path.read_bytes() == BODY and read(path).sentences
    said = capsys.readouterr()
    assert said.out == f"{path}\n" and "1 files fetched" in said.err
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.md", "mine.sha256", "train.tsv"]
    about = (path.parent / "mine.md").read_text(encoding="utf-8")
    assert "CC0" in about and "Me (2026)." in about
    assert path.stat().st_mode & 0o044  # not for its owner alone
    if manner == "breaking":
        assert len(server.asked) > 3 and all(re.match(r"bytes=\d+-", r) for r in server.asked[1:])
    before = len(server.asked)
    assert fetch(tmp_path, server, manner, **KNOWN) == 0
    assert len(server.asked) == before and "1 were there" in capsys.readouterr().err


def test_what_breaks_off_is_kept_for_the_next_call(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetch(tmp_path, server, "broken", **KNOWN) == 2
    said = capsys.readouterr().err
    assert not (tmp_path / "mine" / "train.tsv").exists()
    kept = (tmp_path / "mine" / "train.tsv.unfinished").stat().st_size
    assert len(BODY) // 3 - fetching.PIECE < kept <= len(BODY) // 3
    assert is_one_sentence(said) and f"broke after {kept} bytes" in said
    server.asked.clear()
    assert fetch(tmp_path, server, "whole", **KNOWN) == 0
    assert server.asked == [f"bytes={kept}-"]
    assert (tmp_path / "mine" / "train.tsv").read_bytes() == BODY
    assert not list((tmp_path / "mine").glob("*.unfinished"))


@pytest.mark.parametrize("rubbish", [b"something else", BODY + b"more", BODY])
def test_a_beginning_that_does_not_fit_is_thrown_away(
    tmp_path: Path, server: Server, rubbish: bytes
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.tsv.unfinished").write_bytes(rubbish)
    assert fetch(tmp_path, server, "whole", **KNOWN) == 0
    assert (tmp_path / "mine" / "train.tsv").read_bytes() == BODY


@pytest.mark.parametrize("kind", ["symlink_to", "hardlink_to"])
def test_a_download_is_not_written_through_a_link(
    tmp_path: Path, server: Server, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.write_bytes(BODY[:1000])
    (tmp_path / "mine").mkdir()
    getattr(tmp_path / "mine" / "train.tsv.unfinished", kind)(other)
    assert fetch(tmp_path, server, "whole", **KNOWN) == 2
    error = capsys.readouterr().err
    assert "this is not an unfinished download" in error and is_one_sentence(error)
    assert other.read_bytes() == BODY[:1000]


def test_a_second_fetch_into_a_folder_is_refused(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with exclusive_folder(tmp_path / "mine"):
        assert fetch(tmp_path, server, "whole", **KNOWN) == 2
    error = capsys.readouterr().err
    assert "another process is writing into this folder" in error and is_one_sentence(error)
    assert fetch(tmp_path, server, "whole", **KNOWN) == 0


@pytest.mark.parametrize(
    ("manner", "known", "complaint"),
    [
        ("another", KNOWN, "not the published one"),
        ("truncated", KNOWN, "not the published one"),
        ("endless", KNOWN, "more than"),
        ("missing", KNOWN, "the server answers 404"),
    ],
)
def test_what_was_not_published_is_not_kept(
    tmp_path: Path,
    server: Server,
    manner: str,
    known: dict[str, object],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fetch(tmp_path, server, manner, **known) == 2
    said = capsys.readouterr().err
    assert is_one_sentence(said) and complaint in said and server.address in said
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_file_of_the_user_is_never_replaced(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "train.tsv"
    path.write_text("나\t나/NP\n", encoding="utf-8")
    (tmp_path / "mine" / "mine.md").write_text("my notes")
    assert fetch(tmp_path, server, "whole", **KNOWN) == 2
    said = capsys.readouterr().err
    assert is_one_sentence(said) and str(path) in said and not server.asked
    assert path.read_text(encoding="utf-8") == "나\t나/NP\n"
    path.unlink()
    assert fetch(tmp_path, server, "whole", **KNOWN) == 0
    assert (tmp_path / "mine" / "mine.md").read_text() == "my notes"


def test_without_a_known_checksum(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first download is taken as it comes, and says so; later calls compare with it."""
    assert fetch(tmp_path, server, "breaking") == 0
    assert DIGEST in capsys.readouterr().err
    folder = tmp_path / "mine"
    assert (folder / "mine.sha256").read_text() == f"{DIGEST}  train.tsv\n"
    assert fetch(tmp_path, server, "whole") == 0
    (folder / "train.tsv").write_bytes(BODY[:-1])
    capsys.readouterr()
    assert fetch(tmp_path, server, "whole") == 2
    (folder / "train.tsv").unlink()
    assert fetch(tmp_path, server, "another") == 2
    assert "not the published one" in capsys.readouterr().err.splitlines()[-1]


def test_offline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server() as closed:
        pass  # nobody listens there any more
    assert fetch(tmp_path, closed, "whole", **KNOWN) == 2
    said = capsys.readouterr().err
    path = tmp_path / "mine" / "train.tsv"
    assert is_one_sentence(said) and "cannot be reached" in said
    assert f"put the file at {path}" in said and f"{closed.address}/whole/corpus.tsv" in said
    path.write_bytes(BODY)  # brought by other means
    assert fetch(tmp_path, closed, "whole", **KNOWN) == 0
    assert f"{path}\n" == capsys.readouterr().out


@pytest.mark.slow
def test_what_a_killed_download_left_is_taken_up(tmp_path: Path, server: Server) -> None:
    """By the real command, into a folder of the corpus's name."""
    listed = catalogue(tmp_path, server.address, "whole", **KNOWN)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.tsv.unfinished").write_bytes(BODY[: len(BODY) // 2])
    done = subprocess.run(
        [sys.executable, "-m", "tagger", "corpora", "mine", "--fetch", "--catalogue", listed],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "LANGUAGE": "en"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0 and done.stdout == f"{Path('mine', 'train.tsv')}\n", done.stderr
    assert done.stderr.startswith("pumsa corpora: 1 files fetched")
    assert server.asked == [f"bytes={len(BODY) // 2}-"]


def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def says(*args: str) -> str:
        try:
            code = corpora.main(list(args))
        except SystemExit as end:
            code = end.code  # type: ignore[assignment]
        assert code == 2
        return capsys.readouterr().err.splitlines()[-1]

    assert "choose from ud-korean-gsd" in says("no-such-corpus")
    assert "--fetch needs" in says("--fetch")
    assert "need --fetch" in says("klue-dp", "-o", str(tmp_path))
    assert "on application only; ask for it at https://" in says("modu", "--fetch")
    assert "no part test" in says("klue-dp", "--fetch", "--part", "test", "-o", str(tmp_path / "k"))
    assert not (tmp_path / "k").exists()
    for text in ("{", "{}", '[{"name": "a"}]'):
        (tmp_path / "list.json").write_text(text)
        assert str(tmp_path / "list.json") in says("--catalogue", str(tmp_path / "list.json"))


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    known = read_catalogue()
    assert corpora.main([]) == 0
    listed = capsys.readouterr().out
    for corpus in known.values():
        assert f"{corpus.name}: {corpus.title}\n" in listed
        assert corpus.licence in listed and corpus.citation[0] in listed
        assert corpus.tag_set in TAG_SETS
    assert corpora.main(["klue-dp"]) == 0
    assert "10,000 sentences" in capsys.readouterr().out
    assert corpora.main(["--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(json.loads(BUNDLED.read_text()))


@pytest.mark.slow
def test_the_checksums_are_those_of_the_published_files(gold_data: Path) -> None:
    """Of the parts that lie here as they were published."""
    known = read_catalogue()
    for name, parts in (("ud-korean-gsd", ["train", "dev"]), ("ud-korean-kaist", ["dev"])):
        for file in known[name].files:
            if file.part in parts:
                body = (gold_data / name / file.name).read_bytes()
                assert hashlib.sha256(body).hexdigest() == file.sha256
                assert len(body) == file.bytes
                assert len(read(gold_data / name / file.name).sentences) == file.sentences
