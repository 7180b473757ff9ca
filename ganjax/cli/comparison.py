"""A picture of before and after, side by side, with what changed most seen from near."""

import numpy as np
from PIL import Image

from ganjax.core.pictures import eight_bits

_SIDE, _GAP, _CELLS = 480, 8, 5


def comparison(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Before on the left and after on the right, and beneath each two places that changed most, enlarged.

    Args:
      before: pixels [H, W, C] as in `ganjax.core.pictures.Picture`.
      after: the same, of any other size.

    Returns:
      uint8 [H, W, 3]. Both are shown at one size; what is transparent is shown on white. The pixels of the
      places are seen as they are, unless they are smaller than those of the screen.
    """
    pictures = [eight_bits(each, alpha=False).convert("RGB") for each in (before, after)]
    height, width = after.shape[:2]
    ratio = _SIDE / max(height, width)
    shown = max(1, round(width * ratio)), max(1, round(height * ratio))
    views = [np.asarray(each.resize(shown, _filter(each.width, shown[0]))) for each in pictures]
    places = _places(*views)
    side = (shown[0] - _GAP) // 2 if len(places) > 1 else shown[0]
    columns = []
    for picture, view in zip(pictures, views, strict=True):
        near = []
        for x, y, w, h in places:
            box = (x * picture.width, y * picture.height, (x + w) * picture.width, (y + h) * picture.height)
            size = max(1, side), max(1, round(side * h * height / (w * width)))
            kind = _filter(box[2] - box[0], size[0])
            near.append(np.asarray(picture.resize(size, kind, box=box)))
        columns.append(_stacked([view, _stacked(near, axis=1)], axis=0))
    return _stacked(columns, axis=1)


def _places(before: np.ndarray, after: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height, as shares of the picture, of the two cells of a grid that differ most."""
    change = np.abs(before.astype(np.float32) - after).mean(-1)
    rows, columns = (min(_CELLS, side) for side in change.shape)
    cells = [
        (cell.mean(), (x / columns, y / rows, 1 / columns, 1 / rows))
        for y, band in enumerate(np.array_split(change, rows, 0))
        for x, cell in enumerate(np.array_split(band, columns, 1))
    ]
    cells.sort(key=lambda each: -each[0])
    return [place for _, place in cells[:2]]


def _filter(before: float, after: float) -> Image.Resampling:
    """Pixels that become larger are shown as squares."""
    return Image.Resampling.NEAREST if after >= before else Image.Resampling.LANCZOS


def _stacked(parts: list[np.ndarray], *, axis: int) -> np.ndarray:
    """Pictures beside or beneath each other with a white gap, the smaller ones filled up with white."""
    most = max(each.shape[1 - axis] for each in parts)
    laid = []
    for number, each in enumerate(parts):
        room = [(0, 0), (0, 0), (0, 0)]
        room[1 - axis] = (0, most - each.shape[1 - axis])
        room[axis] = (_GAP if number else 0, 0)
        laid.append(np.pad(each, room, constant_values=255))
    return np.concatenate(laid, axis)
