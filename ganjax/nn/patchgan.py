"""The PatchGAN: a discriminator that scores overlapping patches of an image, not the image."""

from typing import Literal

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.core.instance_norm import instance_norm


class PatchGAN(nn.Module):
    """Scores [N, H', W', 1] float32, one for each patch, of images [N, H, W, C].

    Convolutions of 4x4 pixels: `layers` of them halve the image, two more follow. The first has no norm, the
    last neither norm nor activation; with 3 layers a patch has 70x70 pixels. The features after each
    activation are sown as `features{i}` into "intermediates".

    Source: Isola et al. 2017 (arXiv:1611.07004), section 3.2.2 and its appendix.

    Attributes:
      layers: how often the image is halved.
      width: channels of the first convolution; each further one doubles them, up to eight times.
      norm: what normalises the features between the first convolution and the last, if anything.
      padding: zeros around the image before each convolution.
      leak: slope of the leaky ReLU below zero.
      kernel_init: how the weights are drawn.
      dtype: type of the products; scores are float32.
    """

    layers: int = 3
    width: int = 64
    norm: Literal["instance"] | None = None
    padding: int = 1
    leak: float = 0.2
    kernel_init: nn.initializers.Initializer = nn.initializers.normal(0.02)
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        def conv(x: jax.Array, width: int, i: int) -> jax.Array:
            stride = 2 if i < self.layers else 1
            layer = nn.Conv(
                width,
                (4, 4),
                stride,
                self.padding,
                kernel_init=self.kernel_init,
                dtype=self.dtype,
                name=f"conv{i}",
            )
            return layer(x)

        for i in range(self.layers + 1):
            x = conv(x, self.width * min(2**i, 8), i)
            x = instance_norm(x) if self.norm == "instance" and i else x
            x = nn.leaky_relu(x, self.leak)
            self.sow("intermediates", f"features{i}", x)
        return conv(x, 1, self.layers + 1).astype(jnp.float32)
