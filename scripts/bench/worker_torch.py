"""What the workers that run PyTorch share."""

import platform
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def facts(networks: Sequence[nn.Module]) -> dict[str, Any]:
    """What the driver is told of `networks`."""
    return {
        "parameters": sum(p.numel() for network in networks for p in network.parameters()),
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "device": torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu",
    }


def finish() -> None:
    """Waits for what was begun."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
