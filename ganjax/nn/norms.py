"""The normalisation of each pixel."""

import jax
import jax.numpy as jnp


def pixel_norm(x: jax.Array, *, epsilon: float = 1e-8, outside: bool = False) -> jax.Array:
    """Scales the last axis of `x` [..., C] to a mean square of one, in float32; the dtype of `x` is kept.

    `epsilon` is added to the mean square, or with `outside` to its root, as in open-mmlab/mmgeneration.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 4.2.
    """
    wide = x.astype(jnp.float32)
    mean_square = jnp.mean(jnp.square(wide), -1, keepdims=True)
    if outside:
        return (wide / (jnp.sqrt(mean_square) + epsilon)).astype(x.dtype)
    return (wide * jax.lax.rsqrt(mean_square + epsilon)).astype(x.dtype)
