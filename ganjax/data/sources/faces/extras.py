"""What a face wears: glasses, earrings and ornaments in the hair."""

import math
from collections.abc import Iterator

import numpy as np

from ganjax.data.sources.faces.canvas import Layer
from ganjax.data.sources.faces.features import EYE_X
from ganjax.data.sources.faces.hair import Cut
from ganjax.data.sources.faces.head import EAR_Y, ear_x
from ganjax.data.sources.faces.palette import BLACK, FRAMES, WHITE, along, mix, oklch, rgb
from ganjax.data.sources.faces.shapes import Arc, Array, box, circle, coverage, ellipse, fade, segment, stroke
from ganjax.data.sources.faces.sitter import Sitter

GOLD = rgb("e9b949")
LENS = 0.168  # half the side of a lens
WIRE = 0.013  # half-width of the frame


def glasses(sitter: Sitter) -> Iterator[Layer]:
    """Round, square or dark glasses."""
    if sitter.face.glasses == "none":
        return
    frame = along(FRAMES, sitter.face.frame_colour)
    rims = []
    for sign in (-1, 1):
        x, narrow = sitter.turned(sign * (EYE_X + 0.004))
        yield from _arm(sitter, frame, sign, x + sign * LENS * narrow)
        yield from _lens(sitter, frame, sign, x, LENS * narrow)
        rims.append(x - sign * LENS * narrow)
    # The bridge.
    middle, gap = (rims[0] + rims[1]) / 2, max((rims[1] - rims[0]) / 2, 0.02)
    patch = sitter.head.at(middle, sitter.eye_y - 0.005, gap + 0.02, 0.06)
    arc = Arc(patch.x, gap * 1.4, -0.030)
    cover = stroke((patch.y - arc.y) * arc.norm, WIRE, patch.pixel) * fade(np.abs(patch.x), gap + 0.012, gap)
    yield patch.tint(cover, frame, "glasses", "solid")


def _arm(sitter: Sitter, frame: Array, sign: int, start: float) -> Iterator[Layer]:
    """From the rim back to the ear, where the head is not turned so far that the rim hides it."""
    end = ear_x(sitter, sign) - sign * 0.02
    if (end - start) * sign > 0:
        half = abs(end - start) / 2
        patch = sitter.head.at((start + end) / 2, sitter.eye_y - 0.025, half, 0.04)
        cover = coverage(np.abs(patch.y + 0.006) - WIRE, patch.pixel)
        cover *= coverage(np.abs(patch.x) - half, patch.pixel)
        yield patch.tint(cover, frame, "glasses", "solid")


def _lens(sitter: Sitter, frame: Array, sign: int, x: float, rx: float) -> Iterator[Layer]:
    """One rim with its glass and a slanting reflection."""
    style = sitter.face.glasses
    patch = sitter.head.at(x, sitter.eye_y + 0.015, rx + 0.03, LENS + 0.03)
    if style == "square":
        rim = box(patch.x, patch.y, rx, LENS * 0.80, 0.055)
    elif style == "sun":
        rim = box(patch.x, patch.y + 0.02 * patch.x * sign, rx, LENS * 0.84, 0.12)
    else:
        rim = ellipse(patch.x, patch.y, rx, LENS)
    if style == "sun":
        tint = mix(mix(frame, BLACK, 0.75), frame, fade(patch.y, -0.08, 0.16))
        yield patch.fill(rim, tint, "glasses", "solid")
    else:
        yield patch.tint(coverage(rim, patch.pixel) * 0.10, WHITE)
    slant = np.abs(patch.x + 0.6 * patch.y + 0.035) - 0.028
    yield patch.tint(fade(slant, 0.008, 0.0) * coverage(rim + 0.03, patch.pixel) * 0.20, WHITE)
    yield patch.tint(stroke(rim, WIRE, patch.pixel), frame, "glasses", "solid")


def earrings(sitter: Sitter) -> Iterator[Layer]:
    """Golden pearls below the ears."""
    size = sitter.face.earrings
    if size == 0:
        return
    radius = 0.048 * math.sqrt(size)
    y = EAR_Y + 0.11 + radius
    patch, sign = sitter.both(
        ear_x(sitter, -1) - 0.012, ear_x(sitter, 1) + 0.012, y, radius * 1.2, radius * 1.2
    )
    x = patch.x * sign
    shade = fade(x + patch.y, -radius, radius) * 0.45
    light = coverage(circle(x + radius * 0.35, patch.y + radius * 0.35, radius * 0.25), patch.pixel)
    gold = mix(mix(GOLD, WHITE, 0.25), rgb("9a6420"), shade)
    yield patch.fill(circle(x, patch.y, radius), mix(gold, WHITE, light * 0.9), "earring")


def ornament(sitter: Sitter) -> Iterator[Layer]:
    """A bow, a band or a flower in the hair, or a woolly hat over it."""
    wear = {"bow": _bow, "band": _band, "flower": _flower, "beanie": _beanie}.get(sitter.face.ornament)
    if wear:
        hue = sitter.face.ornament_colour
        yield from wear(sitter, oklch(0.68, 0.17, hue), oklch(0.54, 0.16, hue), oklch(0.86, 0.09, hue))


def _bow(sitter: Sitter, colour: Array, deep: Array, pale: Array) -> Iterator[Layer]:
    patch = sitter.head.at(-0.27, -0.58, 0.26, 0.20, -0.42)
    x = np.abs(patch.x)
    # Pinched at the knot.
    pinch = 0.55 + x * 3.2
    wing = ellipse(x - 0.115, patch.y * (1 / pinch), 0.105, 0.125) * np.minimum(pinch, 1)
    fold = fade(segment(x, patch.y, (0.03, 0.0), (0.14, 0.0)), 0.025, 0.0)
    yield patch.fill(wing, mix(colour, deep, np.maximum(fold, fade(wing, -0.04, 0.0) * 0.5)), "ornament")
    yield patch.fill(ellipse(patch.x, patch.y, 0.042, 0.052), mix(colour, pale, 0.25), "ornament")


def _band(sitter: Sitter, colour: Array, deep: Array, pale: Array) -> Iterator[Layer]:
    patch = sitter.head.at(0, -0.45, 0.75, 0.45)
    cut, polar = sitter.part(Cut), sitter.head.polar.within(patch.where)
    arc = Arc(patch.x + 0.03 * sitter.face.turn, 0.58, -0.17 - 0.75 * cut.top, 0.3)
    band = np.abs((patch.y - arc.y - 0.10) * arc.norm) - 0.038
    # It lies on the hair, or on the skull where there is none.
    ground = np.minimum(cut.silhouette.distance(polar), sitter.skull_distance[patch.where])
    band = np.maximum(band, ground - 0.012)
    yield patch.fill(band, mix(colour, deep, fade(band, -0.03, 0.0) * 0.7), "ornament")


def _flower(sitter: Sitter, colour: Array, deep: Array, pale: Array) -> Iterator[Layer]:
    patch = sitter.head.at(0.36, -0.38, 0.17, 0.17)
    turn, radius = np.arctan2(patch.y, patch.x), np.sqrt(patch.x**2 + patch.y**2)
    petals = (radius - 0.115 * (0.80 + 0.24 * np.abs(np.cos(turn * 2.5 + math.pi / 4)))) * 0.85
    yield patch.fill(petals, mix(colour, pale, fade(radius, 0.03, 0.13)), "ornament")
    yield patch.fill(radius - 0.036, GOLD, "ornament")


def _beanie(sitter: Sitter, colour: Array, deep: Array, pale: Array) -> Iterator[Layer]:
    cut = sitter.part(Cut)
    rx, high, rim_y = sitter.half_width + cut.side + 0.035, 0.38 + max(cut.top, 0.0), -0.27
    patch = sitter.head.at(-0.02 * sitter.face.turn, rim_y - high / 2 - 0.03, rx + 0.06, high / 2 + 0.16)
    y = patch.y - (high / 2 + 0.03)
    ribs = 0.5 + 0.5 * np.cos(patch.x * (60 / (1 + 0.5 * y * y)))
    pompom = circle(patch.x, y + high + 0.015, 0.09)
    yield patch.fill(pompom, mix(pale, colour, fade(pompom, -0.09, 0.0)), "ornament")
    cap = np.maximum(ellipse(patch.x, y, rx, high), y)
    shade = np.minimum(fade(cap, -0.15, 0.0) * 0.5 + ribs * 0.25, 1)
    yield patch.fill(cap, mix(colour, deep, shade), "ornament")
    brim = box(patch.x, y - 0.2 * patch.x * patch.x + 0.03, rx + 0.012, 0.075, 0.05)
    yield patch.fill(brim, mix(colour, pale, 0.25 + 0.25 * ribs), "ornament")
