"""Published files of DF-GAN (tobran/DF-GAN): netG, netD and netC beside the states of their optimisers.

netD, which sees, and netC, which judges, are one discriminator here.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair, chain, reshape, transpose
from ganjax.convert.torch_layers import CONV, DENSE, layer, pointwise, to_pixels
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.dfgan.net import DiscriminatorConfig, GeneratorConfig

Config = GeneratorConfig | DiscriminatorConfig

IGNORE = {
    "DBlocks.*.conv_s.*": "the reference makes a shortcut in every block and uses it where channels change"
}
"""Tensors that have no place in the network, with the reason."""


def recognise(names: Collection[str]) -> Kind | None:
    """Which part of a DF-GAN tensors of these names are: "generator", "discriminator", or None."""
    if {"fc.weight", "GBlocks.0.c1.weight", "to_rgb.1.weight"} <= set(names):
        return "generator"
    if {"conv_img.weight", "DBlocks.0.conv_r.0.weight"} <= set(names):
        return "discriminator"
    return None


def infer(state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of a "generator" or "discriminator" from its tensors.

    Raises:
      CheckpointError: tensors that are not those of this part of a DF-GAN.
      KeyError: a tensor is missing.
    """
    if recognise(state) != part:
        raise CheckpointError(f"These are not the tensors of DF-GAN's {part}.")
    if part == "generator":
        channels, width = state["to_rgb.1.weight"].shape[:2]
        latent = state["fc.weight"].shape[1]
        told = state["GBlocks.0.fuse1.affine0.fc_gamma.linear1.weight"].shape[1]
        return GeneratorConfig(width, told - latent, _side(state, "GBlocks"), channels, latent=latent)
    width, channels = state["conv_img.weight"].shape[:2]
    config = DiscriminatorConfig(width, 0, _side(state, "DBlocks"), channels)
    condition = state["joint_conv.0.weight"].shape[1] - config.widths[-1]
    return DiscriminatorConfig(width, condition, config.side, channels)


def pairs(part: str, config: Config) -> Iterator[Pair]:
    """The weight map of `part`."""
    return _discriminator(config) if isinstance(config, DiscriminatorConfig) else _generator(config)


def _generator(config: GeneratorConfig) -> Iterator[Pair]:
    widths = config.widths[::-1]
    first, flat = widths[0], 16 * widths[0]
    flatten = reshape((config.latent, 4, 4, first), (config.latent, flat))
    yield Pair("params/dense/kernel", "fc.weight", chain(to_pixels(4, config.latent, first), flatten))
    pixels_first = chain(reshape((flat,), (first, 4, 4)), transpose(1, 2, 0), reshape((4, 4, first), (flat,)))
    yield Pair("params/dense/bias", "fc.bias", pixels_first)
    for i, (below, width) in enumerate(itertools.pairwise(widths)):
        ours, theirs = f"block{i}", f"GBlocks.{i}"
        for j in range(2):
            yield from layer(f"{ours}/conv{j}", f"{theirs}.c{j + 1}")
            for k in range(2):
                for name, affine in (("scale", "gamma"), ("shift", "beta")):
                    target = f"{ours}/fusion{j}/{name}{k}"
                    source = f"{theirs}.fuse{j + 1}.affine{k}.fc_{affine}"
                    yield from layer(f"{target}_hidden", f"{source}.linear1", op=DENSE)
                    yield from layer(f"{target}_out", f"{source}.linear2", op=DENSE)
        if below != width:
            yield from layer(f"{ours}/shortcut", f"{theirs}.c_sc", op=pointwise(below, width))
    yield from layer("to_rgb", "to_rgb.1")


def _discriminator(config: DiscriminatorConfig) -> Iterator[Pair]:
    yield from layer("eye/from_rgb", "conv_img")
    for i, (below, width) in enumerate(itertools.pairwise(config.widths)):
        ours, theirs = f"eye/block{i}", f"DBlocks.{i}"
        yield from layer(f"{ours}/conv0", f"{theirs}.conv_r.0", bias=False)
        yield from layer(f"{ours}/conv1", f"{theirs}.conv_r.2", bias=False)
        yield Pair(f"params/{ours}/gain", f"{theirs}.gamma", reshape((1,), ()))
        if below != width:
            yield from layer(f"{ours}/shortcut", f"{theirs}.conv_s", op=pointwise(below, width))
    yield from layer("judgement/conv", "joint_conv.0", bias=False)
    hidden = 2 * config.width
    whole = chain(CONV, reshape((4, 4, hidden, 1), (16 * hidden, 1)))
    yield from layer("judgement/score", "joint_conv.2", op=whole, bias=False)


def _side(state: Mapping[str, np.ndarray], blocks: str) -> int:
    """The side of the images: each block doubles or halves it, from or to 4."""
    return 4 << len({name.split(".")[1] for name in state if name.startswith(f"{blocks}.")})
