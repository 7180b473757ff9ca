"""`ganjax summary`: show a network layer by layer."""

import dataclasses

import tyro

from ganjax.core.parts import PartName


@dataclasses.dataclass(frozen=True)
class Options:
    """Show the layers of a network: name, output, parameters, floating point operations for one image.

    Attributes:
      model: a name of `ganjax list`, a run folder, a weight file, or SYSTEM/CONFIG for a published shape
        without weights, e.g. pgan/celebahq-512.
      part: one network; all when left out, but of generators the averaged one.
    """

    model: tyro.conf.Positional[str] = "pgan-faces-64"
    part: PartName | None = None


def run(options: Options) -> int:
    """Prints one table for each network."""
    from ganjax.api import summary
    from ganjax.hub import outlines

    print("\n\n".join(str(summary(each)) for each in outlines(options.model, part=options.part)))
    return 0
