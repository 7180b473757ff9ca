"""The options that `ganjax upscale` and `ganjax enhance` share, read before anything heavy is imported."""

import dataclasses
import json
from typing import Literal

import tyro

from ganjax.cli.checks import check_number
from ganjax.core.configs import to_dict


@dataclasses.dataclass(frozen=True, kw_only=True)
class What:
    """What is restored.

    Attributes:
      source: a picture, a folder with all below it, a pattern in quotes, a video, or - for standard input.
      out: the picture or video to write, the folder to fill with PNG files, or - for standard output.
      model: a published name, a run folder, or a weight file.
    """

    source: tyro.conf.Positional[str]
    out: tyro.conf.Positional[str]
    model: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class How:
    """How it is restored.

    Attributes:
      tile: side of the tiles that go through the network, in pixels; what memory takes easily when left out.
      exact: let tiles overlap so far that the result is that of the whole picture, whatever it costs.
      compare: also write NAME-compare.png, before and after side by side.
      again: make also those anew whose result is there.
      dtype: type of the products; as the file says when left out.
      dry_run: print the settings as JSON and stop.
    """

    tile: int | None = None
    exact: bool = False
    compare: bool = False
    again: bool = False
    dtype: Literal["float32", "bfloat16"] | None = None
    dry_run: bool = False


def restore(task: str, options: How) -> int:
    """Does `task`, "upscale" or "enhance", as `options` of that verb say; gives the exit code."""
    check_number("--tile", options.tile, low=1)
    given = to_dict(options)
    if options.dry_run:
        print(json.dumps(given, indent=2))
        return 0
    del given["dry_run"]

    from ganjax.cli import restoring

    return restoring.restore(task, **given)
