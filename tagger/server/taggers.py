"""The taggers that are served, by the names of their models."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tagger.analyzer import Tagger
from tagger.system.memory import give_back


class Taggers:
    """The first model's tagger is loaded at once, each other when it is first asked for.

    Raises TaggerError if the first model cannot be loaded.
    """

    def __init__(self, names: Sequence[str], threads: int) -> None:
        self.names = list(names)
        self._threads = threads
        self._loaded = {self.names[0]: self._load(self.names[0])}
        self._loading: dict[str, asyncio.Task[Tagger]] = {}

    async def get(self, name: str) -> Tagger:
        """Raises KeyError if the model is not served, TaggerError if it cannot be loaded."""
        if name not in self.names:
            raise KeyError(name)
        if name not in self._loaded:
            if name not in self._loading:
                loading = asyncio.create_task(asyncio.to_thread(self._load, name))
                loading.add_done_callback(lambda _: self._loading.pop(name))
                self._loading[name] = loading
            # others may wait for it too
            self._loaded[name] = await asyncio.shield(self._loading[name])
        return self._loaded[name]

    def _load(self, name: str) -> Tagger:
        tagger = Tagger.load(name, threads=self._threads)
        give_back()  # what loading needed for a moment
        return tagger
