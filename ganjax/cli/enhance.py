"""`ganjax enhance`: make dark pictures bright."""

import dataclasses

from ganjax.cli.restore_options import How, What, restore


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(How, What):
    """Make dark pictures bright, of any size and kind.

    Attributes:
      model: a name of `ganjax list --task enhance`, a run folder, or a weight file.
    """


def run(options: Options) -> int:
    """Makes the pictures bright; prints the path."""
    return restore("enhance", options)
