"""The ReLU whose slope below zero is learned."""

import jax
import jax.numpy as jnp
from flax import linen as nn


class PReLU(nn.Module):
    """`x` [..., C] where it is positive, elsewhere `x` times a slope, which begins at 0.25.

    Source: He et al. 2015 (arXiv:1502.01852), section 2.1; torch.nn.PReLU.

    Attributes:
      per_channel: a slope for each channel, not one for all.
    """

    per_channel: bool = False

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = x.shape[-1:] if self.per_channel else (1,)
        slope = self.param("slope", nn.initializers.constant(0.25), shape)
        return jnp.where(x >= 0, x, x * jnp.broadcast_to(slope.astype(x.dtype), x.shape))
