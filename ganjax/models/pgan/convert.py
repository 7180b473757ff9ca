"""Published files of the progressive GAN: pytorch_GAN_zoo's `.pth` and NVIDIA's `.pkl`.

Weights are kept as published; only their layout changes. Each of the two has its own names, read and mapped
in `convert_zoo` and `convert_nvidia`; the style of a config says whose they are.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np

from ganjax.convert import torch_file
from ganjax.convert.pairs import Pair, load
from ganjax.core.errors import CheckpointError, UsageError, unknown
from ganjax.models.pgan import convert_nvidia, convert_zoo
from ganjax.models.pgan.net import (
    NVIDIA,
    PARTS,
    ZOO,
    DiscriminatorConfig,
    GeneratorConfig,
    example_inputs,
)

Config = GeneratorConfig | DiscriminatorConfig

IGNORE = {"lod": "how far the network had grown; it is read as stage and alpha"}
"""Tensors that have no place in the network, with the reason."""


def load_file(path: str | os.PathLike[str], part: str) -> tuple[Config, dict[str, Any], int | None, float]:
    """One network of a published file: its config, variables, stage (None for the full size) and alpha.

    `part` is "generator" (the averaged one where the file has it), "generator_raw" or "discriminator".

    Raises:
      UsageError: no such part.
      CheckpointError: a file that cannot be read or that is no progressive GAN.
    """
    if part not in (known := ("generator", "generator_raw", "discriminator")):
        raise UsageError(unknown("part", part, known))
    if not os.path.exists(path):
        raise CheckpointError(f"There is no file {path}.")
    source = convert_zoo if torch_file.is_torch_file(path) else convert_nvidia
    state, settings = source.read(path, part)
    kind = part.removesuffix("_raw")
    config = infer(state, kind, settings)
    stage, alpha = source.progress(config, state, settings)
    _, module = PARTS[kind]
    shapes = jax.eval_shape(module(config).init, jax.random.key(0), *example_inputs(kind, config, 1))
    fused_up = not any(name.endswith("/Conv0/weight") for name in state)
    return config, load(pairs(kind, config, fused_up=fused_up), state, shapes, ignore=IGNORE), stage, alpha


def infer(state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of a "generator" or "discriminator" from its tensors; `settings` tells what shapes cannot.

    Raises:
      CheckpointError: tensors that are not those of this part of a progressive GAN, or settings with which no
        file was published.
    """
    source = convert_zoo if any("." in name for name in state) else convert_nvidia
    reader = source.generator if part == "generator" else source.discriminator
    try:
        return reader(state, settings or {})
    except KeyError as error:
        raise CheckpointError(
            f"These are not the tensors of a progressive GAN's {part}: {error} is missing, and there are "
            f"{', '.join(sorted(state)[:3])}, ..."
        ) from error


def pairs(part: str, config: Config, *, fused_up: bool = True) -> Iterator[Pair]:
    """The weight map of `part` in the names of the code that `config.style` follows.

    `fused_up` is for NVIDIA's generators: whether upscaling layers are stored as transposed convolutions.

    Raises:
      UsageError: a style of no published code, whose tensors thus have no names.
    """
    if config.style not in (ZOO, NVIDIA):
        raise UsageError(f"No published code has the style {config.style}, so its tensors have no names.")
    if isinstance(config, DiscriminatorConfig):
        source = convert_zoo if config.style == ZOO else convert_nvidia
        return source.discriminator_pairs(config)
    if config.style == ZOO:
        return convert_zoo.generator_pairs(config)
    return convert_nvidia.generator_pairs(config, fused_up=fused_up)
