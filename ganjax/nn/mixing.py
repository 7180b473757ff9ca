"""What convolutions by matrix products over tiles share.

Images and kernels are mixed into factors, factors are multiplied, and products are mixed into pixels. The
mixing matrices are small and have many zeros, so that all but the kernels' are written out as sums.
"""

import functools
import operator
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import DTypeLike

Matrix = tuple[tuple[float, ...], ...]

# Products along a side; where there are more, mixing along both sides in one sum takes three times as long.
_MOST_AT_ONCE = 4


def convolved(
    factors: jax.Array,
    w: jax.Array,
    kernel: Matrix,
    output: Matrix,
    *,
    outputs_first: bool = False,
    dtype: DTypeLike = jnp.float32,
) -> jax.Array:
    """The convolution of `factors` [P, P, N, H, W, I] of tiles with `w` [T, T, I, O]: [N, M H, M W, O].

    Args:
      factors: float32.
      w: float32; [T, T, O, I] if `outputs_first`.
      kernel: [P, T], from the weights along a side to its factors.
      output: [M, P], from the products along a side to its pixels.
      outputs_first: which of the channels of `w` come first.
      dtype: type of the products, whose sums are float32.
    """
    # One batch of products compiles in half the time of P x P single ones, and is as fast; the batch has one
    # axis and the pixels have one, since XLA copies where there are several.
    products = jnp.einsum(
        "pmi,poi->pmo" if outputs_first else "pmi,pio->pmo",
        _flat(factors).astype(dtype),
        mix_kernel(kernel, w).astype(dtype),
        preferred_element_type=jnp.float32,
    )
    return _pixels(output, products.reshape(*factors.shape[:-1], -1))


def slope_by_kernel(factors: jax.Array, g: jax.Array, kernel: Matrix, output: Matrix) -> jax.Array:
    """The derivative of <g, convolved(factors, w, kernel, output)> by w: [T T, I, O]."""
    slopes = mix_tiles(_transpose(output), g, len(output))
    products = _summed_over_tiles(_flat(factors), _flat(slopes))
    return mix_kernel(_transpose(kernel), products.reshape(*factors.shape[:2], *products.shape[1:]))


def mix_tiles(matrix: Matrix, x: jax.Array, step: int) -> jax.Array:
    """`matrix` [P, T] along both axes of the tiles, `step` apart, of `x` [N, H, W, C]: [P, P, N, ..., C]."""
    size = len(matrix[0])
    for axis in (-2, -3):  # columns first, for the last new axis comes first
        end = x.shape[axis] - size + 1
        x = mix_parts(matrix, [lax.slice_in_dim(x, i, i + end, step, x.ndim + axis) for i in range(size)])
    return x


def mix_kernel(matrix: Matrix, w: jax.Array) -> jax.Array:
    """`matrix` [P, T] along each of the first two axes of `w` [T, T, I, O]: [P P, I, O].

    It is one product of matrices, which takes half the time of sums that are written out.
    """
    side = np.array(matrix, np.float32)
    return jnp.einsum("pt,tio->pio", np.kron(side, side), w.reshape(-1, *w.shape[2:]))


def _pixels(matrix: Matrix, products: jax.Array) -> jax.Array:
    """`matrix` [M, P] along both axes of the tiles of `products` [P, P, N, H, W, C]: [N, M H, M W, C]."""
    if len(products) > _MOST_AT_ONCE:
        mixed = lax.optimization_barrier(mix_parts(matrix, list(products.swapaxes(0, 1)), 4))
        y = mix_parts(matrix, list(mixed), 2)
    else:
        n = len(matrix)
        both = tuple(tuple(a * b for a in row for b in other) for row in matrix for other in matrix)
        y = mix_parts(both, [part for row in products for part in row]).reshape(n, n, *products.shape[2:])
        y = jnp.moveaxis(y, (0, 1), (2, 4))
    n, h, rows, width, columns, c = y.shape
    return y.reshape(n, h * rows, width * columns, c)


def mix_parts(matrix: Matrix, parts: Sequence[jax.Array], axis: int = 0) -> jax.Array:
    """`matrix` times the column of `parts`, the results stacked along a new `axis`."""
    rows = (zip(row, parts, strict=True) for row in matrix)
    return jnp.stack(
        [
            functools.reduce(operator.add, (part if k == 1 else k * part for k, part in row if k))
            for row in rows
        ],
        axis,
    )


def _flat(tiles: jax.Array) -> jax.Array:
    """`tiles` [P, P, N, H, W, C] as a batch of P P matrices [N H W, C]."""
    return tiles.reshape(len(tiles) ** 2, -1, tiles.shape[-1])


def _transpose(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _summed_over_tiles(x: jax.Array, g: jax.Array) -> jax.Array:
    """The products [P, I, O] of `x` [P, M, I], turned, and `g` [P, M, O].

    XLA:CPU takes up to twice as long if the wider side comes first.
    """
    order = "oi" if x.shape[-1] > g.shape[-1] else "io"
    products = jnp.einsum(f"pmi,pmo->p{order}", x, g)
    return products.swapaxes(1, 2) if order == "oi" else products


def outweighs_kernel(tiles: int, given: int, made: int) -> bool:
    """Whether mixing `tiles` is more work than mixing their kernel of `given` inputs and `made` outputs.

    Where it is not, fewer products do not repay the larger kernels that they ask for. Tiles are counted over
    all devices together.
    """
    return tiles * (given + made) >= given * made
