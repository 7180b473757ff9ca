"""Convolutions of image batches: 3x3, alone and joined with a resampling by two, and 4x4 that halve.

Images are NHWC and kernels HWIO; outside the image are zeros, and those of 3x3 keep the size. `dtype` is
the type of the products, float32 or bfloat16. Results are float32, except that bfloat16 products give
bfloat16 off the CPU, where that is what the convolution itself gives.

All can be differentiated any number of times in reverse mode. Forward mode (`jax.jvp`) is not given: on the
CPU it raises TypeError.
"""

import math

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.nn.closed_conv import closed_conv
from ganjax.nn.plain_conv import plain_conv
from ganjax.nn.tiled_conv import DOWNSAMPLE, UPSAMPLE, WINOGRAD, Form, tiled_conv


def conv3x3(x: jax.Array, w: jax.Array, *, dtype: DTypeLike = jnp.float32) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [3, 3, I, O]: [N, H, W, O]."""
    if _tiled(WINOGRAD, x, w, dtype):
        return tiled_conv(x, w, form=WINOGRAD, dtype=dtype)
    return _plain(x, w, dtype)


def upsample_conv3x3(x: jax.Array, w: jax.Array, *, dtype: DTypeLike = jnp.float32) -> jax.Array:
    """Doubles every pixel of `x` [N, H, W, I], then convolves with `w` [3, 3, I, O]: [N, 2 H, 2 W, O]."""
    if _tiled(UPSAMPLE, x, w, dtype):
        return tiled_conv(x, w, form=UPSAMPLE, dtype=dtype)
    return _plain(upsample_nearest(x), w, dtype)


def conv3x3_downsample(x: jax.Array, w: jax.Array, *, dtype: DTypeLike = jnp.float32) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [3, 3, I, O], then averages 2x2 blocks: [N, H / 2, W / 2, O].

    H and W are even.
    """
    if _tiled(DOWNSAMPLE, x, w, dtype):
        return tiled_conv(x, w / 4, form=DOWNSAMPLE, dtype=dtype)
    return downsample_box(_plain(x, w, dtype))


def conv4x4_halving(x: jax.Array, w: jax.Array, *, dtype: DTypeLike = jnp.float32) -> jax.Array:
    """Convolves `x` [N, H, W, I] with `w` [4, 4, I, O] in steps of two, zeros around: [N, H / 2, W / 2, O].

    H and W are even.
    """
    return _plain(x, w, dtype, step=2)


def _tiled(form: Form, x: jax.Array, w: jax.Array, dtype: DTypeLike) -> bool:
    """Whether to compute by `form`, or by the platform's own convolution.

    Measured on 2 cores each of an AMD EPYC (Zen 4: AVX512 and bfloat16 dot products) and an Intel Xeon
    (AVX512 and AMX), where XLA's convolution computes all nine taps near the processor's peak, so that only
    fewer products help. The resampling forms, which need at most four ninths of them, won at every shape.
    Winograd's, with 4/9 or a quarter, won from 128 channels on, where mixing costs little beside the products
    (64 in bfloat16, which XLA's convolution has not), and from 256 pixels on, where mixing the kernel does
    too. Below some two million products a tap all take a few milliseconds, which do not repay the time that
    forms take to compile. GPUs and TPUs have tuned convolutions; nothing else was measured there.
    """
    if jax.default_backend() != "cpu":
        return False
    n, h, width, _ = x.shape
    pixels, channels = n * h * width, w.shape[2:]
    if h % form.step or width % form.step or pixels * math.prod(channels) < 2**21:
        return False
    fewest = 64 if jnp.dtype(dtype) == jnp.bfloat16 else 128
    return form is not WINOGRAD or (min(channels) >= fewest and pixels >= 256)


def _plain(x: jax.Array, w: jax.Array, dtype: DTypeLike, *, step: int = 1) -> jax.Array:
    """The platform's convolution, with outputs `step` pixels apart."""
    # XLA:CPU has no bfloat16 convolution: it converts to float32 and back, which costs more than it gives.
    if jax.default_backend() == "cpu":
        return closed_conv(x.astype(jnp.float32), w.astype(jnp.float32), step)
    return plain_conv(x.astype(dtype), w.astype(dtype), step=step)
