"""The derivative of a convolution by its kernel: a sum over images, taken a few of them at a time."""

import functools
import operator
from collections.abc import Callable

import jax
import jax.numpy as jnp

_FLOATS = 3 * 2**17
_FEWEST_CHANNELS = 24


def kernel_slope(
    conv: Callable[[jax.Array, jax.Array], jax.Array], x: jax.Array, g: jax.Array, size: int
) -> jax.Array:
    """The derivative of <g, conv(x, w)> by w [size, size, I, O], for `x` [N, H, W, I] and `g` [N, ..., O].

    XLA:CPU makes of it a convolution in which images and channels have changed places. It runs on one core,
    and where the images leave that core's cache takes up to three times as long; a few images at a time do
    not leave it, and all cores share them (2 cores of an Intel Xeon, 2 MB of cache each; 32 to 256 channels
    at 64 to 8 pixels, batch 16). Images of few channels are better left together.
    """
    channels = x.shape[-1], g.shape[-1]
    parts = 1
    if min(channels) >= _FEWEST_CHANNELS:
        while not len(x) % (2 * parts) and len(x) > 2 * parts and x.size + g.size > parts * _FLOATS:
            parts *= 2
    w = jax.ShapeDtypeStruct((size, size, *channels), x.dtype)
    slopes = [
        jax.linear_transpose(functools.partial(conv, some), w)(their)[0]
        for some, their in zip(jnp.split(x, parts), jnp.split(g, parts), strict=True)
    ]
    return functools.reduce(operator.add, slopes)
