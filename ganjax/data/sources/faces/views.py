"""The views of a face: picture, label map and line drawing, all from the same layers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.data.sources.faces import body, extras, features, hair, head
from ganjax.data.sources.faces.attributes import Face
from ganjax.data.sources.faces.canvas import LABELS, REACH, Layer
from ganjax.data.sources.faces.shapes import stroke
from ganjax.data.sources.faces.sitter import Sitter

PEN = 0.007  # half-width of a line of the drawing

# Back to front.
SCENE = (
    body.background,
    hair.back,
    body.neck,
    body.clothes,
    head.ears,
    head.head,
    head.wrinkles,
    head.beard,
    head.moustache,
    features.nose,
    features.mouth,
    features.eyes,
    features.brows,
    hair.front,
    extras.glasses,
    extras.earrings,
    extras.ornament,
)


def layers(face: Face, side: int) -> Iterator[Layer]:
    """All shapes of the face at `side` pixels, back to front.

    Raises:
      UsageError: a side below 1.
    """
    if side < 1:
        raise UsageError(f"The side of a picture is at least 1 pixel, not {side}.")
    sitter = Sitter(face, side)
    for part in SCENE:
        yield from part(sitter)


def draw(face: Face, side: int) -> np.ndarray[Any, Any]:
    """The picture, uint8 [side, side, 3]."""
    image = np.zeros((3, side, side), np.float32)
    for layer in layers(face, side):
        below = image[:, *layer.where]
        change = layer.colour - below
        change *= layer.cover
        below += change
    image *= 255
    image += 0.5
    return np.ascontiguousarray(image.transpose(1, 2, 0)).astype(np.uint8)


def label_map(face: Face, side: int) -> np.ndarray[Any, Any]:
    """What every pixel shows, uint8 [side, side]: an index into LABELS.

    A pixel belongs to the frontmost shape that covers a quarter of it, so that fine lines are not lost.
    """
    labels = np.zeros((side, side), np.uint8)
    for layer in layers(face, side):
        if layer.label:
            seen = np.broadcast_to(layer.cover > 0.25, labels[layer.where].shape)
            labels[layer.where][seen] = LABELS.index(layer.label)
    return labels


def line_drawing(face: Face, side: int) -> np.ndarray[Any, Any]:
    """The face as a drawing with a black pen on white paper, uint8 [side, side]."""
    page = np.ones((side, side), np.float32)
    for layer in layers(face, side):
        below = page[layer.where]
        if layer.pen in ("edge", "white"):
            below += (1 - below) * layer.cover
        if layer.pen == "edge":
            below *= 1 - stroke(layer.distance, PEN, 2 * REACH / side)
        if layer.pen == "solid":
            below *= 1 - layer.cover
    return (page * 255 + 0.5).astype(np.uint8)
