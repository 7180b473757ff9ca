"""Eyes, brows, nose and mouth."""

from collections.abc import Iterator

import numpy as np

from ganjax.data.sources.faces.canvas import Layer
from ganjax.data.sources.faces.palette import BLACK, IRIS, LIPS, LIPSTICK, WHITE, along, mix, rgb
from ganjax.data.sources.faces.shapes import (
    Arc,
    circle,
    coverage,
    ellipse,
    fade,
    segment,
    spot,
    stroke,
    taper,
)
from ganjax.data.sources.faces.sitter import Sitter

EYE_X = 0.205
INK = rgb("33232b")
MOUTH_DARK, TONGUE, TEETH, LIP_LINE = rgb("6e1f2c"), rgb("e36f78"), rgb("fffaf2"), rgb("7a2a2e")


def eyes(sitter: Sitter) -> Iterator[Layer]:
    """Both eyes: white, iris, pupil, lights, lid and lashes."""
    face = sitter.face
    size = (1.06 + 0.17 * face.eye_size) * (1 + 0.12 * sitter.child - 0.08 * sitter.old)
    iris = along(IRIS, face.eye_colour)
    dark_iris, bright_iris = mix(iris, BLACK, 0.45), mix(iris, WHITE, 0.22)
    half, high = 0.112 * size, 0.098 * size
    patch, sign = sitter.pair(EYE_X, sitter.eye_y, half * 1.55, high * 1.5)
    x, pixel = patch.x, patch.pixel
    # A closing eye shuts from both sides, into a smiling curve.
    opening = min(face.eye_open / 0.12, 1.0) * (0.12 + 0.88 * face.eye_open)
    y = patch.y + 0.10 * face.femininity * x
    top = -high * (0.42 + 0.50 * opening)
    upper, lower = Arc(x, half, top, 0.55), Arc(x, half, high * (-0.42 + 1.22 * opening), 0.55)
    lens = np.maximum((upper.y - y) * upper.norm, (y - lower.y) * lower.norm)
    lens = np.maximum(lens, np.abs(x) - half)
    white = coverage(lens, pixel)
    yield patch.tint(white, mix(WHITE, sitter.skin_shade, fade(y, 0.0, -high) * 0.35), "eye", "white")
    # The gaze goes left and right, not outward.
    gx, gy = x * sign - 0.034 * face.gaze_x, patch.y - 0.004 - 0.022 * face.gaze_y
    ring = np.sqrt(gx * gx + gy * gy)
    glow = fade(gy, -0.055, 0.055)
    disc = mix(mix(dark_iris, bright_iris, glow), dark_iris, fade(ring, 0.058 * size, 0.066 * size))
    pupil = coverage(ring - 0.034 * size, pixel)
    yield patch.tint(coverage(ring - 0.072 * size, pixel) * white, mix(disc, BLACK, pupil), "eye", "solid")
    light = circle(gx + 0.026 * size, gy + 0.028 * size, 0.0225 * size)
    glint = circle(gx - 0.027 * size, gy - 0.030 * size, 0.0115 * size)
    lights = coverage(light, pixel) + 0.7 * coverage(glint, pixel)
    yield patch.tint(lights * white, WHITE, "eye", "white")
    # The lid line is thickest in its outer half; it runs on into two lashes, longer the more feminine.
    line = (y - upper.y) * upper.norm
    thick = np.maximum((0.0075 + 0.0075 * face.femininity) * (1 + 2.0 * x), 0.003)
    ink = stroke(line, thick * taper(x * (1 / half), 0.7), pixel)
    length = max(face.femininity - 0.3, 0.0) * 0.075 * (1 - 0.4 * sitter.old)
    if length > 0:
        for s, dx, dy in ((0.97, 1.0, -0.45), (0.80, 0.85, -0.80)):
            start = (s * half, top * (1 - s * s) * (1 + 0.55 * s * s))
            lash = segment(x, y, start, (start[0] + length * dx, start[1] + length * dy))
            ink = np.maximum(ink, stroke(lash, 0.0065, pixel))
    yield patch.tint(ink, mix(INK, sitter.skin_shade, 0.12), "eye", "solid")


def brows(sitter: Sitter) -> Iterator[Layer]:
    """Two arched brows in a darker tone of the hair."""
    face = sitter.face
    colour = mix(mix(sitter.hair, BLACK, 0.35), sitter.skin_shade, 0.12)
    thick, half = 0.010 + 0.022 * face.brow_thickness, 0.118
    patch, _ = sitter.pair(EYE_X + 0.005, sitter.brow_y - 0.045 * face.brow_raise, half + 0.02, 0.10)
    outward = patch.x * (1 / half)
    arc = Arc(patch.x, half, -0.038)
    # Inner ends go down in a frown and up in surprise.
    line = patch.y - arc.y - 0.03 * face.brow_raise * outward - 0.01
    width = np.maximum(1 - 0.62 * np.maximum(outward + 0.2, 0) ** 2, 0.1) * taper(outward) * thick
    cover = stroke(line * arc.norm, width, patch.pixel)
    yield patch.tint(cover, colour, "brow", "solid")


def nose(sitter: Sitter) -> Iterator[Layer]:
    """A small round nose with a shadow below and a light on its tip."""
    size = 0.75 + 0.5 * sitter.face.nose_size - 0.15 * sitter.child + 0.12 * sitter.old
    x, _ = sitter.turned(0.0, 0.60)
    patch = sitter.head.at(x, sitter.nose_y, 0.13 * size, 0.11 * size)
    blush = mix(sitter.skin, sitter.skin_shade, 0.55)
    tip = ellipse(patch.x, patch.y, 0.068 * size, 0.048 * size)
    soft = fade(tip, 0.025, -0.035) * 0.75
    yield patch.tint(soft, blush, "nose")
    below = Arc(patch.x, 0.062 * size, 0.050 * size, 0.3)
    line = (patch.y - below.y + 0.006) * below.norm
    shadow = mix(sitter.skin_shade, BLACK, 0.22)
    yield patch.tint(
        stroke(line, 0.0085 * taper(patch.x * (18 / size), 0.3), patch.pixel), shadow, "nose", "solid"
    )
    gloss = spot(patch.x + 0.015 * size, patch.y + 0.022 * size, 0.030 * size, 0.022 * size)
    yield patch.tint(gloss * 0.55, mix(sitter.skin, WHITE, 0.6))


def mouth(sitter: Sitter) -> Iterator[Layer]:
    """Lips between two arcs; where they part, teeth and tongue."""
    face, parted, happy = sitter.face, sitter.face.mouth_open, max(sitter.face.smile, 0.0)
    middle, narrow = sitter.turned(0.0, 0.58)
    half = (0.135 + 0.05 * happy - 0.035 * parted * (1 - happy)) * narrow * (1 - 0.12 * sitter.child)
    # How far the middle hangs below the corners: of the closed mouth, and of the lower lip.
    bend = 0.078 * face.smile
    drop = bend + 0.125 * parted + 0.03 * parted * happy
    patch = sitter.head.at(middle, sitter.mouth_y, half * 1.25, 0.24)
    x, y, pixel = patch.x, patch.y + bend * 0.55, patch.pixel
    upper, lower = Arc(x, half, bend - 0.020 * parted, 0.25), Arc(x, half, drop, 0.45)
    lip = mix(along(LIPS, face.skin_tone), LIPSTICK, face.lipstick)
    full = 0.016 + 0.018 * face.femininity * (1 - 0.5 * sitter.old) + 0.010 * face.lipstick
    above = Arc(x, half * 0.93, bend - 0.02 * parted - full * 1.05, 0.35)
    below = Arc(x, half * 0.93, bend + 0.155 * parted * (1 + 0.2 * happy) + full * 1.5, 0.35)
    dip = 0.011 * np.maximum(1 - (x * (3.2 / half)) ** 2, 0) * (0.5 + face.femininity)
    lips = np.maximum((above.y + dip - y) * above.norm, (y - below.y) * below.norm)
    strength = 0.30 + 0.25 * face.femininity + 0.45 * face.lipstick
    yield patch.fill(lips, lip, "mouth", "", min(strength, 1.0))
    if parted > 0:
        inside = coverage(np.maximum((upper.y - y) * upper.norm, (y - lower.y) * lower.norm), pixel)
        yield patch.tint(inside, MOUTH_DARK, "mouth", "solid")
        tongue = ellipse(x, y - drop, half * 0.6, 0.06)
        yield patch.tint(coverage(tongue, pixel) * inside, TONGUE, "mouth")
        teeth = (y - upper.y - 0.045 * min(parted * 2, 1.0)) * upper.norm
        yield patch.tint(coverage(teeth, pixel) * inside, TEETH, "mouth", "white")
    line = mix(mix(sitter.skin_shade, LIP_LINE, 0.6), LIPSTICK, 0.5 * face.lipstick)
    seam = stroke((y - upper.y) * upper.norm, 0.0095 * taper(x * (0.97 / half), 0.9), pixel)
    yield patch.tint(seam, line, "mouth", "solid")
