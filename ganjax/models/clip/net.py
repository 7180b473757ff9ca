"""CLIP's text transformer and vision transformer (Radford et al. 2021, arXiv:2103.00020).

Both are stacks of the same blocks: attention, then two dense layers, each on normalised values and added to
what came in. A text is read from left to right, and its feature is that of its end token; an image is cut
into patches with a class token before them, and its feature is that of the class token. Both features are
projected to one space, where the cosine between them says how well the text fits the image.

Token ids are [N, T] int32. Images are [N, S, S, 3] float32 in [0, 1]; they are normalised in the network,
with the mean and the deviation of CLIP's pictures.

Source: openai/CLIP, clip/model.py; huggingface/transformers, models/clip/modeling_clip.py, which distributes
the weights.
"""

import dataclasses
import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from ganjax.core.depth import check_depth
from ganjax.core.errors import UsageError, unknown
from ganjax.core.types import ImageSpec, TextFeatures, TextSpec

Activation = Literal["quick_gelu", "gelu"]

_MEAN, _DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@dataclasses.dataclass(frozen=True)
class TextConfig:
    """Shape of a text encoder.

    Attributes:
      tokens: size of the vocabulary.
      length: the most tokens of a text, with those of its start and its end.
      width: channels of a token; a multiple of `heads`.
      depth: blocks.
      heads: attention heads of a block.
      hidden: channels between the two dense layers of a block.
      projection: length of the feature, 0 where the file has no projection: then it is `width`.
      end: id of the token that ends a text; None for the largest id in it, as CLIP was published.
      activation: "quick_gelu", x sigmoid(1.702 x), of OpenAI's weights, or "gelu", the exact one.
      dtype: type of the products, "float32" or "bfloat16"; normalisations and the softmax are float32.
    """

    tokens: int = 49408
    length: int = 77
    width: int = 512
    depth: int = 12
    heads: int = 8
    hidden: int = 2048
    projection: int = 512
    end: int | None = None
    activation: Activation = "quick_gelu"
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        _check(self.width, self.depth, self.heads)


@dataclasses.dataclass(frozen=True)
class VisionConfig:
    """Shape of a vision encoder.

    Attributes:
      side: height and width of the images in pixels; a multiple of `patch`.
      patch: height and width of a patch in pixels.
      width: channels of a patch; a multiple of `heads`.
      depth: blocks.
      heads: attention heads of a block.
      hidden: channels between the two dense layers of a block.
      projection: length of the feature, 0 where the file has no projection: then it is `width`.
      logit_scale: the logits of "which text, of these?" are its exponential times the cosines.
      activation: as in `TextConfig`.
      dtype: as in `TextConfig`.
    """

    side: int = 224
    patch: int = 32
    width: int = 768
    depth: int = 12
    heads: int = 12
    hidden: int = 3072
    projection: int = 512
    logit_scale: float = math.log(100)
    activation: Activation = "quick_gelu"
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        _check(self.width, self.depth, self.heads)
        if self.patch < 1 or self.side < 1 or self.side % self.patch:
            raise UsageError(f"Patches of {self.patch} pixels do not fill {self.side} of them.")


def _check(width: int, depth: int, heads: int) -> None:
    """Lets a stack of blocks pass that can be built.

    Raises:
      UsageError: too many blocks, or channels that the heads cannot share.
    """
    check_depth("blocks", depth)
    if heads < 1 or width < 1 or width % heads:
        raise UsageError(f"{width} channels cannot be shared out among {heads} heads.")


class Block(nn.Module):
    """Attention, then two dense layers, each on normalised values and added to what came in.

    Attributes:
      config: of the encoder.
      causal: a token sees those before it and itself only.
    """

    config: TextConfig | VisionConfig
    causal: bool = False

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """[N, T, W] float32 to the same."""
        c = self.config
        y = _norm("norm1")(x)
        # Three products rather than one of three times the width: on the CPU that one is no faster, and its
        # result has to be cut into pieces.
        query, key, value = (_dense(c, c.width, name)(y) for name in ("query", "key", "value"))
        x = x + _dense(c, c.width, "out")(_attention(query, key, value, c.heads, self.causal))
        y = _dense(c, c.hidden, "dense1")(_norm("norm2")(x))
        y = y * nn.sigmoid(1.702 * y) if c.activation == "quick_gelu" else nn.gelu(y, approximate=False)
        return x + _dense(c, c.width, "dense2")(y)


def _attention(query: jax.Array, key: jax.Array, value: jax.Array, heads: int, causal: bool) -> jax.Array:
    """What the tokens of each text or image make of one another: three times [N, T, W] to [N, T, W].

    The heads of all go into one axis, and sums are divided, not each weight: on the CPU that takes half the
    time of `jax.nn.dot_product_attention`.
    """
    n, t, width = query.shape
    query, key, value = (
        x.reshape(n, t, heads, -1).transpose(0, 2, 1, 3).reshape(n * heads, t, -1)
        for x in (query * (width // heads) ** -0.5, key, value)
    )
    logits = jnp.einsum("ntd,nsd->nts", query, key, preferred_element_type=jnp.float32)
    if causal:
        logits = jnp.where(jnp.tril(jnp.ones((t, t), bool)), logits, -jnp.inf)
    weights = jnp.exp(logits - jnp.max(logits, -1, keepdims=True))
    sums = jnp.einsum(
        "nts,nsd->ntd", weights.astype(value.dtype), value, preferred_element_type=jnp.float32
    ) / jnp.sum(weights, -1, keepdims=True)
    return sums.astype(value.dtype).reshape(n, heads, t, -1).transpose(0, 2, 1, 3).reshape(n, t, width)


class Text(nn.Module):
    """Gives the features of texts."""

    config: TextConfig

    @nn.compact
    def __call__(self, ids: jax.Array, lengths: jax.Array) -> TextFeatures:
        """Features of token ids [N, T] int32 with an end token each, T <= length, of `lengths` [N] int32.

        The words [N, T, W] are the normalised values of the last block, the sentence [N, D] the projection of
        that of the end token: of the first one, should a text hold several. What stands behind it is padding
        of any kind, since no token sees the later ones.
        """
        c = self.config
        positions = self.param("positions", nn.initializers.normal(0.01), (c.length, c.width))
        x = nn.Embed(c.tokens, c.width, embedding_init=nn.initializers.normal(0.02), name="tokens")(ids)
        x = x + positions[None, : ids.shape[1]]
        for i in range(c.depth):
            x = Block(c, causal=True, name=f"block{i}")(x)
        x = _norm("norm")(x)
        ends = jnp.argmax(ids if c.end is None else ids == c.end, axis=1)
        sentence = _projected(c, x[jnp.arange(len(x)), ends])
        inside = jnp.arange(ids.shape[1])[None] < lengths[:, None]
        return TextFeatures(jnp.where(inside[..., None], x, 0), sentence)


class Vision(nn.Module):
    """Gives the features of images."""

    config: VisionConfig

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Features [N, D] float32 of images [N, S, S, 3] in [0, 1]."""
        c = self.config
        n, across = len(images), c.side // c.patch
        mean, deviation = (jnp.array(each).reshape(1, 1, 1, 3) for each in (_MEAN, _DEVIATION))
        x = (images - mean) / deviation
        x = x.reshape(n, across, c.patch, across, c.patch, 3).transpose(0, 1, 3, 2, 4, 5)
        x = _dense(c, c.width, "patches", bias=False)(x.reshape(n, across**2, -1)).astype(jnp.float32)
        token = self.param("class_token", nn.initializers.normal(0.02), (c.width,))
        x = jnp.concatenate([jnp.broadcast_to(token, (n, 1, c.width)), x], axis=1)
        positions = self.param("positions", nn.initializers.normal(0.01), (1 + across**2, c.width))
        x = x + positions[None]
        x = _norm("norm_before")(x)
        for i in range(c.depth):
            x = Block(c, name=f"block{i}")(x)
        return _projected(c, _norm("norm")(x[:, 0]))


def _norm(name: str) -> nn.LayerNorm:
    # The variance as a mean of squared differences: some channels of the published networks are far larger
    # than the rest, and a difference of squares would lose digits.
    return nn.LayerNorm(epsilon=1e-5, use_fast_variance=False, name=name)


def _dense(config: TextConfig | VisionConfig, width: int, name: str, *, bias: bool = True) -> nn.Dense:
    return nn.Dense(width, bias, dtype=jnp.dtype(config.dtype), name=name)


def _projected(config: TextConfig | VisionConfig, x: jax.Array) -> jax.Array:
    """The features [N, D] float32 of tokens [N, W]; called inside the encoder whose layer it is."""
    if config.projection:
        x = _dense(config, config.projection, "projection", bias=False)(x)
    return x.astype(jnp.float32)


PARTS: dict[str, tuple[Any, Any]] = {"text": (TextConfig, Text), "vision": (VisionConfig, Vision)}
"""Config class and module class of each part."""

CONFIGS = {
    "tiny": (
        TextConfig(tokens=32, length=6, width=128, depth=2, heads=2, hidden=32, projection=128),
        VisionConfig(side=16, patch=8, width=128, depth=2, heads=2, hidden=32, projection=128),
    ),
    "base-patch32": (TextConfig(), VisionConfig()),
    "large-patch14": (
        TextConfig(width=768, heads=12, hidden=3072, projection=768),
        VisionConfig(patch=14, width=1024, depth=24, heads=16, hidden=4096, projection=768),
    ),
}
"""Configs by name."""


def spec(config: TextConfig | VisionConfig) -> TextSpec | ImageSpec:
    """What an encoder of this config takes; of a text encoder also the length of its features."""
    if isinstance(config, TextConfig):
        return TextSpec(config.tokens, config.length, config.projection or config.width)
    return ImageSpec(side=config.side, range=(0.0, 1.0))


def example_inputs(part: str, config: TextConfig | VisionConfig, n: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of the positional arguments of `part` for a batch of `n`.

    Raises:
      UsageError: `part` is no part of CLIP.
    """
    if part not in PARTS:
        raise UsageError(unknown("part", part, PARTS))
    if isinstance(config, TextConfig):
        return jax.ShapeDtypeStruct((n, config.length), jnp.int32), jax.ShapeDtypeStruct((n,), jnp.int32)
    return (jax.ShapeDtypeStruct((n, config.side, config.side, 3), jnp.float32),)
