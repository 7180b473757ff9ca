"""Moving pixels into channels and back, in the order of channels of PyTorch.

Where f is the factor, channel c f f + f i + j of a pixel is channel c at row i and column j of its block.
Source: Shi et al. 2016 (arXiv:1609.05158), section 3.2.
"""

import jax

from ganjax.core.errors import UsageError


def pixel_shuffle(x: jax.Array, factor: int) -> jax.Array:
    """Spreads channels over blocks of pixels: [N, H, W, C f f] to [N, H f, W f, C], as torch.nn.PixelShuffle.

    Raises:
      UsageError: the number of channels is no multiple of f f.
    """
    n, h, w, deep = x.shape
    if deep % factor**2:
        raise UsageError(f"{deep} channels do not fill blocks of {factor}x{factor} pixels.")
    c = deep // factor**2
    blocks = x.reshape(n, h, w, c, factor, factor)
    return blocks.transpose(0, 1, 4, 2, 5, 3).reshape(n, h * factor, w * factor, c)


def pixel_unshuffle(x: jax.Array, factor: int) -> jax.Array:
    """Gathers blocks of pixels into channels: [N, H f, W f, C] to [N, H, W, C f f]; undoes `pixel_shuffle`.

    Raises:
      UsageError: height or width is no multiple of f.
    """
    n, high, wide, c = x.shape
    if high % factor or wide % factor:
        raise UsageError(f"{high}x{wide} pixels are not whole blocks of {factor}x{factor}.")
    h, w = high // factor, wide // factor
    blocks = x.reshape(n, h, factor, w, factor, c)
    return blocks.transpose(0, 1, 3, 5, 2, 4).reshape(n, h, w, c * factor**2)
