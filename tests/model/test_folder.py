from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
import safetensors.numpy

from tagger.analyzer import Tagger
from tagger.errors import TaggerError
from tagger.model import bundle as bundles
from tagger.model import folder as model_folder
from tagger.model.folder import CONFIG, VOCABULARY, WEIGHTS
from tagger.model.schema import CONFIG as CONFIG_SCHEMA
from tagger.model.seq2seq import Hypothesis
from tagger.pretrained import BUNDLED, bundled_models, find_model
from tagger.text.escaping import is_printable
from tests.fuzz.models import seal
from tests.support.places import ROOT


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_a_saved_bundle_is_loaded_as_it_was(tiny_model: Path, tmp_path: Path) -> None:
    first = model_folder.load(tiny_model)
    model_folder.save(first, tmp_path, "# card\n")
    again = model_folder.load(tmp_path)
    assert again.vocabulary == first.vocabulary
    for name in ("tokenizer", "network", "corpus", "training", "scores", "calibration"):
        assert getattr(again, name) == getattr(first, name)
    assert numpy.array_equal(again.known_eojeols, first.known_eojeols)
    for name, weight in first.weights.items():
        assert numpy.array_equal(again.weights[name], weight), name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [CONFIG, VOCABULARY, WEIGHTS, "README.md"]
    )


def test_the_card_says_what_it_is(tiny_model: Path) -> None:
    card = (tiny_model / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlanguage: ko\n")
    for part in ("## Data", "## Scores on dev", "| tiny |", '"hidden": 24', "Licence: not stated"):
        assert part in card


@pytest.mark.parametrize("name", bundled_models())
def test_a_folder_is_as_model_hubs_keep_them(name: str, tmp_path: Path) -> None:
    """The card's head is what hubs read; what their clients add to a download is no harm."""
    yaml = pytest.importorskip("yaml")
    hub = tmp_path / "download"
    shutil.copytree(find_model(name), hub)
    (hub / ".gitattributes").write_text("*.safetensors filter=lfs\n")
    (hub / ".cache" / "huggingface").mkdir(parents=True)
    _, head, card = (hub / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    said = yaml.safe_load(head)
    assert said["language"] == "ko" and "part-of-speech" in said["tags"]
    assert said["license"] == "cc-by-sa-4.0" and "## Data" in card
    assert model_folder.load(hub).corpus == model_folder.load(find_model(name)).corpus


def test_a_pruned_model_keeps_what_its_corpora_settle(tiny_model: Path) -> None:
    bundle = model_folder.load(tiny_model)
    settled = {"tiny": {"NP": "PRON"}, "another": {"NP": "NOUN"}}
    both = replace(bundle, knowledge=replace(bundle.knowledge, settled_upos=settled))
    assert bundles.pruned(both, ["tiny"]).knowledge.settled_upos == {"tiny": {"NP": "PRON"}}


def test_known_eojeols(tiny_model: Path) -> None:
    bundle = model_folder.load(tiny_model)
    assert bundle.knows("먹었다") and bundle.knows("들어가신다.")
    assert not any(map(bundle.knows, ["먹었니", "", "힣", "\ud800"]))


@pytest.mark.parametrize("name", [CONFIG, VOCABULARY, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(TaggerError, match=name):
        model_folder.load(folder)


@pytest.mark.parametrize("name", [CONFIG, VOCABULARY, WEIGHTS])
def test_a_truncated_file_is_named(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(TaggerError, match=name):
        model_folder.load(folder)


@pytest.mark.parametrize("name", [CONFIG, VOCABULARY, WEIGHTS])
def test_a_changed_byte_is_refused(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    for place in range(0, len(data), len(data) // 20):
        changed = data.copy()
        changed[place] ^= 1
        (folder / name).write_bytes(changed)
        with pytest.raises(TaggerError, match=name):
            model_folder.load(folder)


def seen(structures: list[str], tokens: dict[str, Any]) -> dict[str, Any]:
    """A lexicon in which all these tokens have that analysis."""
    return {"tokens": [[None, structures, tokens]], "morphemes": {}}


def forge(folder: Path, change: Callable[[dict], object], file: str = CONFIG) -> None:
    """Change a JSON file of a model and make its digests right again."""
    data = json.loads((folder / file).read_text(encoding="utf-8"))
    change(data)
    (folder / file).write_text(json.dumps(data), encoding="utf-8")
    seal(folder)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"format_version": 6}, "model format 6 is not format 5; install a newer version"),
        ({"format_version": 4}, "model format 4 is not format 5; train the model again"),
        ({"format_version": None}, "model format None is not format 5"),
        ({"unit": "word"}, "data.unit must be one of"),
        ({"corpus": None}, "data.corpus must be string"),
        ({"corpus": "x"}, "the corpus 'x' has no tag set"),
        ({"network": {}}, "data.network must contain"),
        ({"tokenizer": {"name": "kiwi"}}, "data.tokenizer must contain"),
        ({"tokenizer": {"name": "../kiwi", "version": ""}}, "unknown tokenizer"),
        ({"unit": "morpheme"}, "no label of a morpheme|not those of a morpheme"),
        ({"calibration": [0] * 4}, "data.calibration must contain less"),
        ({"calibration": [0, "1"]}, "data.calibration.1. must be"),
        ({"calibration": [1]}, "not iterable|calibration"),
        ({"calibration": [[0.0, 1.0], [1.0, 0.0]]}, "scores or shares fall"),
        ({"weights": "/etc/passwd"}, "must not contain {'weights'} properties"),
    ],
)
def test_a_changed_config_is_refused(folder: Path, change: dict, what: str) -> None:
    forge(folder, lambda config: config.update(change))
    with pytest.raises(TaggerError, match=what) as refused:
        model_folder.load(folder)
    assert str(refused.value).startswith(f"{folder}/")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden", 25),
        ("hidden", 10**9),
        ("layers", 9),
        ("layers", 10**9),
        ("layers", -1),
        ("layers", True),
        ("cell", "gru"),
        ("cell", "x"),
        ("labels", 3),
        ("directions", 3),
        ("columns", {}),
        ("columns", {"syllable": {"symbols": 3, "width": 10**9, "drop": 0}}),
    ],
)
def test_a_network_that_does_not_fit_is_refused(folder: Path, key: str, value: object) -> None:
    forge(folder, lambda config: config["network"].update({key: value}))
    with pytest.raises(TaggerError, match="not part of a usable model"):
        model_folder.load(folder)


def numbers(schema: dict, place: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The type and the place of each number in a schema of JSON; `*` is any name."""
    kinds = schema.get("type", ())
    kind = kinds if isinstance(kinds, str) else next(iter(kinds), "")
    if kind in ("integer", "number"):
        yield kind, place
    for name, value in schema.get("properties", {}).items():
        yield from numbers(value, (*place, name))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from numbers(schema["additionalProperties"], (*place, "*"))


@pytest.mark.parametrize(
    ("kind", "place"),
    list(numbers(CONFIG_SCHEMA)),
    ids=lambda part: part if isinstance(part, str) else "/".join(part),
)
def test_what_is_no_such_number_is_refused(folder: Path, kind: str, place: tuple[str, ...]) -> None:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    parent: Any = config
    for name in place[:-1]:
        parent = parent[next(iter(parent)) if name == "*" else name]
    key = next(iter(parent)) if place[-1] == "*" else place[-1]
    wrong: list[Any] = [True, "2", [2], {}, 10**4000, -(10**400), float("inf"), float("nan")]
    if kind == "integer":
        wrong += [float(parent[key]), parent[key] + 0.5, None]
    for value in wrong:
        parent[key] = value
        (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
        seal(folder)
        with pytest.raises(TaggerError, match=CONFIG):
            model_folder.load(folder)


@pytest.mark.parametrize("calibration", [[[0.0, 10**400], [0.0, 1.0]], [[True, 1], [0, 1]], "0"])
def test_a_calibration_of_other_things_is_refused(folder: Path, calibration: object) -> None:
    forge(folder, lambda config: config.update(calibration=calibration))
    with pytest.raises(TaggerError, match=CONFIG):
        model_folder.load(folder)


def test_numbers_that_become_infinite_are_refused(folder: Path) -> None:
    text = (folder / CONFIG).read_text(encoding="utf-8")
    (folder / CONFIG).write_text(text.replace('"training": {', '"training": {"x": 1e999,'))
    with pytest.raises(TaggerError, match="not JSON"):
        model_folder.load(folder)


HARMFUL = ["\n", "\t", "\r", "\x1b[2J", "\x85", "\x9b", "\u2028", "\u202e", "\ud800", "\0"]


@pytest.mark.parametrize("harm", HARMFUL)
@pytest.mark.parametrize(
    "change",
    [
        lambda v, x: v["labels"].append(f"B-N{x}"),
        lambda v, x: v["labels"].append("B-NNG→" + x[0]),
        lambda v, x: v["upos"].append(x),
        lambda v, x: v["corpora"].append(f"x{x}"),
        lambda v, x: v["tags"]["tiny"].append(f"N{x}"),
        lambda v, x: v["tags"].update({x: ["NNG"]}),
        lambda v, x: v["restorations"].update({"가": {"B-NNG": [x[0]]}}),
        lambda v, x: v["restorations"].update({"가": {f"B-N{x}": ["나"]}}),
    ],
)
def test_a_name_that_would_break_a_line_is_refused(
    folder: Path, change: Callable[[dict, str], object], harm: str
) -> None:
    forge(folder, lambda vocabulary: change(vocabulary, harm), VOCABULARY)
    with pytest.raises(TaggerError, match=f"{VOCABULARY}: .*(cannot be|must be named)") as refused:
        model_folder.load(folder)
    assert is_printable(str(refused.value))


def test_a_corpus_of_such_a_name_is_refused(folder: Path) -> None:
    forge(folder, lambda config: config.update(corpus="x\ny"))
    with pytest.raises(TaggerError, match=f"{CONFIG}: .*cannot be"):
        model_folder.load(folder)


def test_a_writer_writes_no_control_characters(tiny_model: Path) -> None:
    for text in ("\n", "\x1b", "\ud800"):
        assert Hypothesis((text,), 0.0, ()).text("B-NNG") is None
    assert Hypothesis(("가",), 0.0, ()).text("B-NNG") == "가"


_REFUSED = """
import resource, sys
from pathlib import Path
from tagger.model import folder
from tagger.errors import TaggerError

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB

before = peak()
try:
    folder.load(Path(sys.argv[1]))
except TaggerError as error:
    print(peak() - before, error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("file", [CONFIG, VOCABULARY])
@pytest.mark.parametrize("unit", ["[", "[],", "{},", "0,", '"나",', '{"a":['])
def test_refusing_takes_little_memory(folder: Path, file: str, unit: str) -> None:
    """JSON just under the limit of size, and far above it."""
    largest = model_folder._LARGEST_CONFIG if file == CONFIG else model_folder._LARGEST_VOCABULARY
    for size in (largest, 1 << 26):
        text = "[" + unit * (size // len(unit.encode()) - 1)
        (folder / file).write_text(text, encoding="utf-8")
        if file == VOCABULARY:
            seal(folder)
        done = subprocess.run(
            [sys.executable, "-c", _REFUSED, str(folder)], cwd=ROOT, capture_output=True, text=True
        )
        taken, _, said = done.stdout.partition(" ")
        assert said.startswith(f"{folder / file}: "), done.stderr
        assert int(taken) < 300_000, said


def test_a_deep_config_is_refused(folder: Path) -> None:
    for levels in (25, 500, 900, 60_000):
        text = (BUNDLED / "gsd" / CONFIG).read_text(encoding="utf-8")
        deep = '"training": {"x": ' + "[" * levels + "]" * levels + ","
        (folder / CONFIG).write_text(text.replace('"training": {', deep), encoding="utf-8")
        with pytest.raises(TaggerError, match=r"nested too deeply|not JSON"):
            model_folder.load(folder)


def test_digests_name_the_files_of_a_model_and_no_others(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    for digests in ({}, {**config["sha256"], "../../secret": "0"}):
        (folder / CONFIG).write_text(json.dumps({**config, "sha256": digests}), encoding="utf-8")
        with pytest.raises(TaggerError, match=f"{CONFIG}: the checksums of the files are missing"):
            model_folder.load(folder)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda v: v["labels"].__setitem__(0, "B-NNG→두자"), "no label of a syllable"),
        (lambda v: v["labels"].__setitem__(0, "NNG"), "no label of a syllable"),
        (lambda v: v["labels"].__setitem__(0, v["labels"][1]), "unique"),
        (lambda v: v["labels"].pop(), "outputs are not those"),
        (lambda v: v["inputs"]["syllable"].insert(0, "가각"), "does not begin with"),
        (lambda v: v["inputs"].pop("hint"), "columns are not those"),
        (lambda v: v["restorations"].update({"가": {"B-NNG": ["두자"]}}), "no restoration"),
        (lambda v: v.update(tags={}), "has no tag set"),
        (lambda v: v["tags"].update(x=[]), "tag sets are not those"),
        (lambda v: v.update(tags={"tiny": ["??"]}), "no label is one of 'tiny'"),
        (lambda v: v.update(eval="1"), "must not contain"),
        (lambda v: v.update(settled_upos={"x": {}}), "settled UPOS of 'x', which has no tag set"),
        (lambda v: v.update(settled_upos={"tiny": {"NNG": "\t"}}), "no UPOS of the model"),
        (lambda v: v.update(settled_upos={"tiny": {"NNG": 1}}), "must be string"),
        (lambda v: v.update(lexicon={}), "data.lexicon must contain"),
        (lambda v: v.update(lexicon=seen([], {"2": ["가"]})), "no analysis of '가'"),
        (lambda v: v.update(lexicon=seen(["B-NNG"], {"2": ["가나"]})), "no analysis of '가나'"),
        (lambda v: v.update(lexicon=seen(["NNG"], {"2": ["가"]})), "no analysis of '가'"),
        (lambda v: v.update(lexicon=seen(["B-NNG"], {"-2": ["가"]})), "must be named"),
        (lambda v: v.update(lexicon=seen(["B-NNG"], {"0": ["가"]})), "must be named"),
        (lambda v: v.update(lexicon=seen(["B-NNG"], {"2": "가"})), "must be array"),
        (lambda v: v.update(lexicon={"tokens": [["NOUN"]], "morphemes": {}}), "at least 3|contain"),
    ],
)
def test_a_forged_vocabulary_is_refused(
    folder: Path, change: Callable[[dict], object], what: str
) -> None:
    forge(folder, change, VOCABULARY)
    with pytest.raises(TaggerError, match=what):
        model_folder.load(folder)


def test_forged_weights_are_refused(folder: Path) -> None:
    good = safetensors.numpy.load_file(folder / WEIGHTS)
    known = good["known_eojeols"]
    for change, what in (
        (
            {
                "label_head.bias": numpy.float16(
                    numpy.full(good["label_head.bias"].shape, numpy.nan)
                )
            },
            "not all numbers",
        ),
        ({"label_head.bias": good["label_head.bias"].astype(numpy.float32)}, "not those of"),
        ({"label_head.bias": good["label_head.bias"][:-1]}, "not those of"),
        ({"more": known}, "needless weights more"),
        ({"known_eojeols": known.astype(numpy.int64)}, "known_eojeols are no digests"),
    ):
        safetensors.numpy.save_file({**good, **change}, folder / WEIGHTS)
        seal(folder)
        with pytest.raises(TaggerError, match=f"{WEIGHTS}: .*{what}"):
            model_folder.load(folder)


class Executed:
    """Leaves a trace if it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return open, (str(self.trace), "w")


@pytest.mark.parametrize("name", [CONFIG, VOCABULARY, WEIGHTS])
def test_a_pickle_is_refused_and_not_executed(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / name).write_bytes(pickle.dumps(Executed(tmp_path / "trace")))
    if name != CONFIG:
        seal(folder)
    with pytest.raises(TaggerError, match=name):
        model_folder.load(folder)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Executed(tmp_path / "trace")))
    assert not (tmp_path / "trace").exists()


def test_a_file_of_another_model_is_refused(folder: Path) -> None:
    for name in (VOCABULARY, WEIGHTS):
        other = BUNDLED / "gsd" / name
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(other.read_bytes())
        with pytest.raises(TaggerError, match=f"{name}: this file has changed"):
            model_folder.load(folder)
        (folder / name).write_bytes(before)


def test_an_oversized_file_is_refused_unread(folder: Path) -> None:
    for name in (CONFIG, VOCABULARY, WEIGHTS):
        place = Path(shutil.copytree(folder, folder.with_name(name)))
        with open(place / name, "ab") as file:
            file.truncate(1 << 40)  # a hole: it takes no room
        with pytest.raises(TaggerError, match=f"{name}: this file is too large"):
            model_folder.load(place)


def test_what_is_no_file_is_not_waited_for(folder: Path) -> None:
    for name in (CONFIG, VOCABULARY, WEIGHTS):
        place = Path(shutil.copytree(folder, folder.with_name(name)))
        (place / name).unlink()
        os.mkfifo(place / name)
        with pytest.raises(TaggerError, match=name):
            model_folder.load(place)


def test_a_deeply_nested_file_is_refused(folder: Path) -> None:
    (folder / CONFIG).write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(TaggerError, match="not JSON"):
        model_folder.load(folder)
    shutil.copyfile(BUNDLED / "gsd" / CONFIG, folder / CONFIG)


def test_a_model_can_be_loaded_while_it_is_saved(folder: Path) -> None:
    old = model_folder.load(folder)
    done = False

    def save() -> None:
        turn = 0
        while not done:
            turn += 1
            model_folder.save(replace(old, scores={"eojeol": float(turn)}), folder, "")

    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(save)
        seen = {model_folder.load(folder).scores["eojeol"] for _ in range(200)}
        done = True
        saving.result()
    assert len(seen) > 2


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"x"', "\ufeff{}", "{}"])
def test_what_is_no_config_is_refused(folder: Path, text: str) -> None:
    (folder / CONFIG).write_text(text, encoding="utf-8")
    with pytest.raises(TaggerError, match=CONFIG):
        model_folder.load(folder)


def test_saving_can_be_interrupted_anywhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each number of file operations the folder holds the old model or the new one."""
    old = model_folder.load(folder)
    new = replace(old, scores={"eojeol": 1.0})
    outcomes = set()
    finished = False
    allowed = 0
    while not finished:
        place = Path(shutil.copytree(folder, tmp_path / f"copy{allowed}"))
        left = allowed

        def limited(original: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **options: Any) -> Any:
                nonlocal left
                if not left:
                    raise KeyboardInterrupt
                left -= 1
                return original(*args, **options)

            return call

        with monkeypatch.context() as patch:
            for method in ("rename", "replace", "rmdir", "mkdir"):
                patch.setattr(Path, method, limited(getattr(Path, method)))
            for method in ("fsync", "link", "fdopen"):
                patch.setattr(os, method, limited(getattr(os, method)))
            with suppress(KeyboardInterrupt):
                model_folder.save(new, place, "# card\n")
                finished = True
        outcomes.add(("new" if model_folder.load(place).scores == new.scores else "old", finished))
        allowed += 1
    assert outcomes == {("old", False), ("new", False), ("new", True)}


def test_an_interrupted_save_is_finished_by_the_next(folder: Path) -> None:
    bundle = model_folder.load(folder)
    pending = folder / model_folder._PENDING
    pending.mkdir()
    (folder / WEIGHTS).rename(pending / WEIGHTS)
    assert Tagger.load(folder, device="cpu").tag("나")
    model_folder.save(bundle, folder, "# card\n")
    assert not pending.exists() and (folder / WEIGHTS).is_file()


def test_a_folder_that_cannot_be_written_is_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TaggerError, match="file"):
        model_folder.save(model_folder.load(tiny_model), tmp_path / "file" / "model", "")


@pytest.mark.parametrize("moment", ["before", "staging"])
def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The files of the model went through it, over those of the same names there."""
    bundle = replace(model_folder.load(folder), scores={"eojeol": 1.0})
    moved, other = tmp_path / "moved", tmp_path / "other"
    other.mkdir()
    for name in ("README.md", CONFIG):
        (other / name).write_text("precious")
    mkdir = Path.mkdir

    def swapped(path: Path, *args: Any, **options: Any) -> None:
        mkdir(path, *args, **options)
        if path.name.endswith(".unfinished"):
            swap = folder if moment == "before" else path.resolve()
            swap.rename(moved)
            swap.symlink_to(other)

    monkeypatch.setattr(Path, "mkdir", swapped)
    if moment == "staging":
        with pytest.raises(TaggerError, match="model"):
            model_folder.save(bundle, folder, "")
        assert model_folder.load(folder).scores != bundle.scores
    else:
        model_folder.save(bundle, folder, "")
        assert model_folder.load(moved).scores == bundle.scores
    assert sorted(path.name for path in other.iterdir()) == ["README.md", CONFIG]
    assert {path.read_text() for path in other.iterdir()} == {"precious"}
