"""DF-GAN: a generator that draws what a sentence says, and a discriminator that knows whether it did.

Images are [N, S, S, C] in [-1, 1], sentences are vectors [N, D] of any text encoder. What goes in and comes
out is float32.

Source: Tao et al. 2022, arXiv:2008.05865; tobran/DF-GAN, code/models/GAN.py.
"""

import dataclasses
import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.core.errors import UsageError, unknown
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.sides import check_side
from ganjax.core.types import ImageSpec
from ganjax.nn.layers import LIKE_TORCH, Conv3x3, HalvingConv4x4

_LEAK = 0.2
_LARGEST = 4096  # a side comes from a file too, which can ask for anything


@dataclasses.dataclass(frozen=True)
class _Config:
    """What both networks need to know.

    Attributes:
      width: channels at the full size; each halving doubles them, up to eight times.
      condition: length D of the sentence vector.
      side: height and width of the images in pixels, a power of two from 8 to 4096.
      channels: colour channels C of the images.
      dtype: type of the products and of the features, "float32" or "bfloat16"; images and scores are float32.
    """

    width: int = 32
    condition: int = 256
    side: int = 256
    channels: int = 3
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_side(self.side)
        if not 8 <= self.side <= _LARGEST:
            raise UsageError(
                f"The images of a DF-GAN have a side of 8 to {_LARGEST} pixels, not {self.side}."
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels at the full side, at half of it, ... and at 4."""
        return tuple(self.width * min(2**level, 8) for level in range(self.side.bit_length() - 2))


@dataclasses.dataclass(frozen=True)
class GeneratorConfig(_Config):
    """Shape of a generator: that of both networks, and `latent`, the length L of the latent vector."""

    latent: int = 100


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig(_Config):
    """Shape of a discriminator."""


class Generator(nn.Module):
    """Draws images of sentences from latents."""

    config: GeneratorConfig

    @nn.compact
    def __call__(self, z: jax.Array, sentence: jax.Array) -> jax.Array:
        """Images [N, S, S, C] float32 in [-1, 1] for latents [N, L] and sentence vectors [N, D].

        The features after each block are sown as `features{i}` into "intermediates".

        Raises:
          UsageError: latents or sentences of another length.
        """
        c, dtype = self.config, jnp.dtype(self.config.dtype)
        if (z.shape[-1], sentence.shape[-1]) != (c.latent, c.condition):
            raise UsageError(
                f"The generator takes latents [N, {c.latent}] and sentences [N, {c.condition}]; got lengths "
                f"{z.shape[-1]} and {sentence.shape[-1]}."
            )
        told = jnp.concatenate([z, sentence], -1)
        widths = c.widths[::-1]
        x = nn.Dense(16 * widths[0], kernel_init=LIKE_TORCH, name="dense")(z)
        x = x.reshape(-1, 4, 4, widths[0]).astype(dtype)
        for i, width in enumerate(widths[1:]):
            x = _GeneratorBlock(width, dtype, name=f"block{i}")(x, told)
            self.sow("intermediates", f"features{i}", x)
        x = Conv3x3(c.channels, kernel_init=LIKE_TORCH, dtype=dtype, name="to_rgb")(nn.leaky_relu(x, _LEAK))
        return jnp.tanh(x.astype(jnp.float32))


class _GeneratorBlock(nn.Module):
    """Doubles `x` [N, H, W, I] and fuses what it was told: [N, 2 H, 2 W, width].

    The reference doubles first. What works on each pixel alone gives the same before the doubling, for a
    quarter of the work: both modulations, and the shortcut.
    """

    width: int
    dtype: DTypeLike

    @nn.compact
    def __call__(self, x: jax.Array, told: jax.Array) -> jax.Array:
        conv = functools.partial(Conv3x3, self.width, kernel_init=LIKE_TORCH, dtype=self.dtype)
        y = conv(doubled=True, name="conv0")(_Fusion(name="fusion0")(x, told))
        y = conv(name="conv1")(_Fusion(name="fusion1")(y, told))
        if x.shape[-1] != self.width:
            x = nn.Dense(self.width, kernel_init=LIKE_TORCH, dtype=self.dtype, name="shortcut")(x)
        return (upsample_nearest(x) + y).astype(y.dtype)


class _Fusion(nn.Module):
    """Twice: every channel of `x` [N, H, W, C] scaled and shifted by what was told [N, D], and leaky ReLU."""

    @nn.compact
    def __call__(self, x: jax.Array, told: jax.Array) -> jax.Array:
        def perceptron(name: str, at_first: nn.initializers.Initializer) -> jax.Array:
            y = nn.relu(nn.Dense(x.shape[-1], kernel_init=LIKE_TORCH, name=f"{name}_hidden")(told))
            last = nn.Dense(
                x.shape[-1], kernel_init=nn.initializers.zeros, bias_init=at_first, name=f"{name}_out"
            )
            return last(y)[:, None, None]

        for i in range(2):  # an untrained layer lets everything through
            scale = perceptron(f"scale{i}", nn.initializers.ones)
            shift = perceptron(f"shift{i}", nn.initializers.zeros)
            x = nn.leaky_relu(scale * x + shift, _LEAK).astype(x.dtype)
        return x


class Discriminator(nn.Module):
    """Sees what is in images, and judges whether it is real and what a sentence says: one score for both."""

    config: DiscriminatorConfig

    def setup(self) -> None:
        """Makes the two halves, which the reference keeps apart as netD and netC."""
        self.eye = _Eye(self.config)
        self.judgement = _Judgement(self.config)

    def __call__(self, images: jax.Array, sentence: jax.Array | None = None) -> jax.Array:
        """Scores [N] float32 of images [N, S, S, C] and sentences [N, D]; without, features [N, 4, 4, F].

        Features are float32 too. Those after each block are sown as `features{i}` into "intermediates".

        Raises:
          UsageError: images of another side or channel count, or sentences of another length.
        """
        features = self.eye(images)
        return features if sentence is None else self.judge(features, sentence)

    def judge(self, features: jax.Array, sentence: jax.Array) -> jax.Array:
        """Scores [N] float32 of images by their features [N, 4, 4, F], for sentences [N, D].

        Raises:
          UsageError: sentences of another length.
        """
        return self.judgement(features, sentence)


class _Eye(nn.Module):
    """Images [N, S, S, C] to features [N, 4, 4, F] float32."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        c, dtype = self.config, jnp.dtype(self.config.dtype)
        if x.shape[1:] != (c.side, c.side, c.channels):
            raise UsageError(
                f"The discriminator takes images [N, {c.side}, {c.side}, {c.channels}]; got {list(x.shape)}."
            )
        x = Conv3x3(c.width, kernel_init=LIKE_TORCH, dtype=dtype, name="from_rgb")(x)
        for i, width in enumerate(c.widths[1:]):
            x = _DiscriminatorBlock(width, dtype, name=f"block{i}")(x)
            self.sow("intermediates", f"features{i}", x)
        return x.astype(jnp.float32)


class _DiscriminatorBlock(nn.Module):
    """Halves `x` [N, H, W, I]: [N, H / 2, W / 2, width].

    The reference's shortcut changes the channels before it averages pixels; the order makes no difference,
    and this one takes a quarter of the work.
    """

    width: int
    dtype: DTypeLike

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        halving = HalvingConv4x4(self.width, kernel_init=LIKE_TORCH, dtype=self.dtype, name="conv0")
        conv = Conv3x3(self.width, use_bias=False, kernel_init=LIKE_TORCH, dtype=self.dtype, name="conv1")
        y = nn.leaky_relu(conv(nn.leaky_relu(halving(x), _LEAK)), _LEAK)
        x = downsample_box(x)
        if x.shape[-1] != self.width:
            x = nn.Dense(self.width, kernel_init=LIKE_TORCH, dtype=self.dtype, name="shortcut")(x)
        gain = self.param("gain", nn.initializers.zeros, ())
        return (x + gain * y).astype(y.dtype)


class _Judgement(nn.Module):
    """Features [N, 4, 4, F] and sentences [N, D] to scores [N] float32."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(self, features: jax.Array, sentence: jax.Array) -> jax.Array:
        c = self.config
        if sentence.shape[-1] != c.condition:
            raise UsageError(
                f"The discriminator takes sentences [N, {c.condition}]; got length {sentence.shape[-1]}."
            )
        told = jnp.broadcast_to(sentence[:, None, None], (*features.shape[:3], c.condition))
        conv = Conv3x3(2 * c.width, use_bias=False, kernel_init=LIKE_TORCH, name="conv")
        dense = nn.Dense(1, use_bias=False, kernel_init=LIKE_TORCH, name="score")
        x = nn.leaky_relu(conv(jnp.concatenate([features, told], -1)), _LEAK)
        return dense(x.reshape(len(x), -1))[:, 0]


PARTS: dict[str, tuple[Any, Any]] = {
    "generator": (GeneratorConfig, Generator),
    "discriminator": (DiscriminatorConfig, Discriminator),
}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (
        GeneratorConfig(width=2, condition=6, side=16, latent=5),
        DiscriminatorConfig(width=2, condition=6, side=16),
    ),
    "published-256": (GeneratorConfig(), DiscriminatorConfig()),
}
"""Generator and discriminator configs by name; the published files are of one size."""


def spec(config: GeneratorConfig | DiscriminatorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    latent = config.latent if isinstance(config, GeneratorConfig) else None
    return ImageSpec(side=config.side, channels=config.channels, latent=latent, condition=config.condition)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`: with the sentence.

    Raises:
      UsageError: `part` is no part of a DF-GAN.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    first = (config.latent,) if part == "generator" else (config.side, config.side, config.channels)
    return tuple(jax.ShapeDtypeStruct((n, *shape), jnp.float32) for shape in (first, (config.condition,)))
