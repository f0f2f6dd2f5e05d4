"""`tag.py` as users meet it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from tagger.cli import tag
from tagger.model.folder import load
from tagger.pretrained import find_model
from tests.conftest import CORPUS, heed_interrupts
from tests.support.commands import is_one_sentence, run_here
from tests.support.places import ROOT


def run(*args: str, text: str | bytes = "") -> subprocess.CompletedProcess[str]:
    return run_here(tag.main, *args, text=text)


def run_alone(
    *args: str, text: str | bytes = "", **options: object
) -> subprocess.CompletedProcess[str]:
    """In a process of its own."""
    data = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run(
        [sys.executable, "tag.py", *args],
        input=data,
        capture_output=True,
        cwd=ROOT,
        **options,  # type: ignore[call-overload]
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


@pytest.mark.slow
def test_the_line_of_the_readme() -> None:
    done = run_alone(text="나 밥 먹었다\n")
    assert (done.returncode, done.stdout) == (0, "나/NP 밥/NNG 먹/VV+었/EP+다/EF\n")
    if version("kiwipiepy") == load(find_model("sejong")).tokenizer.version:
        assert done.stderr == ""  # else it says that the hints come from another version


@pytest.mark.slow
def test_one_line_out_for_each_line_in() -> None:
    done = run_alone(
        text="나 밥 먹었다\n\n선생님이 책을 읽으신다.\n", env={**os.environ, "LC_ALL": "C"}
    )
    first, empty, third = done.stdout.removesuffix("\n").split("\n")
    assert first == "나/NP 밥/NNG 먹/VV+었/EP+다/EF" and empty == ""
    assert third == "선생/NNG+님/XSN+이/JKS 책/NNG+을/JKO 읽/VV+으시/EP+ㄴ다/EF+./SF"


@pytest.mark.parametrize("text", ["", "\n", "나", "나\r\n밥\r\n", "\ufeff나\n", "\u2028\n \n\t\n"])
def test_odd_input_keeps_its_lines(tiny_model: Path, text: str) -> None:
    done = run("-m", str(tiny_model), "-f", "jsonl", text=text)
    lines = [json.loads(line)["text"] for line in done.stdout.split("\n") if line]
    expected = text.removeprefix("\ufeff").split("\n")
    if expected[-1] == "":
        expected.pop()
    assert lines == [line.removesuffix("\r") for line in expected]
    assert done.returncode == 0


@pytest.mark.slow
def test_lines_are_answered_as_they_come(tiny_model: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "tag.py", "-m", str(tiny_model)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout
        for line in ("나\n", "밥\n", "\n"):
            process.stdin.write(line.encode())
            process.stdin.flush()
            assert process.stdout.readline().decode().count("\n") == 1  # before the next line
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.slow
def test_a_closed_pipe_and_an_interrupt_end_quietly(tiny_model: Path) -> None:
    command = [sys.executable, "tag.py", "-m", str(tiny_model)]
    done = subprocess.run(
        ["sh", "-c", 'yes "나 밥" | "$@" | head -n 1', "sh", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.count("\n") == 1 and done.stderr == ""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write("나\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == b""


def test_files_go_to_a_folder(tiny_model: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text("나 밥\n" * 3, encoding="utf-8")
    inputs = [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    out = tmp_path / "out"
    assert tag.main([*inputs, "-o", str(out), "-f", "tsv", "-m", str(tiny_model)]) == 0
    assert sorted(path.name for path in out.glob("[!.]*")) == ["a.tsv", "b.tsv"]
    assert (out / "a.tsv").read_bytes() == (out / "b.tsv").read_bytes()
    one = tmp_path / "one.txt"
    assert tag.main([inputs[0], "-o", str(one), "-f", "tsv", "-m", str(tiny_model)]) == 0
    assert one.read_bytes() == (out / "a.tsv").read_bytes()


@pytest.mark.parametrize("encoding", ["cp949", "euc-kr", "utf-16", "utf-16-be", "utf-8-sig"])
def test_other_encodings(tiny_model: Path, encoding: str) -> None:
    plain = run("-m", str(tiny_model), text="나 밥 먹었다\n친구\n")
    data = "나 밥 먹었다\n친구\n".encode(encoding)
    given = run("-m", str(tiny_model), "--encoding", encoding, text=data)
    assert given.stdout == plain.stdout != ""
    found = run("-m", str(tiny_model), "--encoding", "auto", text=data)
    assert found.stdout == plain.stdout


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8"])
def test_the_output_is_in_the_encoding_that_was_asked_for(
    tiny_model: Path, tmp_path: Path, encoding: str
) -> None:
    plain = run_alone("-m", str(tiny_model), text="나 밥 먹었다\n친구\n").stdout
    options = ["-m", str(tiny_model), "--output-encoding", encoding]
    done = subprocess.run(
        [sys.executable, "tag.py", *options],
        input="나 밥 먹었다\n친구\n".encode(),
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert done.stdout == plain.encode(encoding) and done.stderr == b""
    out = tmp_path / "out"
    assert run_alone(*options, "-o", str(out), text="나 밥 먹었다\n친구\n").returncode == 0
    assert out.read_bytes() == plain.encode(encoding)


@pytest.mark.slow
def test_what_an_encoding_does_not_have_is_an_error_or_replaced(
    tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ["-m", str(tiny_model), "--output-encoding", "cp949"]
    for target, where in (([], "standard output"), (["-o", str(out)], str(out))):
        done = run_alone(*options, *target, text="나 😀\n")
        assert done.returncode == 2 and is_one_sentence(done.stderr)
        assert f"{where}: '😀' is not in the encoding cp949; write utf-8" in done.stderr
        assert not out.exists()
    done = run_alone(*options, "-o", str(out), "--errors", "replace", text="나 😀\n")
    assert done.returncode == 0 and "?" in out.read_bytes().decode("cp949")
    for workers in ([], ["--workers", "2"]):
        done = run_alone(
            "-m", str(tiny_model), "--errors", "replace", *workers, text=b"\xff\n\xea\n"
        )
        assert done.returncode == 0 and done.stdout.count("\ufffd") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("closed", "what"),
    [
        ("<&-", "standard input: it is closed; give a file"),
        (">&-", "standard output: it is closed"),
    ],
)
def test_a_closed_stream_is_one_sentence(tiny_model: Path, closed: str, what: str) -> None:
    line = f'echo 나 | "$@" {closed}'
    if closed == "<&-":
        line = f'"$@" {closed}'
    command = ["sh", "-c", line, "sh", sys.executable, "tag.py", "-m", str(tiny_model)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and what in done.stderr and is_one_sentence(done.stderr)
    command[2] = 'echo 나 | "$@" 2>&-'
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("messages", ["2>&-", "2>/dev/full"])
def test_messages_that_nobody_gets(tiny_model: Path, tmp_path: Path, messages: str) -> None:
    """Files are tagged as ever, and a message goes neither into the output nor into a file."""
    text, out = tmp_path / "in.txt", tmp_path / "out"
    text.write_text("나\n", encoding="utf-8")
    program = [sys.executable, "tag.py", "-m", str(tiny_model), "-o", str(out)]
    command = ["sh", "-c", f'"$@" {messages}', "sh", *program]
    done = subprocess.run([*command, str(text)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "") and out.read_text(encoding="utf-8")
    done = subprocess.run([*command, "missing"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")


CONLLU = """\
# newdoc
# sent_id = a-1
# text = 나 "밥"먹었다.
1\t나\t_\t_\t_\t_\t4\tnsubj\t_\t_
2\t"\t_\t_\t_\t_\t3\tpunct\t_\tSpaceAfter=No
3\t밥\t_\t_\t_\tCase=Acc\t4\tobj\t_\tSpaceAfter=No
4-5\t"먹었다\t_\t_\t_\t_\t_\t_\t_\t_
4\t"\t_\t_\t_\t_\t3\tpunct\t_\tSpaceAfter=No
5\t먹었다\t_\t_\t_\t_\t0\troot\t_\tSpaceAfter=No|X=1
6\t.\t_\t_\t_\t_\t4\tpunct\t_\t_

"""


def test_tokens_of_conllu_are_kept_with_all_else(tiny_model: Path) -> None:
    done = run("--input-format", "conllu", "-f", "conllu", "-m", str(tiny_model), text=CONLLU)
    assert done.returncode == 0, done.stderr
    before, after = CONLLU.split("\n"), done.stdout.split("\n")
    assert len(before) == len(after)
    for old, new in zip(before, after):
        if not old or old[0] == "#" or "-" in old.split("\t")[0]:
            assert new == old
            continue
        old_row, new_row = old.split("\t"), new.split("\t")
        assert old_row[:2] + old_row[5:] == new_row[:2] + new_row[5:]
        assert "_" not in new_row[2:5]
        assert new_row[2].count("+") == new_row[4].count("+")


@pytest.mark.slow
def test_the_gold_dev_corpus_keeps_its_tokens(gold_data: Path) -> None:
    corpus = gold_data / "ud-korean-gsd" / "dev.conllu"
    done = run_alone(str(corpus), "--input-format", "conllu", "-f", "conllu")
    assert done.returncode == 0, done.stderr

    def forms(text: str) -> list[list[str]]:
        return [
            [row.split("\t")[1] for row in block.split("\n") if row and row[0] != "#"]
            for block in text.strip().split("\n\n")
        ]

    assert forms(done.stdout) == forms(corpus.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("args", "text", "what"),
    [
        (["-m", "nothing"], "", "there is no model 'nothing'"),
        (["-m", str(ROOT / "tests")], "", "holds no model"),
        (["nothing.txt"], "", "nothing.txt: no such file or directory"),
        ([str(ROOT)], "", "is a directory"),
        (["--encoding", "klingon"], "", "unknown encoding 'klingon'"),
        (["a.txt", "x/a.txt", "-o", "{tmp}"], "", "would both become"),
        (["setup.cfg", "README.md", "-o", "{file}"], "", "several inputs cannot go to one file"),
        (["{file}", "-o", "{file}"], "", "the output would replace this input"),
        (["--input-format", "conllu"], "나\t밥\n", "standard input:1: 2 columns instead of 10"),
        (["--device", "cuda"], "", "no CUDA device"),
        (["--device", "gpu"], "", "unknown device 'gpu'; use one of auto, cpu, cuda, cuda:N, mps"),
    ],
)
def test_wrong_use_is_one_sentence(
    args: list[str],
    text: str,
    what: str,
    tmp_path: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "cuda" in args and os.environ.get("CUDA_VISIBLE_DEVICES"):
        pytest.skip("there is a GPU")
    monkeypatch.chdir(ROOT)
    file = tmp_path / "file.txt"
    file.write_text("나\n", encoding="utf-8")
    folder = tmp_path / "out"
    args = [arg.format(tmp=folder, file=file) for arg in args]
    if "-m" not in args:
        args += ["-m", str(tiny_model)]
    done = run(*args, text=text)
    assert done.returncode == 2
    assert what in done.stderr and is_one_sentence(done.stderr), done.stderr
    assert file.read_text(encoding="utf-8") == "나\n"
    assert not folder.is_dir() or not list(folder.iterdir())


def test_an_unknown_option_is_wrong_use() -> None:
    done = run("--colour")
    assert done.returncode == 2 and "unrecognized arguments: --colour" in done.stderr


def test_the_best_analyses_and_doubtful_morphemes(tiny_model: Path) -> None:
    options = ["-m", str(tiny_model), "-f", "jsonl", "--nbest", "2", "--min-score", "0.9"]
    done = run(*options, text="나 밥 먹었다\n\n")
    assert done.returncode == 0, done.stderr
    first, empty = map(json.loads, done.stdout.splitlines())
    assert empty == {"text": "", "eojeols": []}
    for eojeol in first["eojeols"]:
        assert len(eojeol["nbest"]) == 2 and eojeol["nbest"][0]["score"] <= 1
        for morpheme in eojeol["morphemes"]:
            assert isinstance(morpheme["doubtful"], bool)
    for option in (["--nbest", "2"], ["--min-score", "0.5"]):
        refused = run("-m", str(tiny_model), *option, text="나\n")
        assert refused.returncode == 2 and "-f jsonl" in refused.stderr
    assert run("-f", "jsonl", "--min-score", "2", text="").returncode == 2


def test_conventions_that_the_model_lacks(tiny_model: Path) -> None:
    done = run("-m", str(tiny_model), "--conventions", "klue", text="나\n")
    assert done.returncode == 2 and is_one_sentence(done.stderr)
    assert "does not know the conventions of 'klue'; choose from tiny" in done.stderr
    assert run("-m", str(tiny_model), "--conventions", "tiny", text="나\n").returncode == 0


def test_bytes_that_cannot_be_decoded_are_placed(tiny_model: Path) -> None:
    done = run("-m", str(tiny_model), text="나\n밥".encode() + b" \xff\n" + "끝\n".encode())
    assert done.returncode == 2
    assert "standard input:2: byte 8 cannot be decoded as utf-8; give" in done.stderr
    assert is_one_sentence(done.stderr)
    assert done.stdout.count("\n") == 1  # the line before


def test_one_bad_file_does_not_stop_the_others(tiny_model: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("나 밥\n", encoding="utf-8")
    bad.write_bytes("나\n".encode() + b"\xff\n")
    out = tmp_path / "out"
    done = run(str(bad), str(good), "nothing", "-o", str(out), "-m", str(tiny_model))
    assert done.returncode == 1
    assert f"{bad}:2: byte 4" in done.stderr and "nothing: no such file" in done.stderr
    assert [path.name for path in out.glob("[!.]*")] == ["good.sejong"]  # nothing half-written


def test_an_old_output_stays_if_tagging_fails(tiny_model: Path, tmp_path: Path) -> None:
    bad, output = tmp_path / "bad.txt", tmp_path / "old.txt"
    bad.write_bytes(b"\xff\n")
    output.write_text("old", encoding="utf-8")
    assert run(str(bad), "-o", str(output), "-m", str(tiny_model)).returncode == 2
    assert output.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt", "old.txt"]


@pytest.mark.slow
def test_a_full_disk_is_one_sentence(tiny_model: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = subprocess.run(
        ["sh", "-c", 'echo 나 | "$@" >/dev/full', "sh", sys.executable, "tag.py", "-m", tiny_model],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "no space left" in done.stderr and is_one_sentence(done.stderr), done.stderr


@pytest.mark.slow
def test_a_progress_bar_only_on_a_terminal(tiny_model: Path) -> None:
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "tag.py", str(CORPUS), "-m", str(tiny_model)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=follower) as shown:
        assert shown.wait(timeout=120) == 0
    os.close(follower)
    time.sleep(0.1)
    assert b"100%" in os.read(leader, 1 << 16)
    os.close(leader)
    assert run_alone(str(CORPUS), "-m", str(tiny_model)).stderr == ""
