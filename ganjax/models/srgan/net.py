"""SRGAN: the generator SRResNet, which enlarges a picture two, four or eight times, and its discriminator.

Images are [N, H, W, 3] float32 in [0, 1]. With `train`, batch norm uses the batch, else the averages in
"batch_stats".

Source: Ledig et al. 2017, arXiv:1609.04802; leftthomas/SRGAN, model.py.
"""

import dataclasses
import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.depth import check_depth, check_widths
from ganjax.core.errors import UsageError, unknown
from ganjax.core.types import ImageSpec
from ganjax.nn.batch_norm import BatchNorm
from ganjax.nn.layers import LIKE_TORCH, Conv3x3
from ganjax.nn.pixel_shuffle import pixel_shuffle
from ganjax.nn.prelu import PReLU

_RANGE = (0.0, 1.0)


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator.

    Attributes:
      scale: how many times larger the pictures become, a power of two.
      blocks: residual blocks; the paper has 16.
      width: channels of the features.
      last_norm: the convolution after the blocks has a batch norm. The weights of January 2018 are of an
        older code, which has a PReLU there.
      dtype: type of the products and of the features, "float32" or "bfloat16"; images are float32.
    """

    scale: int = 4
    blocks: int = 5
    width: int = 64
    last_norm: bool = True
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("blocks", self.blocks)
        check_widths(self.width)
        if self.scale < 2 or self.scale.bit_count() != 1:
            raise UsageError(f"SRGAN enlarges by a power of two, not {self.scale} times.")

    @property
    def doublings(self) -> int:
        """How often the features are doubled in size."""
        return self.scale.bit_length() - 1


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of a discriminator.

    Attributes:
      width: channels at the full size; each halving doubles them, to eight times.
      dtype: type of the products, "float32" or "bfloat16"; scores are float32.
    """

    width: int = 64
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_widths(self.width)

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """Width and stride of each 3x3 convolution."""
        return tuple((self.width << i // 2, 1 + i % 2) for i in range(8))


class Generator(nn.Module):
    """Enlarges pictures."""

    config: GeneratorConfig

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Pictures [N, H scale, W scale, 3] float32 in [0, 1] of `x` [N, H, W, 3]."""
        c, dtype = self.config, jnp.dtype(self.config.dtype)
        wide = functools.partial(nn.Conv, kernel_size=(9, 9), dtype=dtype, kernel_init=LIKE_TORCH)
        conv = functools.partial(Conv3x3, dtype=dtype, kernel_init=LIKE_TORCH)

        def normed(y: jax.Array, name: str) -> jax.Array:
            y = conv(c.width, name=f"{name}_conv")(y)
            return BatchNorm(name=f"{name}_norm")(y, train=train)

        first = y = PReLU(name="first_prelu")(wide(c.width, name="first_conv")(x))
        for i in range(c.blocks):
            residual = PReLU(name=f"block{i}_prelu")(normed(y, f"block{i}a"))
            y = y + normed(residual, f"block{i}b")
        y = normed(y, "last") if c.last_norm else PReLU(name="last_prelu")(conv(c.width, name="last_conv")(y))
        y = first + y
        for i in range(c.doublings):
            y = pixel_shuffle(conv(4 * c.width, name=f"up{i}_conv")(y), 2)
            y = PReLU(name=f"up{i}_prelu")(y)
        y = wide(3, name="to_rgb")(y).astype(jnp.float32)
        return (jnp.tanh(y) + 1) / 2


class Discriminator(nn.Module):
    """Scores pictures of any size."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Scores [N, 1] float32 of pictures [N, H, W, 3]; the published network gives their sigmoid."""
        dtype = jnp.dtype(self.config.dtype)
        conv = functools.partial(nn.Conv, dtype=dtype, kernel_init=LIKE_TORCH)
        for i, (width, stride) in enumerate(self.config.layers):
            x = conv(width, (3, 3), stride, 1, name=f"conv{i}")(x)
            x = BatchNorm(name=f"norm{i}")(x, train=train) if i else x
            x = nn.leaky_relu(x, 0.2)
        dense = functools.partial(nn.Dense, dtype=jnp.float32, kernel_init=LIKE_TORCH)
        x = x.astype(jnp.float32).mean((1, 2))
        x = nn.leaky_relu(dense(16 * self.config.width, name="dense0")(x), 0.2)
        return dense(1, name="dense1")(x)


PARTS: dict[str, tuple[Any, Any]] = {
    "generator": (GeneratorConfig, Generator),
    "discriminator": (DiscriminatorConfig, Discriminator),
}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (GeneratorConfig(scale=2, blocks=1, width=4), DiscriminatorConfig(width=2)),
    "x2": (GeneratorConfig(scale=2), DiscriminatorConfig()),
    "x4": (GeneratorConfig(), DiscriminatorConfig()),
    "x8": (GeneratorConfig(scale=8), DiscriminatorConfig()),
    "paper-x4": (GeneratorConfig(blocks=16), DiscriminatorConfig()),
}
"""Generator and discriminator configs by name; leftthomas/SRGAN has five blocks where the paper has 16."""


def spec(config: GeneratorConfig | DiscriminatorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    if isinstance(config, DiscriminatorConfig):
        return ImageSpec(side=0, range=_RANGE)
    reach = 4  # of the last convolution, in pixels of the result; then of each doubling, in ever larger ones
    for _ in range(config.doublings):
        reach = -(-reach // 2) + 1
    halo = reach + 1 + 2 * config.blocks + 4
    return ImageSpec(side=0, range=_RANGE, scale=config.scale, halo=halo)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of an SRGAN.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    return (jax.ShapeDtypeStruct((n, 24, 24, 3), jnp.float32),)
