"""Signed distances (negative inside) and their antialiased coverage, in the units of the frame.

Every function takes coordinates x, y as float32 arrays that broadcast to [h, w] and returns [h, w].
Distances are exact or right to first order at the edge, which is where coverage reads them.
"""

import copy
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Point = tuple[float, float]


def coverage(distance: Array, pixel: float) -> Array:
    """The share of a pixel of width `pixel` that lies inside a straight edge at `distance`: 0 to 1."""
    share = distance * (-1 / pixel)
    share += 0.5
    np.maximum(share, 0, out=share)
    return np.minimum(share, 1, out=share)


def stroke(distance: Array, half: float | Array, pixel: float) -> Array:
    """The share of a pixel under a line of half-width `half`, right also for lines thinner than a pixel."""
    share = coverage(distance - half, pixel)
    share -= coverage(distance + half, pixel)
    return share


def taper(s: Array, start: float = 0.85) -> Array:
    """Half-width of a pen line along s, as a share: 1 up to |s| = `start`, then rounded to 0 at |s| = 1."""
    t = (np.abs(s) - start) * (1 / (1 - start))
    np.maximum(t, 0, out=t)
    return np.sqrt(np.maximum(1 - t * t, 0))


def fade(value: Array, start: float, end: float) -> Array:
    """0 at `start` and before, 1 at `end` and after, smooth between (smoothstep); also from high to low."""
    t = (value - start) * (1 / (end - start))
    np.maximum(t, 0, out=t)
    np.minimum(t, 1, out=t)
    return t * t * (3 - 2 * t)


def spot(x: Array, y: Array, rx: float, ry: float) -> Array:
    """A soft round spot: 1 in the centre, 0 at the ellipse of half-axes rx, ry and outside."""
    t = 1 - ((x * (1 / rx)) ** 2 + (y * (1 / ry)) ** 2)
    np.maximum(t, 0, out=t)
    return t * t


def circle(x: Array, y: Array, radius: float) -> Array:
    """Distance to a circle around the origin."""
    return np.sqrt(x * x + y * y) - radius


def ellipse(x: Array, y: Array, rx: float, ry: float) -> Array:
    """Distance to an ellipse around the origin with half-axes rx, ry (first order)."""
    u, v = x * (1 / rx), y * (1 / ry)
    k = np.sqrt(u * u + v * v)
    u *= 1 / rx
    v *= 1 / ry
    slope = np.sqrt(u * u + v * v)
    return k * (k - 1) / (slope + 1e-6)


def box(x: Array, y: Array, rx: float, ry: float, corner: float) -> Array:
    """Distance to a box of half-sides rx, ry whose corners are rounded with radius `corner`."""
    u, v = np.abs(x) - (rx - corner), np.abs(y) - (ry - corner)
    outside = np.sqrt(np.maximum(u, 0) ** 2 + np.maximum(v, 0) ** 2)
    return outside + np.minimum(np.maximum(u, v), 0) - corner


def segment(x: Array, y: Array, a: Point, b: Point) -> Array:
    """Distance (not signed) to the line from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = ((x - a[0]) * dx + (y - a[1]) * dy) * (1 / (dx * dx + dy * dy))
    along = np.minimum(np.maximum(along, 0), 1)
    return np.sqrt((x - a[0] - along * dx) ** 2 + (y - a[1] - along * dy) ** 2)


def convex(x: Array, y: Array, corners: Sequence[Point]) -> Array:
    """Distance to a convex polygon given clockwise on the screen (y down)."""
    sides = []
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        length = math.hypot(bx - ax, by - ay)
        sides.append((x - ax) * ((by - ay) / length) - (y - ay) * ((bx - ax) / length))
    distance = sides[0]
    for side in sides[1:]:
        distance = np.maximum(distance, side)
    return distance


class Arc:
    """The curve y = height (1 - s^2)(1 + round s^2), s = x / half: flat ends at |s| = 1, and its slope.

    Lids, brows and lips lie between two of them. Dividing the vertical gap by `norm` makes it a distance.
    """

    def __init__(self, x: Array, half: float, height: float, round: float = 0.0) -> None:
        s2 = (x * (1 / half)) ** 2
        self.y = (1 - s2) * (1 + round * s2) * height
        slope = x * (2 * height / half**2) * ((round - 1) - 2 * round * s2)
        self.norm = 1 / np.sqrt(1 + slope * slope)


class Polar:
    """Coordinates around the middle of the head, prepared once for all outlines of a picture."""

    STEPS = 512

    def __init__(self, x: Array, y: Array) -> None:
        self.radius = np.sqrt(x * x + y * y)
        turns = np.arctan2(y, x)
        turns *= self.STEPS / (2 * math.pi)
        turns += self.STEPS / 2
        self.index = np.minimum(turns.astype(np.int32), self.STEPS - 1)
        self.part = turns - self.index

    def within(self, where: tuple[slice, slice]) -> "Polar":
        """The same for a window of the picture."""
        part = copy.copy(self)
        part.radius, part.index, part.part = self.radius[where], self.index[where], self.part[where]
        return part


STEP = 2 * math.pi / Polar.STEPS
ANGLES = (np.arange(Polar.STEPS + 1) * STEP - math.pi).astype(np.float32)


class Outline:
    """A closed smooth curve through points, seen from the origin: one radius for every angle.

    The points may come in any order; between them runs a cubic in the angle that never overshoots
    (slopes as in Fritsch and Butland 1984). `ripple` [STEPS + 1] multiplies the radius: curls and strands.
    """

    def __init__(self, points: Sequence[Point], ripple: Array | None = None) -> None:
        knots = sorted((math.atan2(y, x), math.hypot(x, y)) for x, y in points)
        first, last = knots[0], knots[-1]
        turn = 2 * math.pi
        knots = [(last[0] - turn, last[1]), *knots, (first[0] + turn, first[1])]
        steps = [b[0] - a[0] for a, b in itertools.pairwise(knots)]
        rates = [(b[1] - a[1]) / h for (a, b), h in zip(itertools.pairwise(knots), steps, strict=True)]
        slopes = [_slope(a, b, g, h) for a, b, g, h in zip(rates, rates[1:], steps, steps[1:], strict=False)]
        slopes = [slopes[-1], *slopes, slopes[0]]
        # One row per cubic (start and four coefficients), repeated for each angle of the table in its reach.
        rows = np.array(
            [
                (a, r, s0, (3 * rate - 2 * s0 - s1) / h, (s0 + s1 - 2 * rate) / h**2)
                for (a, r), rate, h, s0, s1 in zip(knots, rates, steps, slopes, slopes[1:], strict=False)
            ],
            np.float32,
        )
        starts = [min(max(math.ceil((a + math.pi) / STEP), 0), Polar.STEPS + 1) for a, _ in knots[1:-1]]
        counts = np.diff([0, *starts, Polar.STEPS + 1])
        start, c0, c1, c2, c3 = np.repeat(rows, counts, axis=0).T
        t = ANGLES - start
        radius = c0 + t * (c1 + t * (c2 + t * c3))
        if ripple is not None:
            radius *= ripple
        self.radius = radius
        self.rise = np.empty_like(radius)
        np.subtract(radius[1:], radius[:-1], out=self.rise[:-1])
        self.rise[-1] = self.rise[0]
        slant = self.rise / (radius * STEP)
        self.cosine = 1 / np.sqrt(1 + slant * slant)

    def beyond(self, polar: Polar) -> Array:
        """How far outside the curve along the ray from the origin, at the points of `polar` [h, w]."""
        radius = self.rise.take(polar.index)
        radius *= polar.part
        radius += self.radius.take(polar.index)
        return np.subtract(polar.radius, radius, out=radius)

    def distance(self, polar: Polar) -> Array:
        """Distance to the curve, to first order at its edge, at the points of `polar` [h, w]."""
        distance = self.beyond(polar)
        distance *= self.cosine.take(polar.index)
        return distance


def _slope(a: float, b: float, g: float, h: float) -> float:
    """Slope at a knot between rises a over a step g and b over a step h; level at a peak."""
    if a * b <= 0:
        return 0.0
    u, v = 2 * h + g, h + 2 * g
    return (u + v) / (u / a + v / b)
