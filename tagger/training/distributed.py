"""Several processes that train one network together, as `torchrun` starts them.

Each takes its share of every step's batches; the gradients are averaged, so all hold the same
weights. One process alone is the usual case, and costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
import torch.distributed
from torch import Tensor

from tagger.errors import TaggerError
from tagger.system.processes import process_of_training


class Ranks:
    """This process among those that train together; `index` 0 is the one that writes."""

    def __init__(self, index: int = 0, count: int = 1, device: torch.device | None = None) -> None:
        self.index = index
        self.count = count
        self.device = device or torch.device("cpu")

    def mean(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its mean over the processes, all in one exchange."""
        if self.count == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        torch.distributed.all_reduce(flat)
        flat /= self.count
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def follow(self, decision: bool) -> bool:
        """What the first process decided, told to all."""
        if self.count == 1:
            return decision
        told = torch.tensor([int(decision)], device=self.device)
        torch.distributed.broadcast(told, src=0)
        return bool(told.item())


def join(device: str) -> Ranks:
    """This process's place among those that `torchrun` has started, alone without it.

    Raises TaggerError if they do not find each other.
    """
    _, count = process_of_training()
    if count == 1:
        return Ranks(device=torch.device(device))
    place = torch.device(device)
    if place.type == "cuda":  # each process has a GPU of its own
        place = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(place)
    try:
        torch.distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    except (ValueError, RuntimeError) as error:
        raise TaggerError(
            f"the processes of this training do not find each other ({error})",
            remedy="start it with torchrun, or unset WORLD_SIZE",
        ) from None
    return Ranks(torch.distributed.get_rank(), count, place)


def leave(ranks: Ranks) -> None:
    """End the exchange of a process that has joined."""
    if ranks.count > 1:
        torch.distributed.destroy_process_group()
