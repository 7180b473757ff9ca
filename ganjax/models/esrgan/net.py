"""ESRGAN and Real-ESRGAN: the generator RRDBNet, and the discriminators of both.

Images are [N, H, W, 3] float32, nominally in [0, 1]; the generator's are not clipped.

Source: Wang et al. 2018, arXiv:1809.00219; Wang et al. 2021, arXiv:2107.10833; XPixelGroup/BasicSR,
basicsr/archs/rrdbnet_arch.py and discriminator_arch.py.
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
from ganjax.nn.pixel_shuffle import pixel_unshuffle
from ganjax.nn.unet_discriminator import unet_scores

_RANGE = (0.0, 1.0)
_ENLARGES = 4  # what the network does to the features, whatever its scale

# basicsr/archs/arch_util.py, default_init_weights with the scale 0.1.
_SMALL = nn.initializers.variance_scaling(2 * 0.1**2, "fan_in", "normal")


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator.

    Attributes:
      scale: how many times larger the pictures become: 4; 2 or 1, where blocks of pixels are first gathered
        into channels, so that the same layers do less work.
      blocks: residual blocks of three dense blocks each.
      width: channels of the features.
      growth: channels that each convolution adds in a dense block.
      dtype: type of the products and of the features, "float32" or "bfloat16"; images are float32.
    """

    scale: Literal[1, 2, 4] = 4
    blocks: int = 23
    width: int = 64
    growth: int = 32
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("blocks", self.blocks)
        check_widths(self.width, self.growth)
        if self.scale not in (1, 2, 4):
            raise UsageError(f"RRDBNet enlarges 1, 2 or 4 times, not {self.scale} times.")

    @property
    def gathered(self) -> int:
        """Side of the blocks of pixels that are gathered into channels."""
        return _ENLARGES // self.scale


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of a discriminator.

    Attributes:
      side: height and width of its pictures, a power of two from 8 on, for the discriminator in the style of
        VGG, which gives a picture one score: ESRGAN's has 128. 0 for the U-Net of Real-ESRGAN, which scores
        every pixel of pictures of any size.
      width: channels at the full size.
      dtype: type of the products and of the features, "float32" or "bfloat16"; scores are float32.
    """

    side: int = 0
    width: int = 64
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_widths(self.width)
        if self.side and (self.side < 8 or self.side.bit_count() != 1):
            raise UsageError(f"The side of its pictures is a power of two from 8 on, not {self.side}.")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the VGG-style discriminator at the full size, at half of it, and so on, down to 8."""
        return tuple(self.width * min(2**level, 8) for level in range(self.side.bit_length() - 3))


class _DenseBlock(nn.Module):
    """Five convolutions, each of which sees what all before it gave; a fifth of the last is added to `x`."""

    growth: int
    dtype: jnp.dtype

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        conv = functools.partial(Conv3x3, dtype=self.dtype, kernel_init=_SMALL)
        # All in one array from the start: joined again for each convolution, it takes an eighth longer.
        first = x.shape[-1]
        seen = jnp.pad(x, ((0, 0), (0, 0), (0, 0), (0, 4 * self.growth)))
        for i in range(4):
            known = first + i * self.growth
            new = nn.leaky_relu(conv(self.growth, name=f"conv{i}")(seen[..., :known]), 0.2)
            seen = jax.lax.dynamic_update_slice_in_dim(seen, new.astype(seen.dtype), known, -1)
        return x + 0.2 * conv(x.shape[-1], name="conv4")(seen)


class Generator(nn.Module):
    """RRDBNet: enlarges pictures."""

    config: GeneratorConfig

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Pictures [N, H scale, W scale, 3] float32, unclipped, of `x` [N, H, W, 3].

        Raises:
          UsageError: H or W is no multiple of what the spec says.
        """
        c, dtype = self.config, jnp.dtype(self.config.dtype)
        conv = functools.partial(Conv3x3, dtype=dtype, kernel_init=LIKE_TORCH)
        first = y = conv(c.width, name="first")(pixel_unshuffle(x, c.gathered))
        for i in range(c.blocks):
            residual = y
            for j in range(3):
                residual = _DenseBlock(c.growth, dtype, name=f"block{i}_dense{j}")(residual)
            y = y + 0.2 * residual
        y = first + conv(c.width, name="last")(y)
        for i in range(2):
            y = nn.leaky_relu(conv(c.width, doubled=True, name=f"up{i}")(y), 0.2)
        y = nn.leaky_relu(conv(c.width, name="high")(y), 0.2)
        return conv(3, name="to_rgb")(y).astype(jnp.float32)


class Discriminator(nn.Module):
    """Scores pictures, or every pixel of them."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Scores [N, 1] float32 of pictures [N, side, side, 3]; of the U-Net [N, H, W, 1].

        With `train`, "batch_stats" of the VGG style and "spectral" of the U-Net are brought up to date and
        are mutable.

        Raises:
          UsageError: pictures of another side; for the U-Net, of sides that are no multiples of 8.
        """
        side, (_, h, w, _) = self.config.side, x.shape
        if side and (h, w) != (side, side):
            raise UsageError(f"This discriminator takes pictures of {side}x{side} pixels, not {h}x{w}.")
        if h % 8 or w % 8:
            raise UsageError(f"The sides of the pictures are multiples of 8, not {h}x{w}.")
        if side:
            return _vgg(self.config, x, train).astype(jnp.float32)
        dtype = jnp.dtype(self.config.dtype)
        return unet_scores(x, self.config.width, train=train, dtype=dtype).astype(jnp.float32)


def _vgg(c: DiscriminatorConfig, x: jax.Array, train: bool) -> jax.Array:
    conv = functools.partial(nn.Conv, padding=1, dtype=jnp.dtype(c.dtype), kernel_init=LIKE_TORCH)
    for i, width in enumerate(c.widths):
        x = conv(width, (3, 3), use_bias=not i, name=f"conv{i}a")(x)
        x = BatchNorm(name=f"norm{i}a")(x, train=train) if i else x
        x = conv(width, (4, 4), 2, use_bias=False, name=f"conv{i}b")(nn.leaky_relu(x, 0.2))
        x = nn.leaky_relu(BatchNorm(name=f"norm{i}b")(x, train=train), 0.2)
    dense = functools.partial(nn.Dense, dtype=jnp.float32, kernel_init=LIKE_TORCH)
    x = dense(100, name="dense0")(x.reshape(len(x), -1))
    return dense(1, name="dense1")(nn.leaky_relu(x, 0.2))


PARTS: dict[str, tuple[Any, Any]] = {
    "generator": (GeneratorConfig, Generator),
    "discriminator": (DiscriminatorConfig, Discriminator),
}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (GeneratorConfig(scale=2, blocks=1, width=4, growth=2), DiscriminatorConfig(width=2)),
    "tiny-vgg": (GeneratorConfig(scale=1, blocks=1, width=4, growth=2), DiscriminatorConfig(16, width=2)),
    "x4plus": (GeneratorConfig(), DiscriminatorConfig()),
    "x2plus": (GeneratorConfig(scale=2), DiscriminatorConfig()),
    "x4plus-anime-6b": (GeneratorConfig(blocks=6), DiscriminatorConfig()),
    "esrgan-x4": (GeneratorConfig(), DiscriminatorConfig(side=128)),
}
"""Generator and discriminator configs by name: Real-ESRGAN's, and the first ESRGAN's."""


def spec(config: GeneratorConfig | DiscriminatorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    if isinstance(config, DiscriminatorConfig):
        return ImageSpec(side=config.side, range=_RANGE, multiple=8)
    reach = 2  # of the two convolutions at the full size, in pixels of the result; then in ever larger ones
    for _ in range(2):
        reach = -(-(reach + 1) // 2)
    reach += 1 + 15 * config.blocks + 1  # now in blocks of gathered pixels
    # Only from the outermost pixel of a block does it go so many blocks far: so no part of a block is added.
    halo = config.gathered * reach
    return ImageSpec(side=0, range=_RANGE, scale=config.scale, halo=halo, multiple=config.gathered)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of an ESRGAN.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    side = config.side if part == "discriminator" and config.side else 24
    return (jax.ShapeDtypeStruct((n, side, side, 3), jnp.float32),)
