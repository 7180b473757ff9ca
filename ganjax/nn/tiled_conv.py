"""3x3 convolutions as few matrix products over small tiles of the image.

Along one axis every form here computes a tile of outputs as y = A [(G w) * (B x)]: `B` mixes the inputs of
the tile, `G` the three weights, `*` multiplies elementwise and `A` mixes the products. Used along both axes,
each product becomes a matrix product over the channels of all tiles at once. A convolution takes 9 products
a pixel; the forms take fewer, because mixing is cheap. Where it is not, for few channels, the resampling
forms are computed with four taps a side instead, in steps of two. All are exact but for rounding (1e-5 to
2e-5 of the result's spread in float32).

The derivative by the image is again a form, with the kernel turned round. With the derivative by the kernel,
one batch of products or plain convolutions, the two are each other's derivatives, so that gradients of any
order cost what the convolution costs: reverse mode only, forward mode (`jax.jvp`) is refused.

Source of the scheme: Winograd 1980; Lavin and Gray 2015 (arXiv:1509.09308).
"""

import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

from ganjax.nn.kernel_slope import FLOATS, kernel_slope
from ganjax.nn.mixing import (
    Matrix,
    convolved,
    mix_kernel,
    mix_tiles,
    outweighs_kernel,
    slope_by_kernel,
)
from ganjax.nn.plain_conv import doubling_conv, plain_conv, quick_conv

Pair = tuple[jax.Array, jax.Array]


class Form(NamedTuple):
    """One form along one axis.

    Attributes:
      data: B [P, T], from the T inputs of a tile, the first of them one before its start, to P factors.
      kernel: G [P, 3], from the three weights to P factors.
      output: A [M, P], from the P products to the M outputs of the tile.
      step: inputs from one tile to the next, T - 2.
    """

    data: Matrix
    kernel: Matrix
    output: Matrix
    step: int


WINOGRAD = Form(
    data=((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    kernel=((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    output=((1, 1, 1, 0), (0, 1, -1, -1)),
    step=2,
)
"""The convolution itself, F(2, 3) of arXiv:1509.09308: 4 products a pixel in place of 9."""

_WINOGRAD4 = Form(
    data=(
        (1, -1.5, -2, 1.5, 1, 0),
        (0, -1, 0.5, 2.5, 1, 0),
        (0, 1, -2.5, 0.5, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 0.5, -1, -0.5, 1, 0),
        (0, 1, -1.5, -2, 1.5, 1),
    ),
    kernel=(
        (1, 0, 0),
        (1 / 3, 1 / 3, 1 / 3),
        (-1 / 3, 1 / 3, -1 / 3),
        (-16 / 15, -8 / 15, -4 / 15),
        (1 / 15, -2 / 15, 4 / 15),
        (0, 0, 1),
    ),
    output=((1, 1, 1, 1, 1, 0), (0, 1, -1, 0.5, -2, 0), (0, 1, 1, 0.25, 4, 0), (0, 1, -1, 0.125, -8, 1)),
    step=4,
)
"""F(4, 3) through the points 0, 1, -1, 1/2, -2 and infinity: 2.25 products a pixel.

Of the points that take few bits these round least (Barabasz et al. 2018, arXiv:1803.10986): a third of the
error of 0, 1, -1, 2, -2.
"""

# A doubled image has x[i] twice, so y[2i] = w0 x[i-1] + (w1 + w2) x[i] = S x[i] - w0 (x[i] - x[i-1]) and
# y[2i+1] = (w0 + w1) x[i] + w2 x[i+1] = S x[i] + w2 (x[i+1] - x[i]), with S = w0 + w1 + w2.
UPSAMPLE = Form(
    data=((0, 1, 0), (1, -1, 0), (0, -1, 1)),
    kernel=((1, 1, 1), (1, 0, 0), (0, 0, 1)),
    output=((1, 1, 0), (1, 0, 1)),
    step=1,
)
"""The convolution of the doubled image: 9 products a pixel of the small image, that is 2.25 in place of 9."""

# The sum of two neighbours y[2i] and y[2i+1] is
# w0 x[2i-1] + (w0 + w1) x[2i] + (w1 + w2) x[2i+1] + w2 x[2i+2]
# = S (x[2i] + x[2i+1]) + w0 (x[2i-1] - x[2i+1]) + w2 (x[2i+2] - x[2i]).
DOWNSAMPLE = Form(
    data=((0, 1, 1, 0), (1, 0, -1, 0), (0, -1, 0, 1)),
    kernel=((1, 1, 1), (1, 0, 0), (0, 0, 1)),
    output=((1, 1, 1),),
    step=2,
)
"""The convolution summed over 2x2 blocks: 2.25 products a pixel in place of 9."""

_PHASES: Matrix = ((1, 0, 1, 0), (0, 1, 1, 0), (0, 1, 0, 1))  # the three weights have a part in these taps
_TRANSPOSED = {WINOGRAD: WINOGRAD, UPSAMPLE: DOWNSAMPLE, DOWNSAMPLE: UPSAMPLE}


def tiled_conv(x: jax.Array, w: jax.Array, *, form: Form, dtype: DTypeLike) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [3, 3, I, O] by `form`: [N, M H / step, M W / step, O] float32.

    H and W are multiples of `form.step`. `dtype` is the type of the products, whose sums are float32;
    gradients by `w`, which are sums over all pixels, have float32 products too.

    Raises:
      TypeError: the result is differentiated in forward mode.
    """
    return _conv(x.astype(jnp.float32), w.astype(jnp.float32), form, jnp.dtype(dtype), False)


# Both are compiled as a unit so that layers of one shape are traced once, not once for each use.
@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
@functools.partial(jax.jit, static_argnums=(2, 3, 4))
def _conv(x: jax.Array, w: jax.Array, form: Form, dtype: jnp.dtype, turned: bool) -> jax.Array:
    """The convolution with `w` [3, 3, I, O], or if `turned` with `w` [3, 3, O, I], its taps reversed."""
    if _mixes_too_much(form, w, dtype):
        return _by_four_taps(x, w, form, turned)
    if form is WINOGRAD and dtype == jnp.float32 and _fills_large_tiles(x):
        # bfloat16 stays with the small tiles, since the larger ones round more.
        tiles = math.prod(x.shape[:3]) // _WINOGRAD4.step**2
        form = _WINOGRAD4 if outweighs_kernel(tiles, *w.shape[2:]) else form
    w = jnp.flip(w, (0, 1)) if turned else w
    return convolved(_factors(x, form), w, form.kernel, form.output, outputs_first=turned, dtype=dtype)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
@functools.partial(jax.jit, static_argnums=(2, 3))
def kernel_gradient(x: jax.Array, g: jax.Array, form: Form, dtype: jnp.dtype) -> jax.Array:
    """The derivative of <g, tiled_conv(x, w)> by w [3, 3, I, O], for `g` of the shape of the convolution.

    `dtype` is the type of the products in its own derivatives.
    """
    if form is UPSAMPLE and _leaves_tiles(x, g):
        return _by_phases(x, g)
    if form is DOWNSAMPLE and _leaves_tiles(g, x):  # <g, sums of x * w> is <g doubled, x * w>
        return jnp.flip(_by_phases(g, x), (0, 1)).swapaxes(2, 3)
    if form is WINOGRAD and _fills_large_tiles(x):
        form = _WINOGRAD4
    slope = slope_by_kernel(_factors(x, form), g, form.kernel, form.output)
    return slope.reshape(3, 3, *slope.shape[1:])


def _conv_forward(
    x: jax.Array, w: jax.Array, form: Form, dtype: jnp.dtype, turned: bool
) -> tuple[jax.Array, Pair]:
    return _conv(x, w, form, dtype, turned), (x, w)


def _conv_backward(form: Form, dtype: jnp.dtype, turned: bool, kept: Pair, g: jax.Array) -> Pair:
    x, w = kept
    other = _TRANSPOSED[form]
    # <g, x * turned w> is <g * w, x>.
    by_kernel = kernel_gradient(g, x, other, dtype) if turned else kernel_gradient(x, g, form, dtype)
    return _conv(g, w, other, dtype, not turned), by_kernel


def _gradient_forward(x: jax.Array, g: jax.Array, form: Form, dtype: jnp.dtype) -> tuple[jax.Array, Pair]:
    return kernel_gradient(x, g, form, dtype), (x, g)


def _gradient_backward(form: Form, dtype: jnp.dtype, kept: Pair, v: jax.Array) -> Pair:
    x, g = kept  # <v, kernel_gradient(x, g)> is <g, _conv(x, v)>
    return _conv(g, v, _TRANSPOSED[form], dtype, True), _conv(x, v, form, dtype, False)


_conv.defvjp(_conv_forward, _conv_backward)
kernel_gradient.defvjp(_gradient_forward, _gradient_backward)


def _fills_large_tiles(x: jax.Array) -> bool:
    """Whether Winograd's form takes tiles of 4x4 pixels in place of 2x2, with 9 sixteenths of the products.

    Gradients by the kernel, which have float32 products always, take 0.5 to 0.8 of the time from a thousand
    pixels on; convolutions 0.8 where images outweigh their kernel (2 cores of an AMD EPYC with AVX512; 128 to
    512 channels at 64 to 8 pixels).
    """
    even = not any(side % _WINOGRAD4.step for side in x.shape[1:3])
    return even and math.prod(x.shape[:3]) >= 2**10


def _mixes_too_much(form: Form, w: jax.Array, dtype: jnp.dtype) -> bool:
    """Whether to convolve by `_by_four_taps`.

    That takes 16 products in place of 9 and mixes nothing. Mixing goes with the sum of inputs and outputs
    and products with I O, so that few channels gain: from a fifth to four fifths of the time (2 cores of an
    Intel Xeon with AVX512 and AMX, which has bfloat16 products; 8 to 512 channels at 16 to 256 pixels).
    """
    given, made = w.shape[2:]
    most = {WINOGRAD: 0, UPSAMPLE: 45, DOWNSAMPLE: 32}[form]
    return given * made <= min(most, 24 if dtype == jnp.bfloat16 else most) * (given + made)


def _by_four_taps(x: jax.Array, w: jax.Array, form: Form, turned: bool) -> jax.Array:
    """`_conv` by DOWNSAMPLE as a convolution of 4x4 taps in steps of two, by UPSAMPLE as its transpose.

    y[2i] + y[2i+1] = w0 x[2i-1] + (w0 + w1) x[2i] + (w1 + w2) x[2i+1] + w2 x[2i+2]. In float32 throughout.
    """
    if turned is (form is DOWNSAMPLE):
        w = jnp.flip(w, (0, 1)).swapaxes(2, 3)
    for axis in (0, 1):
        edges = [(int(i == axis),) * 2 for i in range(w.ndim)]
        w = jnp.pad(w, edges)
        w = lax.slice_in_dim(w, 0, -1, axis=axis) + lax.slice_in_dim(w, 1, None, axis=axis)
    return quick_conv(x, w, 2) if form is DOWNSAMPLE else doubling_conv(x, w)


def _leaves_tiles(x: jax.Array, g: jax.Array) -> bool:
    """Whether `x` [N, H, W, I] and `g` [N, 2 H, 2 W, O] have the slope of UPSAMPLE's kernel by phases.

    Mixing costs most where many pixels have few channels, and the slope of a plain convolution least where
    there are several images, of which one is small enough: see `kernel_slope`.
    """
    n, h, width, given = x.shape
    few = min(given, g.shape[-1]) <= 64 and n * h * width >= 2**12
    return few and n >= 4 and x.size + g.size // 4 <= n * FLOATS


def _by_phases(x: jax.Array, g: jax.Array) -> jax.Array:
    """`kernel_gradient` of UPSAMPLE, by a convolution for each of the four places in a doubled pixel.

    There a kernel has two taps a side, y[2i] = w0 x[i-1] + (w1 + w2) x[i] and
    y[2i+1] = (w0 + w1) x[i] + w2 x[i+1]. That takes 16 products a pixel in place of 9, which are not mixed,
    and a quarter to nine tenths of the time (2 cores of an Intel Xeon with AVX512; 12 to 128 channels at 64
    to 16 pixels, batches of 4 to 16).
    """

    def slope(row: int, column: int) -> jax.Array:
        edges = ((1 - row, row), (1 - column, column))
        return kernel_slope(functools.partial(plain_conv, edges=edges), x, g[:, row::2, column::2], 2)

    taps = [[slope(row, column) for column in range(2)] for row in range(2)]
    # Along a side: the first and second tap at the even places, and those at the odd ones.
    both = jnp.concatenate([jnp.concatenate(row, 1) for row in taps])
    return mix_kernel(_PHASES, both).reshape(3, 3, *both.shape[2:])


def _factors(x: jax.Array, form: Form) -> jax.Array:
    """The P x P mixed inputs of every tile: [P, P, N, H / step, W / step, I]."""
    return mix_tiles(form.data, jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), form.step)
