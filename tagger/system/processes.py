"""The processes that train one network together, as `torchrun` tells each of them."""

from __future__ import annotations

import os

from tagger.errors import TaggerError


def process_of_training() -> tuple[int, int]:
    """The index of this process, and how many there are: 0 and 1 without `torchrun`, also where
    another program has set only one of its variables.

    Raises TaggerError if the variables are no such numbers.
    """
    place = f"WORLD_SIZE={os.environ.get('WORLD_SIZE')} RANK={os.environ.get('RANK')}"
    try:
        count = int(os.environ.get("WORLD_SIZE", "1"))
        index = int(os.environ.get("RANK", "0")) if count > 1 else 0
    except ValueError:
        count = index = -1
    if not 0 <= index < count:
        raise TaggerError(
            "these variables are no process of a training",
            where=place,
            remedy="start it with torchrun, or unset them",
        )
    return index, count
