"""`ganjax upscale`: make pictures larger."""

import dataclasses
import json
from typing import Literal

import tyro

from ganjax.cli.checks import check_number
from ganjax.core.configs import to_dict


@dataclasses.dataclass(frozen=True)
class Options:
    """Make pictures larger, of any size and kind.

    Attributes:
      source: a picture, a folder with all below it, a pattern in quotes, a video, or - for standard input.
      out: the picture or video to write, the folder to fill with PNG files, or - for standard output.
      model: a name of `ganjax list --task upscale`, a run folder, or a weight file.
      scale: how many times larger; as much as the model does when left out.
      denoise: how much noise a model removes that has a twin which keeps it, from 0 to 1.
      tile: side of the tiles that go through the network, in pixels; what memory takes easily when left out.
      exact: let tiles overlap so far that the result is that of the whole picture, whatever it costs.
      compare: also write NAME-compare.png, before and after side by side.
      again: make also those anew whose result is there.
      dtype: type of the products; as the file says when left out.
      dry_run: print the settings as JSON and stop.
    """

    source: tyro.conf.Positional[str]
    out: tyro.conf.Positional[str]
    model: str
    scale: float | None = None
    denoise: float | None = None
    tile: int | None = None
    exact: bool = False
    compare: bool = False
    again: bool = False
    dtype: Literal["float32", "bfloat16"] | None = None
    dry_run: bool = False


def run(options: Options) -> int:
    """Makes the pictures larger; prints the path."""
    check_number("--scale", options.scale, low=0.001, high=1000)
    check_number("--denoise", options.denoise, high=1)
    check_number("--tile", options.tile, low=1)
    if options.dry_run:
        print(json.dumps(to_dict(options), indent=2))
        return 0

    from ganjax.cli.restoring import restore

    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    del given["dry_run"]
    return restore("upscale", **given)
