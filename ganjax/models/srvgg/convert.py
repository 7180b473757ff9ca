"""Published files: xinntao/Real-ESRGAN, realesrgan/archs/srvgg_arch.py, a list of layers and activations."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.torch_layers import layer
from ganjax.convert.unet_discriminator import unet_pairs
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.srvgg.net import Activation, DiscriminatorConfig, GeneratorConfig

IGNORE: dict[str, str] = {}
"""Tensors that have no place in the network, with the reason."""

_ACTIVATIONS: dict[str, Activation] = {"relu": "relu", "leakyrelu": "leaky_relu"}
_NAME = re.compile(r"body\.(\d+)\.(?:weight|bias)")


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are SRVGG's: "generator" or None; its discriminator is ESRGAN's."""
    known = {"body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"} <= set(names)
    return "generator" if known and all(_NAME.fullmatch(name) for name in names) else None


def infer(
    state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None
) -> GeneratorConfig | DiscriminatorConfig:
    """The config of a part from its tensors; `settings` tells an activation that has no tensors.

    Raises:
      CheckpointError: tensors that are not SRVGG's, or nothing that tells its activation.
      KeyError: a tensor is missing.
    """
    if part == "discriminator":
        return DiscriminatorConfig(width=len(state["conv0.bias"]))
    if part != "generator" or recognise(state) is None:
        raise CheckpointError(f"These are not the tensors of a {part} of SRVGG.")
    last = max(int(found[1]) for name in state if (found := _NAME.fullmatch(name)))
    activation = _ACTIVATIONS.get((settings or {}).get("act_type", ""))
    if "body.1.weight" in state:
        activation = "prelu"
    if activation is None:
        raise CheckpointError("Its activations have no tensors, and nothing tells ReLU from leaky ReLU.")
    return GeneratorConfig(
        scale=math.isqrt(len(state[f"body.{last}.bias"]) // 3),
        convs=last // 2 - 1,
        width=len(state["body.0.bias"]),
        activation=activation,
    )


def pairs(part: str, config: GeneratorConfig | DiscriminatorConfig) -> Iterator[Pair]:
    """The weight map of `part`."""
    if isinstance(config, DiscriminatorConfig):
        yield from unet_pairs(config.width)
        return
    for i in range(config.convs + 2):
        yield from layer(f"conv{i}", f"body.{2 * i}")
        if config.activation == "prelu" and i <= config.convs:
            yield Pair(f"params/prelu{i}/slope", f"body.{2 * i + 1}.weight")
