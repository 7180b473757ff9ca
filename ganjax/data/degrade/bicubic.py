"""The classical pairs of super-resolution, on which SRGAN and ESRGAN train: shrunk by MATLAB's bicubic."""

import jax
import jax.numpy as jnp

from ganjax.core.imresize import imresize
from ganjax.data.degrade.sizes import check_scale


def shrink(images: jax.Array, *, scale: int) -> jax.Array:
    """`images` [N, H, W, C] float32 in [0, 1], `scale` times smaller, on the 256 levels of 8 bits.

    `imresize` as in MATLAB and basicsr/utils/matlab_functions.py of XPixelGroup/BasicSR, then rounded as a
    picture file would be.

    Raises:
      UsageError: H or W is no multiple of `scale`.
    """
    check_scale(images, scale)
    return jnp.rint(jnp.clip(imresize(images, 1 / scale), 0, 1) * 255) / 255
