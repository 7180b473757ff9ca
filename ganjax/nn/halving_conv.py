"""Convolutions of 4x4 taps in steps of two, for many channels: few matrix products over small tiles.

In blocks of 2x2 pixels such a convolution has 2x2 taps: along a side y[j] = a b[j] + c b[j+1], with the block
b[j] = (x[2j-1], x[2j]), a = (w0, w1) and c = (w2, w3). By Winograd's F(2, 2) (arXiv:1509.09308) two outputs
take three products in place of four, y[j] = a (b[j] - b[j+1]) + (a + c) b[j+1] and
y[j+1] = (a + c) b[j+1] + c (b[j+2] - b[j+1]): 9 products an output in place of 16. Exact but for rounding.
"""

import jax
import jax.numpy as jnp
from jax import lax

from ganjax.nn.mixing import Matrix, convolved, mix_parts, outweighs_kernel, slope_by_kernel
from ganjax.nn.plain_conv import transposed

_DATA: Matrix = ((1, -1, 0), (0, 1, 0), (0, -1, 1))
_KERNEL: Matrix = ((1, 0), (1, 1), (0, 1))
_OUTPUT: Matrix = ((1, 1, 0), (0, 1, 1))


def halves_by_tiles(shape: tuple[int, ...], made: int) -> bool:
    """Whether to convolve images of `shape` [N, H, W, I] to `made` channels by `halving_conv`.

    It takes 0.6 to 0.9 of the time of XLA's form from 64 inputs and 128 outputs on, and its gradient by the
    kernel 0.8 to 1.0 (2 cores of an AMD EPYC with AVX512; batch 16, 64 to 256 channels at 32 to 8 pixels).
    """
    n, h, width, given = shape
    tiled = h % 4 == 0 and width % 4 == 0 and given >= 64 and made >= 128
    return tiled and outweighs_kernel(n * h * width // 16, 4 * given, made)


def halving_conv(x: jax.Array, w: jax.Array) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [4, 4, I, O], a ring of zeros around: [N, H / 2, W / 2, O].

    H and W are multiples of 4.
    """
    return convolved(_factors(x), _blocks(w).reshape(2, 2, -1, w.shape[-1]), _KERNEL, _OUTPUT)


def halving_image_slope(g: jax.Array, w: jax.Array) -> jax.Array:
    """The derivative of <g, halving_conv(x, w)> by x."""
    return transposed(halving_conv, g, w, 2)


def halving_kernel_slope(x: jax.Array, g: jax.Array) -> jax.Array:
    """The derivative of <g, halving_conv(x, w)> by w."""
    given, made = x.shape[-1], g.shape[-1]
    blocks = slope_by_kernel(_factors(x), g, _KERNEL, _OUTPUT)
    return _blocks(blocks.reshape(2, 2, 2, 2, given, made)).reshape(4, 4, given, made)


def _blocks(w: jax.Array) -> jax.Array:
    """Taps [4, 4, I, O] as [2, 2, 2, 2, I, O], block and place in it, or the other way round.

    A tap's number along a side is twice its block's and its place, so both ways are one exchange of axes.
    """
    return w.reshape(2, 2, 2, 2, *w.shape[-2:]).swapaxes(1, 2)


def _factors(x: jax.Array) -> jax.Array:
    """The 3x3 mixed blocks of every tile: [3, 3, N, H / 4, W / 4, 4 I]."""
    n, h, width, given = x.shape
    rows = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).reshape(n, h // 2 + 1, 2, width // 2 + 1, 2 * given)
    # Columns are mixed first, and written with the two rows of a block side by side: taken apart as blocks
    # before, or in one with the mixing of rows, it takes XLA twice as long.
    mixed = mix_parts(_DATA, [rows[:, :, :, i : i + width // 2 - 1 : 2].swapaxes(2, 3) for i in range(3)])
    mixed = lax.optimization_barrier(mixed).reshape(3, n, h // 2 + 1, width // 4, 4 * given)
    return mix_parts(_DATA, [mixed[:, :, i : i + h // 2 - 1 : 2] for i in range(3)])
