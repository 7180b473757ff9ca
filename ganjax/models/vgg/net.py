"""The convolutions of VGG 16, VGG 19 and AlexNet, for losses and metrics that compare activations.

Images are [N, H, W, 3] float32 in [0, 1], from 32x32 pixels on (AlexNet: 63x63); the network itself brings
them to what its weights want: torchvision's are normalised with the mean and the deviation of ImageNet,
Caffe's BGR in [0, 255].

Layers have the names of the papers: "conv3_2" is the second convolution of the third block, "relu3_2" the
same after its activation, "pool3" the end of the block. AlexNet counts its convolutions through: "conv1" to
"conv5", "pool1", "pool2" and "pool5".

Source: Simonyan and Zisserman 2015, arXiv:1409.1556, table 1, columns D and E; Krizhevsky 2014,
arXiv:1404.5997; pytorch/vision, torchvision/models/{vgg,alexnet}.py; of what has to do with Caffe
VITA-Group/EnlightenGAN, models/networks.py.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.depth import check_depth
from ganjax.core.errors import UsageError, unknown
from ganjax.core.types import ImageSpec
from ganjax.nn.layers import Conv3x3

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclasses.dataclass(frozen=True)
class FeaturesConfig:
    """Shape of a network.

    Attributes:
      blocks: channels of each convolution, block by block; a block ends in a maximum over small windows.
      style: "vgg" convolves 3x3 pixels everywhere and pools 2x2; "alexnet" begins with 11x11 (every fourth
        pixel) and 5x5 and pools 3x3, every second pixel.
      source: whose weights they are, "torchvision" or "caffe", which decides what becomes of the images. Of
        Caffe's no mean is subtracted, as EnlightenGAN uses them.
      unpooled: numbers of the blocks, from 1 on, that do not end in a maximum.
      dtype: type of the products, "float32" or "bfloat16"; activations are float32.
    """

    blocks: tuple[tuple[int, ...], ...] = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)
    style: Literal["vgg", "alexnet"] = "vgg"
    source: Literal["torchvision", "caffe"] = "torchvision"
    unpooled: tuple[int, ...] = ()
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("convolutions", sum(map(len, self.blocks)))


class Convolution(NamedTuple):
    """One convolution of a network.

    Attributes:
      label: its name without "conv", e.g. "3_2".
      width: output channels.
      size, stride, padding: of its window.
      pooled: whether a maximum over small windows follows.
    """

    label: str
    width: int
    size: int
    stride: int
    padding: int
    pooled: bool


def convolutions(config: FeaturesConfig) -> list[Convolution]:
    """The convolutions of a network of `config`, in order."""
    found: list[Convolution] = []
    for block, widths in enumerate(config.blocks, 1):
        for i, width in enumerate(widths, 1):
            label, window = f"{block}_{i}", (3, 1, 1)
            if config.style == "alexnet":
                label = str(len(found) + 1)
                window = {0: (11, 4, 2), 1: (5, 1, 2)}.get(len(found), window)
            pooled = i == len(widths) and block not in config.unpooled
            found.append(Convolution(label, width, *window, pooled))
    return found


class Features(nn.Module):
    """Gives the activations of the layers asked for."""

    config: FeaturesConfig

    @nn.compact
    def __call__(self, x: jax.Array, *, layers: Sequence[str] | None = None) -> tuple[jax.Array, ...]:
        """The activations [N, H', W', C] float32 of `layers` for images [N, H, W, 3] in [0, 1].

        Layers after the last one asked for are not computed. Without `layers`: the last layer of all.

        Raises:
          UsageError: no such layer, with the nearest name.
        """
        c = self.config
        stack = convolutions(c)
        names = layer_names(c)
        layers = names[-1:] if layers is None else layers
        for layer in layers:
            if layer not in names:
                raise UsageError(unknown("layer", layer, names))
        if c.source == "caffe":
            x = 255 * x[..., ::-1]
        else:
            x = (x - jnp.array(_MEAN).reshape(1, 1, 1, 3)) / jnp.array(_DEVIATION).reshape(1, 1, 1, 3)
        seen: dict[str, jax.Array] = {}
        for each in stack:
            if seen.keys() >= set(layers) and not self.is_initializing():
                break
            x = seen[f"conv{each.label}"] = self._convolution(each)(x).astype(jnp.float32)
            x = seen[f"relu{each.label}"] = nn.relu(x)
            if each.pooled:
                window = (2, 2) if c.style == "vgg" else (3, 3)
                x = seen[_pool(each)] = nn.max_pool(x, window, (2, 2))
        return tuple(seen[layer] for layer in layers)

    def _convolution(self, each: Convolution) -> nn.Module:
        name, dtype = f"conv{each.label}", jnp.dtype(self.config.dtype)
        if each.size == 3:
            return Conv3x3(each.width, dtype=dtype, name=name)
        return nn.Conv(each.width, (each.size,) * 2, each.stride, each.padding, dtype=dtype, name=name)


def layer_names(config: FeaturesConfig) -> list[str]:
    """The names of all layers of a network of `config`, in order."""
    names: list[str] = []
    for each in convolutions(config):
        names += [f"conv{each.label}", f"relu{each.label}", *([_pool(each)] if each.pooled else [])]
    return names


def _pool(last: Convolution) -> str:
    """The name of the pooling after the last convolution of a block."""
    return f"pool{last.label.split('_')[0]}"


PARTS: dict[str, tuple[Any, Any]] = {"features": (FeaturesConfig, Features)}
"""Config class and module class of each part."""

_VGG16 = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)

CONFIGS = {
    "tiny": (FeaturesConfig(((4, 4), (6,), (8, 8))),),
    "16": (FeaturesConfig(_VGG16),),
    "16-caffe": (FeaturesConfig(_VGG16, source="caffe", unpooled=(4,)),),
    "19": (FeaturesConfig(),),
    "alexnet": (FeaturesConfig(((64,), (192,), (384, 256, 256)), "alexnet"),),
}
"""Configs by name."""


def spec(config: FeaturesConfig) -> ImageSpec:
    """What a network of this config takes; it gives activations, not images."""
    return ImageSpec(side=0, range=(0.0, 1.0))


def example_inputs(part: str, config: FeaturesConfig, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n` small images.

    Raises:
      UsageError: `part` is no part of these networks.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    side = 63 if config.style == "alexnet" else 2 ** len(config.blocks)
    return (jax.ShapeDtypeStruct((n, side, side, 3), jnp.float32),)
