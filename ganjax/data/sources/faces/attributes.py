"""What a face is made of: `Face`, its attributes with their ranges, its vector, the way between two faces."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np


@dataclasses.dataclass(frozen=True)
class Face:
    """One description, from which every view of the face is made.

    Left and right are those of the picture. Numbers lie in [0, 1] unless a range is given.

    Attributes:
      age: 0 a small child, 0.2 grown up, 1 very old: shape of the head, size of the eyes, wrinkles.
      femininity: jaw, brows, lashes, lips and shoulders from masculine to feminine.
      width: -1 narrow to 1 broad face.
      skin_tone: light to dark.
      freckles, blush: how many of the one, how much of the other.
      hair_colour: black, brown, auburn, ginger, blond along one path.
      hair_grey: share of grey.
      hair_dye: none or a dyed colour, which replaces the natural one.
      hair_length: cropped, then over the ears (0.35), to the chin (0.55), below the shoulders (1).
      hair_volume: flat to big. hair_wave: straight to curly.
      fringe: swept back to hanging into the forehead. parting: -1 left to 1 right.
      receding: full hairline to a bald top.
      updo: none, or the hair that is tied up as well.
      brow_thickness: thin to bushy. brow_raise: -1 lowered to 1 raised.
      eye_colour: brown, hazel, green, blue, grey along one path. eye_size: -1 to 1.
      eye_open: 0 closed to 1 wide open.
      gaze_x: -1 left to 1 right. gaze_y: -1 up to 1 down.
      nose_size: small to big.
      smile: -1 mouth turned down to 1 broad smile. mouth_open: closed to wide open.
      lipstick: none to strong.
      beard, moustache: none, stubble, full.
      glasses: none or a style. frame_colour: black, brown, red, blue, gold along one path.
      earrings: none to big.
      ornament: none or something worn in or on the hair. ornament_colour: a turn around the colour circle.
      clothes: the kind. clothes_colour: a turn around the colour circle. clothes_light: dark to light.
      background_colour: a turn around the colour circle. background_light: deep to light.
      turn: -1 head turned left to 1 right. tilt: -1 head leaning left to 1 right.
    """

    age: float = 0.35
    femininity: float = 0.5
    width: float = 0.0
    skin_tone: float = 0.3
    freckles: float = 0.0
    blush: float = 0.4
    hair_colour: float = 0.3
    hair_grey: float = 0.0
    hair_dye: str = "none"
    hair_length: float = 0.4
    hair_volume: float = 0.5
    hair_wave: float = 0.2
    fringe: float = 0.4
    parting: float = 0.5
    receding: float = 0.0
    updo: str = "none"
    brow_thickness: float = 0.5
    brow_raise: float = 0.0
    eye_colour: float = 0.1
    eye_size: float = 0.0
    eye_open: float = 0.8
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    nose_size: float = 0.4
    smile: float = 0.5
    mouth_open: float = 0.0
    lipstick: float = 0.0
    beard: float = 0.0
    moustache: float = 0.0
    glasses: str = "none"
    frame_colour: float = 0.0
    earrings: float = 0.0
    ornament: str = "none"
    ornament_colour: float = 0.0
    clothes: str = "tee"
    clothes_colour: float = 0.6
    clothes_light: float = 0.5
    background_colour: float = 0.5
    background_light: float = 0.7
    turn: float = 0.0
    tilt: float = 0.0


class Attribute(NamedTuple):
    """Name, range or choices, and the labels (of the label map) whose pixels the attribute may change."""

    name: str
    touches: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()


_HEAD = ("skin", "nose", "eye", "brow", "mouth", "hair", "beard", "glasses", "earring", "ornament", "clothes")
_HAIR = (
    "hair",
    "skin",
    "brow",
    "eye",
    "beard",
    "glasses",
    "ornament",
)  # and what hangs hair into it, or its shadow
_HAIRY = ("hair", "brow", "beard", "skin", "mouth")  # through stubble and lips one sees what lies below
_DYES = ("none", "pink", "blue", "green", "purple")
_UPDOS = ("none", "bun", "buns", "pigtails")
_GLASSES = ("none", "round", "square", "sun")
_ORNAMENTS = ("none", "bow", "band", "flower", "beanie")
_CLOTHES = ("tee", "stripes", "shirt", "turtleneck", "hoodie")

SPECIFICATION = (
    Attribute("age", _HEAD),
    Attribute("femininity", _HEAD),
    Attribute("width", _HEAD, -1),
    Attribute("skin_tone", ("skin", "nose", "brow", "eye", "mouth", "beard", "glasses")),
    Attribute("freckles", ("skin", "nose")),
    Attribute("blush", ("skin", "nose")),
    Attribute("hair_colour", _HAIRY),
    Attribute("hair_grey", _HAIRY),
    Attribute("hair_dye", _HAIRY, choices=_DYES),
    Attribute("hair_length", _HAIR),
    Attribute("hair_volume", _HAIR),
    Attribute("hair_wave", _HAIR),
    Attribute("fringe", _HAIR),
    Attribute("parting", _HAIR, -1),
    Attribute("receding", _HAIR),
    Attribute("updo", _HAIR, choices=_UPDOS),
    Attribute("brow_thickness", ("brow",)),
    Attribute("brow_raise", ("brow",), -1),
    Attribute("eye_colour", ("eye",)),
    Attribute("eye_size", ("eye", "skin"), -1),
    Attribute("eye_open", ("eye", "skin")),
    Attribute("gaze_x", ("eye",), -1),
    Attribute("gaze_y", ("eye",), -1),
    Attribute("nose_size", ("nose", "skin")),
    Attribute("smile", ("mouth",), -1),
    Attribute("mouth_open", ("mouth",)),
    Attribute("lipstick", ("mouth",)),
    Attribute("beard", ("beard", "skin", "mouth")),
    Attribute("moustache", ("beard", "skin", "nose")),
    Attribute("glasses", ("glasses", "skin", "eye", "brow", "hair"), choices=_GLASSES),
    Attribute("frame_colour", ("glasses",)),
    Attribute("earrings", ("earring",)),
    Attribute("ornament", ("ornament", "skin"), choices=_ORNAMENTS),
    Attribute("ornament_colour", ("ornament",)),
    Attribute("clothes", ("clothes", "skin"), choices=_CLOTHES),
    Attribute("clothes_colour", ("clothes",)),
    Attribute("clothes_light", ("clothes",)),
    Attribute("background_colour", ("background",)),
    Attribute("background_light", ("background",)),
    Attribute("turn", _HEAD, -1),
    Attribute("tilt", _HEAD, -1),
)

ATTRIBUTES = tuple(
    name for a in SPECIFICATION for name in ([f"{a.name}={c}" for c in a.choices] if a.choices else [a.name])
)
"""Names of the columns of `vector`: one for a number, and one (0 or 1) for every choice: "glasses=round"."""


def vector(face: Face) -> np.ndarray[Any, Any]:
    """The face as float32 [A], one value for every name of `ATTRIBUTES`."""
    values: list[float] = []
    for attribute in SPECIFICATION:
        value = getattr(face, attribute.name)
        if attribute.choices:
            values += [float(value == choice) for choice in attribute.choices]
        else:
            values.append(value)
    return np.array(values, np.float32)


def move(face: Face, other: Face, t: float) -> Face:
    """The face at `t` in [0, 1] on the way from `face` to `other`: numbers glide, choices change at one half.

    A whole turn of the colour circle is no distance, so colours go the shorter way round.
    """

    def between(name: str) -> Any:
        a, b = getattr(face, name), getattr(other, name)
        if isinstance(a, str):
            return a if t < 0.5 else b
        if name in _CIRCLES:
            return (a + t * ((b - a + 0.5) % 1 - 0.5)) % 1
        return a + t * (b - a)

    return Face(**{attribute.name: between(attribute.name) for attribute in SPECIFICATION})


_CIRCLES = ("ornament_colour", "clothes_colour", "background_colour")
