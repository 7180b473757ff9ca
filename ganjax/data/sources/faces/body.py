"""Background, neck and clothes: what stays still when the head moves."""

from collections.abc import Iterator

import numpy as np

from ganjax.data.sources.faces.canvas import Layer, Patch
from ganjax.data.sources.faces.palette import WHITE, mix, oklch
from ganjax.data.sources.faces.shapes import (
    Array,
    box,
    circle,
    convex,
    coverage,
    ellipse,
    fade,
    segment,
    stroke,
)
from ganjax.data.sources.faces.sitter import Sitter

COLLAR_Y = 0.74  # where the neck meets the clothes


def background(sitter: Sitter) -> Iterator[Layer]:
    """A soft gradient with a paler disc behind the head."""
    hue, light = sitter.face.background_colour, sitter.face.background_light
    whole = sitter.frame.whole
    top, bottom = oklch(0.74 + 0.18 * light, 0.075, hue), oklch(0.68 + 0.19 * light, 0.09, hue - 0.07)
    yield Layer(whole.where, np.ones((1, 1), np.float32), mix(top, bottom, whole.y * 0.5 + 0.5), "background")
    disc = oklch(0.81 + 0.15 * light, 0.055, hue + 0.03)
    yield whole.fill(circle(whole.x, whole.y + 0.06, 0.84), disc, opacity=0.55)


def neck(sitter: Sitter) -> Iterator[Layer]:
    """The neck, in the shade of the chin."""
    half = 0.165 + 0.045 * (1 - sitter.face.femininity) * (1 - sitter.child) - 0.02 * sitter.child
    patch = sitter.frame.at(0, COLLAR_Y - 0.08, half + 0.09, 0.30)
    flare = half + np.maximum(patch.y, 0) ** 2
    yield patch.fill(np.abs(patch.x) - flare, _neck_skin(sitter, patch.y - 0.08), "skin")


def _neck_skin(sitter: Sitter, y: Array) -> Array:
    """Skin in the shade of the chin, at heights below the collar."""
    return mix(sitter.skin, sitter.skin_shade, fade(y, 0.06, -0.22) * 0.75 + 0.15)


def clothes(sitter: Sitter) -> Iterator[Layer]:
    """Shoulders in one of five kinds of clothes."""
    face = sitter.face
    width = 0.80 + 0.12 * (1 - face.femininity) * (1 - sitter.child) - 0.08 * sitter.child
    light, hue = 0.36 + 0.44 * face.clothes_light, face.clothes_colour
    cloth = oklch(light, 0.115, hue)
    deep, pale = oklch(light - 0.09, 0.115, hue), oklch(min(light + 0.1, 0.93), 0.09, hue)
    patch = sitter.frame.at(0, 1.36, 1.0, 0.70)
    body = ellipse(patch.x, patch.y, width, 0.68)
    shaded = mix(cloth, deep, fade(body, -0.16, 0.0) * 0.8)
    if face.clothes == "hoodie":
        yield from _hood(sitter, cloth, deep)
    yield patch.fill(body, shaded, "clothes")
    if face.clothes == "stripes":
        stripe = np.abs((patch.y + 0.06 * patch.x * patch.x + 10) % 0.15 - 0.075) - 0.032
        yield patch.fill(np.maximum(stripe, body), mix(WHITE, cloth, 0.08), "clothes")
    near = sitter.frame.at(0, COLLAR_Y, 0.44, 0.30)
    body = ellipse(near.x, near.y + COLLAR_Y - 1.36, width, 0.68)
    if face.clothes == "turtleneck":
        yield from _turtleneck(near, cloth, deep)
    elif face.clothes == "shirt":
        yield from _shirt(sitter, near, body, pale, deep)
    elif face.clothes == "hoodie":
        yield from _neckline(sitter, near, body, deep, 0.20, 0.12, 0.014)
        yield from _strings(near, pale)
    else:
        yield from _neckline(sitter, near, body, deep, 0.245, 0.115, 0.022)


def _neckline(
    sitter: Sitter, near: Patch, body: Array, rib: Array, rx: float, ry: float, half: float
) -> Iterator[Layer]:
    """Skin in the round opening of a shirt, and the rib around it."""
    opening = ellipse(near.x, near.y + 0.05, rx, ry)
    inside = np.maximum(opening, body - 0.012 - near.pixel)
    yield near.fill(inside, _neck_skin(sitter, near.y), "skin", "white")
    rim = stroke(opening, half, near.pixel) * coverage(body - 0.006, near.pixel)
    yield near.tint(rim, rib, "clothes", "solid")


def _turtleneck(near: Patch, cloth: Array, deep: Array) -> Iterator[Layer]:
    collar = box(near.x, near.y + 0.045 - 0.5 * near.x * near.x, 0.235, 0.10, 0.07)
    ribs = 0.5 + 0.5 * np.cos(near.x * 95)
    shade = np.minimum(fade(near.y, 0.10, -0.14) * 0.55 + ribs * 0.22, 1)
    yield near.fill(collar, mix(cloth, deep, shade), "clothes")
    fold = near.y - 0.035 - 0.5 * near.x * near.x
    yield near.tint(stroke(fold, 0.006, near.pixel) * fade(collar, 0.0, -0.03), deep, "clothes", "solid")


def _shirt(sitter: Sitter, near: Patch, body: Array, pale: Array, deep: Array) -> Iterator[Layer]:
    """An open collar with two points, and the seam below."""
    x = np.abs(near.x)
    opening = convex(x, near.y, [(-0.2, -0.12), (0.235, -0.12), (0.0, 0.165), (-0.2, 0.3)])
    yield near.fill(
        np.maximum(opening, body - 0.012 - near.pixel), _neck_skin(sitter, near.y), "skin", "white"
    )
    yield near.tint(stroke(near.x, 0.006, near.pixel) * fade(near.y, 0.15, 0.17), deep, "clothes", "solid")
    wing = convex(x, near.y, [(0.17, -0.115), (0.235, -0.06), (0.25, 0.135), (0.005, 0.165)]) - 0.012
    yield near.fill(wing, mix(pale, deep, fade(wing, -0.05, 0.0) * 0.35), "clothes")


def _hood(sitter: Sitter, cloth: Array, deep: Array) -> Iterator[Layer]:
    patch = sitter.frame.at(0, 0.68, 0.56, 0.32)
    hood = ellipse(patch.x, patch.y, 0.45, 0.20)
    yield patch.fill(hood, mix(cloth, deep, fade(patch.y, 0.1, -0.16) * 0.9), "clothes")


def _strings(near: Patch, pale: Array) -> Iterator[Layer]:
    x = np.abs(near.x)
    line = segment(x, near.y, (0.125, 0.03), (0.115, 0.22)) - 0.013
    yield near.fill(line, pale, "clothes")
