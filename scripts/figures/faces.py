"""Makes the figures of docs/data/faces.md: python scripts/figures/faces.py [folder]."""

import dataclasses
import pathlib
import sys
import textwrap
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganjax.data.sources import faces

FONT = ImageFont.load_default(14)
INK = (50, 45, 55)
# One colour for every label of the label map.
PALETTE = np.array(
    [
        (236, 236, 240), (250, 206, 170), (240, 160, 110), (70, 110, 190), (90, 60, 50), (215, 75, 90),
        (120, 80, 60), (150, 110, 80), (40, 40, 50), (235, 190, 70), (225, 110, 170), (90, 170, 150),
    ],
    np.uint8,
)  # fmt: skip
PLAIN = faces.Face(mouth_open=0.3, hair_length=0.5, hair_volume=0.4)
# What an attribute needs to be seen at all.
SHOWN_ON: dict[str, dict[str, Any]] = {
    "frame_colour": {"glasses": "round"},
    "ornament_colour": {"ornament": "beanie"},
    "beard": {"femininity": 0.1, "hair_length": 0.1},
    "moustache": {"femininity": 0.1, "hair_length": 0.1},
    "receding": {"femininity": 0.1, "hair_length": 0.1},
}


def save(image: Image.Image, path: pathlib.Path) -> None:
    image.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def sheet(side: int = 80, rows: int = 4, columns: int = 12) -> Image.Image:
    tiles = np.stack([faces.draw(faces.describe(0, i), side) for i in range(rows * columns)])
    tiles = tiles.reshape(rows, columns, side, side, 3).swapaxes(1, 2)
    return Image.fromarray(tiles.reshape(rows * side, columns * side, 3))


def attributes(side: int = 64, columns: int = 5, blocks: int = 2) -> Image.Image:
    """One row for every attribute, in blocks beside each other."""
    rows = -(-len(faces.SPECIFICATION) // blocks)
    margin = 136
    width = margin + columns * side + 12
    page = Image.new("RGB", (blocks * width, rows * side), "white")
    pen = ImageDraw.Draw(page)
    for i, attribute in enumerate(faces.SPECIFICATION):
        left, top = i // rows * width, i % rows * side
        pen.text((left + margin - 8, top + side // 2), attribute.name, INK, FONT, anchor="rm")
        face = dataclasses.replace(PLAIN, **SHOWN_ON.get(attribute.name, {}))
        numbers = np.linspace(attribute.low, attribute.high, columns).tolist()
        for k, value in enumerate(attribute.choices or numbers):
            picture = faces.draw(dataclasses.replace(face, **{attribute.name: value}), side)
            page.paste(Image.fromarray(picture), (left + margin + k * side, top))
    return page


def views(side: int = 160, indices: tuple[int, ...] = (5, 9, 22)) -> Image.Image:
    """Picture, label map, line drawing and captions of some faces."""
    page = Image.new("RGB", (3 * side + 330, len(indices) * side), "white")
    pen = ImageDraw.Draw(page)
    for row, index in enumerate(indices):
        face = faces.describe(0, index)
        drawing = faces.line_drawing(face, side)
        shown = (faces.draw(face, side), PALETTE[faces.label_map(face, side)], drawing)
        for column, view in enumerate(shown):
            page.paste(Image.fromarray(view).convert("RGB"), (column * side, row * side))
        lines = [
            line for caption in faces.captions(face)["en"][::3] for line in [*textwrap.wrap(caption, 46), ""]
        ]
        pen.multiline_text((3 * side + 14, row * side + 20), "\n".join(lines), INK, FONT, spacing=3)
    return page


if __name__ == "__main__":
    images = pathlib.Path(__file__).parents[2] / "docs" / "images"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else images
    folder.mkdir(parents=True, exist_ok=True)
    save(sheet(), folder / "faces_sheet.png")
    # Most of it repeats one face, so 256 colours are enough.
    save(attributes().quantize(256, kmeans=4), folder / "faces_attributes.png")
    save(views(), folder / "faces_views.png")
