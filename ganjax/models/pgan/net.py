"""The progressive GAN: generator and discriminator for sides 4 to 1024.

Latents are [N, L]. Images are [N, S, S, C] float32 in the network's own range, nominally [-1, 1], unclipped.
`stage` counts resolutions from 0 (4x4). It is static and chooses the graph; None is the full size. `alpha` in
[0, 1] is the weight of the newest block and may be traced: fading in never recompiles. The full parameter
tree exists from the start, whatever the stage; names carry the side of the block they belong to.

Source: Karras et al. 2018, arXiv:1710.10196.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.errors import UsageError, unknown
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.types import ImageSpec
from ganjax.models.pgan.config import ZOO, DiscriminatorConfig, GeneratorConfig
from ganjax.nn.equalized import EqualConv, EqualDense
from ganjax.nn.minibatch_stddev import minibatch_stddev
from ganjax.nn.norms import pixel_norm


class Generator(nn.Module):
    """Draws images from latents."""

    config: GeneratorConfig

    @nn.compact
    def __call__(
        self,
        z: jax.Array,
        labels: jax.Array | None = None,
        *,
        stage: int | None = None,
        alpha: jax.Array | float = 1.0,
    ) -> jax.Array:
        """Images [N, S, S, C] float32, unclipped, for latents [N, L] and labels [N, K] where it has any.

        At `alpha` 0 the result is the doubled image of the stage below. The features after each block are
        sown as `b{side}` into "intermediates".

        Raises:
          UsageError: a latent or label of another length, or no such stage.
        """
        c = self.config
        dense, conv = _layers(c)
        sides, drawn = _path(c, stage, alpha, initialise=self.is_initializing())
        norm = functools.partial(pixel_norm, outside=c.style.epsilon_outside)

        def activate(x: jax.Array) -> jax.Array:
            x = nn.leaky_relu(x, c.leak).astype(c.dtype)
            return norm(x, epsilon=c.style.epsilon) if c.pixel_norm else x

        def up(x: jax.Array, width: int, name: str) -> jax.Array:
            counts_outputs = c.fused_up and c.style.scaled_by_outputs
            gain = math.sqrt(2 * x.shape[-1] / width if counts_outputs else 2)
            return conv(width, gain=gain, resample="up", name=name)(x)

        z = _with_labels(c, z, labels)
        z = norm(z, epsilon=c.style.latent_epsilon) if c.normalize_latent else z
        x = activate(
            dense(
                (4, 4, c.channels[0]),
                gain=c.style.first_gain,
                shared_bias=c.style.first_bias_shared,
                name="b4_dense",
            )(z)
        )
        drawings = []
        for side, width in zip(sides, c.channels, strict=False):
            name = f"b{side}_conv0"
            x = activate(up(x, width, name) if side > 4 else conv(width, name=name)(x))
            x = activate(conv(width, name=f"b{side}_conv1")(x)) if side > 4 else x
            self.sow("intermediates", f"b{side}", x)
            if side in drawn:
                to_rgb = dense(c.image_channels, gain=c.style.last_gain, name=f"b{side}_to_rgb")
                drawings.append(to_rgb(x))
        image, *finer = drawings
        for drawing in finer:
            image = _fade(upsample_nearest(image), drawing, alpha)
        return jnp.tanh(image) if c.activation == "tanh" else image


class Discriminator(nn.Module):
    """Scores images, and classifies them where the network has labels."""

    config: DiscriminatorConfig

    @nn.compact
    def __call__(
        self, x: jax.Array, *, stage: int | None = None, alpha: jax.Array | float = 1.0
    ) -> jax.Array:
        """Score and class logits [N, 1 + K] float32 of images [N, S, S, C] whose side is that of the stage.

        At `alpha` 0 the result is that of the stage below on the images averaged to half their side (but see
        `Style.late_fade`). The features after each block are sown as `b{side}` into "intermediates".

        Raises:
          UsageError: images of another side or channel count, or no such stage.
        """
        c = self.config
        dense, conv = _layers(c)
        if c.style.late_fade and len(c.sides_up_to(stage)) == 2:
            alpha = 1.0
        sides, drawn = _path(c, stage, alpha, initialise=self.is_initializing())
        if self.is_initializing():  # the whole tree is made, on blank images of full size
            x = jnp.zeros((len(x), c.side, c.side, c.image_channels))
        if x.shape[1:] != (sides[-1], sides[-1], c.image_channels):
            raise UsageError(
                f"The discriminator takes images [N, {sides[-1]}, {sides[-1]}, {c.image_channels}] "
                f"at stage {len(sides) - 1}; got {list(x.shape)}."
            )

        def activate(x: jax.Array) -> jax.Array:
            return nn.leaky_relu(x, c.leak).astype(c.dtype)

        def from_rgb(image: jax.Array, level: int) -> jax.Array:
            return activate(dense(c.channels[level], name=f"b{sides[level]}_from_rgb")(image))

        image = x
        x = from_rgb(image, len(sides) - 1)
        for level in range(len(sides) - 1, 0, -1):
            block = f"b{sides[level]}"
            x = activate(conv(c.channels[level], name=f"{block}_conv0")(x))
            down = conv(
                c.channels[level - 1], resample="down" if c.fused_down else None, name=f"{block}_conv1"
            )
            x = activate(down(x)) if c.fused_down else downsample_box(activate(down(x)))
            if sides[level - 1] in drawn:
                image = downsample_box(image)
                x = _fade(from_rgb(image, level - 1), x, alpha)
            self.sow("intermediates", block, x)
        if c.stddev_group:
            x = minibatch_stddev(x, group=c.stddev_group, strided=c.style.strided_groups, ddof=c.style.ddof)
        x = activate(conv(c.channels[0], name="b4_conv0")(x)) if c.style.conv_at_4 else x
        x = activate(dense(c.dense, name="b4_dense0")(x.reshape(len(x), -1)))
        self.sow("intermediates", "b4", x)
        return dense(1 + c.labels, gain=c.style.last_gain, name="b4_dense1")(x)


def _layers(
    config: GeneratorConfig | DiscriminatorConfig,
) -> tuple[Callable[..., EqualDense], Callable[..., EqualConv]]:
    """The two kinds of layers with the fields that are the same in the whole network."""
    scaled_bias, dtype = config.style.scaled_bias, jnp.dtype(config.dtype)
    return (
        functools.partial(EqualDense, scaled_bias=scaled_bias, dtype=dtype),
        functools.partial(EqualConv, scaled_bias=scaled_bias, dtype=dtype),
    )


def _path(
    config: GeneratorConfig | DiscriminatorConfig,
    stage: int | None,
    alpha: jax.Array | float,
    *,
    initialise: bool,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The sides of the graph, and those of them at which images enter or leave it.

    A finished stage has one of the latter, a fading one two. To initialise, all take part, so that every
    parameter is made.
    """
    if initialise:
        return config.sides, config.sides
    sides = config.sides_up_to(stage)
    finished = isinstance(alpha, int | float) and alpha == 1
    return sides, sides[-1:] if finished else sides[-2:]


def _fade(below: jax.Array, newest: jax.Array, alpha: jax.Array | float) -> jax.Array:
    """The mix of two branches, in their own dtype."""
    return (alpha * newest + (1 - alpha) * below).astype(newest.dtype)


def _with_labels(config: GeneratorConfig, z: jax.Array, labels: jax.Array | None) -> jax.Array:
    """Latents and labels side by side, [N, L + K] float32."""
    given = 0 if labels is None else labels.shape[-1]
    if (z.shape[-1], given) != (config.latent, config.labels):
        raise UsageError(
            f"The generator takes latents [N, {config.latent}] and labels [N, {config.labels}]; got lengths "
            f"{z.shape[-1]} and {given}."
        )
    z = z.astype(jnp.float32)
    return z if labels is None else jnp.concatenate([z, labels.astype(jnp.float32)], -1)


PARTS = {"generator": (GeneratorConfig, Generator), "discriminator": (DiscriminatorConfig, Discriminator)}
"""Config class and module class of each part."""

_ZOO_512 = (512, 512, 512, 512, 256, 128, 64, 32)  # models/trainer/standard_configurations/pgan_config.py

CONFIGS = {
    "tiny": (
        GeneratorConfig(side=16, latent=16, channels=(16, 16, 8)),
        DiscriminatorConfig(side=16, channels=(16, 16, 8), dense=16),
    ),
    "celebahq-512": (
        GeneratorConfig(side=512, channels=_ZOO_512, fused_up=False, style=ZOO),
        DiscriminatorConfig(side=512, channels=_ZOO_512, fused_down=False, style=ZOO),
    ),
    "paper-1024": (GeneratorConfig(), DiscriminatorConfig()),
}
"""Generator and discriminator configs by name."""


def spec(config: GeneratorConfig | DiscriminatorConfig) -> ImageSpec:
    """What a network of this config takes and gives."""
    latent = config.latent if isinstance(config, GeneratorConfig) else None
    return ImageSpec(side=config.side, channels=config.image_channels, latent=latent, labels=config.labels)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of a full-size `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of a progressive GAN.
    """
    if part == "generator":
        lengths = (config.latent, config.labels) if config.labels else (config.latent,)
        return tuple(jax.ShapeDtypeStruct((n, length), jnp.float32) for length in lengths)
    if part == "discriminator":
        shape = (n, config.side, config.side, config.image_channels)
        return (jax.ShapeDtypeStruct(shape, jnp.float32),)
    raise UsageError(unknown("part", part, PARTS))
