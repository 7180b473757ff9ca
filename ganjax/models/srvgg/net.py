"""SRVGG, the compact network of Real-ESRGAN: convolutions at the small size, and the enlarged picture added.

Images are [N, H, W, 3] float32, nominally in [0, 1]; the result is not clipped.

Source: xinntao/Real-ESRGAN, realesrgan/archs/srvgg_arch.py.
"""

import dataclasses
import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.depth import check_depth, check_widths
from ganjax.core.errors import UsageError, unknown
from ganjax.core.resample import upsample_nearest
from ganjax.core.types import ImageSpec
from ganjax.nn.layers import LIKE_TORCH, Conv3x3
from ganjax.nn.pixel_shuffle import pixel_shuffle
from ganjax.nn.prelu import PReLU
from ganjax.nn.unet_discriminator import unet_scores

Activation = Literal["prelu", "relu", "leaky_relu"]


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator.

    Attributes:
      scale: how many times larger the pictures become.
      convs: convolutions between the first and the last.
      width: channels of the features.
      activation: what follows each convolution but the last: a slope for each channel that is learned, the
        slope 0 or 0.1.
      dtype: type of the products and of the features, "float32" or "bfloat16"; images are float32.
    """

    scale: int = 4
    convs: int = 16
    width: int = 64
    activation: Activation = "prelu"
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("convolutions", self.convs)
        check_widths(self.width)
        if self.scale < 1:
            raise UsageError(f"A picture cannot become {self.scale} times larger.")


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of a discriminator.

    Attributes:
      width: channels at the full size.
      dtype: type of the products and of the features, "float32" or "bfloat16"; scores are float32.
    """

    width: int = 64
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_widths(self.width)


class Generator(nn.Module):
    """Enlarges pictures."""

    config: GeneratorConfig

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Pictures [N, H scale, W scale, 3] float32, unclipped, of `x` [N, H, W, 3]."""
        c = self.config
        # Not as PyTorch draws them: through so many layers without a norm the signal would fade away.
        conv = functools.partial(Conv3x3, dtype=jnp.dtype(c.dtype), kernel_init=nn.initializers.he_normal())
        y = x
        for i in range(c.convs + 1):
            y = conv(c.width, name=f"conv{i}")(y)
            if c.activation == "prelu":
                y = PReLU(per_channel=True, name=f"prelu{i}")(y)
            else:
                y = nn.leaky_relu(y, 0.1) if c.activation == "leaky_relu" else nn.relu(y)
        y = conv(3 * c.scale**2, kernel_init=LIKE_TORCH, name=f"conv{c.convs + 1}")(y).astype(jnp.float32)
        return pixel_shuffle(y, c.scale) + upsample_nearest(x, c.scale)


class Discriminator(nn.Module):
    """The U-Net of Real-ESRGAN: scores every pixel."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Scores [N, H, W, 1] float32 of pictures [N, H, W, 3] whose sides are multiples of 8.

        With `train`, "spectral" is brought up to date and is mutable.
        """
        dtype = jnp.dtype(self.config.dtype)
        return unet_scores(x, self.config.width, train=train, dtype=dtype).astype(jnp.float32)


PARTS: dict[str, tuple[Any, Any]] = {
    "generator": (GeneratorConfig, Generator),
    "discriminator": (DiscriminatorConfig, Discriminator),
}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (GeneratorConfig(scale=2, convs=1, width=4), DiscriminatorConfig(width=2)),
    "xs-x2": (GeneratorConfig(scale=2), DiscriminatorConfig()),
    "xs-x4": (GeneratorConfig(), DiscriminatorConfig()),
    "s-x4": (GeneratorConfig(convs=32), DiscriminatorConfig()),
}
"""Generator and discriminator configs by name; the sizes are called as Real-ESRGAN calls them."""


def spec(config: GeneratorConfig | DiscriminatorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    if isinstance(config, DiscriminatorConfig):
        return ImageSpec(side=0, range=(0.0, 1.0), multiple=8)
    return ImageSpec(side=0, range=(0.0, 1.0), scale=config.scale, halo=config.convs + 2)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of SRVGG.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    return (jax.ShapeDtypeStruct((n, 24, 24, 3), jnp.float32),)
