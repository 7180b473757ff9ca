"""Random numbers that belong to an image, not to a batch: the same on any number of devices."""

import jax
import jax.numpy as jnp


def image_keys(key: jax.Array, n: int, *, first: jax.Array | int = 0) -> jax.Array:
    """Keys [N] of the images number `first` to `first + n - 1`, each folded from `key` and its own number."""
    return jax.vmap(lambda i: jax.random.fold_in(key, i))(first + jnp.arange(n))


def normal_latents(keys: jax.Array, length: int) -> jax.Array:
    """One latent vector for each key: [N, L] float32 from the standard normal distribution."""
    return jax.vmap(lambda key: jax.random.normal(key, (length,)))(keys)


def truncated_latents(keys: jax.Array, length: int, truncation: jax.Array | float) -> jax.Array:
    """One latent vector for each key: [N, L] float32, normal ones between -2 and 2, times `truncation`.

    Source: Brock et al. 2019 (arXiv:1809.11096), section 3.1; tobran/DF-GAN, code/lib/utils.py.
    """
    return truncation * jax.vmap(lambda key: jax.random.truncated_normal(key, -2, 2, (length,)))(keys)
