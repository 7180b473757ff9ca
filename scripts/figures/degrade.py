"""Makes the figures of docs/data/degrade.md: python scripts/figures/degrade.py [folder]."""

import pathlib
import sys
from collections.abc import Iterable

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganjax.core.images import to_uint8
from ganjax.data.degrade import kernels
from ganjax.data.degrade.bicubic import shrink
from ganjax.data.degrade.blur import filter_image, sharpen
from ganjax.data.degrade.jpeg import jpeg
from ganjax.data.degrade.low_light import darken
from ganjax.data.degrade.noise import gaussian_noise, poisson_noise
from ganjax.data.degrade.second_order import degrade
from ganjax.data.sources import faces

SIDE, TILE, GAP, LINE = 256, 160, 6, 20
FONT = ImageFont.load_default(13)
INK = (50, 45, 55)


def page(rows: Iterable[list[tuple[str, np.ndarray]]]) -> Image.Image:
    """Tiles with a line of text above each; small ones are enlarged by repeating pixels."""
    rows = list(rows)
    width = max(len(row) for row in rows) * (TILE + GAP) - GAP
    sheet = Image.new("RGB", (width, len(rows) * (TILE + LINE + GAP) - GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for i, row in enumerate(rows):
        for k, (label, tile) in enumerate(row):
            x, y = k * (TILE + GAP), i * (TILE + LINE + GAP)
            pen.text((x, y + 2), label, INK, FONT)
            sheet.paste(Image.fromarray(tile).resize((TILE, TILE), Image.Resampling.NEAREST), (x, y + LINE))
    return sheet


def kernel_tile(kernel: jax.Array) -> np.ndarray:
    """Dark where the weight is large, middle grey for none, white for negative ones."""
    values = np.asarray(kernel)
    return to_uint8(np.repeat(0.75 - 0.75 * values[..., None] / values.max(), 3, 2))


def kernel_row() -> list[tuple[str, np.ndarray]]:
    wide, long = jnp.array([3.0, 3.0]), jnp.array([1.2, 4.0])
    kinds = {
        "Gaussian": kernels.gaussian(21, wide, 0.0),
        "elongated": kernels.gaussian(21, long, 0.7),
        "generalised, 0.5": kernels.gaussian(21, wide, 0.0, beta=0.5),
        "generalised, 4": kernels.gaussian(21, long, 0.7, beta=4.0),
        "plateau, 2": kernels.plateau(21, wide, 0.0, 2.0),
        "sinc": kernels.sinc(21, 1.1),
    }
    return [(label, kernel_tile(kernel)) for label, kernel in kinds.items()]


def step_row(image: jax.Array) -> list[tuple[str, np.ndarray]]:
    """The middle of one picture, so that single pixels can be seen."""
    key = jax.random.key(3)
    steps = {
        "picture": image,
        "sharpened": sharpen(image[None])[0],
        "blurred": filter_image(image, kernels.gaussian(21, jnp.array([1.2, 4.0]), 0.7)),
        "Gaussian noise, 25": gaussian_noise(key, image, 25.0, False),
        "Poisson noise, grey": poisson_noise(key, image, 2.0, True),
        "JPEG, quality 15": jpeg(image, 15.0),
    }
    return [(label, to_uint8(step)[64:144, 88:168]) for label, step in steps.items()]


def pairs(pictures: jax.Array) -> Image.Image:
    """Each picture, its bicubic small version, and four times the second-order degradation."""
    small, bad = shrink(pictures, scale=4), jax.jit(degrade)
    tries = [bad(jax.random.key(seed), pictures) for seed in range(4)]
    rows = []
    for i, picture in enumerate(pictures):
        row = [("picture", to_uint8(picture)), ("bicubic, 4 times smaller", to_uint8(small[i]))]
        rows.append(row + [("second order", to_uint8(each[i])) for each in tries])
    return page(rows)


def dark(pictures: jax.Array) -> Image.Image:
    tries = [jax.jit(darken)(jax.random.key(seed), pictures) for seed in range(5)]
    return page(
        [("picture", to_uint8(picture)), *(("dark", to_uint8(each[i])) for each in tries)]
        for i, picture in enumerate(pictures)
    )


def save(image: Image.Image, path: pathlib.Path) -> None:
    image.save(path, quality=88)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    images = pathlib.Path(__file__).parents[2] / "docs" / "images"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else images
    folder.mkdir(parents=True, exist_ok=True)
    drawn = np.stack([faces.draw(faces.describe(0, i), SIDE) for i in (5, 22)])
    drawn = jnp.asarray(drawn, jnp.float32) / 255
    save(page([kernel_row(), step_row(drawn[0])]), folder / "degrade_steps.webp")
    save(pairs(drawn), folder / "degrade_pairs.webp")
    save(dark(drawn), folder / "degrade_dark.webp")
