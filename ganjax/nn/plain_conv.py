"""The platform's convolution, and which call of it XLA:CPU takes the least time for.

Measured on 2 cores of an Intel Xeon with AVX512. All give the same but for rounding.
"""

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

LAYOUT = ("NHWC", "HWIO", "NHWC")
RING = ((1, 1), (1, 1))


def plain_conv(
    x: jax.Array, w: jax.Array, *, step: int = 1, edges: tuple[tuple[int, int], ...] = RING
) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [K, K, I, O], `edges` of zeros around, outputs `step` pixels apart.

    In any type, and differentiated as JAX does.
    """
    return lax.conv_general_dilated(x, w, (step, step), edges, dimension_numbers=LAYOUT)


def quick_conv(x: jax.Array, w: jax.Array, step: int) -> jax.Array:
    """`plain_conv` in a ring of zeros, with K = step + 2: [N, H / step, W / step, O]."""
    given, made = w.shape[2:]
    if given == 3 and 16 < made <= 32:
        # A fourth colour of zeros: a half to a quarter of the time (batch 16 at 64 pixels). With fewer
        # outputs or more, other paths of XLA are quicker.
        x, w = jnp.pad(x, ((0, 0),) * 3 + ((0, 1),)), jnp.pad(w, ((0, 0),) * 2 + ((0, 1), (0, 0)))
    if step == 1 and _keeps_one_core(x, w):
        # With a row more than the image has, XLA leaves the convolution to Eigen, which all cores share.
        return plain_conv(x, w, edges=((1, 2), (1, 1)))[:, :-1]
    return plain_conv(x, w, step=step)


def _keeps_one_core(x: jax.Array, w: jax.Array) -> bool:
    """Whether XLA:CPU would compute a large convolution on one core.

    Its own form (YNNPACK) is shared among cores by columns of the image or by outputs, and only where there
    are 128 of them. Eigen's, shared by pixels, then takes 0.6 to 0.75 of the time and 1.1 to 1.2 times the
    processor's; below some fifty million products a tap it is not shared either, and with fewer channels
    takes half as much again of the processor's.
    """
    given, made = w.shape[2:]
    much = math.prod(x.shape[:3]) * given * made >= 3 * 2**24
    return much and x.shape[2] < 128 and made < 128 and min(given, made) >= 48


def image_slope(g: jax.Array, w: jax.Array, step: int) -> jax.Array:
    """The derivative of <g, quick_conv(x, w, step)> by x, for `step` 1 or 2."""
    if step == 1:
        return quick_conv(g, jnp.flip(w, (0, 1)).swapaxes(2, 3), 1)
    if w.shape[2] <= 64:  # with more inputs XLA's form is quicker
        return doubling_conv(g, w)
    return transposed(functools.partial(plain_conv, step=step), g, w, step)


def transposed(
    conv: Callable[[jax.Array, jax.Array], jax.Array], g: jax.Array, w: jax.Array, step: int
) -> jax.Array:
    """The derivative of <g, conv(x, w)> by x, as JAX finds it, where `conv` divides the sides by `step`."""
    n, h, width, _ = g.shape
    x = jax.ShapeDtypeStruct((n, h * step, width * step, w.shape[2]), g.dtype)
    (slope,) = jax.linear_transpose(lambda x: conv(x, w), x)(g)
    return slope


def doubling_conv(g: jax.Array, w: jax.Array) -> jax.Array:
    """The derivative by the image of a convolution with `w` [4, 4, I, O] in steps of two: [N, 2 H, 2 W, I].

    That is the transposed convolution of `g` [N, H, W, O]. It is computed as one convolution for all four
    places in a block of 2x2 pixels. Along a side, y[j] = w0 x[2j-1] + w1 x[2j] + w2 x[2j+1] + w3 x[2j+2], so
    that x[2j-1] has the slope w0 g[j] + w2 g[j-1], and its neighbour x[2j] has w1 g[j] + w3 g[j-1]: two taps
    of the same g. Up to 64 inputs it takes 0.6 to 0.8 of the time of XLA's form, which fills g with zeros.
    """
    n, h, width, made = g.shape
    given = w.shape[2]
    taps = w.reshape(2, 2, 2, 2, given, made)[::-1, :, ::-1]  # those of g[j-1] first
    kernel = taps.transpose(0, 2, 5, 1, 3, 4).reshape(2, 2, made, 4 * given)
    blocks = plain_conv(g, kernel).reshape(n, h + 1, width + 1, 2, 2, given)
    pixels = blocks.transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * h + 2, 2 * width + 2, given)
    return pixels[:, 1:-1, 1:-1]
