"""Any image function on pictures of any size, tile by tile: memory is bounded by the tile, not the picture.

Tiles lie inside the picture, so all have one shape, and a tile at the border sees the same border as the
whole. Neighbours overlap, and what lies near to an inner edge of a tile, where the function saw less than in
the whole picture, is left to the neighbour: cut off in the middle of the overlap, or blended across it.
"""

import dataclasses
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from ganjax.core.errors import GanjaxError, UsageError
from ganjax.infer.batch import batched
from ganjax.infer.pad import padded


@dataclasses.dataclass(frozen=True)
class Tiling:
    """How pictures are cut into tiles.

    Attributes:
      side: height and width of a tile, in pixels of the picture that goes in.
      overlap: how many of them neighbours share at least. From twice as much on as the function reaches (the
        `halo` of a network's spec) the result is that of the whole picture.
      blend: mix neighbours across the overlap, instead of changing over in its middle.
      scale: how many times larger the result is.
      multiple: what the sides of a tile and of its place are multiples of.
    """

    side: int
    overlap: int
    blend: bool = False
    scale: int = 1
    multiple: int = 1

    def __post_init__(self) -> None:
        if self.side % self.multiple or self.step < 1:
            least = math.ceil((self.overlap + 1) / self.multiple) * self.multiple
            raise UsageError(
                f"A tile of {self.side} pixels is not possible: here it is a multiple of {self.multiple} and "
                f"at least {least}, as neighbours share {self.overlap}."
            )

    @property
    def step(self) -> int:
        """The largest distance between the places of neighbours."""
        return (self.side - self.overlap) // self.multiple * self.multiple

    def count(self, height: int, width: int) -> int:
        """How many tiles a picture of this size has."""
        return math.prod(len(self._places(side)[0]) for side in (height, width))

    def _places(self, length: int) -> tuple[list[int], int]:
        """Where the tiles begin along a side of `length`, and how long they are."""
        length = math.ceil(length / self.multiple) * self.multiple
        if length <= self.side:
            return [0], length
        room = length - self.side
        last = math.ceil(room / self.step)
        return [i * room // last // self.multiple * self.multiple for i in range(last + 1)], self.side


def tiled_rows(
    function: Callable[[jax.Array, jax.Array], Any],
    images: np.ndarray,
    *,
    tiling: Tiling,
    batch: int = 1,
    devices: list[jax.Device] | None = None,
    centred: bool = False,
) -> Iterator[np.ndarray]:
    """The results for pictures `images` [N, H, W, C], as consecutive rows [h, W scale, C'] of all of them.

    A picture smaller than a tile is one tile of its own. Where the memory of the device does not suffice, the
    tiles become half as large, and a warning says so.

    Args:
      function: takes tiles [n, h, w, C] and their windows [n, 4] int32, which are top, left, and the height
        and width of the whole picture; gives [n, h scale, w scale, C'] of any type.
      images: pixels of any type, which `function` gets as they are. Sides that are no multiples of
        `tiling.multiple` are padded by reflection, and the result is cut.
      tiling: the tiles.
      batch: tiles that one device takes at once.
      devices: who shares the tiles; by default JAX's default device.
      centred: where padding goes, see `ganjax.infer.pad.padded`.

    Raises:
      GanjaxError: out of memory, and the tiles cannot become smaller, or rows were given already.
    """
    grown = [padded(image, multiple=tiling.multiple, centred=centred) for image in images]
    pictures, place = [each for each, _ in grown], grown[0][1]
    height, width = pictures[0].shape[:2]
    while True:
        count = len(pictures) * tiling.count(height, width)
        tiles = _tiles(pictures, tiling)
        results = batched(function, tiles, count=count, batch=batch, devices=devices)
        try:
            first = next(results)
            break
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            tiling = _halved(tiling, max(height, width), error)
    results = itertools.chain([first], _while_memory_lasts(results))
    spans = [_spans(tiling, side, kept) for side, kept in zip((height, width), place, strict=True)]
    across, wide = len(spans[1][0]), (place[1].stop - place[1].start) * tiling.scale
    for _ in pictures:
        bands = (_joined(itertools.islice(results, across), *spans[1], axis=1) for _ in spans[0][0])
        yield from _joined((_laid(band, wide) for band in bands), *spans[0], axis=0)


def _while_memory_lasts(results: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The rest of the results; what was given cannot be taken back and made anew of smaller tiles."""
    try:
        yield from results
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise GanjaxError("Out of memory in the middle of a picture: ask for smaller tiles.") from error


def _tiles(pictures: Iterable[np.ndarray], tiling: Tiling) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Tiles with their windows, row by row."""
    for picture in pictures:
        height, width = picture.shape[:2]
        (tops, h), (lefts, w) = (tiling._places(side) for side in (height, width))
        for top, left in itertools.product(tops, lefts):
            window = np.array([top, left, height, width], np.int32)
            yield picture[top : top + h, left : left + w], window


def _spans(tiling: Tiling, length: int, kept: slice) -> tuple[list[tuple[int, int]], int]:
    """Along a side: which pixels of the result of each tile are used, and how many of them two share."""
    starts, side = tiling._places(length)
    cuts = [(a + side + b) // 2 for a, b in itertools.pairwise(starts)]
    gaps = [b - a for a, b in itertools.pairwise(starts)]
    # A tile between two others has a ramp at both ends, which must not meet.
    half = min([tiling.overlap, *gaps]) // 2 if tiling.blend and gaps else 0
    lows = [kept.start, *(cut - half for cut in cuts)]
    highs = [*(cut + half for cut in cuts), kept.stop]
    scale = tiling.scale
    spans = [
        ((low - start) * scale, (high - start) * scale)
        for start, low, high in zip(starts, lows, highs, strict=True)
    ]
    return spans, 2 * half * scale


def _joined(
    pieces: Iterable[np.ndarray], spans: Sequence[tuple[int, int]], shared: int, *, axis: int
) -> Iterator[np.ndarray]:
    """Neighbours, each cut to its span, as arrays along `axis`, where `shared` pixels are mixed."""
    held = None
    for number, (piece, (low, high)) in enumerate(zip(pieces, spans, strict=True), 1):
        piece = piece[(slice(None),) * axis + (slice(low, high),)]
        if held is not None:
            head, piece = np.split(piece, [shared], axis)
            yield _mixed(held, head, axis)
        if shared and number < len(spans):
            piece, held = np.split(piece, [-shared], axis)
        yield piece


def _laid(pieces: Iterator[np.ndarray], columns: int) -> np.ndarray:
    """Pieces beside each other, laid in their place one by one: no two copies of all are in memory."""
    first = next(pieces)
    laid, end = np.empty((len(first), columns, *first.shape[2:]), first.dtype), 0
    for piece in itertools.chain([first], pieces):
        laid[:, end : end + piece.shape[1]] = piece
        end += piece.shape[1]
    return laid


def _mixed(before: np.ndarray, after: np.ndarray, axis: int) -> np.ndarray:
    """`before` turning into `after` along `axis`, of their type."""
    n = before.shape[axis]
    weight = ((np.arange(n, dtype=np.float32) + 0.5) / n).reshape(-1, *(1,) * (before.ndim - 1 - axis))
    mixed = before + weight * (after.astype(np.float32) - before)
    return np.rint(mixed).astype(before.dtype) if before.dtype.kind == "u" else mixed.astype(before.dtype)


def _halved(tiling: Tiling, longest: int, error: Exception) -> Tiling:
    """Tiles of half the side, after `error`, on pictures whose longest side is `longest`."""
    side = min(tiling.side, longest) // 2 // tiling.multiple * tiling.multiple
    try:
        smaller = dataclasses.replace(tiling, side=side)
    except UsageError as reason:
        raise GanjaxError(f"Out of memory, and the tiles cannot become smaller. {reason}") from error
    warnings.warn(
        f"Out of memory with tiles of {min(tiling.side, longest)} pixels: going on with {side}.", stacklevel=4
    )
    return smaller
