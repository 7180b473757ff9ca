"""Ears, the head with its light and shade, freckles, wrinkles, beard and moustache."""

from collections.abc import Iterator

import numpy as np

from ganjax.data.sources.faces.canvas import Layer
from ganjax.data.sources.faces.palette import BLACK, BLUSH, WHITE, along, mix
from ganjax.data.sources.faces.shapes import Arc, Array, coverage, ellipse, fade, spot, stroke, taper
from ganjax.data.sources.faces.sitter import Sitter

EAR_Y = 0.075

# Places of the freckles on a cheek, around its middle, towards the ear and down.
FRECKLES = np.array(
    [
        (-0.10, -0.02), (-0.06, 0.03), (-0.03, -0.035), (0.00, 0.015), (0.045, -0.02), (0.075, 0.03),
        (0.10, -0.015), (-0.015, 0.06), (0.045, 0.065), (-0.085, 0.065),
    ],
    np.float32,
)  # fmt: skip


def ear_x(sitter: Sitter, sign: int) -> float:
    """Where an ear sits: the one that the head turns away from us comes nearer to the middle."""
    return sign * (sitter.half_width + 0.012) - 0.045 * sitter.face.turn


def ears(sitter: Sitter) -> Iterator[Layer]:
    """Two ears, behind the cheeks."""
    # Long hair lies over the ears and presses them to the head.
    tucked = 0.06 * sitter.covered
    patch, _ = sitter.both(ear_x(sitter, -1) + tucked, ear_x(sitter, 1) - tucked, EAR_Y, 0.09, 0.13)
    ear = ellipse(patch.x, patch.y, 0.075, 0.112)
    inner = ellipse(patch.x - 0.008, patch.y + 0.005, 0.042, 0.070)
    colour = mix(sitter.skin, sitter.skin_shade, 0.25 + 0.6 * fade(inner, 0.012, -0.03))
    yield patch.fill(ear, colour, "skin")


def head(sitter: Sitter) -> Iterator[Layer]:
    """The head: lit from the upper left, with rosy cheeks."""
    face, whole = sitter.face, sitter.head.at(0, 0, 0.62, 0.70)
    distance = sitter.skull_distance[whole.where]
    rim = fade(distance, -0.22, 0.02) * fade(whole.x + 0.5 * whole.y, -0.65, 0.55)
    yield whole.fill(distance, mix(sitter.skin, sitter.skin_shade, rim * 0.75), "skin")
    x, _ = sitter.turned(0.0, 0.70)
    patch = sitter.head.at(x - 0.09, -0.30, 0.34, 0.24)
    gloss = spot(patch.x, patch.y, 0.34, 0.24) * coverage(sitter.skull_distance[patch.where], patch.pixel)
    yield patch.tint(gloss * 0.35, mix(sitter.skin, WHITE, 0.5 - 0.35 * face.skin_tone))
    if face.blush > 0:
        patch, _ = sitter.pair(0.285, sitter.nose_y + 0.035, 0.17, 0.125)
        soft = spot(patch.x, patch.y, 0.17, 0.125)
        soft *= coverage(sitter.skull_distance[patch.where], patch.pixel)
        yield patch.tint(soft * (0.75 * face.blush), along(BLUSH, face.skin_tone))
    if face.freckles > 0:
        patch, _ = sitter.pair(0.235, sitter.nose_y - 0.015, 0.15, 0.11)
        dx, dy = patch.x - FRECKLES[:, :1, None], patch.y - FRECKLES[:, 1:, None]
        nearest = np.sqrt((dx * dx + dy * dy).min(axis=0))
        cover = coverage(nearest - 0.0125, patch.pixel) * (0.6 * face.freckles)
        yield patch.tint(cover, mix(sitter.skin_shade, BLACK, 0.12))


def wrinkles(sitter: Sitter) -> Iterator[Layer]:
    """Lines of the forehead, beside the nose and under the eyes, from the middle of life on."""
    if sitter.old == 0:
        return
    colour, strength = mix(sitter.skin_shade, BLACK, 0.12), min(sitter.old * 1.6, 1.0)
    x, _ = sitter.turned(0.0)
    for y, half in ((-0.335, 0.19), (-0.275, 0.22)):
        patch = sitter.head.at(x, y, half, 0.04)
        arc = Arc(patch.x, half, -0.022)
        yield patch.tint(
            _line(patch.x, (patch.y - arc.y) * arc.norm, half, patch.pixel) * strength * 0.55, colour
        )
    patch, _ = sitter.pair(0.205, sitter.eye_y + 0.125, 0.10, 0.04)
    arc = Arc(patch.x, 0.085, 0.026)
    line = _line(patch.x, (patch.y - arc.y + 0.012) * arc.norm, 0.085, patch.pixel)
    yield patch.tint(line * strength * 0.65, colour)
    patch, _ = sitter.pair(0.19, sitter.nose_y + 0.075, 0.05, 0.11)
    bow = Arc(patch.y, 0.10, 0.035)
    line = _line(patch.y, (patch.x - bow.y + 0.015) * bow.norm, 0.10, patch.pixel)
    yield patch.tint(line * strength * 0.8, colour)


def _line(along: Array, across: Array, half: float, pixel: float) -> Array:
    """A pen line that runs out at both ends."""
    return stroke(across, 0.0075 * taper(along * (1 / half), 0.2), pixel)


def beard(sitter: Sitter) -> Iterator[Layer]:
    """Beard along the jaw, from stubble to full."""
    face = sitter.face
    if face.beard == 0:
        return
    patch = sitter.head.window(sitter.head.at(0.0, 0.32, 0.62, 0.45).where)
    x, y = patch.x, patch.y
    shift, _ = sitter.turned(0.0, 0.62)
    length = 0.11 * max(face.beard - 0.35, 0.0)
    outer = sitter.skull_distance[patch.where] - (0.005 + length * fade(y, 0.15, 0.6))
    free = ellipse(x - shift, y + 0.03, 0.415 - 0.05 * face.beard, 0.365 - 0.04 * face.beard)
    # Narrow beside the ears, wider down the cheeks.
    burns = np.minimum(1.1 * (sitter.half_width - np.abs(x)), 0.2) - y - 0.04
    shape = np.maximum(np.maximum(outer, -free), burns * 0.67)
    density = 0.25 * min(face.beard * 8, 1.0) + 0.75 * min(face.beard / 0.4, 1.0) ** 1.5
    colour = mix(sitter.hair, BLACK, 0.12 + 0.22 * fade(shape, -0.10, 0.01))
    yield patch.fill(shape, colour, "beard", opacity=fade(y, -0.06, 0.06) * density)


def moustache(sitter: Sitter) -> Iterator[Layer]:
    """A moustache of two wings, which droop a little."""
    amount = sitter.face.moustache
    if amount == 0:
        return
    x, narrow = sitter.turned(0.0, 0.60)
    half = (0.12 + 0.05 * amount) * narrow
    patch = sitter.head.at(x, sitter.mouth_y - 0.062, half + 0.02, 0.09)
    side = np.abs(patch.x)
    top = Arc(side - 0.055, half - 0.05, -0.030 - 0.022 * amount)
    y = patch.y - 0.030 * (side * (1 / half)) ** 2 + 0.004
    shape = np.maximum(np.maximum(top.y - y, y - 0.016 - 0.014 * amount), side - half)
    yield patch.fill(shape, mix(sitter.hair, BLACK, 0.12), "beard", opacity=min(3 * amount, 1.0))
