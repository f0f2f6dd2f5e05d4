"""The taggers that are served, by the names of their models."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from tagger.analyzer import Tagger, check_user_dictionary
from tagger.model.bundle import check_conventions
from tagger.pretrained import find_model
from tagger.system.files import read_text
from tagger.system.memory import give_back
from tagger.tokenizer.user_dictionary import UserDictionary

LEARNED = 2
"""Taggers with the words of requests that are kept, and that work at once: each needs a Kiwi of
its own, of about 220 MB."""

_LICENCE = re.compile(r"\A---\n(?:.*\n)*?license: *\"?([^\"\n]+)\"?\n(?:.*\n)*?---\n")

Key = tuple[str, str | None]


class Taggers:
    """The first model's tagger is loaded at once, each other when it is first asked for.

    Raises TaggerError if the first model cannot be loaded.
    """

    def __init__(self, names: Sequence[str], threads: int) -> None:
        self.names = list(names)
        self._threads = threads
        first: Key = self.names[0], None
        self._loaded = {first: self._load(first)}
        self._loading: dict[Key, asyncio.Task[Tagger]] = {}
        self._learned: OrderedDict[tuple[Tagger, tuple[object, ...]], Tagger] = OrderedDict()
        self._learner = ThreadPoolExecutor(1)
        self._room = asyncio.Semaphore(LEARNED)

    async def get(self, name: str, conventions: str | None = None) -> Tagger:
        """Raises KeyError if the model is not served, TaggerError if it cannot be loaded or does
        not know the conventions."""
        if name not in self.names:
            raise KeyError(name)
        if conventions is not None:
            bundle = (await self.get(name)).bundle
            check_conventions(bundle, conventions)
            conventions = None if conventions == bundle.corpus else conventions
        key = name, conventions
        if key not in self._loaded:
            if key not in self._loading:
                loading = asyncio.create_task(asyncio.to_thread(self._load, key))
                loading.add_done_callback(lambda _: self._loading.pop(key))
                self._loading[key] = loading
            # others may wait for it too
            self._loaded[key] = await asyncio.shield(self._loading[key])
        return self._loaded[key]

    @asynccontextmanager
    async def with_words(self, tagger: Tagger, dictionary: UserDictionary) -> AsyncIterator[Tagger]:
        """The tagger with these words, as long as they are needed. Few may be at once, the others
        wait. Raises TaggerError if the model does not have a tag of theirs."""
        check_user_dictionary(tagger.bundle, dictionary)
        async with self._room:
            loop = asyncio.get_running_loop()
            yield await loop.run_in_executor(self._learner, self._learn, tagger, dictionary)

    def close(self) -> None:
        """Learn no more words."""
        self._learner.shutdown(wait=False, cancel_futures=True)

    def _load(self, key: Key) -> Tagger:
        name, conventions = key
        if conventions is not None:
            base = self._loaded[name, None]
            return Tagger(
                base.bundle, base.tokenizer, threads=self._threads, conventions=conventions
            )
        tagger = Tagger.load(name, threads=self._threads)
        give_back()  # what loading needed for a moment
        return tagger

    def _learn(self, tagger: Tagger, dictionary: UserDictionary) -> Tagger:
        key = tagger, dictionary.entries
        if key not in self._learned:
            while len(self._learned) >= LEARNED:
                self._learned.popitem(last=False)
            self._learned[key] = tagger.with_user_dictionary(dictionary)
        self._learned.move_to_end(key)
        return self._learned[key]


def licence_of(name: str) -> str | None:
    """What the head of a model's card says of the licence of the weights."""
    found = _LICENCE.match(read_text(find_model(name) / "README.md"))
    return found[1] if found else None
