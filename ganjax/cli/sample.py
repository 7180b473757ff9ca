"""`ganjax sample`: draw images with a model and write them as a picture."""

import dataclasses
import json
import pathlib
from typing import Literal

import tyro

from ganjax.cli.checks import SEEDS, check_number, check_picture, check_place
from ganjax.core.configs import to_dict


@dataclasses.dataclass(frozen=True)
class Options:
    """Draw images with a model and write them as one picture.

    Attributes:
      model: a name of `ganjax list`, a run folder, or a weight file.
      n: number of images.
      seed: image i of a seed is always the same picture.
      out: the picture to write; .png, .jpg or .webp.
      columns: most images in a row; a square sheet when left out.
      separate: a folder to write every image to by itself as PNG, instead of one picture.
      labels: classes to draw, taken in turn, where the model has them; all its classes when left out.
      part: the averaged generator, or the raw one.
      dtype: type of the products; as the file says when left out.
      dry_run: print the settings as JSON and stop.
    """

    model: tyro.conf.Positional[str] = "pgan-faces-64"
    n: int = 16
    seed: int = 0
    out: pathlib.Path = pathlib.Path("samples.png")
    columns: int | None = None
    separate: pathlib.Path | None = None
    labels: tuple[int, ...] = ()
    part: Literal["generator", "generator_raw"] = "generator"
    dtype: Literal["float32", "bfloat16"] | None = None
    dry_run: bool = False


def run(options: Options) -> int:
    """Draws and writes the images; prints the path."""
    check_number("--n", options.n, low=1)
    check_number("--columns", options.columns, low=1)
    check_number("--seed", options.seed, high=SEEDS)
    check_picture("--out", options.out)
    if options.dry_run:
        print(json.dumps(to_dict(options), indent=2, default=str))
        return 0
    check_place(options.out if options.separate is None else options.separate / "000000.png")

    import jax

    from ganjax.api import generate, load
    from ganjax.core.images import grid, save_image, to_uint8

    model = load(options.model, part=options.part, dtype=options.dtype)
    classes = options.labels or range(model.spec.labels)
    labels = [classes[i % len(classes)] for i in range(options.n)] if classes else None
    images = to_uint8(generate(model, jax.random.key(options.seed), n=options.n, labels=labels))
    if options.separate is None:
        columns = None if options.columns is None else min(options.columns, options.n)
        save_image(options.out, grid(images, columns=columns))
        print(options.out)
    else:
        for i, image in enumerate(images):
            save_image(options.separate / f"{i:06d}.png", image)
        print(options.separate)
    return 0
