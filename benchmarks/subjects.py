"""What is measured: each subject tags lists of lines into lines such as `나/NP 밥/NNG`."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
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
    from tagger.cli.common import tagger_for

    model, engine = subject.rsplit(":", 1)
    return tagger_for(
        Namespace(
            model=model,
            engine=engine,
            device="cpu",
            threads=threads,
            conventions=None,
            user_dictionary=None,
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
    try:
        import stanza
    except ImportError:
        raise MissingError("stanza is not installed") from None
    import torch

    torch.set_num_threads(threads)
    try:
        pipeline = stanza.Pipeline(
            "ko", processors="tokenize,pos", tokenize_pretokenized=True, download_method=None
        )
    except Exception as error:
        raise MissingError(f"Stanza's Korean model is not here ({error})") from None

    def tag(lines: Sequence[str]) -> Iterable[str]:
        for sentence in pipeline("\n".join(lines)).sentences:
            yield " ".join(f"{word.text}/{word.xpos}" for word in sentence.words)

    return tag


def _udpipe(threads: int) -> Tag:
    try:
        from ufal.udpipe import Model, Pipeline
    except ImportError:
        raise MissingError("ufal.udpipe is not installed") from None
    model = Model.load(os.environ.get("UDPIPE_MODEL", ""))
    if model is None:
        raise MissingError("UDPIPE_MODEL does not name a model")
    pipeline = Pipeline(model, "horizontal", Pipeline.DEFAULT, Pipeline.NONE, "horizontal")
    return lambda lines: pipeline.process("\n".join(lines)).splitlines()


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
