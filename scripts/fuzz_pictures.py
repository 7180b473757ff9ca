"""Reads picture files that were mutated at random: each must give a picture or an error that names the file.

    python scripts/fuzz_pictures.py [--count 1000] [--seed 0] [--keep FOLDER]

Each file is read as `ganjax upscale` reads it and as training does. It may take two seconds of processor
time, and the memory of a picture of the largest size, whatever size it claims. The exit code is 1 if any file
fails; `--keep` keeps those.
"""

import argparse
import collections
import faulthandler
import io
import pathlib
import random
import sys
import time
import warnings
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from fuzz import forget_peak, peak
from fuzz_files import scrambled
from PIL import Image, ImageCms

from ganjax.core.errors import DataError
from ganjax.core.pictures import MAX_PIXELS, read_picture, write_picture
from ganjax.data.decode import decode

SECONDS = 2.0
MEMORY = 24 * MAX_PIXELS  # 16 bits of four channels, both of their bytes read apart, and what is made of them
LONGEST_MESSAGE = 500
READERS: dict[str, Callable[..., Any]] = {"read_picture": read_picture, "decode": decode}


def whole_files() -> dict[str, bytes]:
    """Small pictures of every kind that is read, by name."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:20, :28]
    ramps = np.stack([9 * x, 12 * y, 5 * (x + y)], -1) + rng.integers(0, 9, (20, 28, 3))
    colours = Image.fromarray(ramps.clip(0, 255).astype(np.uint8))
    clear = colours.copy()
    clear.putalpha(colours.getchannel(0))
    deep = rng.integers(0, 65536, (20, 28, 4), np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6  # the orientation: a quarter to the right
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    saved: Mapping[str, tuple[Image.Image, dict[str, Any]]] = {
        "turned.png": (colours, {"exif": exif, "icc_profile": profile}),
        "alpha.png": (clear, {}),
        "palette.png": (colours.quantize(64), {"transparency": 3}),
        "grey.png": (Image.fromarray(deep[..., 0]), {}),
        "bits.png": (colours.convert("1"), {}),
        "turned.jpg": (colours, {"exif": exif, "icc_profile": profile}),
        "steps.jpg": (colours, {"progressive": True}),
        "inks.jpg": (colours.convert("CMYK"), {}),
        "lossy.webp": (clear, {"exif": exif}),
        "lossless.webp": (colours, {"lossless": True, "icc_profile": profile}),
        "film.gif": (colours, {"save_all": True, "append_images": [colours.rotate(90)]}),
        "plain.bmp": (colours, {}),
        "runs.bmp": (colours.quantize(16), {}),
        "raw.tif": (clear, {"exif": exif}),
        "deflated.tif": (colours, {"compression": "tiff_adobe_deflate"}),
        "lzw.tif": (Image.fromarray(deep[..., 0]), {"compression": "tiff_lzw"}),
        "jpeg.tif": (colours, {"compression": "jpeg"}),
    }
    files = {}
    for name, (picture, options) in saved.items():
        kind = Image.registered_extensions()[pathlib.Path(name).suffix]
        picture.save(file := io.BytesIO(), kind, **options)
        files[name] = file.getvalue()
    write_picture(file := io.BytesIO(), [deep], shape=deep.shape, dtype=np.uint16)
    return {**files, "deep.png": file.getvalue()}


def mutated(seed: int, number: int, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """The mutation `number` of `seed`: a file's name, and its changed bytes."""
    rng, names = random.Random(f"{seed}/{number}"), list(files)
    name = names[number % len(names)]
    data = scrambled(rng, files[name], files[rng.choice(names)])
    return name, with_checksums(data) if name.endswith(".png") and rng.random() < 0.8 else data


def with_checksums(data: bytes) -> bytes:
    """The bytes of a PNG with the right checksum in each chunk that is whole, or its decoder sees few."""
    result, at = bytearray(data), 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        result[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4)
        at = end + 4
    return bytes(result[: len(data)])


def judged(read: Callable[..., Any], data: bytes, name: str) -> tuple[str, str, float, int]:
    """What reading a file came to: "read", "refused" or "raised"; what is wrong; seconds; bytes of memory."""
    forget_peak()
    before, start, wrong = peak(), time.process_time(), ""
    try:
        found = read(data, name=name)
        pixels = getattr(found, "pixels", found)
        outcome = "read"
        if pixels.ndim != 3 or pixels.shape[2] not in range(1, 5) or pixels.size > 4 * MAX_PIXELS:
            wrong = f"a picture of {pixels.shape}"
        elif pixels.dtype not in (np.uint8, np.uint16):
            wrong = f"a picture of {pixels.dtype}"
    except DataError as error:
        outcome, message = "refused", str(error)
        if not message.startswith(name) or len(message) > LONGEST_MESSAGE or "\n" in message:
            wrong = f"a message that is not clear: {message[:LONGEST_MESSAGE]!r}"
    except BaseException as error:
        outcome, wrong = "raised", f"{type(error).__name__}: {error}"
    seconds, taken = time.process_time() - start, peak() - before
    if seconds > SECONDS:
        wrong = wrong or f"{seconds:.2f} s"
    if taken > MEMORY:
        wrong = wrong or f"{taken:,} bytes of memory"
    return outcome, wrong, seconds, taken


def main() -> int:
    """Runs the files and prints how many ended how."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="mutated files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: %(default)s)")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for files that fail")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # Pillow's, on what it reads all the same
    files = whole_files()
    for name, data in files.items():
        for read in READERS.values():
            read(data, name=name)
    counts: collections.Counter[str] = collections.Counter()
    faults, slowest, most = 0, 0.0, 0
    for number in range(options.count):
        name, data = mutated(options.seed, number, files)
        for reader, read in READERS.items():
            faulthandler.dump_traceback_later(60, exit=True)  # a hang ends the run and shows where
            outcome, wrong, seconds, taken = judged(read, data, f"{number}-{name}")
            faulthandler.cancel_dump_traceback_later()
            slowest, most = max(slowest, seconds), max(most, taken)
            counts[f"{reader}, {pathlib.Path(name).suffix}: {outcome}"] += 1
            if wrong:
                faults += 1
                print(f"file {number} ({reader}, {name}): {wrong}", file=sys.stderr)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{number}-{name}").write_bytes(data)
    for line, count in sorted(counts.items()):
        print(f"{count:7,}  {line}")
    print(f"{options.count:,} files, {faults} faults; at most {slowest:.2f} s and {most >> 20} MiB")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
