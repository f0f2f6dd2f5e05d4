"""Batches of sentences of similar length, as torchtext makes them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any


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
