"""Layers with weights as they are used, in contrast to those of `ganjax.nn.equalized`."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.nn.conv import conv3x3, conv4x4_halving, upsample_conv3x3

LIKE_TORCH = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")
"""How PyTorch draws the weights of a layer if nothing else is said."""


def uniform(most: float) -> nn.initializers.Initializer:
    """Draws weights evenly from -most to most."""

    def draw(key: jax.Array, shape: Any, dtype: Any = jnp.float32) -> jax.Array:
        return jax.random.uniform(key, shape, dtype, -most, most)

    return draw


class Conv3x3(nn.Module):
    """3x3 convolution of `x` [N, H, W, I], zeros around: [N, H, W, features].

    Attributes:
      features: output channels.
      doubled: every pixel of `x` is doubled first: [N, 2 H, 2 W, features].
      use_bias: adds one to each channel.
      kernel_init: how the weights are drawn.
      dtype: type of the products; that of the result is said in `ganjax.nn.conv`.
    """

    features: int
    doubled: bool = False
    use_bias: bool = True
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        kernel = self.param("kernel", self.kernel_init, (3, 3, x.shape[-1], self.features))
        y = (upsample_conv3x3 if self.doubled else conv3x3)(x, kernel, dtype=self.dtype)
        if not self.use_bias:
            return y
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        return (y + jnp.broadcast_to(bias, y.shape)).astype(y.dtype)


class HalvingConv4x4(nn.Module):
    """4x4 convolution of `x` [N, H, W, I] in steps of two, without a bias: [N, H / 2, W / 2, features].

    Attributes:
      features: output channels.
      kernel_init: how the weights are drawn.
      dtype: type of the products; that of the result is said in `ganjax.nn.conv`.
    """

    features: int
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        kernel = self.param("kernel", self.kernel_init, (4, 4, x.shape[-1], self.features))
        return conv4x4_halving(x, kernel, dtype=self.dtype)
