"""Resampling of image batches [N, H, W, C] by whole factors, as networks and real images use it."""

import jax


def upsample_nearest(x: jax.Array, factor: int = 2) -> jax.Array:
    """Repeats every pixel `factor` times along both sides: [N, H, W, C] to [N, H f, W f, C]."""
    if factor == 1:
        return x
    n, h, w, c = x.shape
    x = jax.numpy.broadcast_to(x[:, :, None, :, None, :], (n, h, factor, w, factor, c))
    return x.reshape(n, h * factor, w * factor, c)


def downsample_box(x: jax.Array, factor: int = 2) -> jax.Array:
    """Averages blocks of `factor` x `factor` pixels: [N, H, W, C] to [N, H / f, W / f, C]."""
    if factor == 1:
        return x
    n, h, w, c = x.shape
    return x.reshape(n, h // factor, factor, w // factor, factor, c).mean((2, 4))
