"""Image batches: layouts, value ranges, uint8, grids and PNG files.

Images are NHWC. The public API speaks float32 in [0, 1] and accepts uint8; a network speaks its own
range, which its `ImageSpec` states. Nothing here guesses a range from the values.
"""

import math
import os
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from ganjax.core.files import atomic_path


def as_unit(images: Any) -> jax.Array:
    """Images [N, H, W, C] as float32 in [0, 1]: uint8 and uint16 over their range, floats as they are."""
    images = jnp.asarray(images)
    most = jnp.iinfo(images.dtype).max if images.dtype in (jnp.uint8, jnp.uint16) else 1
    return images.astype(jnp.float32) / most


def to_range(images: jax.Array, low_high: tuple[float, float]) -> jax.Array:
    """Values of [0, 1] mapped to [low, high]."""
    low, high = low_high
    return images * (high - low) + low


def from_range(images: jax.Array, low_high: tuple[float, float]) -> jax.Array:
    """Values of [low, high] mapped to [0, 1], clipped there."""
    low, high = low_high
    return jnp.clip((images - low) / (high - low), 0, 1)


def to_uint8(images: Any) -> np.ndarray:
    """Images in [0, 1] as uint8: rounded half to even, saturated. uint8 comes back unchanged."""
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    return np.rint(np.clip(images.astype(np.float32), 0, 1) * 255).astype(np.uint8)


def grid(images: Any, *, columns: int | None = None, gap: int = 2, background: int = 255) -> np.ndarray:
    """Images [N, H, W, C], uint8 or in [0, 1], as one uint8 picture [rows (H + gap) - gap, ..., C].

    `columns` is the smallest number that makes the grid square or wider by default.
    """
    tiles = to_uint8(images)
    n, h, w, c = tiles.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), background, np.uint8)
    for i, tile in enumerate(tiles):
        y, x = i // columns * (h + gap), i % columns * (w + gap)
        sheet[y : y + h, x : x + w] = tile
    return sheet


def to_pil(image: Any) -> Image.Image:
    """One image [H, W, C] with 1, 3 or 4 channels, uint8 or in [0, 1], as a Pillow image."""
    pixels = to_uint8(image)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def save_image(path: str | os.PathLike[str], image: Any) -> None:
    """Writes one image [H, W, C], uint8 or in [0, 1], in the format of the suffix, whole or not at all."""
    with atomic_path(path) as temporary:
        to_pil(image).save(temporary)


def save_animation(path: str | os.PathLike[str], frames: list[np.ndarray], *, frame_ms: int = 120) -> None:
    """Writes frames [H, W, 3] uint8 as an endless GIF or WebP, by the suffix; each is shown `frame_ms` ms."""
    pictures = [to_pil(frame) for frame in frames]
    with atomic_path(path) as temporary:
        pictures[0].save(
            temporary,
            save_all=True,
            append_images=pictures[1:],
            duration=frame_ms,
            loop=0,
            minimize_size=False,
        )
