"""Padding pictures by reflection to the sizes that a network takes."""

from typing import TypeVar

import jax
import numpy as np

Array = TypeVar("Array", np.ndarray, jax.Array)


def padded(image: Array, *, multiple: int, centred: bool = False) -> tuple[Array, tuple[slice, slice]]:
    """Pictures [..., H, W, C] grown to multiples of `multiple`, and the rows and columns they have there.

    What is added mirrors the picture at its outermost pixels, as often as needed: also a single pixel grows.

    Args:
      image: pixels of any type, NumPy or JAX.
      multiple: what the new height and width are multiples of.
      centred: adds half on each side, less than half above and to the left, instead of all below and to the
        right.
    """
    height, width = image.shape[-3:-1]
    (rows, top), (columns, left) = (_mirrored(side, multiple, centred) for side in (height, width))
    place = slice(top, top + height), slice(left, left + width)
    if len(rows) == height and len(columns) == width:
        return image, place
    return image[..., rows, :, :][..., columns, :], place


def _mirrored(side: int, multiple: int, centred: bool) -> tuple[np.ndarray, int]:
    """Which of `side` pixels stand in the new places, and the place of the first."""
    gap = -side % multiple
    first = gap // 2 if centred else 0
    period = max(1, 2 * (side - 1))
    places = (np.arange(side + gap) - first) % period
    return np.minimum(places, period - places) if side > 1 else np.zeros(side + gap, int), first
