"""One picture file, of any kind that Pillow reads, as uint8 RGB pixels.

What is done with the odd kinds: the EXIF orientation is applied, transparency is laid on white, of an
animation the first frame is taken, 16-bit values are scaled to 8 bits, and colour profiles are ignored.
This file imports no JAX: it runs in worker processes.
"""

import io
import os

import numpy as np
from PIL import Image, ImageOps

from ganjax.core.errors import DataError

MAX_PIXELS = 1 << 26
"""Largest picture that is decoded, 8192 x 8192 pixels: a small file can claim to be larger than memory."""

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Endings of picture files, in lower case."""


def decode(data: bytes, *, name: str) -> np.ndarray:
    """The bytes of a picture file as uint8 [h, w, 3].

    Args:
      data: the whole file.
      name: what an error calls the picture.

    Raises:
      DataError: no picture, a damaged one, one of more than `MAX_PIXELS`, or pixels without an 8-bit meaning.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError(f"it has {picture.width} x {picture.height}")
            ImageOps.exif_transpose(picture, in_place=True)
            return _rgb(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{name} has more pixels than the limit of {MAX_PIXELS}: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise DataError(f"{name} cannot be read: not a picture of a known kind") from error
    # In a damaged file Pillow's decoders stumble over anything, with SyntaxError and struct.error too.
    except Exception as error:
        raise DataError(f"{name} cannot be read: {error}") from error


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
