"""Random numbers that belong to an image, not to a batch: the same on any number of devices."""

import jax
import jax.numpy as jnp


def image_keys(key: jax.Array, n: int, *, first: jax.Array | int = 0) -> jax.Array:
    """Keys [N] of the images number `first` to `first + n - 1`, each folded from `key` and its own number."""
    return jax.vmap(lambda i: jax.random.fold_in(key, i))(first + jnp.arange(n))


def normal_latents(keys: jax.Array, length: int) -> jax.Array:
    """One latent vector for each key: [N, L] float32 from the standard normal distribution."""
    return jax.vmap(lambda key: jax.random.normal(key, (length,)))(keys)
