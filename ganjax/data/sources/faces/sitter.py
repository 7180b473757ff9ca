"""The proportions and colours of one face, worked out once for all of its parts."""

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ganjax.data.sources.faces import palette
from ganjax.data.sources.faces.attributes import Face
from ganjax.data.sources.faces.canvas import Patch, Plane
from ganjax.data.sources.faces.shapes import Array, Outline

SPHERE = 0.54  # radius of the ball that the features sit on when the head turns
TURN = 0.30  # radians of a full turn
TILT = 0.13  # radians of a full tilt


Part = TypeVar("Part")


class Sitter:
    """A face that sits for its picture at `side` pixels.

    `frame` is the still plane of background and clothes. `head` is the plane of the head, tilted with it:
    its origin is between nose and eyes, the top of the skull at about -0.6, the chin at 0.6.
    """

    def __init__(self, face: Face, side: int) -> None:
        self.face = face
        self._parts: dict[Any, Any] = {}
        self.child = max(0.0, 1 - face.age / 0.22)
        self.old = max(0.0, (face.age - 0.5) / 0.5)
        self.frame = Plane(side)
        angle = TILT * face.tilt
        # The head leans around a point in the neck.
        origin = (0.50 * math.sin(angle), -0.05 + 0.50 * (1 - math.cos(angle)))
        self.head = Plane(side, origin, angle)
        self.half_width = 0.475 + 0.035 * face.width + 0.015 * self.child
        self.eye_y = 0.045 + 0.05 * self.child - 0.01 * self.old
        self.brow_y = self.eye_y - 0.175
        self.nose_y = 0.225 + 0.02 * self.child
        self.mouth_y = 0.375 - 0.005 * self.child
        # Hair that is tied up leaves the ears free.
        self.hair_length = face.hair_length if face.updo == "none" else 0.10
        self.covered = min(max((self.hair_length - 0.12) / 0.2, 0.0), 1.0)
        self.skin = palette.along(palette.SKIN, face.skin_tone)
        self.skin_shade = palette.along(palette.SKIN_SHADE, face.skin_tone)

    def turned(self, x: float, radius: float = SPHERE) -> tuple[float, float]:
        """Where a feature at `x` on the ball appears on the turned head, and how much it is narrowed."""
        angle = math.asin(x / radius)
        seen = angle + TURN * self.face.turn
        return radius * math.sin(seen), math.cos(seen) / math.cos(angle)

    def pair(self, x: float, y: float, rx: float, ry: float) -> tuple[Patch, Array]:
        """One patch for both of two features that sit at -x and x on the ball, each rx by ry in half-size.

        Its x runs outward from the middle of each feature, as if the head were not turned; the second
        result [h, w] is -1 on the left and 1 on the right.
        """
        (left, thin_left), (right, thin_right) = self.turned(-x), self.turned(x)
        return self.both(left, right, y, rx, ry, thin_left, thin_right)

    def both(
        self,
        left: float,
        right: float,
        y: float,
        rx: float,
        ry: float,
        thin_left: float = 1,
        thin_right: float = 1,
    ) -> tuple[Patch, Array]:
        """As `pair`, for features at given places of the head, narrowed by given factors."""
        start, end = left - rx * thin_left, right + rx * thin_right
        middle = (start + end) / 2
        patch = self.head.at(middle, y, (end - start) / 2, ry)
        on_right = patch.x > (left + right) / 2 - middle
        sign = np.where(on_right, np.float32(1), np.float32(-1))
        outward = np.where(
            on_right,
            (patch.x + (middle - right)) * (1 / thin_right),
            (patch.x + (middle - left)) * (-1 / thin_left),
        )
        return patch._replace(x=outward), sign

    @functools.cached_property
    def hair(self) -> Array:
        """The colour of the hair."""
        if self.face.hair_dye != "none":
            return palette.DYES[self.face.hair_dye]
        natural = palette.along(palette.HAIR, self.face.hair_colour)
        return palette.mix(natural, palette.along(palette.GREY, self.face.hair_grey), self.face.hair_grey)

    @functools.cached_property
    def jaw(self) -> list[tuple[float, float]]:
        """Points of the outline of the head in its plane, on the right from top to chin, without turn."""
        face, w = self.face, self.half_width
        soft, boy = self.child, 1 - face.femininity
        chin = 0.60 - 0.045 * soft - 0.03 * face.width + 0.015 * boy
        return [
            (0.0, -0.60),
            (0.62 * w, -0.515),
            (0.93 * w, -0.28),
            (w, -0.02),
            (0.965 * w + 0.015 * soft, 0.20),
            (0.77 * w + 0.040 * boy + 0.025 * soft + 0.02 * self.old, 0.41 - 0.02 * soft),
            (0.38 * w + 0.045 * boy, chin - 0.055 + 0.01 * boy),
            (0.0, chin),
        ]

    @functools.cached_property
    def skull(self) -> Outline:
        """The outline of the head."""
        shift = 0.045 * self.face.turn
        right = [(x + shift * (y + 0.6), y) for x, y in self.jaw]
        left = [(-x + shift * (y + 0.6), y) for x, y in self.jaw[1:-1]]
        return Outline([*right, *left])

    @functools.cached_property
    def skull_distance(self) -> Array:
        """Distance to the outline of the head, for every pixel of the picture [side, side]."""
        return self.skull.distance(self.head.polar)

    def part(self, make: Callable[["Sitter"], Part]) -> Part:
        """`make(self)`, made at the first call and kept, for parts that several layers share."""
        if make not in self._parts:
            self._parts[make] = make(self)
        return self._parts[make]
