"""`ganjax upscale`: make pictures larger."""

import dataclasses

from ganjax.cli.checks import check_number
from ganjax.cli.restore_options import How, What, restore


@dataclasses.dataclass(frozen=True, kw_only=True)
class Larger(What):
    """What is made how much larger.

    Attributes:
      scale: how many times larger; as much as the model does when left out.
      denoise: how much noise a model removes that has a twin which keeps it, from 0 to 1.
    """

    scale: float | None = None
    denoise: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(How, Larger):
    """Make pictures larger, of any size and kind.

    Attributes:
      model: a name of `ganjax list --task upscale`, a run folder, or a weight file.
    """


def run(options: Options) -> int:
    """Makes the pictures larger; prints the path."""
    check_number("--scale", options.scale, low=0.001, high=1000)
    check_number("--denoise", options.denoise, high=1)
    return restore("upscale", options)
