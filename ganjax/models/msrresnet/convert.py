"""Published files: XPixelGroup/BasicSR, basicsr/archs/srresnet_arch.py."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.torch_layers import layer
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.msrresnet.net import STEPS, GeneratorConfig

IGNORE: dict[str, str] = {}
"""Tensors that have no place in the network, with the reason."""


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are MSRResNet's: "generator" or None."""
    known = {"conv_first.weight", "body.0.conv1.weight", "upconv1.weight", "conv_hr.weight"}
    return "generator" if known <= set(names) else None


def infer(
    state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None
) -> GeneratorConfig:
    """The config of a "generator" from its tensors.

    Raises:
      CheckpointError: tensors that are not MSRResNet's, or of a scale that it does not have.
      KeyError: a tensor is missing.
    """
    if part != "generator" or recognise(state) is None:
        raise CheckpointError(f"These are not the tensors of a {part} of MSRResNet.")
    width = len(state["conv_first.bias"])
    step = math.isqrt(len(state["upconv1.bias"]) // width)
    steps = (step, step) if "upconv2.weight" in state else (step,)
    blocks = sum(name.endswith(".conv1.weight") for name in state)
    for scale, known in STEPS.items():
        if known == steps:
            return GeneratorConfig(scale, blocks, width)
    raise CheckpointError(f"MSRResNet enlarges by one of {list(STEPS.values())}, not by {steps}.")


def pairs(part: str, config: GeneratorConfig) -> Iterator[Pair]:
    """The weight map of the "generator"."""
    yield from layer("first", "conv_first")
    for i in range(config.blocks):
        yield from layer(f"block{i}a", f"body.{i}.conv1")
        yield from layer(f"block{i}b", f"body.{i}.conv2")
    for i in range(len(config.steps)):
        yield from layer(f"up{i}", f"upconv{i + 1}")
    yield from layer("high", "conv_hr")
    yield from layer("to_rgb", "conv_last")
