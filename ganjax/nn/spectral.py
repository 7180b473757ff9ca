"""Convolutions whose kernels are divided by their largest singular value."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.nn.conv import conv3x3


class SpectralConv(nn.Module):
    """Convolution of `x` [N, H, W, I] without a bias by a kernel of spectral norm 1: [N, H', W', features].

    The kernel is seen as a matrix from its window to the output channels. Its largest singular value is
    u' W v for the vectors in the collection "spectral": `u` [features], `v` [size size I]. With `train` they
    come nearer by one step of the power iteration before each use, v first; "spectral" then is mutable. Else
    they are used as they are. Gradients flow through the kernel alone.

    Source: Miyato et al. 2018 (arXiv:1802.05957), algorithm 1; torch.nn.utils.spectral_norm.

    Attributes:
      features: output channels.
      size: side of the window in pixels, 3 or, which halves the image, 4.
      kernel_init: how the weights are drawn.
      dtype: type of the products.
    """

    features: int
    size: int = 3
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        shape = (self.size, self.size, x.shape[-1], self.features)
        kernel = self.param("kernel", self.kernel_init, shape)
        matrix = kernel.reshape(-1, self.features)
        u = self.variable("spectral", "u", self._direction, self.features)
        v = self.variable("spectral", "v", self._direction, len(matrix))
        if train and not self.is_initializing():
            fixed = jax.lax.stop_gradient(matrix)
            v.value = _unit(fixed @ u.value)
            u.value = _unit(v.value @ fixed)
        kernel = kernel / (v.value @ matrix @ u.value)
        if self.size == 3:
            return conv3x3(x, kernel, dtype=self.dtype)
        return jax.lax.conv_general_dilated(
            x.astype(self.dtype),
            kernel.astype(self.dtype),
            (2, 2),
            [(1, 1), (1, 1)],
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )

    def _direction(self, length: int) -> Any:
        return _unit(jax.random.normal(self.make_rng("params"), (length,)))


def _unit(vector: jax.Array) -> jax.Array:
    return vector / jnp.maximum(jnp.linalg.norm(vector), 1e-12)
