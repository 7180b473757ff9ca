"""`ganjax data`: write a sheet of what a data set gives, and say what is in it."""

import collections
import dataclasses
import json
import pathlib
import warnings
from typing import Any

import numpy as np
import tyro

from ganjax.cli.checks import SEEDS, check_number, check_picture
from ganjax.cli.labels import label
from ganjax.core.configs import to_dict
from ganjax.data.transforms import to_side


@dataclasses.dataclass(frozen=True)
class Options:
    """Write a labelled sheet of what a data set gives, and say how many pictures it has and of what sizes.

    Attributes:
      source: "faces", "faces:N", "folder:PATH", "captions:PATH" or "tfds:NAME".
      n: pictures on the sheet, spread evenly over the data set.
      side: side of a picture on the sheet, in pixels.
      out: the sheet to write; .png, .jpg or .webp.
      data_dir: folder of the prepared TFDS data sets; the default of TFDS when left out.
      split: part of a TFDS data set.
      seed: chooses the set of faces.
      max_unreadable: share of a folder's pictures, 0 to 1, that may be unreadable.
      dry_run: print the settings as JSON and stop.
    """

    source: tyro.conf.Positional[str] = "faces"
    n: int = 24
    side: int = 128
    out: pathlib.Path = pathlib.Path("data.png")
    data_dir: pathlib.Path | None = None
    split: str = "train"
    seed: int = 0
    max_unreadable: float = 0.01
    dry_run: bool = False


def run(options: Options) -> int:
    """Writes the sheet; prints the count, the sizes of those shown, the unreadable files and the path."""
    check_number("--n", options.n, low=1)
    check_number("--side", options.side, low=1)
    check_number("--seed", options.seed, high=SEEDS)
    check_number("--max-unreadable", options.max_unreadable, high=1)
    check_picture("--out", options.out)
    if options.dry_run:
        print(json.dumps(to_dict(options), indent=2, default=str))
        return 0

    from ganjax.core.images import grid, save_image
    from ganjax.data.sources import open_source

    with warnings.catch_warnings():
        # The report below names every unreadable file.
        warnings.filterwarnings("ignore", "(?s).* and are left out", UserWarning)
        source = open_source(
            options.source,
            side=options.side,
            data_dir=options.data_dir,
            split=options.split,
            seed=options.seed,
            max_unreadable=options.max_unreadable,
        )
    n = min(options.n, len(source))
    shown = [i * len(source) // n for i in range(n)]
    items = [source[i] for i in shown]
    tiles = [
        _tile(item["image"], _caption(source, i, item), options.side)
        for i, item in zip(shown, items, strict=True)
    ]
    save_image(options.out, grid(np.stack(tiles), gap=8))

    print(f"{source.name}: {len(source)} pictures")
    sizes = collections.Counter(item["image"].shape[1::-1] for item in items)
    print("width x height:", ", ".join(f"{w} x {h} ({count})" for (w, h), count in sorted(sizes.items())))
    if labels := getattr(source, "labels", ()):
        print(f"{len(labels)} classes: {', '.join(labels)}")
    if unreadable := getattr(source, "unreadable", {}):
        print(f"{len(unreadable)} unreadable, left out:", *unreadable.values(), sep="\n  ")
    print(options.out)
    return 0


def _caption(source: Any, index: int, item: dict[str, Any]) -> str:
    """What the source says of a picture: its class, the first of its captions or its file name."""
    if "label" in item:
        return source.labels[item["label"]]
    return item["captions"][0] if "captions" in item else pathlib.Path(source.files[index]).name


def _tile(image: np.ndarray, caption: str, side: int) -> np.ndarray:
    """The picture as [side + 3 lines, side, 3] with as much of its caption below it as fits."""
    size = max(10, side // 12)
    written = label(caption, width=side, size=size, lines=3)
    below = np.pad(written, ((0, 5 * size - len(written)), (0, 0), (0, 0)), constant_values=255)
    return np.concatenate([to_side(image, side), below])
