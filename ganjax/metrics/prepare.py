"""What metrics of single images and of pairs do first: one range, one dtype, the border off."""

from typing import Any

import numpy as np

from ganjax.core.errors import UsageError


def cropped(images: Any, crop: int) -> np.ndarray:
    """Images [N, H, W, C] less `crop` pixels at every border.

    Raises:
      UsageError: the shape is another, there is not 1 channel or 3, or cropping leaves nothing.
    """
    pixels = np.asarray(images)
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3):
        raise UsageError(f"Metrics take images [N, H, W, C] of 1 or 3 channels, not of shape {pixels.shape}.")
    if crop < 0 or 2 * crop >= min(pixels.shape[1:3]):
        raise UsageError(f"A border of {crop} pixels cannot be cropped from images of shape {pixels.shape}.")
    return pixels[:, crop : pixels.shape[1] - crop, crop : pixels.shape[2] - crop]


def prepare(images: Any, *, crop: int = 0) -> np.ndarray:
    """Images [N, H, W, C], uint8 or in [0, 1], as float64 in [0, 1], `cropped`.

    Floats are taken as they are: `core.images.to_uint8` first gives the score of the file that is saved.

    Raises:
      UsageError: `cropped` refuses them.
    """
    pixels = cropped(images, crop)
    return pixels / 255.0 if pixels.dtype == np.uint8 else pixels.astype(np.float64)


def prepare_pair(outputs: Any, targets: Any, *, crop: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`prepare` of both, which must have one shape.

    Raises:
      UsageError: they have not, or `prepare` refuses them.
    """
    if np.shape(outputs) != np.shape(targets):
        raise UsageError(
            f"Images and targets have one shape, not {np.shape(outputs)} and {np.shape(targets)}."
        )
    return prepare(outputs, crop=crop), prepare(targets, crop=crop)
