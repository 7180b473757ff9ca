"""The derivative of a convolution by its kernel: a sum over images, taken a few of them at a time."""

import functools
import operator
from collections.abc import Callable

import jax

FLOATS = 2**19
"""What images and slopes may hold together to stay in a core's cache of 2 MB."""

_MOST_PARTS = 16  # each takes a tenth of a second to compile
_FEWEST_CHANNELS = 24


def kernel_slope(
    conv: Callable[[jax.Array, jax.Array], jax.Array], x: jax.Array, g: jax.Array, size: int
) -> jax.Array:
    """The derivative of <g, conv(x, w)> by w [size, size, I, O], for `x` [N, H, W, I] and `g` [N, ..., O].

    XLA:CPU makes of it a convolution in which images and channels have changed places. It runs on one core,
    and where the images leave that core's cache takes up to three times as long; a few images at a time do
    not leave it, and all cores share them (2 cores of an Intel Xeon, 2 MB of cache each; 32 to 256 channels
    at 64 to 8 pixels, batch 16).
    """
    w = jax.ShapeDtypeStruct((size, size, x.shape[-1], g.shape[-1]), x.dtype)
    parts = _parts(x, g, w.size)
    slopes = [
        jax.linear_transpose(functools.partial(conv, _part(x, parts, i)), w)(_part(g, parts, i))[0]
        for i in range(parts)
    ]
    return functools.reduce(operator.add, slopes)


def _parts(x: jax.Array, g: jax.Array, kernel: int) -> int:
    """Into how many parts to divide the images of a convolution with `kernel` weights.

    Images of few channels are better left together, and so are small ones with a large kernel: every part
    writes a whole slope. Each part has as many images on each device.
    """
    if min(x.shape[-1], g.shape[-1]) < _FEWEST_CHANNELS:
        return 1
    n, devices, floats = len(x), jax.device_count(), x.size + g.size
    for parts in range(1, min(n, _MOST_PARTS) + 1):
        if n % (parts * devices) == 0 and floats <= parts * devices * FLOATS:
            return parts if kernel * parts <= floats else 1
    return 1


def _part(x: jax.Array, parts: int, i: int) -> jax.Array:
    """Every image that is `parts` from the last, from `i` on: a batch over several devices stays there."""
    return x.reshape(len(x) // parts, parts, *x.shape[1:])[:, i] if parts > 1 else x
