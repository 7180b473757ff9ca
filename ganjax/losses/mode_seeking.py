"""The loss that keeps a conditional generator from drawing one image for all latents.

Source: Mao et al. 2019 (MSGAN, arXiv:1903.05628), equation 4; HelenMao/MSGAN, DCGAN-Mode-Seeking/train.py.
"""

import jax
import jax.numpy as jnp

_SMALLEST = 1e-5


def mode_seeking(first: jax.Array, second: jax.Array, z_first: jax.Array, z_second: jax.Array) -> jax.Array:
    """How little images change with latents: 1 / (mean |difference| / mean |that of the latents|), a scalar.

    Args:
      first: images [N, H, W, C], in the network's range.
      second: others of the same conditions.
      z_first: latents [N, L] of the first.
      z_second: those of the second.
    """
    moved = jnp.mean(jnp.abs(first - second)) / jnp.mean(jnp.abs(z_first - z_second))
    return 1 / (moved + _SMALLEST)
