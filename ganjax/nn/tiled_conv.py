"""3x3 convolutions as few matrix products over small tiles of the image.

Along one axis every form here computes a tile of outputs as y = A [(G w) * (B x)]: `B` mixes the inputs of
the tile, `G` the three weights, `*` multiplies elementwise and `A` mixes the products. Used along both axes,
each product becomes a matrix product over the channels of all tiles at once. A convolution takes 9 products
a pixel; the forms take fewer, because mixing is cheap. All are exact but for rounding (about 1e-5 of the
result's spread in float32), and plain JAX, so they can be differentiated any number of times in any mode.

Source of the scheme: Winograd 1980; Lavin and Gray 2015 (arXiv:1509.09308).
"""

import functools
import operator
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

Matrix = tuple[tuple[float, ...], ...]


class Form(NamedTuple):
    """One form along one axis.

    Attributes:
      data: B [P, T], from the T inputs of a tile, the first of them one before its start, to P factors.
      kernel: G [P, 3], from the three weights to P factors.
      output: A [M, P], from the P products to the M outputs of the tile.
      step: inputs from one tile to the next.
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

# A doubled image has x[i] twice, so y[2i] = w0 x[i-1] + (w1 + w2) x[i] = S x[i] - w0 (x[i] - x[i-1]) and
# y[2i+1] = (w0 + w1) x[i] + w2 x[i+1] = S x[i] + w2 (x[i+1] - x[i]), with S = w0 + w1 + w2.
UPSAMPLE = Form(
    data=((0, 1, 0), (1, -1, 0), (0, -1, 1)),
    kernel=((1, 1, 1), (1, 0, 0), (0, 0, 1)),
    output=((1, 1, 0), (1, 0, 1)),
    step=1,
)
"""The convolution of the doubled image: 9 products a pixel of the small image, that is 2.25 in place of 9."""

# The mean of two neighbours y[2i] and y[2i+1] is half of
# w0 x[2i-1] + (w0 + w1) x[2i] + (w1 + w2) x[2i+1] + w2 x[2i+2]
# = S (x[2i] + x[2i+1]) + w0 (x[2i-1] - x[2i+1]) + w2 (x[2i+2] - x[2i]).
DOWNSAMPLE = Form(
    data=((0, 0.5, 0.5, 0), (0.5, 0, -0.5, 0), (0, -0.5, 0, 0.5)),
    kernel=((1, 1, 1), (1, 0, 0), (0, 0, 1)),
    output=((1, 1, 1),),
    step=2,
)
"""The convolution averaged over 2x2 blocks: 2.25 products a pixel in place of 9."""


# Compiled as a unit so that layers of one shape are traced and differentiated once, not once for each use.
@functools.partial(jax.jit, static_argnames=("form", "dtype"))
def tiled_conv(x: jax.Array, w: jax.Array, *, form: Form, dtype: DTypeLike) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [3, 3, I, O] by `form`: [N, M H / step, M W / step, O] float32.

    H and W are multiples of `form.step`. `dtype` is the type of the products, whose sums are float32.
    """
    n, h, width, _ = x.shape
    size, step = len(form.data[0]), form.step
    tiles = (n, h // step, width // step)
    x = x.astype(jnp.float32)
    edge = (1, size - step - 1, 0)
    x = lax.pad(x, jnp.float32(0), ((0, 0, 0), edge, edge, (0, 0, 0)))

    def inputs(x: jax.Array, axis: int) -> list[jax.Array]:
        last = step * (tiles[axis] - 1) + 1
        parts = [lax.slice_in_dim(x, i, i + last, step, axis) for i in range(size)]
        return _mix(form.data, parts)

    factors = [inputs(row, 2) for row in inputs(x, 1)]
    rows = _mix(form.kernel, list(w.astype(jnp.float32)))
    kernels = [_mix(form.kernel, list(row)) for row in rows]
    products = [
        [_matmul(a, b, dtype).reshape(*tiles, -1) for a, b in zip(row, kernel, strict=True)]
        for row, kernel in zip(factors, kernels, strict=True)
    ]
    columns = [_mix(form.output, column) for column in zip(*products, strict=True)]
    outputs = [_mix(form.output, row) for row in zip(*columns, strict=True)]
    y = jnp.stack([jnp.stack(row, 3) for row in outputs], 2)
    m = len(form.output)
    return y.reshape(n, m * tiles[1], m * tiles[2], -1)


def _mix(matrix: Matrix, parts: Sequence[jax.Array]) -> list[jax.Array]:
    """`matrix` times the column of `parts`; written out, since its entries are few and mostly 0 or 1."""
    return [
        functools.reduce(
            operator.add,
            (
                part if factor == 1 else factor * part
                for factor, part in zip(row, parts, strict=True)
                if factor
            ),
        )
        for row in matrix
    ]


def _matmul(x: jax.Array, w: jax.Array, dtype: DTypeLike) -> jax.Array:
    """`x` [..., I] times `w` [I, O] as [pixels, O] float32."""
    # One plain product each: XLA's batched product is about half as fast on the CPU, and of the bfloat16
    # products only this kind, into float32, reaches the processor's bfloat16 units.
    return lax.dot(
        x.reshape(-1, x.shape[-1]).astype(dtype), w.astype(dtype), preferred_element_type=jnp.float32
    )
