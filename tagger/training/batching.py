"""The two things that torchtext does here: listing symbols and bucketing batches.

Nothing else imports it, and it is imported when called: its maintainers have ended it, so
it must be easy to take out. Tagging and loading a model do not come here.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any


def list_symbols(counts: Counter[str], minimum_count: int, specials: Sequence[str]) -> list[str]:
    """The specials, then the symbols seen often enough: frequent first, ties in order."""
    from torchtext.vocab import Vocab

    return list(Vocab(counts, min_freq=minimum_count, specials=list(specials)).itos)


def bucket(
    examples: Sequence[Any], batch_size: int, generator: random.Random
) -> Iterator[list[Any]]:
    """The examples, shuffled, in batches of similar length, in random order.

    `batch_size` bounds a batch's number of steps, padding included, except where one
    example is longer.
    """
    from torchtext.data.iterator import pool
    from torchtext.data.utils import RandomShuffler

    batches = pool(
        generator.sample(examples, len(examples)),
        batch_size,
        key=len,
        batch_size_fn=lambda example, count, _: count * len(example),
        random_shuffler=RandomShuffler(generator.getstate()),
        shuffle=True,
        sort_within_batch=True,
    )
    return filter(None, batches)  # before an oversized example comes an empty batch
