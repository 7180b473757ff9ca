"""EnlightenGAN: the generator that brightens a picture, and the discriminators that it is trained against.

Images are [N, H, W, 3] float32 in the network's own range, nominally [-1, 1], unclipped. With `train`, batch
norm uses the batch, else the averages in "batch_stats".

Source: Jiang et al. 2021, arXiv:1906.06972; VITA-Group/EnlightenGAN, models/networks.py, with the options of
its published command (scripts/script.py).
"""

import dataclasses
import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.colour import grey
from ganjax.core.depth import check_depth, check_widths
from ganjax.core.errors import UsageError, unknown
from ganjax.core.resample import upsample_bilinear
from ganjax.core.types import ImageSpec
from ganjax.nn.batch_norm import BatchNorm
from ganjax.nn.layers import Conv3x3
from ganjax.nn.patchgan import PatchGAN


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator.

    Attributes:
      widths: channels at the full size, at half of it, and so on.
      align_corners: how features are doubled, see `ganjax.core.resample.upsample_bilinear`. The published
        weights were trained with True, the only rule of the PyTorch of their time.
      glance: side of the square copy in which the network sees a picture, whose brightness it then judges as
        a whole; see `ganjax.core.types.ImageSpec`. 0 as published: it sees the picture itself.
      dtype: type of the products and of the features, "float32" or "bfloat16"; images are float32.
    """

    widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    align_corners: bool = True
    glance: int = 0
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("sizes", len(self.widths))
        check_widths(*self.widths)
        if self.glance < 0 or self.glance % self.multiple:
            raise UsageError(f"A glance is a multiple of {self.multiple} pixels, or 0, not {self.glance}.")

    @property
    def multiple(self) -> int:
        """What height and width of the images are multiples of."""
        return 2 ** (len(self.widths) - 1)


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of a discriminator.

    Attributes:
      layers: how often the image is halved: 5 in the global discriminator, 4 in the one for patches.
      width: channels after the first convolution.
      norm: "instance" in the reference's default discriminator, None in those of the published command.
      dtype: type of the products, "float32" or "bfloat16"; scores are float32.
    """

    layers: int = 5
    width: int = 64
    norm: Literal["instance"] | None = None
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("halvings", self.layers)
        check_widths(self.width)


class Generator(nn.Module):
    """Brightens pictures: a U-Net whose skips, and whose result, are weighed by how dark each pixel is."""

    config: GeneratorConfig

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False, window: jax.Array | None = None) -> jax.Array:
        """The brightened images [N, H, W, 3] float32 of `x` [N, H, W, 3].

        What is added to `x` is sown as `residual` into "intermediates".

        Args:
          x: images whose height and width are multiples of `config.multiple`.
          train: normalise by the batch, and update "batch_stats", which then is mutable.
          window: [N, 4] top, left, height and width, where the images are tiles of pictures: see
            `ganjax.core.resample.upsample_bilinear`. All four are multiples of `config.multiple`.

        Raises:
          UsageError: images of another size or channel count.
        """
        c = self.config
        if x.shape[-1] != 3 or any(side % c.multiple for side in x.shape[1:3]):
            raise UsageError(
                f"The generator takes images [N, H, W, 3] with H and W multiples of {c.multiple}; got "
                f"{list(x.shape)}."
            )
        conv = functools.partial(Conv3x3, kernel_init=nn.initializers.normal(0.02), dtype=jnp.dtype(c.dtype))

        def activated(y: jax.Array, width: int, name: str) -> jax.Array:
            return nn.leaky_relu(conv(width, name=f"conv{name}")(y), 0.2)

        def layer(y: jax.Array, width: int, name: str) -> jax.Array:
            return BatchNorm(name=f"bn{name}")(activated(y, width, name), train=train)

        def doubled(y: jax.Array, level: int) -> jax.Array:
            within = None if window is None else window // 2**level
            return upsample_bilinear(y, align_corners=c.align_corners, window=within)

        depth = len(c.widths)
        dark = [darkness(x)]
        for _ in range(depth - 1):
            dark.append(nn.max_pool(dark[-1], (2, 2), (2, 2)))
        skips = []
        y = jnp.concatenate([x, dark[0]], -1)
        for level, width in enumerate(c.widths[:-1]):
            y = layer(layer(y, width, f"{level + 1}_1"), width, f"{level + 1}_2")
            skips.append(y * dark[level])
            y = nn.max_pool(y, (2, 2), (2, 2))
        y = layer(y, c.widths[-1], f"{depth}_1") * dark[-1]
        y = layer(y, c.widths[-1], f"{depth}_2")
        for level in reversed(range(depth - 1)):
            number, width = 2 * depth - 1 - level, c.widths[level]
            y = conv(width, name=f"deconv{number - 1}")(doubled(y, level + 1))
            y = layer(jnp.concatenate([y, skips[level]], -1), width, f"{number}_1")
            y = (layer if level else activated)(y, width, f"{number}_2")
        residual = nn.Conv(3, (1, 1), kernel_init=nn.initializers.normal(0.02), name=f"conv{2 * depth}")(y)
        residual = residual.astype(jnp.float32) * dark[0]
        self.sow("intermediates", "residual", residual)
        return x + residual


class Discriminator(nn.Module):
    """Scores patches of images."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Scores [N, H', W', 1] float32 of images [N, H, W, 3]."""
        c = self.config
        return PatchGAN(c.layers, c.width, c.norm, padding=2, dtype=jnp.dtype(c.dtype), name="model")(x)


def darkness(x: jax.Array) -> jax.Array:
    """One less the grey of images [N, H, W, 3] in [-1, 1]: the attention map [N, H, W, 1] in [0, 1]."""
    return 1 - grey((x + 1) / 2)


PARTS: dict[str, tuple[Any, Any]] = {
    "generator": (GeneratorConfig, Generator),
    "discriminator": (DiscriminatorConfig, Discriminator),
}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (GeneratorConfig(widths=(4, 6, 8)), DiscriminatorConfig(layers=2, width=4)),
    "published": (GeneratorConfig(), DiscriminatorConfig()),
    "published-patch": (GeneratorConfig(), DiscriminatorConfig(layers=4)),
}
"""Generator and discriminator configs by name; the second published discriminator is the one for patches."""


def spec(config: GeneratorConfig | DiscriminatorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    if isinstance(config, DiscriminatorConfig):
        return ImageSpec(side=0)
    return ImageSpec(side=0, halo=_halo(len(config.widths)), multiple=config.multiple, glance=config.glance)


def _halo(depth: int) -> int:
    """How far the result reaches into the image of a generator with `depth` sizes.

    A pixel of the result is followed back to the interval [first, last] that it sees: each 3x3 convolution
    adds one at both ends, doubling two neighbours at most, and a pooled pixel sees two.
    """

    def reach(pixel: int) -> int:
        first = last = pixel
        for _ in range(depth - 1):  # two convolutions, that of a doubled image, and doubling
            first, last = (first - 4) // 2, (last + 4) // 2
        first, last = first - 2, last + 2
        for _ in range(depth - 1):  # two convolutions after each pooling
            first, last = 2 * first - 2, 2 * last + 3
        return max(pixel - first, last - pixel)

    return max(reach(pixel) for pixel in range(2 ** (depth - 1)))


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n` small images.

    Raises:
      UsageError: `part` is no part of EnlightenGAN.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    side = 2 * config.multiple if part == "generator" else 2 ** (config.layers + 1)
    return (jax.ShapeDtypeStruct((n, side, side, 3), jnp.float32),)
