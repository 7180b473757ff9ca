"""Normalisations without parameters."""

import jax
import jax.numpy as jnp


def pixel_norm(x: jax.Array, *, epsilon: float = 1e-8) -> jax.Array:
    """Scales the last axis of `x` [..., C] to a mean square of one, in float32; the dtype of `x` is kept.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 4.2.
    """
    wide = x.astype(jnp.float32)
    return (wide * jax.lax.rsqrt(jnp.mean(jnp.square(wide), -1, keepdims=True) + epsilon)).astype(x.dtype)
