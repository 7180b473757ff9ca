"""The progressive GAN: generator and discriminator for sides 4 to 1024.

Latents are [N, L]. Images are [N, S, S, C] float32 in the network's own range, nominally [-1, 1], unclipped.
`stage` counts resolutions from 0 (4x4). It is static and chooses the graph; None is the full size. `alpha` in
[0, 1] is the weight of the newest block and may be traced: fading in never recompiles. The full parameter
tree exists from the start, whatever the stage; names carry the side of the block they belong to.

Source: Karras et al. 2018, arXiv:1710.10196.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.errors import UsageError, unknown
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.core.sides import check_side
from ganjax.core.types import ImageSpec
from ganjax.nn.equalized import EqualConv, EqualDense
from ganjax.nn.minibatch_stddev import minibatch_stddev
from ganjax.nn.norms import pixel_norm


@dataclasses.dataclass(frozen=True)
class Style:
    """The details in which the published codes of the same network differ.

    Attributes:
      first_gain: gain of the generator's layer from the latent to 4x4.
      last_gain: gain of the layers to images and to the score; all others have sqrt(2).
      scaled_bias: the equalised scale multiplies the bias too.
      first_bias_shared: the generator's first layer has a bias per channel, not per unit.
      strided_groups, ddof: see `ganjax.nn.minibatch_stddev`.
      late_fade: the discriminator ignores `alpha` at 8x8 and fades from 16x16 on.
      scaled_by_outputs: the scale of a `fused_up` layer counts its outputs where others count inputs.
      conv_at_4: the discriminator has a convolution at 4x4, before its dense layers.
      latent_epsilon, epsilon: what keeps the norm of the latent, and those of the features, finite.
      epsilon_outside: these are added to the root of the mean square, not under it.
    """

    first_gain: float
    last_gain: float
    scaled_bias: bool
    first_bias_shared: bool
    strided_groups: bool
    ddof: int
    late_fade: bool = False
    scaled_by_outputs: bool = False
    conv_at_4: bool = True
    latent_epsilon: float = 1e-8
    epsilon: float = 1e-8
    epsilon_outside: bool = False


NVIDIA = Style(math.sqrt(2) / 4, 1.0, scaled_bias=False, first_bias_shared=True, strided_groups=True, ddof=0)
"""tkarras/progressive_growing_of_gans, networks.py."""
ZOO = Style(
    math.sqrt(2),
    math.sqrt(2),
    scaled_bias=True,
    first_bias_shared=False,
    strided_groups=False,
    ddof=1,
    late_fade=True,
)
"""facebookresearch/pytorch_GAN_zoo, models/networks."""
MMGEN = dataclasses.replace(
    NVIDIA,
    scaled_by_outputs=True,
    conv_at_4=False,
    latent_epsilon=1e-6,
    epsilon=1e-5,  # mmcv's default for any norm layer (cnn/bricks/norm.py)
    epsilon_outside=True,
)
"""open-mmlab/mmgeneration, models/architectures/pggan."""


def channels(side: int, base: int = 8192, decay: float = 1.0, maximum: int = 512) -> tuple[int, ...]:
    """Channels at the sides 4, 8, ..., `side` by the paper's rule (networks.py of tkarras, `nf`)."""
    return tuple(min(int(base / 2 ** (level * decay)), maximum) for level in range(1, side.bit_length() - 1))


class _Sides:
    """What both configs derive from `side` and `channels`."""

    side: int
    channels: tuple[int, ...]

    def __post_init__(self) -> None:
        check_side(self.side)
        if len(self.channels) != len(self.sides):
            raise UsageError(
                f"A progressive GAN of side {self.side} needs {len(self.sides)} channel counts, one for each "
                f"of the sides {self.sides}; got {self.channels}."
            )

    @property
    def sides(self) -> tuple[int, ...]:
        """The sides that the network grows through: 4, 8, ..., `side`."""
        return tuple(4 << level for level in range((self.side // 4).bit_length()))

    @property
    def stages(self) -> int:
        """Number of stages, one for each side."""
        return len(self.sides)

    def sides_up_to(self, stage: int | None) -> tuple[int, ...]:
        """The sides of the stages 0 to `stage`; None means all.

        Raises:
          UsageError: `stage` is not a stage of this network.
        """
        if stage is not None and not 0 <= stage < self.stages:
            raise UsageError(f"Stage {stage} is not one of 0 to {self.stages - 1} (side {self.side}).")
        return self.sides if stage is None else self.sides[: stage + 1]


@dataclasses.dataclass(frozen=True)
class GeneratorConfig(_Sides):
    """Shape of a generator.

    Attributes:
      side: height and width of the finished images in pixels, a power of two from 4 on.
      latent: length L of the latent vector, without labels.
      channels: one count for each side 4, 8, ..., `side`.
      image_channels: colour channels C of the images.
      labels: length of the label vector, which is appended to the latent; 0 for none.
      normalize_latent: scale latent and labels together to a mean square of one.
      pixel_norm: scale the features of every pixel to a mean square of one after each layer.
      leak: slope of the leaky ReLU below zero.
      activation: None, or "tanh" on the images.
      fused_up: the published code doubles and convolves in one transposed convolution; the function is the
        same, up to `style.scaled_by_outputs`.
      style: which published code the numbers follow.
      dtype: type of the products and of the features, "float32" or "bfloat16"; norms and images are float32.
    """

    side: int = 1024
    latent: int = 512
    channels: tuple[int, ...] = channels(1024)
    image_channels: int = 3
    labels: int = 0
    normalize_latent: bool = True
    pixel_norm: bool = True
    leak: float = 0.2
    activation: Literal["tanh"] | None = None
    fused_up: bool = True
    style: Style = NVIDIA
    dtype: Literal["float32", "bfloat16"] = "float32"


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig(_Sides):
    """Shape of a discriminator.

    Attributes:
      side: height and width of the finished images in pixels, a power of two from 4 on.
      channels: one count for each side 4, 8, ..., `side`.
      dense: width of the layer before the score.
      image_channels: colour channels C of the images.
      labels: number of class logits beside the score; 0 for none.
      leak: slope of the leaky ReLU below zero.
      stddev_group: samples in a group of the minibatch standard deviation; 0 leaves that layer out.
      fused_down: average 2x2 blocks before bias and leaky ReLU, not after.
      style: which published code the numbers follow.
      dtype: type of the products and of the features, "float32" or "bfloat16"; scores are float32.
    """

    side: int = 1024
    channels: tuple[int, ...] = channels(1024)
    dense: int = 512
    image_channels: int = 3
    labels: int = 0
    leak: float = 0.2
    stddev_group: int = 4
    fused_down: bool = True
    style: Style = NVIDIA
    dtype: Literal["float32", "bfloat16"] = "float32"


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
