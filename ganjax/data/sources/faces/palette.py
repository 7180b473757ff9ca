"""Colours, as float32 [3, 1, 1] RGB in [0, 1], and the paths that one number walks through them."""

import math
from collections.abc import Sequence

import numpy as np

from ganjax.data.sources.faces.shapes import Array


def rgb(code: str) -> Array:
    """A colour of hexadecimal digits, "ffd9b8"."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32).reshape(3, 1, 1)


def oklch(light: float, chroma: float, turn: float) -> Array:
    """A colour of Oklab (Ottosson 2020): lightness 0 to 1, chroma 0 to 0.3, hue as a share of a whole turn.

    Equal lightness looks equally light all around the circle, which keeps random colours in harmony.
    """
    a, b = chroma * math.cos(2 * math.pi * turn), chroma * math.sin(2 * math.pi * turn)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    values = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in linear]
    return np.array([min(max(v, 0.0), 1.0) for v in values], np.float32).reshape(3, 1, 1)


def mix(a: Array, b: Array, t: float | Array) -> Array:
    """`a` at t = 0, `b` at t = 1."""
    return a + (b - a) * t


def along(path: Sequence[Array], t: float) -> Array:
    """The colour at `t` in [0, 1] on a path of evenly spaced colours."""
    at = t * (len(path) - 1)
    i = min(int(at), len(path) - 2)
    return mix(path[i], path[i + 1], at - i)


WHITE, BLACK = rgb("ffffff"), rgb("2b2430")

SKIN = [rgb(c) for c in ("ffe6d6", "fbd3b4", "f0bb90", "d99a6c", "b87448", "8f5535", "6b3d28")]
SKIN_SHADE = [rgb(c) for c in ("eeb7a0", "e6a283", "d48b62", "b76d47", "92522f", "6c3b25", "4d281b")]
BLUSH = [rgb(c) for c in ("ff8f8a", "fb8379", "ee7360", "d95d48", "b8432f", "96321f", "7a2618")]
LIPS = [rgb(c) for c in ("e0857d", "d97a70", "c9685c", "b2544a", "93423a", "7a342f", "652a27")]

HAIR = [rgb(c) for c in ("241f2b", "3f2a26", "62402e", "85492b", "b5562a", "d08a45", "eec579")]
GREY = [rgb(c) for c in ("8d8a92", "b9b7bc", "e4e2e2")]
DYES = {"pink": rgb("f088b0"), "blue": rgb("4f86d9"), "green": rgb("4fb08a"), "purple": rgb("8d62c4")}

IRIS = [rgb(c) for c in ("4a2c1e", "7a4a26", "8a7433", "4f8a58", "3d84c0", "7d97ad")]
FRAMES = [rgb(c) for c in ("2a2630", "6b4028", "b8433f", "3a5fa8", "c79a3e")]
LIPSTICK = rgb("c8324a")
