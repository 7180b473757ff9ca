"""The normalisation of each channel of each image."""

import jax
import jax.numpy as jnp


def instance_norm(x: jax.Array, *, epsilon: float = 1e-5) -> jax.Array:
    """Brings each channel of each image of `x` [N, H, W, C] to mean 0 and variance 1; keeps the dtype of `x`.

    Computed in float32. `epsilon` is added to the variance, as torch.nn.InstanceNorm2d does.

    Source: Ulyanov et al. 2016 (arXiv:1607.08022), equation 4.
    """
    wide = x.astype(jnp.float32)
    centred = wide - wide.mean((1, 2), keepdims=True)
    variance = jnp.square(centred).mean((1, 2), keepdims=True)
    return (centred * jax.lax.rsqrt(variance + epsilon)).astype(x.dtype)
