"""A trained model as a folder: saved at once, checked when it is loaded. It is data; loading
one never runs code.

    config.json         format version, settings, shape of the network, SHA-256 of all three
    vocabulary.json     symbols and labels, and what training showed beside them
    model.safetensors   weights in half precision, of the network and of the restorer
    README.md           the card: data, licence, settings, scores
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import numpy
import safetensors.numpy
from safetensors import SafetensorError

from tagger.errors import TaggerError, system_error
from tagger.evaluation.calibration import Calibration
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.units import UNITS
from tagger.model.bundle import Bundle, TokenizerInfo
from tagger.model.config import ColumnConfig, NetworkConfig, Weights, weight_shapes
from tagger.model.schema import check_config, check_vocabulary
from tagger.model.seq2seq import RestorationWriter, writer_shapes
from tagger.model.validation import (
    check_columns,
    check_labels,
    check_outputs,
    check_tag_sets,
    check_weights,
)
from tagger.system.files import held_folder, make_folder, mode_of, unfinished_file, unique_path
from tagger.vocabulary import Symbols, Vocabulary

FORMAT_VERSION = 5
CONFIG, VOCABULARY, WEIGHTS, CARD = (
    "config.json",
    "vocabulary.json",
    "model.safetensors",
    "README.md",
)
_KNOWN_EOJEOLS = "known_eojeols"
_WRITER = "writer."
_WRITER_SYMBOLS = "writer_symbols"
_PENDING = ".new"
# 2,000 numbers of a calibration are 40 KB, all else is 4
_LARGEST_CONFIG = 1 << 17  # bytes
# of kaist's 1.0 MB, from 350,000 eojeols, 0.8 are its lexicon, which grows as the number of
# different eojeols does (n^0.7): 10 million eojeols make 9 MB, two columns of 100,000 bigrams 2
_LARGEST_VOCABULARY = 1 << 24  # bytes
_MOST_CONTAINERS = 1 << 19  # objects and arrays, each of which takes memory; kaist has 19,726
_LARGEST_EXTRAS = 1 << 28  # bytes of weights beside those of the network
_DAMAGED = "it is damaged or was changed; get or train the model again"


def save(bundle: Bundle, folder: Path, card: str) -> None:
    """Write the folder; other files in an existing one are left alone, and what gets its name
    meanwhile is not touched.

    The new files are first written whole and put into a folder beside them, which then gets
    its final name in one step: from there on `load` takes them. So whenever the program is
    killed, the folder holds the old model or the new one, and of several that are saved at
    once it holds the last, whole.
    """
    contents = _contents(bundle, card)
    make_folder(folder)
    try:
        with held_folder(folder) as held:
            _write(contents, held)
            _finish_saving(held)
    except OSError as error:
        raise system_error(error, folder) from None


def _write(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write files, and make them the model of the folder when all are whole."""
    with ExitStack() as stack:
        files = {}
        for name, content in contents.items():
            file = stack.enter_context(unfinished_file(folder, mode_of(folder / name)))
            file.stream.write(content)
            file.sync()  # before the folder gets its name: the power may fail too
            files[name] = file
        staging = unique_path(folder)
        staging.mkdir()
        try:
            with held_folder(staging, follow=False) as held:
                for name, file in files.items():
                    file.place(held / name)
            _publish(staging, folder)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise


def _contents(bundle: Bundle, card: str) -> dict[str, bytes]:
    """The bytes of each file."""
    vocabulary = {**bundle.vocabulary.to_json(), **bundle.knowledge.to_json()}
    tensors = _halved(bundle.weights)
    tensors[_KNOWN_EOJEOLS] = bundle.known_eojeols
    writer = bundle.knowledge.restorer.writer
    if isinstance(writer, RestorationWriter):
        vocabulary[_WRITER_SYMBOLS] = list(writer.symbols.symbols)
        tensors |= _halved({_WRITER + name: array for name, array in writer.weights.items()})
    contents = {
        VOCABULARY: _json(vocabulary, indent=None),
        WEIGHTS: safetensors.numpy.save(tensors),
    }
    digests = {file: _digest(content) for file, content in contents.items()}
    config: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "unit": bundle.unit.name,
        "tokenizer": asdict(bundle.tokenizer),
        "corpus": bundle.corpus,
        "calibration": bundle.calibration,
        "network": asdict(bundle.network),
        "training": bundle.training,
        "scores": bundle.scores,
        "sha256": digests,
    }
    digests[CONFIG] = _config_digest(config)
    return {**contents, CARD: card.encode(), CONFIG: _json(config, indent=2)}


def _json(data: Any, *, indent: int | None) -> bytes:
    separators = None if indent else (",", ":")
    text = json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)
    return (text + "\n").encode()


def _halved(weights: Weights) -> dict[str, numpy.ndarray]:
    return {
        name: numpy.ascontiguousarray(array, dtype=numpy.float16) for name, array in weights.items()
    }


def _publish(staging: Path, folder: Path) -> None:
    """Make the files of the staging folder the model."""
    while True:
        try:
            staging.rename(folder / _PENDING)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            _finish_saving(folder)


def _finish_saving(folder: Path) -> None:
    """Move the files of the newest model to their places. Other processes may do so too."""
    pending = folder / _PENDING
    if pending.is_symlink() or not pending.is_dir():
        return
    with suppress(FileNotFoundError), held_folder(pending, follow=False) as held:
        files = list(held.iterdir())
        if not {file.name for file in files} <= {CONFIG, VOCABULARY, WEIGHTS, CARD}:
            raise TaggerError(
                "this folder does not come from saving a model",
                where=pending.resolve(),
                remedy="move it away, or choose another folder",
            )
        for file in files:
            with suppress(FileNotFoundError):
                file.replace(folder / file.name)
    with suppress(OSError):  # another process removed it, or has saved a newer model
        pending.rmdir()


def load(folder: Path) -> Bundle:
    """The bundle in a folder.

    Raises TaggerError, naming the file, if one is missing, damaged, of another format
    version, or does not fit the others.
    """
    while True:
        saved = _identity(folder)
        try:
            return _load(folder, read_config(folder))
        except TaggerError:
            if _identity(folder) == saved:  # else a new one was saved meanwhile
                raise


def _identity(folder: Path) -> tuple[int, ...] | None:
    """Tells apart the models that are saved in a folder one after another, equal ones too."""
    for path in (folder / _PENDING / CONFIG, folder / CONFIG):
        with suppress(OSError):
            status = path.stat()
            return status.st_dev, status.st_ino, status.st_mtime_ns
    return None


def _load(folder: Path, config: Mapping[str, Any]) -> Bundle:
    network = _network_config(config["network"])
    parameters = sum(map(math.prod, weight_shapes(network).values()))
    vocabulary_bytes = _checked_bytes(folder, VOCABULARY, config["sha256"], _LARGEST_VOCABULARY)
    weights_bytes = _checked_bytes(
        folder, WEIGHTS, config["sha256"], 2 * parameters + _LARGEST_EXTRAS
    )
    file = VOCABULARY
    try:
        symbols = _parse(vocabulary_bytes)
        check_vocabulary(symbols)
        vocabulary = Vocabulary.from_json(symbols)
        knowledge = Knowledge.from_json(symbols)
        unit = UNITS[config["unit"]]
        check_labels(vocabulary, unit)
        file = WEIGHTS
        tensors = safetensors.numpy.load(weights_bytes)
        knowledge.restorer.writer = _load_writer(
            symbols.get(_WRITER_SYMBOLS), tensors, config["corpus"]
        )
        known_eojeols = tensors.pop(_KNOWN_EOJEOLS)
        if known_eojeols.dtype != numpy.int32 or known_eojeols.ndim != 1:
            raise ValueError(f"{_KNOWN_EOJEOLS} are no digests")
        check_weights(tensors, weight_shapes(network))
        file = CONFIG
        check_outputs(network, vocabulary)
        check_columns(network, unit, config["tokenizer"]["name"], knowledge.lexicon)
        bundle = Bundle(
            unit,
            TokenizerInfo(**config["tokenizer"]),
            vocabulary,
            knowledge,
            network,
            tensors,
            config["corpus"],
            known_eojeols,
            config["training"],
            config["scores"],
            Calibration.from_json(config.get("calibration", ())),
        )
        check_tag_sets(bundle)
        return bundle
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        _refuse(folder / file, error)


def _refuse(path: Path, error: Exception) -> NoReturn:
    reason = (str(error).strip().splitlines() or ["it is broken"])[0]
    raise TaggerError(
        f"this is not part of a usable model ({reason:.200})", where=path, remedy=_DAMAGED
    ) from None


def _network_config(data: Mapping[str, Any]) -> NetworkConfig:
    columns = {name: ColumnConfig(**column) for name, column in data["columns"].items()}
    return NetworkConfig(**{**data, "columns": columns})


def _parse(data: bytes) -> Any:
    """The JSON of a file, without the numbers that JSON or a double does not have.

    Raises ValueError if it is none, or has too many parts or levels.
    """
    if data.count(b"{") + data.count(b"[") > _MOST_CONTAINERS:
        raise ValueError("it has more parts than any model")

    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(data.decode("utf-8"), parse_constant=refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _load_writer(
    symbols: list[str] | None, tensors: dict[str, numpy.ndarray], corpus: str
) -> RestorationWriter | None:
    """The writer whose weights are among the tensors; takes them out."""
    names = [name for name in tensors if name.startswith(_WRITER)]
    weights = {name.removeprefix(_WRITER): tensors.pop(name) for name in names}
    if symbols is None:
        return None
    check_weights(weights, writer_shapes(len(symbols)))
    weights = {name: array.astype(numpy.float32) for name, array in weights.items()}
    return RestorationWriter(weights, Symbols(symbols, unknown=True), corpus)


def read_config(folder: Path) -> dict[str, Any]:
    """The checked `config.json` of a model folder, without loading the rest.

    Raises TaggerError if it is missing, damaged or of another format version.
    """
    data = _bytes(folder, CONFIG, _LARGEST_CONFIG)
    if data is None:
        raise TaggerError(
            f"this folder holds no model: {CONFIG} is missing",
            where=folder,
            remedy="train one with train.py, or name a bundled model",
        )
    path = folder / CONFIG
    try:
        config = _parse(data)
    except ValueError:
        raise TaggerError("this file is not JSON", where=path, remedy=_DAMAGED) from None
    version = config.get("format_version") if isinstance(config, dict) else None
    if version != FORMAT_VERSION:
        newer = isinstance(version, int) and version > FORMAT_VERSION
        raise TaggerError(
            f"model format {version} is not format {FORMAT_VERSION}",
            where=path,
            remedy="install a newer version of this program"
            if newer
            else "train the model again, or install the version of this program that made it",
        )
    try:
        check_config(config)
    except ValueError as error:
        _refuse(path, error)
    if set(config["sha256"]) != {VOCABULARY, WEIGHTS, CONFIG}:
        raise TaggerError("the checksums of the files are missing", where=path, remedy=_DAMAGED)
    if config["sha256"][CONFIG] != _config_digest(config):
        raise _changed(path)
    return dict(config)


def _config_digest(config: Mapping[str, Any]) -> str:
    """The digest of what the config says, its own digest left out."""
    others = {file: digest for file, digest in config["sha256"].items() if file != CONFIG}
    said = json.dumps({**config, "sha256": others}, sort_keys=True)
    return _digest(said.encode())


def _checked_bytes(folder: Path, file: str, digests: Mapping[str, str], largest: int) -> bytes:
    """The file's bytes. Raises TaggerError if they are not those that the config names."""
    data = _bytes(folder, file, largest)
    if data is None:
        raise TaggerError(f"this model folder lacks {file}", where=folder, remedy=_DAMAGED)
    if _digest(data) != digests[file]:
        raise _changed(folder / file)
    return data


def _bytes(folder: Path, file: str, largest: int) -> bytes | None:
    """What a file of a model holds, also if saving it was interrupted; None if there is none.

    Raises TaggerError if it cannot be read or is larger than it may be.
    """
    for path in (folder / _PENDING / file, folder / file):
        try:
            if not path.is_file():
                continue
            if path.stat().st_size <= largest:
                with open(path, "rb") as stream:
                    data = stream.read(largest + 1)
                if len(data) <= largest:  # it may grow meanwhile
                    return data
        except FileNotFoundError:  # the saving was finished just now
            continue
        except OSError as error:
            raise system_error(error, path) from None
        raise TaggerError("this file is too large for a model", where=path, remedy=_DAMAGED)
    return None


def _changed(path: Path) -> TaggerError:
    return TaggerError(
        "this file has changed since the model was saved", where=path, remedy=_DAMAGED
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
