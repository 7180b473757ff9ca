"""Changes of one uint8 picture [h, w, 3], with numpy and Pillow only: they run in worker processes."""

import numpy as np
from PIL import Image


def to_side(image: np.ndarray, side: int) -> np.ndarray:
    """The largest centred square of `image` uint8 [h, w, 3], resized to [side, side, 3].

    Shrinking averages over the area that a pixel covers (box filter), as PGAN's reference makes its real
    images of lower resolution; enlarging is bicubic.
    """
    h, w = image.shape[:2]
    square = min(h, w)
    x, y = (w - square) // 2, (h - square) // 2
    if square == side:
        return image[y : y + square, x : x + square]
    filter_ = Image.Resampling.BOX if square > side else Image.Resampling.BICUBIC
    resized = Image.fromarray(image).resize((side, side), filter_, box=(x, y, x + square, y + square))
    return np.asarray(resized)


def mirror_half(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """`image` [h, w, c] as it is or mirrored left to right, with equal chances drawn from `random`."""
    return image[:, ::-1] if random.random() < 0.5 else image
