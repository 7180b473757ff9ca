"""Takes the networks of a run into the package.

    python scripts/bundle.py RUN NAME [PART ...] [--text ENCODER]

A run that was trained on a text encoder by its path gets the published name that this has been bundled under.
Writes ganjax/weights/bundled/NAME.safetensors with these parts of the newest checkpoint, all by default, as
float16 where that is needed to stay below the 8 MB that the package allows a model.
"""

import argparse
import dataclasses
import pathlib

from ganjax import hub
from ganjax.convert.bundle import read_bundle, write_bundle
from ganjax.hub import BUNDLED
from ganjax.text.fingerprint import fingerprint
from ganjax.train.run_folder import MODEL

LARGEST = 8_000_000


def main(run: pathlib.Path, name: str, parts: list[str], text: str | None) -> None:
    bundle = read_bundle(run / MODEL)
    kept = {part: bundle.parts[part] for part in parts or bundle.parts}
    info = dict(bundle.info)
    if text is not None:
        encoder = hub.load(text, part="text")
        heard = fingerprint(encoder.variables, encoder.tokenizer)
        if heard != info["text_fingerprint"]:
            raise SystemExit(f"{run} was trained on another encoder than {text}.")
        info |= {"text": text, "recipe": {**info["recipe"], "text": text}}
    bundle = dataclasses.replace(bundle, name=name, parts=kept, info=info)
    target = BUNDLED / f"{name}.safetensors"
    write_bundle(target, bundle)
    if target.stat().st_size > LARGEST:
        write_bundle(target, bundle, half=True)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, after {bundle.info['seen_images']} images")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("name")
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--text", metavar="ENCODER")
    options = parser.parse_args()
    main(options.run, options.name, options.parts, options.text)
