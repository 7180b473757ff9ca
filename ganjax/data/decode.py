"""One picture file, of a common kind, as uint8 RGB pixels.

What is done with the odd kinds: the EXIF orientation is applied, transparency is laid on white, of an
animation the first frame is taken, 16-bit values are scaled to 8 bits, and colour profiles are ignored.
This file imports no JAX: it runs in worker processes.
"""

import os

import numpy as np
from PIL import Image, ImageOps

from ganjax.core.errors import DataError
from ganjax.core.pictures import opened

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Endings of picture files, in lower case."""


def decode(data: bytes, *, name: str) -> np.ndarray:
    """The bytes of a picture file as uint8 [h, w, 3].

    Args:
      data: the whole file.
      name: what an error calls the picture.

    Raises:
      DataError: no picture, a damaged one, one of more than `ganjax.core.pictures.MAX_PIXELS`, or pixels
        without an 8-bit meaning.
    """
    with opened(data, name=name) as picture:
        ImageOps.exif_transpose(picture, in_place=True)
        return _rgb(picture)


def decode_file(path: str | os.PathLike[str]) -> np.ndarray:
    """The picture file at `path` as uint8 [h, w, 3].

    Raises:
      DataError: as `decode`, or the file cannot be opened.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise DataError(f"{os.fspath(path)} cannot be read: {error.strerror or error}") from error
    return decode(data, name=os.fspath(path))


def _rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I;16"):
        grey = np.asarray(picture).astype(np.uint32)
        grey = ((grey + 128) // 257).astype(np.uint8)  # 65535 = 255 x 257, so this rounds v 255 / 65535
        return np.repeat(grey[:, :, None], 3, axis=2)
    if picture.mode in ("I", "F"):
        raise ValueError("pixels of 32 bits have no fixed range; save it with 8 or 16 bits")
    if picture.has_transparency_data:
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))
