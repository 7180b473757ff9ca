"""Resampling of image batches [N, H, W, C] by whole factors, as networks and real images use it."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


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


def upsample_bilinear(
    x: jax.Array, factor: int = 2, *, align_corners: bool = False, window: jax.Array | None = None
) -> jax.Array:
    """Interpolates between the two nearest pixels along both sides: [N, H, W, C] to [N, H f, W f, C].

    Args:
      x: images.
      factor: how many times larger they become.
      align_corners: the outermost samples of both grids coincide; otherwise the outer edges of their pixels.
        These are the two rules of torch.nn.functional.interpolate.
      window: [N, 4] top, left, height and width, where the images are tiles: where each begins in its
        picture, and how large that is. With aligned corners the weights depend on it. A tile is as in the
        whole but for its outermost pixel, whose neighbour it does not have.
    """
    if factor == 1:
        return x
    for axis in (1, 2):
        n = x.shape[axis]
        i: Any = np.arange(n)[None]
        whole: Any = n
        if window is not None:
            i, whole = window[:, axis - 1, None] + i, window[:, axis + 1, None]
        # Between the pixel before and the one after: what is left of a sample's place without its pixel's.
        phases = [
            (phase * (whole - 1) - i * (factor - 1)) / (factor * whole - 1)
            if align_corners
            else np.full((1, n), (2 * phase + 1 - factor) / (2 * factor))
            for phase in range(factor)
        ]
        shape = (-1, n, 1, 1) if axis == 1 else (-1, 1, n, 1)
        before, after = (_shifted(x, axis, by) - x for by in (-1, 1))
        parts = [
            x
            + jnp.maximum(-phase, 0).astype(x.dtype).reshape(shape) * before
            + jnp.maximum(phase, 0).astype(x.dtype).reshape(shape) * after
            for phase in phases
        ]
        size = [*x.shape[:axis], n * factor, *x.shape[axis + 1 :]]
        x = jnp.stack(parts, axis + 1).reshape(size)
    return x


def _shifted(x: jax.Array, axis: int, by: int) -> jax.Array:
    """The pixel before each (`by` -1) or after it (1) along `axis`; that of the border beyond it."""
    n = x.shape[axis]
    ends = ((0, 1), (0, n - 1)) if by < 0 else ((1, n), (n - 1, n))
    return jnp.concatenate([jax.lax.slice_in_dim(x, *each, axis=axis) for each in ends], axis)
