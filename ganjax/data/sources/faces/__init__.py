"""The procedural faces: a built-in data set that is drawn, so that everything about every picture is known.

Needs numpy only. `describe(seed, index)` gives a `Face`, and every view is a pure function of it.
"""

from ganjax.data.sources.faces.attributes import ATTRIBUTES, SPECIFICATION, Attribute, Face, move, vector
from ganjax.data.sources.faces.canvas import LABELS
from ganjax.data.sources.faces.captions import captions
from ganjax.data.sources.faces.describe import describe
from ganjax.data.sources.faces.source import FaceSource
from ganjax.data.sources.faces.views import draw, label_map, line_drawing

__all__ = [
    "ATTRIBUTES",
    "LABELS",
    "SPECIFICATION",
    "Attribute",
    "Face",
    "FaceSource",
    "captions",
    "describe",
    "draw",
    "label_map",
    "line_drawing",
    "move",
    "vector",
]
