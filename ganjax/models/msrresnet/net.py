"""MSRResNet, SRResNet as BasicSR modified it: no batch norm, and the interpolated picture added.

Images are [N, H, W, 3] float32, nominally in [0, 1]; the result is not clipped.

Source: XPixelGroup/BasicSR, basicsr/archs/srresnet_arch.py.
"""

import dataclasses
import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.depth import check_depth
from ganjax.core.errors import UsageError, unknown
from ganjax.core.resample import upsample_bilinear
from ganjax.core.types import ImageSpec
from ganjax.nn.layers import Conv3x3
from ganjax.nn.pixel_shuffle import pixel_shuffle

STEPS: dict[Literal[2, 3, 4], tuple[int, ...]] = {2: (2,), 3: (3,), 4: (2, 2)}
"""What each layer enlarges by, for a scale."""

# basicsr/archs/arch_util.py, default_init_weights with the scale 0.1.
_SMALL = nn.initializers.variance_scaling(2 * 0.1**2, "fan_in", "normal")


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator.

    Attributes:
      scale: how many times larger the pictures become: 2, 3 or 4.
      blocks: residual blocks.
      width: channels of the features.
      dtype: type of the products and of the features, "float32" or "bfloat16"; images are float32.
    """

    scale: Literal[2, 3, 4] = 4
    blocks: int = 16
    width: int = 64
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("blocks", self.blocks)
        if self.scale not in STEPS:
            raise UsageError(f"MSRResNet enlarges 2, 3 or 4 times, not {self.scale} times.")

    @property
    def steps(self) -> tuple[int, ...]:
        """What each layer that enlarges does so by."""
        return STEPS[self.scale]


class Generator(nn.Module):
    """Enlarges pictures."""

    config: GeneratorConfig

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Pictures [N, H scale, W scale, 3] float32, unclipped, of `x` [N, H, W, 3]."""
        c = self.config
        conv = functools.partial(Conv3x3, dtype=jnp.dtype(c.dtype), kernel_init=_SMALL)
        y = nn.leaky_relu(conv(c.width, name="first")(x), 0.1)
        for i in range(c.blocks):
            residual = nn.relu(conv(c.width, name=f"block{i}a")(y))
            y = y + conv(c.width, name=f"block{i}b")(residual)
        for i, step in enumerate(c.steps):
            y = pixel_shuffle(conv(c.width * step**2, name=f"up{i}")(y), step)
            y = nn.leaky_relu(y, 0.1)
        y = nn.leaky_relu(conv(c.width, name="high")(y), 0.1)
        y = conv(3, name="to_rgb")(y).astype(jnp.float32)
        return y + upsample_bilinear(x, c.scale)


PARTS: dict[str, tuple[Any, Any]] = {"generator": (GeneratorConfig, Generator)}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (GeneratorConfig(scale=2, blocks=1, width=4),),
    "x2": (GeneratorConfig(scale=2),),
    "x3": (GeneratorConfig(scale=3),),
    "x4": (GeneratorConfig(),),
}
"""Generator configs by name."""


def spec(config: GeneratorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    reach = 2  # of the two convolutions at the full size, in pixels of the result; then in ever larger ones
    for step in reversed(config.steps):
        reach = -(-reach // step) + 1
    return ImageSpec(side=0, range=(0.0, 1.0), scale=config.scale, halo=reach + 2 * config.blocks + 1)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of MSRResNet, which has only a generator.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    return (jax.ShapeDtypeStruct((n, 24, 24, 3), jnp.float32),)
