"""Pictures that fill only the upper left of their array, so that each of a batch has a size of its own.

Their `extent` [2] int32 is the height and width of the picture in an array [H, W, C]; it may be traced. What
stands beyond it has no meaning.
"""

import jax
import jax.numpy as jnp

from ganjax.core.errors import UsageError


def whole(image: jax.Array) -> jax.Array:
    """The extent of a picture that fills its array [H, W, C]."""
    return jnp.array(image.shape[:2])


def inside(image: jax.Array, extent: jax.Array) -> jax.Array:
    """Which pixels of the array [H, W, C] belong to the picture, bool [H, W, 1]."""
    rows, columns = jnp.arange(image.shape[0]), jnp.arange(image.shape[1])
    return (rows < extent[0])[:, None, None] & (columns < extent[1])[None, :, None]


def check_scale(images: jax.Array, scale: int) -> None:
    """Makes sure that pictures [N, H, W, C] can become `scale` times smaller.

    Raises:
      UsageError: H or W is no multiple of `scale`.
    """
    height, width = images.shape[1:3]
    if height % scale or width % scale:
        raise UsageError(
            f"Pictures of {height} x {width} pixels cannot become {scale} times smaller: cut a border off."
        )
