"""Networks for tests."""

from __future__ import annotations

from dataclasses import replace

import torch

from tagger.model.bundle import Bundle
from tagger.model.network import TaggerNetwork, saved_weights


def with_network(bundle: Bundle, **changes: object) -> Bundle:
    """The bundle with another, untrained network for its vocabulary."""
    config = replace(bundle.network, **changes)  # type: ignore[arg-type]
    torch.manual_seed(1)
    network = TaggerNetwork(config)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "recurrent" in name:
                weight.mul_(3)  # states of all sizes
    return replace(bundle, network=config, weights=saved_weights(network))
