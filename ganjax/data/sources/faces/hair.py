"""Hair: one silhouette, painted behind the head and again in front of it, around the window of the face."""

import functools
from collections.abc import Iterator

import numpy as np

from ganjax.data.sources.faces.canvas import Layer, Patch
from ganjax.data.sources.faces.palette import mix
from ganjax.data.sources.faces.shapes import ANGLES, Array, Outline, coverage, ellipse, fade
from ganjax.data.sources.faces.sitter import Sitter

WAVES = np.sin(ANGLES * 22 + 0.7)
CURLS = 2 * np.abs(np.sin(ANGLES * 11 + 0.35)) - 1.27
TIPS = np.maximum(-np.sin(ANGLES), 0) ** 2 * (np.abs(np.sin(ANGLES * 9 + 1.1)) - 0.64)


class Cut:
    """The outlines of a haircut.

    It rises `top` above the skull, stands out `side` beside it, and reaches down to the height `end`.
    """

    def __init__(self, sitter: Sitter) -> None:
        face = sitter.face
        self.sitter = sitter
        self.length = sitter.hair_length
        # A bald top lets the skull show: there the silhouette shrinks below it.
        self.bald = max((face.receding - 0.55) / 0.45, 0.0)
        self.big = (0.15 + 1.05 * face.hair_volume) * (0.85 + 0.5 * face.hair_wave)
        self.top = (0.04 + 0.125 * self.big) * (1 - self.bald) - 0.05 * self.bald
        self.side = 0.012 + (0.035 + 0.085 * self.length) * self.big
        self.end = -0.06 + 1.06 * self.length**1.15
        self.silhouette = Outline(self._silhouette(), self._ripple())
        self.window = Outline(self._window(), self._tips())

    def _silhouette(self) -> list[tuple[float, float]]:
        face, w = self.sitter.face, self.sitter.half_width
        top, side = self.top, self.side
        points = [(0.0, -0.60 - top)]
        for sign in (-1, 1):
            lift = 1 + 0.25 * sign * face.parting * (1 - face.hair_wave)
            points += [
                (sign * (0.62 * w + 0.3 * top), -0.515 - top * 0.9 * lift),
                (sign * (0.93 * w + 0.5 * (side + max(top, 0))), -0.28 - 0.35 * top),
                (sign * (w + side), -0.07),
            ]
            for part in (0.4, 0.75, 1.0):
                y = -0.06 + (self.end + 0.06) * part
                points.append((sign * (w + side * (1 + 0.5 * part)), y + 0.01))
            # Below its ends the hair goes back behind the head.
            points.append((sign * (0.62 * w), self.end + 0.07 + 0.03 * self.length))
        points.append((0.0, max(self.end + 0.05, 0.10)))
        shift = -0.02 * face.turn
        return [(x + shift, y) for x, y in points]

    def _window(self) -> list[tuple[float, float]]:
        face, w = self.sitter.face, self.sitter.half_width
        line = -0.37 + 0.20 * face.fringe - 0.36 * face.receding
        peak = 0.20 * face.parting
        sweep = (0.10 + 0.10 * (1 - abs(2 * face.fringe - 1))) * (1 - 0.75 * max(face.fringe - 0.6, 0) / 0.4)
        points = []
        for x in (-0.24, -0.12, 0.0, 0.12, 0.24):
            away = min(abs(x - peak) / 0.35, 1.0)
            points.append((x, line + 0.35 * x * x + sweep * (away - 0.65)))
        temple = 0.87 - 0.02 * face.fringe + 0.05 * face.receding
        cover = self.sitter.covered
        for sign in (-1, 1):
            points += [
                (sign * temple * w, -0.17 - 0.10 * face.receding),
                (sign * (0.97 - 0.05 * cover) * w, 0.02),
                (sign * (1.06 - 0.15 * cover) * w, 0.22),
                (sign * (1.20 - 0.33 * cover) * w, 0.45),
                (sign * (1.1 - 0.35 * cover) * w, 0.75),
                (sign * (1.0 - 0.2 * cover) * w, 1.1),
            ]
        points.append((0.0, 1.4))
        shift = 0.07 * face.turn
        return [(x + shift, y) for x, y in points]

    def _ripple(self) -> Array:
        """Factor of the silhouette for every angle: smooth waves that turn into round curls."""
        wave = self.sitter.face.hair_wave
        return 1 + 0.045 * wave * (WAVES * (1 - wave) + CURLS * wave)

    def _tips(self) -> Array:
        """Tips of the strands along the edge of the fringe."""
        face = self.sitter.face
        return 1 + TIPS * ((0.05 * face.fringe + 0.03) * (1 - face.receding))

    @functools.cached_property
    def where(self) -> tuple[slice, slice]:
        """The part of the picture that the hair lies in."""
        return self.sitter.head.at(0.0, (self.end - 0.75) / 2, 0.80, (self.end + 0.95) / 2).where

    @functools.cached_property
    def distance(self) -> Array:
        """Distance to the silhouette."""
        return self.silhouette.distance(self.sitter.head.polar.within(self.where))


def _strands(cut: Cut, patch: Patch) -> Array:
    """Light and dark locks, which fan out from the parting and curl with the wave: -1 to 1."""
    face = cut.sitter.face
    x, y = patch.x - 0.20 * face.parting, patch.y
    fan = x / (y + 1.25)
    phase = fan * (20 - 4 * face.hair_wave) + np.sin(y * 17 + x * 5) * (0.9 * face.hair_wave)
    fine = max(1 - 16 * patch.pixel, 0.0) * 0.6
    return (np.sin(phase) + fine * np.sin(phase * 2.3 + 1)) * (1 / (1 + fine))


def back(sitter: Sitter) -> Iterator[Layer]:
    """What is seen of the hair behind head and neck."""
    cut = sitter.part(Cut)
    yield from _updo(sitter)
    yield sitter.head.window(cut.where).fill(cut.distance, sitter.hair * 0.66, "hair")


def front(sitter: Sitter) -> Iterator[Layer]:
    """Fringe, sides and crown around the face, with strands, a shadow on the skin and a band of light."""
    face, head, cut = sitter.face, sitter.head, sitter.part(Cut)
    patch, polar, outer = head.window(cut.where), head.polar.within(cut.where), cut.distance
    y, pixel = patch.y, patch.pixel
    window, depth = cut.window.distance(polar), cut.window.beyond(polar)
    skin = coverage(np.maximum(sitter.skull_distance[cut.where], outer), pixel)
    yield patch.tint(fade(depth, -0.09, 0.03) * fade(y, 0.35, -0.15) * skin * 0.6, sitter.skin_shade)
    locks = _strands(cut, patch)
    band = np.abs(outer + 0.09 + 0.11 * cut.big + locks * 0.03)
    gloss = fade(band, 0.055, 0.025) * fade(y, -0.16, -0.34)
    tone = 0.40 + 0.22 * fade(y, -0.35, 0.6) - (0.36 - 0.12 * face.hair_wave) * gloss
    tone += 0.20 * fade(locks, 0.1, 0.5) - 0.16 * fade(locks, -0.3, -0.7)
    light, deep = np.minimum(sitter.hair * 1.22 + 0.035, 1), sitter.hair * 0.58
    colour = mix(light, deep, np.maximum(tone, 0))
    yield patch.fill(np.maximum(outer, -window), colour, "hair")


def _updo(sitter: Sitter) -> Iterator[Layer]:
    """Buns and pigtails, behind the head."""
    face = sitter.face
    big = 0.75 + 0.35 * face.hair_length + 0.25 * face.hair_volume
    knots = {
        "none": (),
        "bun": ((0.0, -0.70, 0.165, 0.14, 0.0),),
        "buns": ((-0.36, -0.62, 0.155, 0.15, 0.0), (0.36, -0.62, 0.155, 0.15, 0.0)),
        "pigtails": ((-0.60, 0.20, 0.13, 0.33, 0.22), (0.60, 0.20, 0.13, 0.33, -0.22)),
    }[face.updo]
    for x, y, rx, ry, angle in knots:
        rx, ry = rx * big, ry * big
        patch = sitter.head.at(x - 0.03 * face.turn, y, rx * 1.3, ry * 1.3, angle)
        turn = np.arctan2(patch.y, patch.x)
        curls = 1 + 0.05 * face.hair_wave * np.sin(turn * 9)
        shape = ellipse(patch.x * curls, patch.y * curls, rx, ry)
        deep = sitter.hair * 0.6
        strands = 0.5 + 0.5 * np.sin(patch.x * (26 / big) + np.sin(patch.y * 12) * face.hair_wave * 1.5)
        shade = np.minimum(fade(shape, -0.09, 0.01) * 0.75 + strands * 0.3, 1)
        yield patch.fill(shape, mix(sitter.hair, deep, shade), "hair")
