"""The progressive GAN files of pytorch_GAN_zoo (models/progressive_gan.py, models/networks).

Kernels are [out, in, height, width]; where features are flattened, channels come before pixels.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import KEEP, Op, Pair, chain, reshape, transpose
from ganjax.convert.torch_layers import CONV, DENSE, from_pixels, pointwise, to_pixels
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.pgan.config import ZOO, DiscriminatorConfig, GeneratorConfig

_GENERATOR = {"formatLayer", "groupScale0", "toRGBLayers"}
_DISCRIMINATOR = {"fromRGBLayers", "groupScaleZero", "decisionLayer"}


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are of `GNet` or `DNet`; the zoo's other GANs share single names."""
    heads = {name.split(".")[0] for name in names}
    if len(heads & _GENERATOR) > 1:
        return "generator"
    return "discriminator" if len(heads & _DISCRIMINATOR) > 1 else None


def progress(
    config: GeneratorConfig | DiscriminatorConfig,
    state: Mapping[str, np.ndarray],
    settings: Mapping[str, Any],
) -> tuple[int | None, float]:
    """Stage (None, these files hold the grown layers only) and alpha: theirs weighs the older block."""
    return None, 1.0 - float(settings.get("alpha", 0.0)) if config.stages > 1 else 1.0


def generator(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> GeneratorConfig:
    """The config of `GNet`; raises KeyError where a tensor is missing."""
    state = {_short(name): tensor for name, tensor in state.items()}
    blocks = [f"scaleLayers.{i}.0" for i in range(_count_blocks(state, settings))]
    channels = tuple(len(state[f"{name}.bias"]) for name in ("groupScale0.0", *blocks))
    labels = int(settings.get("categoryVectorDim", 0))
    return GeneratorConfig(
        side=2 << len(channels),
        latent=state["formatLayer.weight"].shape[1] - labels,
        channels=channels,
        image_channels=len(state["toRGBLayers.0.bias"]),
        labels=labels,
        leak=float(settings.get("leakyReluLeak", 0.2)),
        # models/loss_criterions/base_loss_criterions.py: the loss chooses the generator's last function.
        activation="tanh" if settings.get("lossCriterion") in ("MSE", "DCGAN") else None,
        fused_up=False,
        style=ZOO,
    )


def discriminator(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> DiscriminatorConfig:
    """The config of `DNet`; raises KeyError where a tensor is missing."""
    state = {_short(name): tensor for name, tensor in state.items()}
    levels = range(_count_blocks(state, settings) + 1)
    channels = tuple(len(state[f"fromRGBLayers.{level}.bias"]) for level in levels)
    return DiscriminatorConfig(
        side=2 << len(channels),
        channels=channels,
        dense=len(state["groupScaleZero.1.bias"]),
        image_channels=state["fromRGBLayers.0.weight"].shape[1],
        labels=len(state["decisionLayer.bias"]) - 1,
        leak=float(settings.get("leakyReluLeak", 0.2)),
        stddev_group=4 if state["groupScaleZero.0.weight"].shape[1] > channels[0] else 0,
        fused_down=False,
        style=ZOO,
    )


def generator_pairs(config: GeneratorConfig) -> Iterator[Pair]:
    """The weight map of `GNet`."""
    width, latent = config.channels[0], config.latent + config.labels
    bias = chain(reshape((16 * width,), (width, 4, 4)), transpose(1, 2, 0))
    yield from _layer("b4_dense", "formatLayer", to_pixels(4, latent, width), bias)
    yield from _layer("b4_conv0", "groupScale0.0", CONV)
    for level, (side, width) in enumerate(zip(config.sides, config.channels, strict=True)):
        if level:
            yield from _layer(f"b{side}_conv0", f"scaleLayers.{level - 1}.0", CONV)
            yield from _layer(f"b{side}_conv1", f"scaleLayers.{level - 1}.1", CONV)
        yield from _layer(f"b{side}_to_rgb", f"toRGBLayers.{level}", pointwise(width, config.image_channels))


def discriminator_pairs(config: DiscriminatorConfig) -> Iterator[Pair]:
    """The weight map of `DNet`."""
    for level, (side, width) in enumerate(zip(config.sides, config.channels, strict=True)):
        from_rgb = pointwise(config.image_channels, width)
        yield from _layer(f"b{side}_from_rgb", f"fromRGBLayers.{level}", from_rgb)
        if level:
            yield from _layer(f"b{side}_conv0", f"scaleLayers.{level - 1}.0", CONV)
            yield from _layer(f"b{side}_conv1", f"scaleLayers.{level - 1}.1", CONV)
    width, dense = config.channels[0], config.dense
    yield from _layer("b4_conv0", "groupScaleZero.0", CONV)
    yield from _layer("b4_dense0", "groupScaleZero.1", from_pixels(4, width, dense))
    yield from _layer("b4_dense1", "decisionLayer", DENSE)


def _layer(target: str, source: str, kernel: Op, bias: Op = KEEP) -> Iterator[Pair]:
    for leaf, name, op in (("kernel", "weight", kernel), ("bias", "bias", bias)):
        tensor = f"{source}.module.{name}"
        yield Pair(f"params/{target}/{leaf}", tensor, op, also=(_short(tensor),))


def _short(name: str) -> str:
    """A name without the wrapper around each layer, which older files lack."""
    return name.replace(".module.", ".")


def _count_blocks(state: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> int:
    """The number of blocks above 4x4."""
    for name in ("equalizedlR", "perChannelNormalization"):
        if not settings.get(name, True):
            raise CheckpointError(f"The file was made with {name}=False, which ganjax does not have.")
    return len({name.split(".")[1] for name in state if name.startswith("scaleLayers.")})
