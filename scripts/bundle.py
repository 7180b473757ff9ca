"""Takes the networks of a run into the package: python scripts/bundle.py RUN NAME [PART ...].

Writes ganjax/weights/bundled/NAME.safetensors with these parts of the newest checkpoint, all by default, as
float16 where that is needed to stay below the 8 MB that the package allows a model.
"""

import dataclasses
import pathlib
import sys

from ganjax.convert.bundle import read_bundle, write_bundle
from ganjax.hub import BUNDLED
from ganjax.train.run_folder import MODEL

LARGEST = 8_000_000


def main(run: pathlib.Path, name: str, *parts: str) -> None:
    bundle = read_bundle(run / MODEL)
    kept = {part: bundle.parts[part] for part in parts or bundle.parts}
    bundle = dataclasses.replace(bundle, name=name, parts=kept)
    target = BUNDLED / f"{name}.safetensors"
    write_bundle(target, bundle)
    if target.stat().st_size > LARGEST:
        write_bundle(target, bundle, half=True)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, after {bundle.info['seen_images']} images")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
