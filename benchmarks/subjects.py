"""What is measured: each subject tags lists of lines into lines such as `나/NP 밥/NNG`."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagger import Tagger

Tag = Callable[[Sequence[str]], Iterable[str]]


class MissingError(Exception):
    """The subject is not installed here; the message says what it lacks."""


def load(subject: str, threads: int) -> Tag:
    """The subject of that name, ready to tag: `kiwi`, `kiwi-default`, `mecab`, `stanza`,
    `udpipe`, or `MODEL:ENGINE` for one of ours. Raises MissingError."""
    if ":" in subject:
        return ours(subject, threads)
    return _PEERS[subject](threads)


def ours(subject: str, threads: int) -> Tag:
    tagger = our_tagger(subject, threads)
    return lambda lines: map(str, tagger.tag(lines))


def our_tagger(subject: str, threads: int = 1) -> Tagger:
    """The tagger as `tag.py` sets it up."""
    from tagger.cli.console.common import tagger_for

    model, engine = subject.rsplit(":", 1)
    return tagger_for(
        Namespace(
            model=model,
            engine=engine,
            device="cpu",
            threads=threads,
            conventions=None,
            user_dictionary=None,
            whole_numbers=False,
        )
    )


def _kiwi(threads: int, **options: Any) -> Tag:
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=threads, **options)

    def tag(lines: Sequence[str]) -> Iterable[str]:
        for analysis in kiwi.tokenize(lines):
            yield " ".join([f"{token.form}/{token.tag}" for token in analysis])

    return tag


def _kiwi_light(threads: int) -> Tag:
    """Kiwi as our tokenizer sets it."""
    return _kiwi(threads, integrate_allomorph=False, load_default_dict=False, load_multi_dict=False)


def _mecab(threads: int) -> Tag:
    try:
        from mecab import MeCab
    except ImportError:
        raise MissingError("python-mecab-ko is not installed") from None
    mecab = MeCab()
    return lambda lines: (
        " ".join([f"{word.surface}/{word.feature.pos}" for word in mecab.parse(line)])
        for line in lines
    )


def _stanza(threads: int) -> Tag:
    """Stanza's tagger on eojeols: the model that it has downloaded, or that of STANZA_MODEL."""
    try:
        import stanza
    except ImportError:
        raise MissingError("stanza is not installed") from None
    import torch

    torch.set_num_threads(threads)
    options: dict[str, Any] = {"tokenize_pretokenized": True, "download_method": None}
    own = os.environ.get("STANZA_MODEL")
    with TemporaryDirectory() as folder:
        if own:  # then nothing is asked of the list of models, but it must be there
            (Path(folder) / "resources.json").write_text('{"ko": {"lang_name": "Korean"}}')
            options |= {"dir": folder, "pos_model_path": own, "allow_unknown_language": True}
        try:
            pipeline = stanza.Pipeline("ko", processors="tokenize,pos", verbose=False, **options)
        except Exception as error:
            raise MissingError(f"Stanza's Korean model is not here ({error})") from None

    def tag(lines: Sequence[str]) -> Iterable[str]:
        for sentence in pipeline("\n".join(lines)).sentences:
            yield " ".join(f"{word.text}/{word.xpos}" for word in sentence.words)

    return tag


def _udpipe(threads: int) -> Tag:
    """UDPipe's tagger on eojeols, with the model that UDPIPE_MODEL names."""
    try:
        from ufal.udpipe import Model, Pipeline
    except ImportError:
        raise MissingError("ufal.udpipe is not installed") from None
    model = Model.load(os.environ.get("UDPIPE_MODEL", ""))
    if model is None:
        raise MissingError("UDPIPE_MODEL does not name a model")

    def tag(lines: Sequence[str]) -> Iterable[str]:
        # the pipeline does not keep the model alive
        pipeline = Pipeline(model, "horizontal", Pipeline.DEFAULT, Pipeline.NONE, "conllu")
        words: list[str] = []
        for row in pipeline.process("\n".join(lines)).splitlines():
            if row[:1].isdigit():
                _, _, lemma, _, xpos, *_ = row.split("\t")
                words.append(f"{lemma}/{xpos}")
            elif not row:
                yield " ".join(words)
                words = []

    return tag


_PEERS: dict[str, Callable[[int], Tag]] = {
    "kiwi-default": _kiwi,
    "kiwi": _kiwi_light,
    "mecab": _mecab,
    "stanza": _stanza,
    "udpipe": _udpipe,
}
PEERS = tuple(_PEERS)
_PACKAGES = ("kiwipiepy", "python-mecab-ko", "onnxruntime", "torch", "stanza", "ufal.udpipe")


def versions() -> dict[str, str]:
    """The versions of what is installed."""
    found = {}
    for package in ("pumsa", *_PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
