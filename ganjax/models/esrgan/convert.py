"""Published files of ESRGAN and Real-ESRGAN.

The generator's layers have three kinds of names: those of XPixelGroup/BasicSR
(basicsr/archs/rrdbnet_arch.py), in which files are written; those of xinntao/ESRGAN (RRDBNet_arch.py); and
those of its first months, which transer_RRDB_models.py there translates. The discriminators are those of
basicsr/archs/discriminator_arch.py.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.torch_layers import COUNTS, DENSE, batch_norm, from_pixels, layer
from ganjax.convert.unet_discriminator import unet_pairs
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.esrgan.net import DiscriminatorConfig, GeneratorConfig

Config = GeneratorConfig | DiscriminatorConfig

IGNORE = COUNTS
"""Tensors that have no place in the network, with the reason."""

_GENERATOR = re.compile(r"(?:body|RRDB_trunk|model\.1\.sub)\.(\d+)\.(?:rdb|RDB)1\.conv1\.(?:0\.)?weight")
_UNET = {"conv0.weight", "conv1.weight_orig", "conv9.weight"}
_VGG = {"conv0_0.weight", "conv0_1.weight", "linear1.weight"}

# Channels of a picture, and of one whose blocks of pixels are gathered into channels.
_SCALES: dict[int, Literal[1, 2, 4]] = {3: 4, 12: 2, 48: 1}


def recognise(names: Collection[str]) -> Kind | None:
    """Which part of an ESRGAN tensors of these names are: "generator", "discriminator", or None."""
    if any(_GENERATOR.fullmatch(name) for name in names):
        return "generator"
    return "discriminator" if set(names) >= _UNET or set(names) >= _VGG else None


def infer(state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of a "generator" or "discriminator" from its tensors.

    Raises:
      CheckpointError: tensors that are not those of this part of an ESRGAN.
      KeyError: a tensor is missing.
    """
    if recognise(state) != part:
        raise CheckpointError(f"These are not the tensors of ESRGAN's {part}.")
    if part == "discriminator":
        if set(state) >= _UNET:
            return DiscriminatorConfig(width=len(state["conv0.bias"]))
        levels = sum(bool(re.fullmatch(r"conv\d+_0\.weight", name)) for name in state)
        return DiscriminatorConfig(side=4 << levels, width=len(state["conv0_0.bias"]))
    dense = [name for name in state if _GENERATOR.fullmatch(name)]
    growth, width = state[dense[0]].shape[:2]
    inputs = state["conv_first.weight" if "conv_first.weight" in state else "model.0.weight"].shape[1]
    if inputs not in _SCALES:
        raise CheckpointError(f"Its first layer takes {inputs} channels, which are no colour pictures.")
    return GeneratorConfig(scale=_SCALES[inputs], blocks=len(dense), width=width, growth=growth)


def pairs(part: str, config: Config) -> Iterator[Pair]:
    """The weight map of `part`."""
    if isinstance(config, GeneratorConfig):
        return _generator(config)
    return _vgg(config) if config.side else unet_pairs(config.width)


def _generator(config: GeneratorConfig) -> Iterator[Pair]:
    yield from layer("first", "conv_first", "model.0")
    for i in range(config.blocks):
        for j in range(3):
            for k in range(5):
                dense = f"RDB{j + 1}.conv{k + 1}"
                yield from layer(
                    f"block{i}_dense{j}/conv{k}",
                    f"body.{i}.{dense.lower()}",
                    f"RRDB_trunk.{i}.{dense}",
                    f"model.1.sub.{i}.{dense}.0",
                )
    yield from layer("last", "conv_body", "trunk_conv", f"model.1.sub.{config.blocks}")
    yield from layer("up0", "conv_up1", "upconv1", "model.3")
    yield from layer("up1", "conv_up2", "upconv2", "model.6")
    yield from layer("high", "conv_hr", "HRconv", "model.8")
    yield from layer("to_rgb", "conv_last", "model.10")


def _vgg(config: DiscriminatorConfig) -> Iterator[Pair]:
    for i in range(len(config.widths)):
        for j, ours in enumerate("ab"):
            first = (i, j) == (0, 0)
            yield from layer(f"conv{i}{ours}", f"conv{i}_{j}", bias=first)
            if not first:
                yield from batch_norm(f"norm{i}{ours}", f"bn{i}_{j}")
    yield from layer("dense0", "linear1", op=from_pixels(4, config.widths[-1], 100))
    yield from layer("dense1", "linear2", op=DENSE)
