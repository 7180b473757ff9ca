"""Published files of the progressive GAN: those of pytorch_GAN_zoo, of NVIDIA and of mmgeneration.

Weights are kept as published; only their layout changes. Each code has its own names, read and mapped in a
file of its own beside this one; the style of a config says whose they are.
"""

from collections.abc import Collection, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.models.pgan import convert_mmgen, convert_nvidia, convert_zoo
from ganjax.models.pgan.config import MMGEN, NVIDIA, ZOO, DiscriminatorConfig, GeneratorConfig, Style

Config = GeneratorConfig | DiscriminatorConfig

IGNORE = {
    "lod": "how far the network had grown, which is read as stage and alpha",
    "conv_blocks.0.conv.*": "mmgeneration's discriminator makes this convolution at 4x4 and never uses it",
}
"""Tensors that have no place in the network, with the reason."""

_CODES: dict[Style, ModuleType] = {ZOO: convert_zoo, NVIDIA: convert_nvidia, MMGEN: convert_mmgen}


def recognise(names: Collection[str]) -> Kind | None:
    """Which part of a progressive GAN tensors of these names are: "generator", "discriminator", or None."""
    return next((kind for code in _CODES.values() if (kind := code.recognise(names))), None)


def infer(state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of a "generator" or "discriminator" from its tensors; `settings` tells what shapes cannot.

    Raises:
      CheckpointError: tensors that are not those of this part of a progressive GAN, or settings with which no
        file was published.
      KeyError: a tensor is missing.
    """
    code = _code_of(state, part)
    if part == "discriminator":
        return code.discriminator(state, settings or {})
    config = code.generator(state, settings or {})
    if config.latent < 1:
        raise CheckpointError(f"With {config.labels} labels it would take latents of length {config.latent}.")
    return config


def progress(
    config: Config, state: Mapping[str, np.ndarray], settings: Mapping[str, Any]
) -> tuple[int | None, float]:
    """How far a network of `config` had grown: its stage, None for the full size, and alpha."""
    return _CODES[config.style].progress(config, state, settings)


def pairs(part: str, config: Config) -> Iterator[Pair]:
    """The weight map of `part` in the names of the code that `config.style` follows.

    Raises:
      UsageError: a style of no published code, whose tensors thus have no names.
    """
    if config.style not in _CODES:
        raise UsageError(f"No published code has the style {config.style}, so its tensors have no names.")
    code = _CODES[config.style]
    return code.generator_pairs(config) if part == "generator" else code.discriminator_pairs(config)


def _code_of(state: Mapping[str, np.ndarray], part: str) -> ModuleType:
    for code in _CODES.values():
        if code.recognise(state) == part:
            return code
    found = recognise(state)
    what = f"those of its {found}" if found else f"{', '.join(sorted(state)[:3]) or 'none'}, ..."
    raise CheckpointError(f"These are not the tensors of a progressive GAN's {part}, but {what}.")
