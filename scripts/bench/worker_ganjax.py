"""What the workers that run ganjax share."""

import platform
from typing import Any

import jax


def facts(weights: Any) -> dict[str, Any]:
    """What the driver is told of networks with the tree `weights`."""
    device = jax.devices()[0]
    return {
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(weights)),
        "versions": {"jax": jax.__version__, "python": platform.python_version()},
        "device": device.device_kind if device.platform != "cpu" else "cpu",
    }
