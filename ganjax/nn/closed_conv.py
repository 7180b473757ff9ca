"""Convolutions for the CPU, of which derivatives of any order are such convolutions again.

Most are XLA's own, in the call that takes the least time; those that halve an image of many channels and
gradients by kernels of many channels are computed by tiles.

Left to itself, JAX makes of the derivative of a derivative, which gradient penalties ask for, a convolution
of a dilated image with a kernel of its size, where the first one goes in steps of two. XLA:CPU computes that
naively: it takes a hundred times as long as the convolution. The convolution, its derivative by the image and
that by the kernel are each other's derivatives: with their rules written down, every order costs what the
first one does. Reverse mode only, forward mode (`jax.jvp`) is refused.
"""

import functools
import math

import jax
import jax.numpy as jnp

from ganjax.nn.halving_conv import (
    halves_by_tiles,
    halving_conv,
    halving_image_slope,
    halving_kernel_slope,
)
from ganjax.nn.kernel_slope import kernel_slope
from ganjax.nn.plain_conv import image_slope, plain_conv, quick_conv
from ganjax.nn.tiled_conv import WINOGRAD, kernel_gradient

Pair = tuple[jax.Array, jax.Array]


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def closed_conv(x: jax.Array, w: jax.Array, step: int) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [K, K, I, O], a ring of zeros around: [N, H / step, W / step, O].

    Args:
      x: float32, its sides multiples of `step`.
      w: float32, K = step + 2.
      step: pixels from one output to the next.

    Raises:
      TypeError: the result is differentiated in forward mode.
    """
    if step == 2 and halves_by_tiles(x.shape, w.shape[3]):
        return halving_conv(x, w)
    return quick_conv(x, w, step)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _image_gradient(g: jax.Array, w: jax.Array, step: int) -> jax.Array:
    """The derivative of <g, closed_conv(x, w)> by x."""
    n, h, width, made = g.shape
    if step == 2 and halves_by_tiles((n, 2 * h, 2 * width, w.shape[2]), made):
        return halving_image_slope(g, w)
    return image_slope(g, w, step)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _kernel_gradient(x: jax.Array, g: jax.Array, step: int) -> jax.Array:
    """The derivative of <g, closed_conv(x, w)> by w."""
    given, made = x.shape[-1], g.shape[-1]
    if step == 2 and halves_by_tiles(x.shape, made):
        return halving_kernel_slope(x, g)
    # Winograd's form takes 0.6 to 0.9 of the time of XLA's convolution from 128 channels on, in larger tiles
    # a third to a half, and with fewer channels up to twice as long (2 cores each of an Intel Xeon, before
    # there were larger tiles, and an AMD EPYC, both with AVX512; batch 16, 12 to 256 channels).
    even = not any(side % WINOGRAD.step for side in x.shape[1:3])
    if step == 1 and even and min(given, made) >= 128 and math.prod(x.shape[:3]) >= 256:
        return kernel_gradient(x, g, WINOGRAD, jnp.dtype(jnp.float32))
    if step == 1 and made < 4 <= given:  # XLA takes three times as long for few outputs as for few inputs
        return jnp.flip(_kernel_gradient(g, x, 1), (0, 1)).swapaxes(2, 3)
    return kernel_slope(functools.partial(plain_conv, step=step), x, g, step + 2)


def _forward(x: jax.Array, w: jax.Array, step: int) -> tuple[jax.Array, Pair]:
    return closed_conv(x, w, step), (x, w)


def _backward(step: int, kept: Pair, g: jax.Array) -> Pair:
    x, w = kept
    return _image_gradient(g, w, step), _kernel_gradient(x, g, step)


def _image_forward(g: jax.Array, w: jax.Array, step: int) -> tuple[jax.Array, Pair]:
    return _image_gradient(g, w, step), (g, w)


def _image_backward(step: int, kept: Pair, v: jax.Array) -> Pair:
    g, w = kept  # <v, _image_gradient(g, w)> is <g, closed_conv(v, w)>
    return closed_conv(v, w, step), _kernel_gradient(v, g, step)


def _kernel_forward(x: jax.Array, g: jax.Array, step: int) -> tuple[jax.Array, Pair]:
    return _kernel_gradient(x, g, step), (x, g)


def _kernel_backward(step: int, kept: Pair, v: jax.Array) -> Pair:
    x, g = kept  # <v, _kernel_gradient(x, g)> is <g, closed_conv(x, v)>
    return _image_gradient(g, v, step), closed_conv(x, v, step)


closed_conv.defvjp(_forward, _backward)
_image_gradient.defvjp(_image_forward, _image_backward)
_kernel_gradient.defvjp(_kernel_forward, _kernel_backward)
