"""A whole picture of any size through an EnlightenGAN generator, as the published code does it."""

from typing import Any

import jax
import jax.numpy as jnp

from ganjax.core.resample import downsample_box, upsample_bilinear
from ganjax.infer.pad import padded

WIDEST = 2200
"""Width in pixels up to which the published code leaves a picture as large as it is."""


def enhance(net: Any, variables: Any, images: jax.Array, *, widest: int | None = WIDEST) -> jax.Array:
    """Brightened images [N, H, W, 3] of `images` [N, H, W, 3], both in the network's own range, unclipped.

    Images are padded by reflection to what the network takes. Those wider than `widest` are halved before and
    doubled after, as the published code does to save memory, which costs sharpness; `ganjax.enhance` works
    in tiles instead. An odd side is repeated at its end for that, where the published code cuts it off.

    Args:
      net: a generator of `ganjax.models.enlightengan.net`.
      variables: its variables.
      images: images of any size.
      widest: width in pixels up to which images keep their size; None for all.

    Source: VITA-Group/EnlightenGAN, models/networks.py.
    """
    _, h, w, _ = images.shape
    if widest is not None and w > widest:
        even = jnp.pad(images, ((0, 0), (0, h % 2), (0, w % 2), (0, 0)), mode="edge")
        halved = enhance(net, variables, downsample_box(even), widest=None)
        return upsample_bilinear(halved, align_corners=net.config.align_corners)[:, :h, :w]
    grown, (rows, columns) = padded(images, multiple=net.config.multiple, centred=True)
    bright: jax.Array = net.apply(variables, grown)
    return bright[:, rows, columns]
