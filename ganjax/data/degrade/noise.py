"""Gaussian and Poisson noise, on each colour by itself or the same on all (grey).

Pictures are [H, W, C] float32 in [0, 1], and so are the results. Every argument may be traced. The rules
follow XPixelGroup/BasicSR, basicsr/data/degradations.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy

from ganjax.core.colour import grey as to_grey
from ganjax.data.degrade.sizes import inside, whole

_COUNTS = 512  # a count of the highest rate lies beyond with a chance below 1e-40; a power of two
_LOG_FACTORIAL = np.cumsum(np.log(np.maximum(np.arange(_COUNTS), 1))).astype(np.float32)[None]


def gaussian_noise(
    key: jax.Array, image: jax.Array, sigma: jax.Array | float, grey: jax.Array | bool
) -> jax.Array:
    """`image` with noise of standard deviation `sigma` / 255, clipped. `add_gaussian_noise_pt`."""
    noise = jax.random.normal(key, image.shape) * sigma / 255
    return jnp.clip(image + jnp.where(grey, noise[..., :1], noise), 0, 1)


def poisson_noise(
    key: jax.Array,
    image: jax.Array,
    scale: jax.Array | float,
    grey: jax.Array | bool,
    *,
    extent: jax.Array | None = None,
) -> jax.Array:
    """`image` with the noise of counted photons, times `scale`, clipped. `add_poisson_noise_pt`.

    As many photons make white as the picture has different values in 8 bits, rounded up to a power of two
    (with `grey`, as its grey version has). `extent`: see `ganjax.data.degrade.sizes`; all by default.
    """
    seen = jnp.where(grey, jnp.broadcast_to(to_grey(image), image.shape), image)
    levels = jnp.rint(jnp.clip(seen, 0, 1) * 255).astype(jnp.int32)
    pixels = inside(image, whole(image) if extent is None else extent)
    counted = jnp.where(pixels, levels, 256)  # beyond the 256 places: not counted
    different = jnp.zeros(256, bool).at[counted].set(True, mode="drop").sum()
    peak = 2 ** jnp.ceil(jnp.log2(different))
    noise = poisson_levels(key, levels, peak) / peak - levels / 255
    return jnp.clip(image + scale * jnp.where(grey, noise[..., :1], noise), 0, 1)


def poisson_levels(key: jax.Array, levels: jax.Array, peak: jax.Array | float) -> jax.Array:
    """Counts of photons for 8-bit `levels`, where level 255 gets `peak` of them on average, at most 256.

    There are only 256 rates, so each pixel searches the table of its rate for the first count whose
    cumulated chance exceeds a uniform number: nine looks, where `jax.random.poisson` tries again and again.
    """
    rate = jnp.arange(256)[:, None] / 255 * peak
    count = jnp.arange(float(_COUNTS))[None]
    chance = jnp.exp(xlogy(count, rate) - rate - _LOG_FACTORIAL)
    below = jnp.cumsum(chance, 1)
    table = (below / below[:, -1:]).reshape(-1)
    u = jax.random.uniform(key, levels.shape)
    found = jnp.zeros_like(levels)
    jump = _COUNTS // 2
    while jump:
        found = jnp.where(table[levels * _COUNTS + found + jump - 1] <= u, found + jump, found)
        jump //= 2
    return found
