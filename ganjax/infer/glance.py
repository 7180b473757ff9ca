"""A network that looks at a whole picture as a small square, and what it does carried over to the full size.

How bright a picture should be is seen in all of it, not in a tile, and changes slowly from place to place. So
the network is given a small square copy, and around each of its pixels the result is fitted by slope * input
+ offset; both are interpolated to the full size and applied there, which keeps every detail. Noise is a
detail too: where the slope would make it stronger, it is taken out before.

Source: He and Sun 2015 (arXiv:1505.00996), the fast guided filter, of each colour by itself. There the slope
is drawn towards 0, which flattens what is dark; here it is drawn towards the ratio of both means, so that
dark parts become brighter as they are. The noise is measured as Immerkaer does (Computer Vision and Image
Understanding 64, 1996) and taken out by the filter of Lee (IEEE Transactions on Pattern Analysis and Machine
Intelligence 2, 1980).
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.core.types import ImageSpec, Model

RADIUS = 4
"""How far a fit looks, in pixels of the small copy."""

_REACH = 2  # how far the filter of noise looks, in pixels of the picture
_ROWS = 256  # of how many places along the height the noise is measured

# Variance of an input, in [0, 1], at which the slope lies between that of the fit and the ratio of the means.
_EPSILON = 1e-3


def rows_to_measure(height: int) -> np.ndarray:
    """Numbers [K, 3] of rows of a picture, three neighbours each, for `noise`; none of a lower one."""
    firsts = np.unique(np.linspace(0, height - 3, min(_ROWS, max(0, height - 2))).astype(int))
    return firsts[:, None] + np.arange(3)[None]


def noise(rows: jax.Array) -> jax.Array:
    """The variance [C] of the noise in triples of rows [K, 3, W, C]; 0 where there is too little to tell."""
    k, _, width, channels = rows.shape
    if k == 0 or width < 3:
        return jnp.zeros(channels)
    bent = rows[:, :, :-2] - 2 * rows[:, :, 1:-1] + rows[:, :, 2:]
    bent = bent[:, 0] - 2 * bent[:, 1] + bent[:, 2]  # second differences along both sides: 36 variances
    return jnp.square(jnp.sqrt(jnp.pi / 2) * jnp.abs(bent).mean((0, 1)) / 6)


def carried(before: jax.Array, after: jax.Array, variance_of_noise: jax.Array) -> Model:
    """A network that does to a picture of any size what `after` [h, w, 3] is to `before`, both in [0, 1].

    It takes and gives images in [0, 1], whose noise has the variance [3] that `noise` tells.
    """
    mean = _around(before)
    mean_after = _around(after)
    ratio = mean_after / jnp.maximum(mean, 1 / 255)
    variance = _around(before * before) - mean * mean
    covariance = _around(before * after) - mean * mean_after
    slope = (covariance + _EPSILON * ratio) / (variance + _EPSILON)
    offset = mean_after - slope * mean
    variables = {"slope": _around(slope), "offset": _around(offset), "noise": variance_of_noise}
    return Model(variables, net=Affine(), spec=ImageSpec(side=0, range=(0.0, 1.0), halo=_REACH))


@dataclasses.dataclass(frozen=True)
class Affine:
    """slope * x + offset, both interpolated bilinearly from [h, w, 3] to the size of the picture.

    Of `x` that share of the noise is taken out before which the slope adds.
    """

    def __call__(self, variables: Any, x: jax.Array, window: jax.Array | None = None) -> jax.Array:
        """What becomes of `x` [N, H, W, 3].

        Args:
          variables: "slope" and "offset", and the variance of the "noise" [3].
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

        slope = grown(variables["slope"])
        x = _calmed(x, variables["noise"], 1 - 1 / jnp.maximum(slope, 1))
        return slope * x + grown(variables["offset"])

    apply = __call__


def _weights(first: jax.Array, whole: jax.Array, count: int, small: int) -> jax.Array:
    """[count, small] weights by which samples of `whole` from `first` on lie between `small` ones."""
    place = (first + jnp.arange(count) + 0.5) * small / whole - 0.5
    distance = jnp.abs(jnp.clip(place, 0, small - 1)[:, None] - jnp.arange(small)[None])
    return jnp.maximum(1 - distance, 0)


def _calmed(x: jax.Array, variance_of_noise: jax.Array, share: jax.Array) -> jax.Array:
    """`x` [N, H, W, 3] nearer to the mean around each pixel, the more what varies there is noise."""
    side = 2 * _REACH + 1

    def mean(values: jax.Array) -> jax.Array:
        grown = jnp.pad(values, ((0, 0), (_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="edge")
        window = (1, side, side, 1)
        return jax.lax.reduce_window(grown, 0.0, jax.lax.add, window, (1, 1, 1, 1), "VALID") / side**2

    around = mean(x)
    varied = jnp.maximum(mean(x * x) - around * around, 1e-9)
    noisy = jnp.minimum(variance_of_noise.reshape(1, 1, 1, -1) / varied, 1)
    return x - share * noisy * (x - around)


def _around(x: jax.Array) -> jax.Array:
    """The mean of the pixels of [h, w, C] up to `RADIUS` away along both sides, where there are any."""
    side = 2 * RADIUS + 1
    summed = jax.lax.reduce_window(x, 0.0, jax.lax.add, (side, side, 1), (1, 1, 1), "SAME")
    rows, columns = (
        np.minimum(np.arange(n) + RADIUS, n - 1) - np.maximum(np.arange(n) - RADIUS, 0) + 1
        for n in x.shape[:2]
    )
    return summed / np.outer(rows, columns).astype(np.float32)[..., None]
