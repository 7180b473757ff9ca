"""Layers with an equalised learning rate: weights are drawn from N(0, 1) and scaled at every call.

The scale is He's constant, gain / sqrt(fan in). Published codes differ in the gain of some layers and in
whether the bias is scaled too, so both are fields.
Source: Karras et al. 2018 (arXiv:1710.10196), section 4.1.
"""

import math
from typing import Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.nn import conv

_FORMS = {None: conv.conv3x3, "up": conv.upsample_conv3x3, "down": conv.conv3x3_downsample}


class EqualDense(nn.Module):
    """Maps `x` [..., I] to [..., *features] float32; on images that is a 1x1 convolution.

    Attributes:
      features: length of the new axis, or the lengths of several.
      gain: numerator of the scale.
      scaled_bias: the scale multiplies the bias too.
      shared_bias: one bias for each entry of the last new axis, not for each output.
      dtype: type of the products; sums are float32.
    """

    features: int | tuple[int, ...]
    gain: float = math.sqrt(2)
    scaled_bias: bool = False
    shared_bias: bool = False
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        features = (self.features,) if isinstance(self.features, int) else self.features
        kernel = self.param("kernel", nn.initializers.normal(1.0), (x.shape[-1], *features))
        bias = self.param("bias", nn.initializers.zeros, features[-1:] if self.shared_bias else features)
        scale = self.gain / math.sqrt(x.shape[-1])
        y = jnp.tensordot(
            x.astype(self.dtype), (kernel * scale).astype(self.dtype), 1, preferred_element_type=jnp.float32
        )
        return y + jnp.broadcast_to(bias * scale if self.scaled_bias else bias, y.shape)


class EqualConv(nn.Module):
    """3x3 convolution of `x` [N, H, W, I], zeros around, to [N, H', W', features].

    Attributes:
      features: output channels.
      gain: numerator of the scale.
      scaled_bias: the scale multiplies the bias too.
      resample: None keeps the size, "up" doubles it before the convolution (nearest pixel), "down" averages
        2x2 blocks after it, before the bias.
      dtype: type of the products; that of the result is said in `ganjax.nn.conv`.
    """

    features: int
    gain: float = math.sqrt(2)
    scaled_bias: bool = False
    resample: Literal["up", "down"] | None = None
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        kernel = self.param("kernel", nn.initializers.normal(1.0), (3, 3, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        scale = self.gain / math.sqrt(9 * x.shape[-1])
        y = _FORMS[self.resample](x, kernel * scale, dtype=self.dtype)
        return (y + jnp.broadcast_to(bias * scale if self.scaled_bias else bias, y.shape)).astype(y.dtype)
