"""What JPEG does to a picture: 8x8 cosine transform, quality tables, half the colour. Nothing is written.

ITU-T T.81 and JFIF 1.02. Structure as `DiffJPEG` of XPixelGroup/BasicSR, basicsr/utils/diffjpeg.py, with two
differences: its luma table is transposed, ours stands as in the standard; and tables are rounded as libjpeg
rounds them, as in every file that such an encoder wrote.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.data.degrade.sizes import inside

# Tables K.1 and K.2 of T.81: rows are vertical frequencies.
LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
"""Quantisation of the brightness at quality 50, by vertical and horizontal frequency."""

CHROMA = np.full((8, 8), 99, np.float32)
"""Quantisation of the colour at quality 50."""
CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

# JFIF 1.02: full range, Cb and Cr around 128 (left out here: the transform takes 128 from all three).
_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
_FROM_YCC = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]], np.float32)

_K = np.arange(8)
# The orthonormal cosine transform: row u holds frequency u.
_COSINES = np.cos((2 * _K + 1) * _K[:, None] * np.pi / 16) * np.where(_K[:, None] == 0, 0.125, 0.25) ** 0.5
_COSINES = _COSINES.astype(np.float32)


def jpeg(
    image: jax.Array,
    quality: jax.Array | float,
    *,
    differentiable: bool = False,
    extent: jax.Array | None = None,
) -> jax.Array:
    """`image` [H, W, 3] float32 in [0, 1] as a JPEG file with colour at half the size (4:2:0) gives it back.

    Sides that are no multiples of 16 are filled with black, as in the reference. Colour comes back to full
    size by repeating pixels; most decoders smooth it.

    Args:
      image: the picture, RGB.
      quality: 1 to 100 as in libjpeg and Pillow; may be traced, and a fraction.
      differentiable: round by `soft_round`, so that gradients pass.
      extent: see `ganjax.data.degrade.sizes`; all of `image` by default.
    """
    height, width = image.shape[:2]
    if extent is not None:
        image = jnp.where(inside(image, extent), image, 0)
    image = jnp.pad(image, ((0, -height % 16), (0, -width % 16), (0, 0)))
    luma, blue, red = jnp.moveaxis(_einsum("hwc,dc->hwd", image * 255, _TO_YCC), -1, 0)
    rounded = soft_round if differentiable else jnp.rint
    tables = quality_tables(quality)
    planes = [_coded(luma - 128, tables[0], rounded) + 128]
    for colour in (blue, red):
        h, w = colour.shape
        half = colour.reshape(h // 2, 2, w // 2, 2).mean((1, 3))
        planes.append(jnp.repeat(jnp.repeat(_coded(half, tables[1], rounded), 2, 0), 2, 1))
    decoded = _einsum("hwc,dc->hwd", jnp.stack(planes, -1), _FROM_YCC)
    return jnp.clip(decoded[:height, :width] / 255, 0, 1)


def quality_tables(quality: jax.Array | float) -> tuple[jax.Array, jax.Array]:
    """Quantisation tables [8, 8] of brightness and colour at `quality` 1 to 100, as libjpeg makes them.

    `jpeg_quality_scaling` and `jpeg_add_quant_table` of libjpeg, jcparam.c, for baseline files.
    """
    quality = jnp.asarray(quality, jnp.float32)
    percent = jnp.floor(jnp.where(quality < 50, 5000 / quality, 200 - 2 * quality))
    luma, chroma = (jnp.clip(jnp.floor((table * percent + 50) / 100), 1, 255) for table in (LUMA, CHROMA))
    return luma, chroma


def soft_round(x: jax.Array) -> jax.Array:
    """Near the nearest whole number, with a gradient: round(x) + (x - round(x))^3 (Shin and Song 2017)."""
    whole = jnp.rint(jax.lax.stop_gradient(x))
    return whole + (x - whole) ** 3


def _coded(plane: jax.Array, table: jax.Array, rounded: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """A plane [h, w] around 0, quantised in blocks of 8 x 8."""
    h, w = plane.shape
    blocks = plane.reshape(h // 8, 8, w // 8, 8)
    steps = table[None, :, None, :]
    frequencies = _einsum("uy,aybx,vx->aubv", _COSINES, blocks, _COSINES)
    kept = rounded(frequencies / steps) * steps
    return _einsum("uy,aubv,vx->aybx", _COSINES, kept, _COSINES).reshape(h, w)


# Full precision: accelerators round factors to fewer bits by default, which 8-bit pixels would show.
_einsum = functools.partial(jnp.einsum, precision=jax.lax.Precision.HIGHEST)
