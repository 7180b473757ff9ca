"""`ganjax convert`: turn a weight file into one of ganjax, or back into the names of its code."""

import dataclasses
import json
import pathlib
from typing import Literal

import tyro

from ganjax.core.errors import UsageError
from ganjax.core.parts import PartName


@dataclasses.dataclass(frozen=True)
class Options:
    """Turn a weight file into a .safetensors file, with the config of its networks inside.

    Attributes:
      source: a weight file of any kind, a run folder, or a name of `ganjax list`.
      out: the .safetensors file to write.
      keys: ganjax writes a file of our own, with all parts; reference writes the tensors of one part under
        the names that its code gave them.
      part: one part alone; with --keys reference the averaged generator when left out.
      force: write over a file that is there.
      dry_run: print what would be written as JSON and stop.
    """

    source: tyro.conf.Positional[str]
    out: tyro.conf.Positional[pathlib.Path]
    keys: Literal["ganjax", "reference"] = "ganjax"
    part: PartName | None = None
    force: bool = False
    dry_run: bool = False


def run(options: Options) -> int:
    """Writes the file and prints its path."""
    from ganjax.convert.bundle import write_bundle
    from ganjax.hub import find, identified
    from ganjax.published import read, write_reference

    if options.out.suffix != ".safetensors":
        raise UsageError(f"OUT ends in .safetensors; got {options.out}.")
    if options.out.exists() and not options.force:
        raise UsageError(f"{options.out} is there already: --force writes over it.")
    reference = options.keys == "reference"
    part = options.part or ("generator" if reference else None)
    path = find(options.source)
    bundle = identified(read(path, part), options.source, path)
    if options.dry_run:
        parts = {name: dict(each.config) for name, each in bundle.parts.items()}
        told = {"out": str(options.out), "keys": options.keys, "system": bundle.system}
        print(json.dumps({**told, "stage": bundle.stage, "alpha": bundle.alpha, "parts": parts}, indent=2))
        return 0
    if reference:
        write_reference(options.out, bundle, part or "generator")
    else:
        write_bundle(options.out, bundle)
    print(options.out)
    return 0
