"""Resampling pictures to any size by Lanczos's filter, row by row: memory for some rows, not for the picture.

The kernel has three lobes; where a picture shrinks it is stretched by the factor, so that nothing is skipped.
`jax.image.resize` with "lanczos3" gives the same numbers; its weights are a matrix of both sides, which
is too large for large pictures.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from PIL import Image

_LOBES = 3
_BILINEAR = Image.Resampling.BILINEAR  # all weights are positive: its result is 1 only where all it saw is
_ROUNDING = 1e-6


def resized(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Images [N, H, W, C] of any type and range, resampled to [N, height, width, C] float32."""
    after = np.empty((len(images), height, width, images.shape[-1]), np.float32)
    whole = (0.0, 0.0, float(images.shape[2]), float(images.shape[1]))
    for image, result in zip(images, after, strict=True):
        result[:] = _box(image, whole, height, width)
    return after


def resized_rows(
    rows: Iterable[np.ndarray], before: tuple[int, int], after: tuple[int, int], *, dtype: Any
) -> Iterator[np.ndarray]:
    """A picture that comes as rows, uint8 or uint16, resampled to `after`, as rows of `dtype`.

    Colours are weighed by their alpha, so that what nobody sees does not shine through; where alpha is 0 they
    become black. What was opaque stays opaque, and what nobody saw stays unseen, though beside an edge the
    filter swings over.

    Args:
      rows: consecutive rows [h, W, C]; of 2 and 4 channels the last is alpha.
      before: height and width of the whole picture.
      after: height and width of the result.
      dtype: numpy's uint8 or uint16; values are scaled from their whole range to this one.
    """
    ratio = before[0] / after[0]
    reach = math.ceil(_LOBES * max(ratio, 1)) + 1
    have = np.empty((0, before[1], 1), np.float32)  # what of the picture is at hand, from row `first` on
    first = done = 0
    for strip in rows:
        strip = weighed(strip)
        have = np.concatenate([have, strip]) if len(have) else strip
        end = first + len(have)
        ready = after[0] if end == before[0] else max(done, int((end - reach) / ratio))
        if ready > done:
            box = (0.0, done * ratio - first, float(before[1]), ready * ratio - first)
            made = _unweighed(_box(have, box, ready - done, after[1]))
            if made.shape[-1] in (2, 4):
                _hold(made, _box(have[..., -1:], box, ready - done, after[1], _BILINEAR)[..., 0])
            most = np.iinfo(dtype).max
            yield np.rint(made * most).astype(dtype)
            done = ready
            gone = max(0, int(done * ratio) - reach - first)
            have, first = have[gone:], first + gone


def weighed(pixels: np.ndarray) -> np.ndarray:
    """Pixels [..., C], uint8 or uint16, as float32 in [0, 1]; of 2 and 4 channels, colours times alpha."""
    unit = pixels.astype(np.float32) / np.iinfo(pixels.dtype).max
    if unit.shape[-1] in (2, 4):
        unit[..., :-1] *= unit[..., -1:]
    return unit


def _box(
    image: np.ndarray,
    box: tuple[float, float, float, float],
    height: int,
    width: int,
    kind: Image.Resampling = Image.Resampling.LANCZOS,
) -> np.ndarray:
    """The part of [H, W, C] in `box` (left, top, right, bottom), resampled with what lies around it."""
    channels = [
        Image.fromarray(np.ascontiguousarray(channel, np.float32)).resize((width, height), kind, box=box)
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.stack([np.asarray(channel) for channel in channels], -1)


def _unweighed(unit: np.ndarray) -> np.ndarray:
    """The inverse of `weighed` in [0, 1], clipped there."""
    if unit.shape[-1] in (2, 4):
        alpha = unit[..., -1:]
        unit[..., :-1] = np.divide(unit[..., :-1], alpha, where=alpha > 0, out=np.zeros_like(unit[..., :-1]))
    return np.clip(unit, 0, 1)


def _hold(pixels: np.ndarray, around: np.ndarray) -> None:
    """Makes those of [H, W, C] unseen or opaque of whose alpha nearby the mean `around` [H, W] is 0 or 1."""
    pixels[around < _ROUNDING] = 0
    pixels[around > 1 - _ROUNDING, -1] = 1
