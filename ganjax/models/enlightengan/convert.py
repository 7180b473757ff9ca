"""Published files of EnlightenGAN (VITA-Group/EnlightenGAN): one network each, 200_net_G_A.pth and the like.

Layers have the names of the reference.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.torch_layers import COUNTS, batch_norm, layer
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.enlightengan.net import DiscriminatorConfig, GeneratorConfig

Config = GeneratorConfig | DiscriminatorConfig

IGNORE = COUNTS
"""Tensors that have no place in the network, with the reason."""


def recognise(names: Collection[str]) -> Kind | None:
    """Which part of EnlightenGAN tensors of these names are: "generator", "discriminator", or None.

    Discriminators with a norm have the names of pix2pix's, so only those without one are told apart.
    """
    if {"conv1_1.weight", "bn1_1.weight"} <= set(names) and any(name.startswith("deconv") for name in names):
        return "generator"
    places = _places(names)
    plain = len(places) > 2 and places == list(range(0, 2 * len(places), 2))
    return "discriminator" if plain and len(names) == 2 * len(places) else None


def infer(state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None) -> Config:
    """The config of a "generator" or "discriminator" from its tensors.

    Raises:
      CheckpointError: tensors that are not those of this part of EnlightenGAN.
      KeyError: a tensor is missing.
    """
    if part == "generator" and recognise(state) == part:
        depth = sum(name.startswith("deconv") for name in state) // 2 + 1
        return GeneratorConfig(tuple(len(state[f"conv{level}_1.bias"]) for level in range(1, depth + 1)))
    places = _places(state)
    if part == "discriminator" and len(places) > 2:
        # With a norm, which has no tensors, the second activation comes one place later.
        return DiscriminatorConfig(
            layers=len(places) - 2,
            width=len(state["model.0.bias"]),
            norm=None if places[2] == 4 else "instance",
        )
    raise CheckpointError(f"These are not the tensors of EnlightenGAN's {part}.")


def pairs(part: str, config: Config) -> Iterator[Pair]:
    """The weight map of `part`."""
    if isinstance(config, DiscriminatorConfig):
        for i in range(config.layers + 2):
            place = 2 * i if config.norm is None else max(3 * i - 1, 0)
            yield from layer(f"model/conv{i}", f"model.{place}")
        return
    last = 2 * len(config.widths) - 1
    for number in range(1, last + 1):
        for name in (f"{number}_1", f"{number}_2"):
            yield from layer(f"conv{name}", f"conv{name}")
            if name != f"{last}_2":
                yield from batch_norm(f"bn{name}", f"bn{name}")
        if len(config.widths) <= number < last:
            yield from layer(f"deconv{number}", f"deconv{number}")
    yield from layer(f"conv{last + 1}", f"conv{last + 1}")


def _places(names: Collection[str]) -> list[int]:
    """The places of the convolutions in the sequence of a discriminator."""
    return sorted(int(found[1]) for name in names if (found := re.fullmatch(r"model\.(\d+)\.weight", name)))
