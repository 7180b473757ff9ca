"""The shapes that a progressive GAN can have, and the details in which its published codes differ."""

import dataclasses
import math
from typing import Literal

from ganjax.core.errors import UsageError
from ganjax.core.sides import check_side


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
