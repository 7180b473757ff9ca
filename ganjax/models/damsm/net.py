"""DAMSM: a recurrent encoder of texts, and a convolutional one of images, into one space of D dimensions.

Token ids are [N, T] int32, zeros after the end, with their counts [N]. Images are [N, H, W, 3] float32 in
[-1, 1]. Words and regions of images can be compared, and so can whole texts and whole images; how, and how
that is learned, is in `ganjax.losses.matching`.

Source: Xu et al. 2018 (AttnGAN, arXiv:1711.10485), section 3.2; taoxugit/AttnGAN, code/model.py; the text
part also in tobran/DF-GAN, code/models/DAMSM.py.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.depth import check_depth
from ganjax.core.errors import UsageError, unknown
from ganjax.core.types import ImageSpec, TextFeatures, TextSpec
from ganjax.nn.layers import Conv3x3, uniform
from ganjax.nn.lstm import BidirectionalLstm


@dataclasses.dataclass(frozen=True)
class TextConfig:
    """Shape of a text encoder.

    Attributes:
      tokens: size of the vocabulary, with the padding.
      embedding: length of the vector of a token.
      width: length D of the features, half of it for each direction of reading.
      length: the most tokens that its texts have; the network itself takes any number.
      dropout: share of the numbers of token vectors that training leaves out.
      dtype: type of the products, "float32" or "bfloat16"; the state is float32.
    """

    tokens: int = 5450
    embedding: int = 300
    width: int = 256
    length: int = 18
    dropout: float = 0.5
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        if self.width % 2:
            raise UsageError(f"The width is shared by two directions; got {self.width}.")


@dataclasses.dataclass(frozen=True)
class ImageConfig:
    """Shape of an image encoder.

    Attributes:
      width: length D of the features.
      channels: of each halving of the image. What is left before the last one are the regions.
      grid: the whole image is told of grid x grid equal parts, one after the other, each averaged; 1 as in
        the paper, where only what an image shows counts and not where.
      facts: how many words each group of facts has, of which one holds, for an encoder that reads such off
        images (`ganjax.data.sources.Facts`); none as published.
      dtype: type of the products, "float32" or "bfloat16"; activations are float32.
    """

    width: int = 256
    channels: tuple[int, ...] = (32, 64, 128, 128)
    grid: int = 1
    facts: tuple[int, ...] = ()
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        check_depth("halvings", len(self.channels))
        if len(self.channels) < 2:
            raise UsageError(f"An image encoder halves the image at least twice; got {self.channels}.")
        if self.grid < 1 or min(self.facts, default=1) < 1:
            raise UsageError(
                f"The grid and the groups of facts are from 1 on; got {self.grid}, {self.facts}."
            )

    @property
    def multiple(self) -> int:
        """Of which the sides of images are multiples."""
        return self.grid << len(self.channels)


class ImageFeatures(NamedTuple):
    """What the image encoder makes of a batch of images.

    Attributes:
      regions: a vector for each region [N, R, D] float32, row by row.
      whole: a vector for each image [N, D] float32.
      facts: logits of all words of all facts, [N, W] float32; None without facts.
    """

    regions: jax.Array
    whole: jax.Array
    facts: jax.Array | None = None


class TextEncoder(nn.Module):
    """Reads texts in both directions."""

    config: TextConfig

    @nn.compact
    def __call__(self, ids: jax.Array, counts: jax.Array, *, train: bool = False) -> TextFeatures:
        """Features of D numbers of every token, zeros behind the end, and of every text.

        The one direction begins with the first token, the other one with the last of the text, whatever the
        padding; what both know at their end is the feature of the text.

        Args:
          ids: [N, T] int32.
          counts: [N] int32, tokens of each text.
          train: leaves out a part of the token vectors, with the key "dropout".
        """
        c = self.config
        x = nn.Embed(c.tokens, c.embedding, embedding_init=uniform(0.1), name="tokens")(ids)
        x = nn.Dropout(c.dropout, deterministic=not train)(x)
        return TextFeatures(*BidirectionalLstm(c.width // 2, jnp.dtype(c.dtype), name="lstm")(x, counts))


class ImageEncoder(nn.Module):
    """Looks at images: convolutions that halve them, without normalisation."""

    config: ImageConfig

    @nn.compact
    def __call__(self, x: jax.Array) -> ImageFeatures:
        """Features of D numbers of every region and of the whole of images [N, H, W, 3] in [-1, 1].

        Raises:
          UsageError: images whose sides are not multiples of the grid, and of 2 for each halving.
        """
        c, dtype = self.config, jnp.dtype(self.config.dtype)
        if x.ndim != 4 or any(side % c.multiple for side in x.shape[1:3]):
            raise UsageError(
                f"The image encoder takes images [N, H, W, 3], H and W multiples of {c.multiple}; "
                f"got {list(x.shape)}."
            )
        levels = []
        for level, channels in enumerate(c.channels):
            x = nn.Conv(channels, (3, 3), (2, 2), 1, kernel_init=_HE, dtype=dtype, name=f"down{level}")(x)
            x = nn.relu(x.astype(jnp.float32))
            y = nn.relu(Conv3x3(channels, kernel_init=_HE, dtype=dtype, name=f"conv{level}_0")(x))
            # A branch that begins with zeros needs no normalisation to be trained.
            last = Conv3x3(channels, kernel_init=nn.initializers.zeros, dtype=dtype, name=f"conv{level}_1")
            x = nn.relu(x + last(y).astype(jnp.float32))
            levels.append(x)
        regions = levels[-2].reshape(len(x), -1, c.channels[-2])
        n, h, w, deep = levels[-1].shape
        parts = levels[-1].reshape(n, c.grid, h // c.grid, c.grid, w // c.grid, deep).mean((2, 4))
        whole = nn.Dense(c.width, name="whole")(parts.reshape(n, -1))
        return ImageFeatures(
            nn.Dense(c.width, use_bias=False, name="regions")(regions),
            whole,
            nn.Dense(sum(c.facts), name="facts")(whole) if c.facts else None,
        )


def read(image: Mapping[str, Any], vectors: jax.Array) -> jax.Array:
    """Logits of all words of all facts [N, W], of vectors [N, D] of texts as of images.

    One linear classifier for both, as in Zhen et al. 2019 (DSCMR, CVPR): so the same fact lies in the same
    direction.

    Args:
      image: variables of an image encoder with facts.
      vectors: features of whole texts or whole images.
    """
    classifier = image["params"]["facts"]
    logits: Any = nn.Dense(len(classifier["bias"])).apply({"params": classifier}, vectors)
    return logits


_HE = nn.initializers.he_normal()


PARTS: dict[str, tuple[Any, Any]] = {
    "text": (TextConfig, TextEncoder),
    "image": (ImageConfig, ImageEncoder),
}
"""Config class and module class of each part."""

CONFIGS: dict[str, tuple[TextConfig, ImageConfig]] = {
    "tiny": (
        TextConfig(tokens=12, embedding=6, width=8),
        ImageConfig(width=8, channels=(4, 6, 6)),
    ),
    "faces-64": (
        TextConfig(tokens=186, embedding=64, width=128, length=96, dropout=0.1),
        ImageConfig(width=128, channels=(24, 48, 96, 128), grid=4),
    ),
}
"""Configs of both parts by name."""


def spec(config: TextConfig | ImageConfig) -> TextSpec | ImageSpec:
    """What a network of this config takes and gives."""
    if isinstance(config, TextConfig):
        return TextSpec(config.tokens, config.length, config.width)
    return ImageSpec(side=0, multiple=config.multiple)


def example_inputs(part: str, config: Any, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of DAMSM.
    """
    if part == "text":
        return (
            jax.ShapeDtypeStruct((n, config.length), jnp.int32),
            jax.ShapeDtypeStruct((n,), jnp.int32),
        )
    if part == "image":
        side = config.multiple * max(1, 4 // config.grid)
        return (jax.ShapeDtypeStruct((n, side, side, 3), jnp.float32),)
    raise UsageError(unknown("part", part, PARTS))
