"""The discriminator of Real-ESRGAN: a U-Net that scores every pixel."""

import functools

import jax
from flax import linen as nn
from jax.typing import DTypeLike

from ganjax.core.resample import upsample_bilinear
from ganjax.nn.layers import LIKE_TORCH, Conv3x3
from ganjax.nn.spectral import SpectralConv


def unet_scores(x: jax.Array, width: int, *, train: bool, dtype: DTypeLike) -> jax.Array:
    """Scores [N, H, W, 1] of pictures [N, H, W, 3] with H and W multiples of 8; call it in a compact module.

    Its layers are "conv0" to "conv9" of that module. `width` are the channels at the full size, `dtype` is
    the type of the products. With `train`, "spectral" is brought up to date and is mutable.

    Source: Wang et al. 2021 (arXiv:2107.10833), figure 6; XPixelGroup/BasicSR,
    basicsr/archs/discriminator_arch.py.
    """
    plain = functools.partial(Conv3x3, dtype=dtype, kernel_init=LIKE_TORCH)

    def conv(x: jax.Array, i: int, width: int, size: int = 3) -> jax.Array:
        layer = SpectralConv(width, size, kernel_init=LIKE_TORCH, dtype=dtype, name=f"conv{i}")
        return nn.leaky_relu(layer(x, train=train), 0.2)

    x = nn.leaky_relu(plain(width, name="conv0")(x), 0.2)
    skips = [x]
    for i in (1, 2, 3):
        x = conv(x, i, width << i, 4)
        skips.append(x)
    skips.pop()
    for i in (4, 5, 6):
        x = conv(upsample_bilinear(x), i, width << 6 - i) + skips.pop()
    for i in (7, 8):
        x = conv(x, i, width)
    return plain(1, name="conv9")(x)
