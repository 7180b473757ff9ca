"""torchvision's files of VGG and AlexNet, whole or of their convolutions only, and EnlightenGAN's of VGG 16.

In torchvision's a convolution is called by its place in a sequence, "features.28.weight", where activations
and poolings have places too; "28.weight" where somebody saved the sequence alone. EnlightenGAN has the
weights from Caffe, by the names of the paper, "conv5_1.weight" (models/networks.py, Vgg16), and leaves the
fourth pooling out.
"""

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.torch_layers import layer
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.vgg.net import CONFIGS, FeaturesConfig, convolutions

IGNORE = {"classifier.*": "the layers that turn the last features into classes"}
"""Tensors that have no place in the network, with the reason."""

_NAME = re.compile(r"(?:features\.)?(\d+)\.(?:weight|bias)")
_CAFFE = CONFIGS["16-caffe"][0]


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are of VGG 16, VGG 19 or AlexNet, without batch norm."""
    if _labelled(names):
        return "features"
    known = [_places(CONFIGS[name][0]) for name in ("16", "19", "alexnet")]
    rest = [name for name in names if not _NAME.fullmatch(name) and not name.startswith("classifier.")]
    return "features" if not rest and _found(names) in known else None


def infer(state: Mapping[str, np.ndarray], part: str, settings: Any = None) -> FeaturesConfig:
    """The config of the "features" from their tensors.

    Raises:
      CheckpointError: tensors that are not of these networks.
      KeyError: a tensor is missing.
    """
    if part == "features" and _labelled(state):
        widths = (
            tuple(len(state[f"conv{i}_{j}.bias"]) for j in range(1, len(block) + 1))
            for i, block in enumerate(_CAFFE.blocks, 1)
        )
        return dataclasses.replace(_CAFFE, blocks=tuple(widths))
    places = _found(state)
    head = "features." if "features.0.weight" in state else ""
    if part != "features" or not places or places[0] != 0:
        raise CheckpointError(f"These are not the tensors of the {part} of VGG or AlexNet.")
    blocks: list[list[int]] = []
    for place, before in zip(places, [-3, *places], strict=False):
        if place - before == 3:  # a pooling lies between
            blocks.append([])
        blocks[-1].append(len(state[f"{head}{place}.weight"]))
    size = state[f"{head}0.weight"].shape[-1]
    return FeaturesConfig(tuple(map(tuple, blocks)), "alexnet" if size == 11 else "vgg")


def pairs(part: str, config: FeaturesConfig) -> Iterator[Pair]:
    """The weight map of the "features"."""
    for place, each in zip(_places(config), convolutions(config), strict=True):
        ours = f"conv{each.label}"
        names = (ours,) if config.source == "caffe" else (f"features.{place}", str(place))
        yield from layer(ours, *names)


def _labelled(names: Collection[str]) -> bool:
    """Whether tensors are those of EnlightenGAN's VGG 16."""
    return set(names) == {pair.source for pair in pairs("features", _CAFFE)}


def _places(config: FeaturesConfig) -> list[int]:
    """The places of the convolutions: each is followed by its activation, a block also by its pooling."""
    places: list[int] = []
    place = 0
    for block in config.blocks:
        places += range(place, place + 2 * len(block), 2)
        place += 2 * len(block) + 1
    return places


def _found(names: Collection[str]) -> list[int]:
    """The places that tensors of these names have."""
    return sorted({int(found[1]) for name in names if (found := _NAME.fullmatch(name))})
