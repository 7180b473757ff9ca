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


def crop(image: np.ndarray, side: int, random: np.random.Generator) -> np.ndarray:
    """A random square [side, side, c] of `image` [h, w, c].

    A smaller picture is first continued by its mirror image, to the right and downwards, as Real-ESRGAN does
    (realesrgan/data/realesrgan_dataset.py).
    """
    h, w = image.shape[:2]
    if min(h, w) < side:
        image = np.pad(image, ((0, max(side - h, 0)), (0, max(side - w, 0)), (0, 0)), "reflect")
    y, x = _place(image.shape[:2], side, random)
    return image[y : y + side, x : x + side]


def crop_pair(
    image: np.ndarray, small: np.ndarray, side: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The same random square of `image` [h, w, c] and of its version `small` [h / s, w / s, c].

    They become [side, side, c] and [side / s, side / s, c]; `side` is a multiple of s, and at most h and w.
    """
    scale = image.shape[0] // small.shape[0]
    part = side // scale
    y, x = _place(small.shape[:2], part, random)
    top, left = y * scale, x * scale
    return image[top : top + side, left : left + side], small[y : y + part, x : x + part]


def turn_alike(
    images: tuple[np.ndarray, ...], random: np.random.Generator, *, mirror: bool, turn: bool
) -> tuple[np.ndarray, ...]:
    """Square `images` [s, s, c], all mirrored and turned in the same way, by the toss of coins.

    `mirror` left to right; `turn` upside down and about the diagonal, which together with `mirror` make all
    eight ways to lay down a square. `augment` of XPixelGroup/BasicSR, basicsr/data/transforms.py.
    """
    coins = random.random(3) < 0.5
    if mirror and coins[0]:
        images = tuple(image[:, ::-1] for image in images)
    if turn and coins[1]:
        images = tuple(image[::-1] for image in images)
    if turn and coins[2]:
        images = tuple(image.swapaxes(0, 1) for image in images)
    return images


def _place(size: tuple[int, ...], side: int, random: np.random.Generator) -> tuple[int, int]:
    """The upper left corner of a random square of `side` in a picture of `size`."""
    y, x = (int(random.integers(length - side + 1)) for length in size)
    return y, x
