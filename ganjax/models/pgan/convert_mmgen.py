"""The progressive GAN files of mmgeneration (open-mmlab/mmgeneration, models/architectures/pggan).

Kernels are [out, in, height, width], those of transposed convolutions [in, out, height, width]; where
features are flattened, channels come before pixels. A generator has the same names with `fused_upconv` and
without: the shapes tell them apart, and where each block has as many channels in as out, the default (fused)
is taken.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import KEEP, Op, Pair, chain, flip, reshape, transpose
from ganjax.convert.torch_layers import CONV, DENSE, from_pixels, pointwise, to_pixels
from ganjax.convert.wrappers import Kind
from ganjax.models.pgan.config import MMGEN, DiscriminatorConfig, GeneratorConfig

# A transposed convolution, turned by 180 degrees.
_TURNED = chain(transpose(2, 3, 0, 1), flip(0, 1))


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are of `PGGANGenerator` or `PGGANDiscriminator`."""
    heads = {name.split(".")[0] for name in names}
    if "torgb_layers" in heads:
        return "generator"
    return "discriminator" if "fromrgb_layers" in heads else None


def progress(
    config: GeneratorConfig | DiscriminatorConfig,
    state: Mapping[str, np.ndarray],
    settings: Mapping[str, Any],
) -> tuple[int | None, float]:
    """Stage and alpha from the numbers that a file keeps beside the networks (ProgressiveGrowingGAN)."""
    side = int(settings.get("_curr_scale_int", config.side))
    stage = config.sides.index(side)
    return (stage if side < config.side else None), float(settings.get("_curr_transition_weight", 1.0))


def generator(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> GeneratorConfig:
    """The config of `PGGANGenerator`; raises KeyError where a tensor is missing."""
    widths = tuple(state[f"torgb_layers.{i}.conv.weight_orig"].shape[1] for i in _levels(state, "torgb"))
    fused = [
        len(state[f"conv_blocks.{2 * level - 1}.conv.weight_orig"]) == below
        for level, (below, width) in enumerate(itertools.pairwise(widths), 1)
        if below != width
    ]
    return GeneratorConfig(
        side=2 << len(widths),
        latent=state["noise2feat.linear.weight_orig"].shape[1],
        channels=widths,
        image_channels=len(state["torgb_layers.0.conv.bias"]),
        fused_up=all(fused),
        style=MMGEN,
    )


def discriminator(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> DiscriminatorConfig:
    """The config of `PGGANDiscriminator`; raises KeyError where a tensor is missing."""
    widths = tuple(len(state[f"fromrgb_layers.{i}.conv.bias"]) for i in _levels(state, "fromrgb"))
    dense, inputs = state["decision.linear0.weight_orig"].shape
    return DiscriminatorConfig(
        side=2 << len(widths),
        channels=widths,
        dense=dense,
        image_channels=state["fromrgb_layers.0.conv.weight_orig"].shape[1],
        labels=len(state["decision.linear1.bias"]) - 1,
        stddev_group=4 if inputs > 16 * widths[0] else 0,
        style=MMGEN,
    )


def generator_pairs(config: GeneratorConfig) -> Iterator[Pair]:
    """The weight map of `PGGANGenerator`, with or without `fused_upconv`."""
    width, latent = config.channels[0], config.latent + config.labels
    yield Pair("params/b4_dense/kernel", "noise2feat.linear.weight_orig", to_pixels(4, latent, width))
    yield Pair("params/b4_dense/bias", "noise2feat.bias", reshape((1, width, 1, 1), (width,)))
    yield from _layer("b4_conv0", "conv_blocks.0.conv", CONV)
    for level, (side, width) in enumerate(zip(config.sides, config.channels, strict=True)):
        if level:
            up = _TURNED if config.fused_up else CONV
            yield from _layer(f"b{side}_conv0", f"conv_blocks.{2 * level - 1}.conv", up)
            yield from _layer(f"b{side}_conv1", f"conv_blocks.{2 * level}.conv", CONV)
        to_rgb = pointwise(width, config.image_channels)
        yield from _layer(f"b{side}_to_rgb", f"torgb_layers.{level}.conv", to_rgb)


def discriminator_pairs(config: DiscriminatorConfig) -> Iterator[Pair]:
    """The weight map of `PGGANDiscriminator`."""
    for level, (side, width) in enumerate(zip(config.sides, config.channels, strict=True)):
        from_rgb = pointwise(config.image_channels, width)
        yield from _layer(f"b{side}_from_rgb", f"fromrgb_layers.{level}.conv", from_rgb)
        if level:
            yield from _layer(f"b{side}_conv0", f"conv_blocks.{2 * level - 1}.conv", CONV)
            yield from _layer(f"b{side}_conv1", f"conv_blocks.{2 * level}.conv", CONV)
    width, dense = config.channels[0] + bool(config.stddev_group), config.dense
    yield from _layer("b4_dense0", "decision.linear0", from_pixels(4, width, dense))
    yield from _layer("b4_dense1", "decision.linear1", DENSE)


def _layer(target: str, source: str, kernel: Op) -> Iterator[Pair]:
    yield Pair(f"params/{target}/kernel", f"{source}.weight_orig", kernel)
    yield Pair(f"params/{target}/bias", f"{source}.bias", KEEP)


def _levels(state: Mapping[str, np.ndarray], layers: str) -> range:
    return range(len({name.split(".")[1] for name in state if name.startswith(f"{layers}_layers.")}))
