"""MATLAB's imresize, bicubic: the resampling that papers on super-resolution make their small images with.

The cubic has a = -0.5; where an image shrinks, the kernel is stretched by the factor, so that it averages
instead of skipping pixels. Beyond the border the image is mirrored, the edge pixel repeated. Pixel centres
are at half integers. Pillow's BICUBIC stretches in the same way, but clamps the kernel at the border and
rounds to 8 bits.

Source: MathWorks, imresize; the numbers follow XPixelGroup/BasicSR, basicsr/utils/matlab_functions.py.
"""

import math
from typing import TypeVar

import jax
import numpy as np

from ganjax.core.errors import UsageError

Array = TypeVar("Array", np.ndarray, jax.Array)

_SUPPORT = 4


def imresize(
    images: Array, scale: float | None = None, *, size: tuple[int, int] | None = None, antialias: bool = True
) -> Array:
    """Images [N, H, W, C], NumPy or JAX, float of any range, resized by `scale` or to `size` (height, width).

    With `scale` sides become ceil(side * scale) and pixels are exactly 1 / scale apart; with `size` they are
    H / height and W / width apart. The dtype is kept, and values are neither clipped nor rounded: a cubic
    overshoots. `antialias` False keeps the kernel narrow where an image shrinks.

    Raises:
      UsageError: neither or both of `scale` and `size` are given, or one is not above zero.
    """
    if size is None and scale is not None:
        height, width = (math.ceil(side * scale) for side in images.shape[1:3])
    elif size is not None and scale is None:
        height, width = size
    else:
        raise UsageError("imresize takes either a scale or a size.")
    if min(height, width) < 1:
        raise UsageError(f"imresize needs a scale or a size above zero, not {size or scale}.")
    for axis, after in ((1, height), (2, width)):
        images = _resize_axis(images, axis, after, scale or after / images.shape[axis], antialias)
    return images


def _resize_axis(images: Array, axis: int, after: int, scale: float, antialias: bool) -> Array:
    indices, weights = _taps(images.shape[axis], after, scale, antialias)
    shape = [1] * images.ndim
    shape[axis] = after
    # Tap by tap: one more copy of the result in memory, not one for each of the taps.
    return sum(
        images.take(index, axis) * weight.astype(images.dtype).reshape(shape)
        for index, weight in zip(indices, weights, strict=True)
    )


def _taps(before: int, after: int, scale: float, antialias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Indices and weights [T, after]: pixel i is the sum over t of weights[t, i] * pixel indices[t, i]."""
    stretch = max(1.0, 1 / scale) if antialias else 1.0
    centre = (np.arange(after) + 0.5) / scale - 0.5
    first = np.floor(centre - _SUPPORT * stretch / 2).astype(int)
    indices = first + np.arange(math.ceil(_SUPPORT * stretch) + 2)[:, None]
    weights = _cubic((centre - indices) / stretch)
    weights /= weights.sum(0)
    used = weights.any(1)
    # A mirrored image repeats with the period of two of them, which reaches as far as the kernel may.
    indices = indices[used] % (2 * before)
    return np.where(indices < before, indices, 2 * before - 1 - indices), weights[used]


def _cubic(x: np.ndarray) -> np.ndarray:
    """Keys's cubic convolution with a = -0.5."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x**2 + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))
