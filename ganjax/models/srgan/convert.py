"""Published files: leftthomas/SRGAN (model.py), one network each, as plain tensors.

The generator's blocks are numbered from 1: the first convolution, the residual blocks, the convolution after
them, and what enlarges. The discriminator is a sequence in which activations count too.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair, chain, reshape
from ganjax.convert.torch_layers import COUNTS, DENSE, batch_norm, layer
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.srgan.net import DiscriminatorConfig, GeneratorConfig

Config = GeneratorConfig | DiscriminatorConfig

IGNORE = COUNTS
"""Tensors that have no place in the network, with the reason."""


def recognise(names: Collection[str]) -> Kind | None:
    """Which part of an SRGAN tensors of these names are: "generator", "discriminator", or None."""
    if {"block1.0.weight", "block2.conv1.weight"} <= set(names):
        return "generator"
    if {"net.0.weight", "net.3.running_mean", "net.26.weight"} <= set(names):
        return "discriminator"
    return None


def infer(state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of a "generator" or "discriminator" from its tensors.

    Raises:
      CheckpointError: tensors that are not those of this part of an SRGAN.
      KeyError: a tensor is missing.
    """
    if recognise(state) != part:
        raise CheckpointError(f"These are not the tensors of SRGAN's {part}.")
    if part == "discriminator":
        return DiscriminatorConfig(width=len(state["net.0.bias"]))
    blocks = sum(bool(re.fullmatch(r"block\d+\.conv2\.weight", name)) for name in state)
    doublings = sum(bool(re.fullmatch(r"block\d+\.\d+\.conv\.weight", name)) for name in state)
    return GeneratorConfig(
        scale=2**doublings,
        blocks=blocks,
        width=len(state["block1.0.bias"]),
        # A batch norm has a weight for each channel, the PReLU of the older code a single one.
        last_norm=f"block{blocks + 2}.1.running_mean" in state,
    )


def pairs(part: str, config: Config) -> Iterator[Pair]:
    """The weight map of `part`."""
    return _discriminator(config) if isinstance(config, DiscriminatorConfig) else _generator(config)


def _generator(config: GeneratorConfig) -> Iterator[Pair]:
    yield from layer("first_conv", "block1.0")
    yield _slope("first", "block1.1")
    for i in range(config.blocks):
        block = f"block{i + 2}"
        yield _slope(f"block{i}", f"{block}.prelu")
        for ours, theirs in (("a", 1), ("b", 2)):
            yield from layer(f"block{i}{ours}_conv", f"{block}.conv{theirs}")
            yield from batch_norm(f"block{i}{ours}_norm", f"{block}.bn{theirs}")
    after, up = f"block{config.blocks + 2}", f"block{config.blocks + 3}"
    yield from layer("last_conv", f"{after}.0")
    if config.last_norm:
        yield from batch_norm("last_norm", f"{after}.1")
    else:
        yield _slope("last", f"{after}.1")
    for i in range(config.doublings):
        yield from layer(f"up{i}_conv", f"{up}.{i}.conv")
        yield _slope(f"up{i}", f"{up}.{i}.prelu")
    yield from layer("to_rgb", f"{up}.{config.doublings}")


def _discriminator(config: DiscriminatorConfig) -> Iterator[Pair]:
    for i in range(len(config.layers)):
        place = max(3 * i - 1, 0)
        yield from layer(f"conv{i}", f"net.{place}")
        if i:
            yield from batch_norm(f"norm{i}", f"net.{place + 1}")
    inputs, hidden = config.layers[-1][0], 16 * config.width
    for i, (place, shape) in enumerate([(24, (hidden, inputs)), (26, (1, hidden))]):
        yield from layer(f"dense{i}", f"net.{place}", op=chain(reshape((*shape, 1, 1), shape), DENSE))


def _slope(target: str, source: str) -> Pair:
    return Pair(f"params/{target}_prelu/slope", f"{source}.weight")
