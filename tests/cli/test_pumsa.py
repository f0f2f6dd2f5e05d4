"""`pumsa` and its commands that have no script of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import corpora
import tagger
from tagger.cli import check, convert, evaluate, pumsa, tag, tags
from tagger.text.tag_names import TAG_SETS
from tests.conftest import CORPUS
from tests.support.commands import is_one_sentence, run_here


def run(*args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return run_here(pumsa.main, *args, text=text, program="pumsa")


def test_every_command_is_there() -> None:
    listed = run("--help")
    assert listed.returncode == 0
    for command in pumsa.COMMANDS:
        assert f"\n    {command} " in listed.stdout
        shown = run(command, "--help")
        assert shown.returncode == 0 and shown.stdout.startswith(f"usage: pumsa {command} ")
        assert "%(prog)s" not in shown.stdout


@pytest.mark.slow
def test_it_tags_in_processes_too(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("나 밥 먹었다\n학교\n", encoding="utf-8")
    job = ["tag", "-m", str(tiny_model), str(tmp_path / "a.txt")]
    alone, together = run(*job), run(*job, "--workers", "2")
    assert alone.returncode == together.returncode == 0
    assert alone.stdout == together.stdout and alone.stdout.count("\n") == 2


def test_what_it_says_of_wrong_use(tmp_path: Path) -> None:
    assert run("--version").stdout == f"pumsa {tagger.__version__}\n"
    assert run().returncode == 0
    wrong = run("tagg")
    assert wrong.returncode == 2 and "'tagg'" in wrong.stderr
    missing = run("tag", str(tmp_path / "missing"))
    assert missing.returncode == 2 and missing.stderr.startswith("pumsa tag: ")
    assert is_one_sentence(missing.stderr)
    assert "Traceback" in run("tag", str(tmp_path / "missing"), "--log-level", "debug").stderr


def test_quiet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.tsv"
    broken.write_text(CORPUS.read_text(encoding="utf-8") + "\na\tb\tc\n", encoding="utf-8")
    command = [str(broken), "-t", "conllu", "-o", str(tmp_path / "out")]
    assert convert.main(command) == 0
    assert capsys.readouterr().err.count("\n") == 2
    assert convert.main([*command, "--log-level", "warning"]) == 0
    assert capsys.readouterr().err.count("\n") == 1
    assert convert.main([*command, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert convert.main([str(tmp_path / "no"), "-t", "conllu", "--quiet"]) == 2
    assert is_one_sentence(capsys.readouterr().err)
    assert convert.main(command) == 0  # the next call speaks again
    assert capsys.readouterr().err.count("\n") == 2


def analyses(path: Path) -> list[list[tuple[str, str]]]:
    return [
        [(eojeol.surface, str(eojeol)) for eojeol in sentence.eojeols]
        for sentence in corpora.read(path).sentences
    ]


@pytest.mark.parametrize("middle", ["conllu", "klue", "tsv", "sejong-rows", "sejong"])
def test_formats_convert_into_one_another(
    tmp_path: Path, middle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    assert convert.main([str(CORPUS), "-t", middle, "-o", str(there)]) == 0
    assert convert.main([str(there), "-t", "tsv", "-o", str(back)]) == 0
    assert analyses(there) == analyses(back)
    if middle != "sejong":  # its surfaces are rebuilt, not always as they were
        assert analyses(CORPUS) == analyses(there)
    assert convert.main([str(CORPUS), "-t", middle]) == 0
    assert capsys.readouterr().out == there.read_text(encoding="utf-8")


def test_a_gold_corpus_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "gold.html"
    assert convert.main([str(CORPUS), "-t", "html", "-o", str(page)]) == 0
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE") and html.endswith("</html>\n")
    assert html.count('class="sentence"') == len(corpora.read(CORPUS).sentences)


def test_a_sentence_that_a_format_cannot_hold_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.tsv"
    source.write_text("나\t나\tNP\t_\n밥\t밥\tNNG+XR\t_\n\n밥\t밥\tNNG\t_\n", encoding="utf-8")
    assert convert.main([str(source), "-t", "klue"]) == 0
    said = capsys.readouterr()
    assert "1 of 2 sentences" in said.err and said.out.count("## ") == 1
    assert convert.main([str(source), "-t", "conllu"]) == 0
    assert capsys.readouterr().out.count("# text") == 2
    assert convert.main([str(source), "-t", "klue", "-o", str(source)]) == 2
    assert "the corpus itself" in capsys.readouterr().err


def test_what_a_corpus_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, dev = tmp_path / "train.tsv", tmp_path / "dev.tsv"
    train.write_text(
        "나\t나\tNP\tPRON\n먹었다\t먹+었+다\tVV+EP+EF\tVERB\n\n"
        "나\t나\tNP\tPRON\n먹었다\t먹+었+다\tVV+EP+EF\tVERB\n\n했다\t하+았\tVV+EP+EF\t_\n",
        encoding="utf-8",
    )
    dev.write_text(
        "나\t나\tNP\t_\n먹었다\t먹+었+다\tVV+EP+EF\t_\n\n갔\t가+았\tVV+MINE\t_\n", encoding="utf-8"
    )
    assert check.main([str(train), "--dev", str(dev), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["sentences"], found["repeated_sentences"], found["eojeols"]) == (3, 1, 5)
    assert found["tags"] == {"NP": 2, "VV": 2, "EP": 2, "EF": 2}
    assert found["upos"] == {"PRON": 2, "VERB": 2}
    assert found["labels"] == 4 and found["labels_seen_once"] == 0
    assert found["unusable_rows"] == 1 and ":7: 2 morphemes but 3 tags" in found["problems"][0]
    assert found["dev"] == {
        "sentences": 2,
        "sentences_in_train": 1,
        "eojeols": 3,
        "unseen_eojeols": 1,
        "syllables": 5,
        "syllables_with_unseen_label": 1,
        "unseen_tags": ["MINE"],
    }
    assert check.main([str(train), "--dev", str(dev)]) == 1
    shown = capsys.readouterr().out
    assert "1 of 2 sentences are in train" in shown and "VV            2  동사, verb" in shown
    assert "tags that train does not show: MINE" in shown and ":7: 2 morphemes" in shown
    assert check.main([str(CORPUS)]) == 0


def test_rows_that_cannot_be_used_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("나\t나\tNP\t_\n" + "밥\t밥\tNNG+XR\t_\n" * 20, encoding="utf-8")
    for count, named in (("3", 3), ("0", 20)):
        assert check.main([str(path), "--rows", count]) == 1
        assert capsys.readouterr().out.count("a.tsv:") == named + 1
    assert check.main([str(path), "--strict"]) == 2


@pytest.mark.parametrize("name", TAG_SETS)
def test_the_tags_of_a_tag_set(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tags.main([name, "--tsv"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row[0] for row in rows] == list(TAG_SETS[name])
    assert {len(row) for row in rows} == {5 if name == "sejong" else 4}
    assert tags.main([name]) == 0
    assert capsys.readouterr().out.count("\n") == len(rows) + 1


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_every_option(shell: str) -> None:
    script = run("completion", shell).stdout
    for command, module in (("tag", tag), ("evaluate", evaluate)):
        assert command in script
        for action in module.make_parser()._actions:
            for option in action.option_strings:
                assert option.removeprefix("--") in script, option


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_is_a_script_of_the_shell(shell: str) -> None:
    if not (program := shutil.which(shell)):
        pytest.skip(f"needs {shell}")
    script = run("completion", shell).stdout
    assert subprocess.run([program, "-n"], input=script.encode()).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(run("completion", "bash").stdout, encoding="utf-8")

    def completions(*words: str) -> set[str]:
        line = f"""source {script}; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}
            _shtab_pumsa; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path)
        return {word.strip() for word in done.stdout.split("\n")}

    assert {"tag", "tags", "train"} <= completions("pumsa", "ta") | completions("pumsa", "tr")
    assert "--format" in completions("pumsa", "tag", "--fo")
    assert "kaist" in completions("pumsa", "tags", "ka")
