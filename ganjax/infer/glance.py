"""A network that looks at a whole picture as a small square, and what it does carried over to the full size.

How bright a picture should be is seen in all of it, not in a tile, and changes slowly from place to place. So
the network is given a small square copy, and around each of its pixels the result is fitted by slope * input +
offset; both are interpolated to the full size and applied there, which keeps every detail.

Source: He and Sun 2015 (arXiv:1505.00996), the fast guided filter, of each colour by itself. There the slope
is drawn towards 0, which flattens what is dark; here it is drawn towards the ratio of both means, so that
dark parts become brighter as they are.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.core.types import ImageSpec, Model

RADIUS = 4
"""How far a fit looks, in pixels of the small copy."""

# Variance of an input, in [0, 1], at which the slope lies between that of the fit and the ratio of the means.
_EPSILON = 1e-3


def carried(before: jax.Array, after: jax.Array) -> Model:
    """A network that does to a picture of any size what `after` [h, w, 3] is to `before`, both in [0, 1].

    It takes and gives images in [0, 1], each pixel by itself.
    """
    mean = _around(before)
    mean_after = _around(after)
    ratio = mean_after / jnp.maximum(mean, 1 / 255)
    variance = _around(before * before) - mean * mean
    covariance = _around(before * after) - mean * mean_after
    slope = (covariance + _EPSILON * ratio) / (variance + _EPSILON)
    offset = mean_after - slope * mean
    variables = {"slope": _around(slope), "offset": _around(offset)}
    return Model(variables, net=Affine(), spec=ImageSpec(side=0, range=(0.0, 1.0)))


@dataclasses.dataclass(frozen=True)
class Affine:
    """slope * x + offset, both interpolated bilinearly from [h, w, 3] to the size of the picture."""

    def __call__(self, variables: Any, x: jax.Array, window: jax.Array | None = None) -> jax.Array:
        """What becomes of `x` [N, H, W, 3].

        Args:
          variables: "slope" and "offset".
          x: images, or tiles of them.
          window: [N, 4] top, left, height and width, where the images are tiles: where each begins in its
            picture, and how large that is.
        """
        n, height, width, _ = x.shape
        if window is None:
            window = jnp.tile(jnp.array([[0, 0, height, width]]), (n, 1))
        h, w, _ = variables["slope"].shape
        rows = jax.vmap(lambda place: _weights(place[0], place[2], height, h))(window)
        columns = jax.vmap(lambda place: _weights(place[1], place[3], width, w))(window)

        def grown(small: jax.Array) -> jax.Array:
            wide = jnp.einsum("nxw,hwc->nhxc", columns, small)
            return jnp.einsum("nyh,nhxc->nyxc", rows, wide)

        return grown(variables["slope"]) * x + grown(variables["offset"])

    apply = __call__


def _weights(first: jax.Array, whole: jax.Array, count: int, small: int) -> jax.Array:
    """[count, small] weights by which samples of `whole` from `first` on lie between `small` ones."""
    place = (first + jnp.arange(count) + 0.5) * small / whole - 0.5
    distance = jnp.abs(jnp.clip(place, 0, small - 1)[:, None] - jnp.arange(small)[None])
    return jnp.maximum(1 - distance, 0)


def _around(x: jax.Array) -> jax.Array:
    """The mean of the pixels of [h, w, C] up to `RADIUS` away along both sides, where there are any."""
    side = 2 * RADIUS + 1
    summed = jax.lax.reduce_window(x, 0.0, jax.lax.add, (side, side, 1), (1, 1, 1), "SAME")
    rows, columns = (
        np.minimum(np.arange(n) + RADIUS, n - 1) - np.maximum(np.arange(n) - RADIUS, 0) + 1
        for n in x.shape[:2]
    )
    return summed / np.outer(rows, columns).astype(np.float32)[..., None]
