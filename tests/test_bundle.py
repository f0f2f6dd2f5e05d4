from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from tagger import bundle as bundles
from tagger.analyzer import Tagger
from tagger.bundle import CONFIG, VOCABULARY, WEIGHTS
from tagger.errors import TaggerError


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_a_saved_bundle_is_loaded_as_it_was(tiny_model: Path, tmp_path: Path) -> None:
    first = bundles.load(tiny_model)
    bundles.save(first, tmp_path, "# card\n")
    again = bundles.load(tmp_path)
    assert again.vocabulary == first.vocabulary
    assert (
        replace(
            again,
            weights=first.weights,
            vocabulary=first.vocabulary,
            known_eojeols=first.known_eojeols,
        )
        == first
    )
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


def test_known_eojeols(tiny_model: Path) -> None:
    bundle = bundles.load(tiny_model)
    assert bundle.knows("먹었다") and bundle.knows("들어가신다.")
    assert not any(map(bundle.knows, ["먹었니", "", "힣", "\ud800"]))


@pytest.mark.parametrize("name", [CONFIG, VOCABULARY, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(TaggerError, match=name):
        bundles.load(folder)


@pytest.mark.parametrize("name", [CONFIG, VOCABULARY, WEIGHTS])
def test_a_truncated_file_is_named(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(TaggerError, match=name):
        bundles.load(folder)


@pytest.mark.parametrize("name", [VOCABULARY, WEIGHTS])
def test_a_changed_byte_is_refused(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    for place in range(0, len(data), len(data) // 20):
        changed = data.copy()
        changed[place] ^= 1
        (folder / name).write_bytes(changed)
        with pytest.raises(TaggerError, match=name):
            bundles.load(folder)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"format_version": 3}, "model format 3 is not format 2"),
        ({"unit": "word"}, "not a usable model"),
        ({"corpus": None, "network": {}}, "not a usable model"),
        ({"sha256": []}, "digests"),
        ({"tokenizer": {"name": "kiwi"}}, "not a usable model"),
    ],
)
def test_a_changed_config_is_refused(folder: Path, change: dict, what: str) -> None:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps({**config, **change}), encoding="utf-8")
    with pytest.raises(TaggerError, match=f"{CONFIG}: .*{what}"):
        bundles.load(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden", 25),
        ("layers", 9),
        ("cell", "gru"),
        ("cell", "x"),
        ("labels", 3),
        ("directions", 3),
    ],
)
def test_a_network_that_does_not_fit_is_refused(folder: Path, key: str, value: object) -> None:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    config["network"][key] = value
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(TaggerError, match="not a usable model"):
        bundles.load(folder)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"x"', "\ufeff{}", "{}"])
def test_what_is_no_config_is_refused(folder: Path, text: str) -> None:
    (folder / CONFIG).write_text(text, encoding="utf-8")
    with pytest.raises(TaggerError, match=CONFIG):
        bundles.load(folder)


def test_saving_can_be_interrupted_anywhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each number of file operations the folder holds the old model or the new one."""
    old = bundles.load(folder)
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
            for method in ("write_bytes", "write_text", "rename", "replace", "rmdir", "mkdir"):
                patch.setattr(Path, method, limited(getattr(Path, method)))
            with suppress(KeyboardInterrupt):
                bundles.save(new, place, "# card\n")
                finished = True
        outcomes.add(("new" if bundles.load(place).scores == new.scores else "old", finished))
        allowed += 1
    assert outcomes == {("old", False), ("new", False), ("new", True)}


def test_an_interrupted_save_is_finished_by_the_next(folder: Path) -> None:
    bundle = bundles.load(folder)
    pending = folder / bundles._PENDING
    pending.mkdir()
    (folder / WEIGHTS).rename(pending / WEIGHTS)
    assert Tagger.load(folder, device="cpu").tag("나")
    bundles.save(bundle, folder, "# card\n")
    assert not pending.exists() and (folder / WEIGHTS).is_file()


def test_a_folder_that_cannot_be_written_is_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TaggerError, match="file"):
        bundles.save(bundles.load(tiny_model), tmp_path / "file" / "model", "")
