"""The minibatch standard deviation layer, by which a discriminator sees how varied its batch is."""

import jax
import jax.numpy as jnp


def minibatch_stddev(x: jax.Array, *, group: int = 4, strided: bool = True, ddof: int = 0) -> jax.Array:
    """Appends one channel with the mean standard deviation within a group of samples: [N, H, W, C + 1].

    A batch smaller than `group`, or not a multiple of it, is one group. Computed in float32.

    Args:
      x: features [N, H, W, C].
      group: samples in a group.
      strided: a group takes every (N / group)-th sample, as in tkarras/progressive_growing_of_gans
        (networks.py); otherwise consecutive ones, as in pytorch_GAN_zoo (mini_batch_stddev_module.py).
      ddof: 0 divides the squares by the group size, 1 by one less; a lone sample then has deviation 0.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 3.
    """
    n, h, w, c = x.shape
    size = group if n % group == 0 else n
    if size <= ddof:
        channel = jnp.zeros((n, h, w, 1), x.dtype)
    else:
        members = 0 if strided else 1
        wide = x.astype(jnp.float32)
        grouped = wide.reshape((size, -1, h, w, c) if strided else (-1, size, h, w, c))
        deviation = jnp.sqrt(jnp.var(grouped, members, ddof=ddof, keepdims=True) + 1e-8)
        each = jnp.broadcast_to(deviation.mean((2, 3, 4), keepdims=True), (*grouped.shape[:-1], 1))
        channel = each.reshape(n, h, w, 1).astype(x.dtype)
    return jnp.concatenate([x, channel], -1)
