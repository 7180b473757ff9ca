"""Layers: what every part of a face yields, back to front, and what each view of the face is made from."""

import functools
import math
from typing import NamedTuple

import numpy as np

from ganjax.data.sources.faces.shapes import Array, Polar, coverage

LABELS = (
    "background",
    "skin",
    "nose",
    "eye",
    "brow",
    "mouth",
    "hair",
    "beard",
    "glasses",
    "earring",
    "ornament",
    "clothes",
)


REACH = 0.92  # the frame shows [-REACH, REACH] of the drawing's units on both axes, y down


NOTHING = np.zeros((1, 1), np.float32)


class Layer(NamedTuple):
    """One shape of the picture.

    Attributes:
      where: rows and columns of the picture that it lies in, [h, w].
      cover: opacity in [0, 1], broadcasts to [h, w].
      colour: RGB in [0, 1], broadcasts to [3, h, w].
      label: its name in LABELS, "" for mere light and shade.
      pen: how the line drawing shows it: "edge" (white with a black edge), "solid" (black), "white" or "".
      distance: signed distance [h, w] for the outline; not needed unless pen is "edge".
    """

    where: tuple[slice, slice]
    cover: Array
    colour: Array
    label: str = ""
    pen: str = ""
    distance: Array = NOTHING


class Patch(NamedTuple):
    """Coordinates of the pixels in a window, seen from its own centre: x right, y down, in frame units."""

    where: tuple[slice, slice]
    x: Array
    y: Array
    pixel: float

    def fill(
        self, distance: Array, colour: Array, label: str = "", pen: str = "edge", opacity: float | Array = 1.0
    ) -> Layer:
        """The inside of a signed distance."""
        cover = coverage(distance, self.pixel)
        if not (isinstance(opacity, float) and opacity == 1.0):
            cover *= opacity
        return Layer(self.where, cover, colour, label, pen if label else "", distance)

    def tint(self, cover: Array, colour: Array, label: str = "", pen: str = "") -> Layer:
        """A given opacity: light, shade, and strokes."""
        return Layer(self.where, cover, colour, label, pen)


@functools.lru_cache(maxsize=16)
def _centres(side: int) -> Array:
    return ((np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1).astype(np.float32) * REACH


class Plane:
    """A system of coordinates on a picture of `side` pixels.

    `origin` is where its (0, 0) lies in the frame, whose own (0, 0) is the middle of the picture; it is
    turned by `angle` radians, clockwise on the screen.
    """

    def __init__(self, side: int, origin: tuple[float, float] = (0.0, 0.0), angle: float = 0.0) -> None:
        self.side, self.pixel = side, 2 * REACH / side
        self.origin = origin
        self.cos, self.sin = math.cos(angle), math.sin(angle)

    def at(self, x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Patch:
        """The pixels of the box of half-sides rx, ry around (x, y), seen from there and turned by `angle`."""
        cx = self.origin[0] + self.cos * x - self.sin * y
        cy = self.origin[1] + self.sin * x + self.cos * y
        cos, sin = self.cos, self.sin
        if angle:
            c, s = math.cos(angle), math.sin(angle)
            cos, sin = cos * c - sin * s, sin * c + cos * s
        rows = self._span(cy, abs(sin) * rx + abs(cos) * ry)
        columns = self._span(cx, abs(cos) * rx + abs(sin) * ry)
        centres = _centres(self.side)
        u, v = centres[columns] - cx, (centres[rows] - cy)[:, None]
        return Patch((rows, columns), u * cos + v * sin, v * cos - u * sin, self.pixel)

    def _span(self, centre: float, reach: float) -> slice:
        """The pixels whose area comes within `reach` of `centre` along one axis."""
        start = math.floor((centre - reach + REACH) / self.pixel - 0.5)
        stop = math.ceil((centre + reach + REACH) / self.pixel + 0.5)
        return slice(max(start, 0), max(stop, 0))

    def window(self, where: tuple[slice, slice]) -> Patch:
        """A part of the whole picture, seen from this plane's origin."""
        return Patch(where, self.whole.x[where], self.whole.y[where], self.pixel)

    @functools.cached_property
    def whole(self) -> Patch:
        """Every pixel, seen from this plane's origin."""
        u = _centres(self.side) - self.origin[0]
        v = (_centres(self.side) - self.origin[1])[:, None]
        everything = slice(0, self.side)
        x, y = u * self.cos + v * self.sin, v * self.cos - u * self.sin
        return Patch((everything, everything), x, y, self.pixel)

    @functools.cached_property
    def polar(self) -> Polar:
        """The whole picture in polar coordinates around this plane's origin."""
        return Polar(self.whole.x, self.whole.y)
