"""What `-o` names is never destroyed: devices, pipes, links, files of any name, and what other
processes write."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tagger.cli import convert, evaluate, specialize, tag, train
from tagger.errors import TaggerError, WriteError
from tagger.model import folder as model_folder
from tagger.system.files import whole_file, whole_text
from tagger.system.locks import exclusive_folder
from tests.conftest import CORPUS, TINY, heed_interrupts
from tests.support.commands import is_one_sentence
from tests.support.limits import as_anybody, no_room
from tests.support.places import ROOT

pytestmark = pytest.mark.slow

TEXT = "나 밥 먹었다\n" * 3


@pytest.fixture(params=["unnamed", "named"])
def kind_of_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Temporary files without a name, as on Linux, and with one, as elsewhere."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return str(request.param)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def expected(tiny_model: Path, source: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("expected") / "out"
    assert tag_into(out, source, tiny_model) == 0
    return out.read_bytes()


def tag_into(out: object, source: Path, model: Path, *more: str) -> int:
    return tag.main([str(source), "-o", str(out), "-m", str(model), "--device", "cpu", *more])


def start(*args: object, shell: str = "", **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "tag.py", *map(str, args), "--device", "cpu"]
    if shell:
        quoted = " ".join(f"'{part}'" for part in command)
        command = ["bash", "-c", shell.replace("TAG", quoted)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )  # type: ignore[call-overload, no-any-return]


class Reader:
    """Reads a pipe to its end; a daemon, so that a failure is no endless wait."""

    def __init__(self, pipe: Path, size: int = -1) -> None:
        self._content: list[bytes] = []
        self._thread = threading.Thread(target=self._read, args=(pipe, size), daemon=True)
        self._thread.start()

    def _read(self, pipe: Path, size: int) -> None:
        with open(pipe, "rb") as stream:
            self._content.append(stream.read(size))

    def content(self) -> bytes:
        self._thread.join(60)
        return b"".join(self._content)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# what is no regular file; by links, so that a failure does not destroy the machine's own


def test_a_named_pipe_is_written_to(
    tiny_model: Path, source: Path, tmp_path: Path, expected: bytes
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = Reader(pipe)
    assert tag_into(pipe, source, tiny_model) == 0
    assert pipe.is_fifo()
    assert reader.content() == expected


def test_a_named_pipe_gets_its_mark(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = Reader(pipe)
    with whole_text(pipe, "utf16") as stream:
        stream.write("나")
    assert reader.content() == "나".encode("utf-16")


def test_a_device_is_written_to(tiny_model: Path, source: Path, tmp_path: Path) -> None:
    master, slave = os.openpty()  # a device of our own, which needs no rights
    device = Path(os.ttyname(slave))
    (tmp_path / "link").symlink_to(device)
    for out in (device, tmp_path / "link"):
        assert tag_into(out, source, tiny_model) == 0
    assert b"NP" in os.read(master, 10_000)
    assert device.is_char_device() and (tmp_path / "link").is_symlink()
    os.close(master)
    os.close(slave)


def test_a_full_device_is_one_sentence(
    tiny_model: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    assert tag_into(tmp_path / "full", source, tiny_model) == 2
    error = capsys.readouterr().err
    assert "full: no space left on device" in error and is_one_sentence(error)


@pytest.mark.parametrize("command", ["TAG > PLACE", "TAG >> PLACE", "TAG | cat > PLACE"])
def test_standard_output_has_names(
    tiny_model: Path, source: Path, tmp_path: Path, expected: bytes, command: str
) -> None:
    """As a file it is not replaced, so that what others write there stays."""
    place = tmp_path / "place"
    place.write_bytes(b"before\n")
    shell = command.replace("PLACE", str(place))
    (tmp_path / "stdout").symlink_to("/dev/stdout")
    process = start(source, "-m", tiny_model, "-o", tmp_path / "stdout", shell=shell)
    _, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, b"")
    assert place.read_bytes() == (b"before\n" if ">>" in command else b"") + expected


def test_a_process_substitution_is_written_to(
    tiny_model: Path, source: Path, tmp_path: Path, expected: bytes
) -> None:
    place = tmp_path / "place"
    shell = f"mkfifo {tmp_path}/done; TAG -o >(cat > {place}; echo > {tmp_path}/done)"
    shell += f"; code=$?; cat {tmp_path}/done > /dev/null; exit $code"
    process = start(source, "-m", tiny_model, shell=shell)
    _, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, b"")
    assert place.read_bytes() == expected


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with (
            pytest.raises(TaggerError, match="a socket cannot be written to"),
            whole_file(tmp_path / "s"),
        ):
            pass
        assert (tmp_path / "s").is_socket()


def test_several_inputs_do_not_go_to_a_pipe(
    tiny_model: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    inputs = [str(source), str(tmp_path / "b.txt")]
    assert tag.main([*inputs, "-o", str(tmp_path / "pipe"), "-m", str(tiny_model)]) == 2
    assert "several inputs cannot go to one file" in capsys.readouterr().err


# links, modes and names


def test_a_link_is_followed(
    tiny_model: Path, source: Path, tmp_path: Path, expected: bytes, kind_of_file: str
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "target").write_text("old", encoding="utf-8")
    for name, target in (("link", folder / "target"), ("dangling", folder / "new")):
        (tmp_path / "first").unlink(missing_ok=True)
        (tmp_path / "first").symlink_to(target)
        (tmp_path / name).symlink_to("first")
        assert tag_into(tmp_path / name, source, tiny_model) == 0
        assert (tmp_path / name).is_symlink() and (tmp_path / "first").is_symlink()
        assert target.read_bytes() == expected
    assert names(folder) == ["new", "target"]


def test_the_mode_is_kept(tmp_path: Path, kind_of_file: str) -> None:
    path = tmp_path / "x"
    previous = os.umask(0o027)
    try:
        for mode in (0o640, 0o600, 0o666, 0o751):
            with whole_text(path) as stream:
                stream.write("x")
            assert path.stat().st_mode & 0o777 == mode
            path.chmod({0o640: 0o600, 0o600: 0o666, 0o666: 0o751}.get(mode, mode))
    finally:
        os.umask(previous)


def test_a_file_that_must_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("mine", encoding="utf-8")
    path.chmod(0o444)
    code = f"from tagger.system.files import whole_file\nwith whole_file({str(path)!r}): pass"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=as_anybody,
    )
    assert "permission denied" in done.stderr and path.read_text(encoding="utf-8") == "mine"


def test_no_name_is_taken_from_anybody(
    tiny_model: Path, tmp_path: Path, expected: bytes, kind_of_file: str
) -> None:
    """Neither an input, nor a link, nor a bystander that has the name of a temporary file."""
    source = tmp_path / "out.unfinished"
    source.write_text(TEXT, encoding="utf-8")
    assert tag_into(tmp_path / "out", source, tiny_model) == 0
    assert source.read_text(encoding="utf-8") == TEXT
    assert (tmp_path / "out").read_bytes() == expected
    bystander = tmp_path / "bystander"
    bystander.write_text("mine", encoding="utf-8")
    (tmp_path / "other.unfinished").symlink_to(bystander)
    assert tag_into(tmp_path / "other", source, tiny_model) == 0
    assert bystander.read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == [
        "bystander", "in.txt", "other", "other.unfinished", "out", "out.unfinished"
    ]  # fmt: skip


def test_two_outputs_that_are_one_file_are_refused(
    tiny_model: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("밥\n", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / "in.sejong").symlink_to("other.sejong")
    assert tag.main([str(source), str(other), "-o", str(out), "-m", str(tiny_model)]) == 2
    assert "would both become" in capsys.readouterr().err
    (out / "in.sejong").unlink()
    (out / "in.sejong").symlink_to(other)
    assert tag.main([str(source), str(other), "-o", str(out), "-m", str(tiny_model)]) == 2
    assert "the output would replace this input" in capsys.readouterr().err
    assert other.read_text(encoding="utf-8") == "밥\n"


def test_a_corpus_is_not_converted_over_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "c.tsv"
    corpus.write_bytes(CORPUS.read_bytes())
    (tmp_path / "link").symlink_to(corpus)
    for out in (corpus, tmp_path / "link"):
        assert convert.main([str(corpus), "-t", "conllu", "-o", str(out)]) == 2
        assert "this is the corpus itself" in capsys.readouterr().err
    assert corpus.read_bytes() == CORPUS.read_bytes()
    (tmp_path / "null").symlink_to("/dev/null")
    assert convert.main([str(corpus), "-t", "conllu", "-o", str(tmp_path / "null")]) == 0


@pytest.mark.parametrize(
    ("parse", "arguments"),
    [
        (tag.main, ["x", "-o", ""]),
        (tag.main, ["-o", ""]),
        (convert.main, ["x", "-t", "conllu", "-o", ""]),
        (train.main, ["x", "-o", ""]),
        (train.main, ["x", "-o", "m", "--cache", ""]),
        (specialize.main, ["x", "--conventions", "y", "--dev", "z", "-o", ""]),
        (evaluate.main, ["x", "--report", ""]),
    ],
)
def test_an_empty_path_is_wrong_use(
    parse: Callable[[list[str]], int], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse(arguments)
    assert end.value.code == 2 and "the path is empty" in capsys.readouterr().err


# what is left when something goes wrong


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ValueError(), OSError(28, "full"), SystemExit()], ids=repr
)
def test_nothing_is_left_of_what_failed(
    tmp_path: Path, kind_of_file: str, error: BaseException
) -> None:
    path = tmp_path / "x"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(BaseException) as raised, whole_text(path) as stream:
        stream.write("new")
        stream.flush()
        assert (len(names(tmp_path)) == 2) == (kind_of_file == "named")
        raise error
    assert isinstance(raised.value, WriteError if isinstance(error, OSError) else type(error))
    assert names(tmp_path) == ["x"] and path.read_text(encoding="utf-8") == "old"


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files have a name from the beginning")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_job_that_was_ended(
    tiny_model: Path, tmp_path: Path, number: signal.Signals
) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    (tmp_path / "b.txt").touch()
    out = tmp_path / "out"
    process = start(
        pipe, tmp_path / "b.txt", "-o", f"{out}/", "-m", tiny_model, preexec_fn=heed_interrupts
    )
    with open(pipe, "w", encoding="utf-8") as stream:  # the job is at work now
        stream.write(TEXT)
        stream.flush()
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode not in (0, 2)
    assert names(out) == []


# two at once


def test_two_that_write_one_file_are_both_whole(tmp_path: Path, kind_of_file: str) -> None:
    path = tmp_path / "x"
    with whole_text(path) as first:
        first.write("first" * 1000)
        with whole_text(path) as second:
            second.write("second")
        assert path.read_text(encoding="utf-8") == "second"
    assert path.read_text(encoding="utf-8") == "first" * 1000
    assert names(tmp_path) == ["x"]


def test_a_second_training_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    command = ["train.py", CORPUS, "--dev", CORPUS, "-o", folder, *TINY]
    with exclusive_folder(folder):
        for more in ([], ["--resume"], ["--overwrite"]):
            done = subprocess.run(
                [sys.executable, *map(str, command), *more],
                cwd=ROOT,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 2 and is_one_sentence(done.stderr), done.stderr
            assert f"{folder}: another process is writing into this folder" in done.stderr
    assert not folder.exists()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    code = (
        "import sys, time; from pathlib import Path\n"
        "from tagger.system.locks import exclusive_folder\n"
        "with exclusive_folder(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout and process.stdout.readline() == b"held\n"
            with pytest.raises(TaggerError, match="another process"), exclusive_folder(folder):
                pass
        finally:
            process.kill()
    with exclusive_folder(folder):
        (folder / "x").touch()
    assert names(folder) == ["x"]


def test_models_saved_at_once_are_whole(
    tiny_model: Path, tmp_path: Path, kind_of_file: str
) -> None:
    """Two that save, again and again, and one that loads: it always gets one of the two."""
    folder = tmp_path / "model"
    models = [replace(model_folder.load(tiny_model), scores={"eojeol": float(n)}) for n in range(2)]
    model_folder.save(models[0], folder, "0")
    seen = set()
    done = threading.Event()

    def load() -> None:
        while not done.is_set():
            seen.add(model_folder.load(folder).scores["eojeol"])

    def save(number: int) -> None:
        for _ in range(60):
            model_folder.save(models[number], folder, str(number))

    with ThreadPoolExecutor(3) as pool:
        loading = pool.submit(load)
        try:
            for saving in [pool.submit(save, number) for number in range(2)]:
                saving.result()
        finally:
            done.set()
        loading.result()
    assert seen == {0.0, 1.0}
    assert names(folder) == ["README.md", "config.json", "model.safetensors", "vocabulary.json"]
    winner = model_folder.load(folder).scores["eojeol"]
    assert (folder / "README.md").read_text(encoding="utf-8") == f"{winner:.0f}"


def test_a_link_of_the_name_of_unfinished_saving_is_not_followed(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder, mine = tmp_path / "model", tmp_path / "mine"
    folder.mkdir()
    mine.mkdir()
    (mine / "config.json").write_text("mine", encoding="utf-8")
    (folder / ".new").symlink_to(mine)
    with pytest.raises(TaggerError):
        model_folder.save(model_folder.load(tiny_model), folder, "")
    assert names(mine) == ["config.json"] and names(folder) == [".new"]


# errors of writing


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Callable[[Path], Callable[[], int]]]:
    """Makes a pipe that gives lines for as long as somebody reads, and tells how many it gave."""
    threads = []

    def make(path: Path) -> Callable[[], int]:
        os.mkfifo(path)
        given = 0

        def write() -> None:
            nonlocal given
            with open(path, "wb", buffering=0) as stream:
                try:
                    while given < 100_000:
                        stream.write("나 밥 먹었다 😀\n".encode() * 10)
                        given += 10
                except BrokenPipeError:
                    pass

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        threads.append(thread)
        return lambda: thread.join(60) or given

    yield make
    for thread in threads:
        thread.join(60)


@pytest.mark.parametrize("more", [[], ["--workers", "2"]])
def test_after_an_error_of_writing_nothing_is_read(
    tiny_model: Path,
    tmp_path: Path,
    more: list[str],
    endless: Callable[[Path], Callable[[], int]],
) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    given = endless(first)
    second.write_text(TEXT, encoding="utf-8")
    out = tmp_path / "out"
    process = start(first, second, "-o", f"{out}/", "-m", tiny_model, *more, preexec_fn=no_room)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 2 and is_one_sentence(error.decode())
    assert f"{out}/first.sejong: file too large" in error.decode()
    assert names(out) == []
    assert given() < 60_000


@pytest.mark.parametrize("more", [[], ["--workers", "2"]])
def test_the_rest_of_an_input_that_cannot_be_written_is_not_read(
    tiny_model: Path,
    tmp_path: Path,
    more: list[str],
    endless: Callable[[Path], Callable[[], int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    given = endless(first)
    second.write_text(TEXT, encoding="utf-8")
    arguments = ["-o", f"{tmp_path}/out/", "-m", str(tiny_model), "--output-encoding", "cp949"]
    assert tag.main([str(first), str(second), *arguments, "--device", "cpu", *more]) == 1
    error = capsys.readouterr().err
    assert "'😀' is not in the encoding cp949" in error and is_one_sentence(error)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.sejong")) == ["second.sejong"]
    assert given() < 60_000


def test_a_pipe_that_nobody_reads_any_more_is_one_sentence(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, pipe = tmp_path / "in.txt", tmp_path / "pipe"
    source.write_text(TEXT * 20_000, encoding="utf-8")
    os.mkfifo(pipe)
    reader = Reader(pipe, 10)
    assert tag_into(pipe, source, tiny_model) == 2
    assert len(reader.content()) == 10
    error = capsys.readouterr().err
    assert f"{pipe}: broken pipe" in error and is_one_sentence(error)
