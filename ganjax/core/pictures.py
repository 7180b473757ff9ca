"""Picture files in and out: of the common kinds, with nothing of the pixels lost.

Bit depth, transparency, greyness and colour profile are kept; the EXIF orientation is applied, palettes and
CMYK become RGB, and of an animation the first frame is taken. Other metadata is left out. This file imports
no JAX: it runs in worker processes.
"""

import contextlib
import dataclasses
import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps

from ganjax.core.errors import DataError, UsageError, unknown
from ganjax.core.files import atomic_path
from ganjax.core.png import write_png

MAX_PIXELS = 1 << 26
"""Largest picture that is decoded, 8192 x 8192 pixels: a small file can claim to be larger than memory."""

# By what the file is, not by its name. Pillow reads more, and for some of it (PostScript) runs a program.
_READABLE = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")

# How a format is written: with little loss, where it loses anything.
_FORMATS: dict[str, dict[str, Any]] = {
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".tiff": {"compression": "tiff_adobe_deflate"},
    ".webp": {"quality": 95, "method": 4},
}
_LARGEST = {".gif": 65535, ".jpeg": 65500, ".webp": 16383}  # height and width that a format can hold
_ALIASES = {".jpg": ".jpeg", ".tif": ".tiff"}

WRITABLE = (".png", *_ALIASES, *_FORMATS)
"""Endings of the picture files that `write_picture` writes, in lower case."""

# Pillow reads colours of 16 bits by their higher byte; this is what its name for the lower one ends in.
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


@dataclasses.dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
      pixels: [H, W, C], uint8 or uint16 over their whole range; C is 1 for grey, 2 for grey and alpha, 3 for
        RGB, 4 for RGB and alpha, and colours are not multiplied by alpha.
      profile: the ICC profile of these colours, None where the file has none: then they are sRGB.
    """

    pixels: np.ndarray
    profile: bytes | None = None


def read_picture(data: bytes, *, name: str) -> Picture:
    """The bytes of a picture file as a `Picture`.

    Args:
      data: the whole file.
      name: what an error calls the picture.

    Raises:
      DataError: no picture, a damaged one, one of more than `MAX_PIXELS`, or of 32 bits a channel.
    """
    with opened(data, name=name) as picture:
        profile = picture.info.get("icc_profile") or None
        pixels = _sixteen_bits(picture, data)
        if pixels is None:
            pixels, profile = _plain(ImageOps.exif_transpose(picture), profile)
    space = b"GRAY" if pixels.shape[-1] < 3 else b"RGB "
    if profile is not None and profile[16:20] != space:  # the header of a profile names its colour space
        profile = None
    return Picture(pixels, profile)


@contextlib.contextmanager
def opened(data: bytes, *, name: str) -> Iterator[ImageFile.ImageFile]:
    """The bytes of a picture file as a Pillow image; what goes wrong in the block is a fault of the file.

    Raises:
      DataError: as `read_picture`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_READABLE) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError(f"it has {picture.width} x {picture.height}")
            yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{name} has more pixels than the limit of {MAX_PIXELS}: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise DataError(f"{name} cannot be read: not a picture of a known kind") from error
    # In a damaged file Pillow's decoders stumble over anything, with SyntaxError and struct.error too.
    except Exception as error:
        raise DataError(f"{name} cannot be read: {error}") from error


def write_picture(
    target: str | os.PathLike[str] | BinaryIO,
    rows: Iterable[np.ndarray],
    *,
    shape: tuple[int, int, int],
    dtype: Any = np.uint8,
    profile: bytes | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Writes a picture that comes as consecutive rows [h, W, C], together [H, W, C] = `shape`.

    To a path, the file is whole or not there at all. PNG takes the rows as they come and keeps everything;
    the other formats take the whole picture in memory and 8 bits, JPEG no alpha either: it is laid on white.

    Args:
      target: a path that ends in one of `WRITABLE`; or a file, which gets a PNG.
      rows: uint8 or uint16, as `dtype` says.
      shape: C as in `Picture`.
      dtype: numpy's uint8 or uint16.
      profile: an ICC profile to put into the file.
      texts: what else to put into a PNG, by keywords of ASCII letters; other formats go without.

    Raises:
      UsageError: another ending, or a side that is larger than the format can hold.
      OSError: the file cannot be written.
    """
    if not isinstance(target, str | os.PathLike):
        write_png(target, rows, shape=shape, dtype=dtype, profile=profile, texts=texts)
        return
    suffix = os.path.splitext(target)[1].lower()
    if suffix not in WRITABLE:
        raise UsageError(unknown("picture format", suffix or os.fspath(target), WRITABLE))
    check_fits(target, shape[0], shape[1])
    suffix = _ALIASES.get(suffix, suffix)
    with atomic_path(target) as temporary, open(temporary, "wb") as file:
        if suffix == ".png":
            write_png(file, rows, shape=shape, dtype=dtype, profile=profile, texts=texts)
        else:
            picture = eight_bits(np.concatenate(list(rows)), alpha=suffix != ".jpeg")
            picture.save(file, suffix[1:].upper(), icc_profile=profile, **_FORMATS[suffix])


def check_fits(path: str | os.PathLike[str], height: int, width: int, *, advice: str = "write PNG") -> None:
    """Lets a picture or an animation pass if a file with the ending of `path` can hold its sides.

    Raises:
      UsageError: one is larger; the message ends in `advice`.
    """
    suffix = os.path.splitext(path)[1].lower()
    suffix = _ALIASES.get(suffix, suffix)
    limit = _LARGEST.get(suffix, max(height, width))
    if max(height, width) > limit:
        kind = suffix[1:].upper()
        raise UsageError(f"{kind} holds sides up to {limit}, and this is {width} x {height}: {advice}.")


def eight_bits(pixels: np.ndarray, *, alpha: bool) -> Image.Image:
    """Pixels as those of a `Picture` as a Pillow image of 8 bits; without `alpha` laid on white."""
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)  # 65535 is 255 x 257
    channels = pixels.shape[-1]
    if channels in (2, 4) and not alpha:
        share = pixels[..., -1:].astype(np.float32) / 255
        pixels = np.rint(pixels[..., :-1] * share + 255 * (1 - share)).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _upright(picture: Image.Image) -> np.ndarray:
    """The pixels of a Pillow image as it is to be shown, [H, W, C]."""
    pixels = np.asarray(ImageOps.exif_transpose(picture))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _sixteen_bits(picture: ImageFile.ImageFile, data: bytes) -> np.ndarray | None:
    """The pixels of a picture of 16 bits a channel, with alpha where one value is transparent; else None."""
    transparent = picture.info.get("transparency")
    if picture.mode.startswith("I;16"):
        pixels = _upright(picture).astype(np.uint16)
    elif (raw := _raw_mode(picture)) is None:
        return None
    elif raw.startswith("LA;16"):  # four bytes a pixel, so they can be read as four channels
        picture.tile = [_renamed(tile, "RGBA") for tile in picture.tile]
        high_low = _upright(picture).astype(np.uint16)
        pixels = high_low[..., ::2] * 256 + high_low[..., 1::2]
    else:
        high = _upright(picture).astype(np.uint16)
        with Image.open(io.BytesIO(data)) as again:
            again.tile = [_renamed(tile, raw[:-1] + _OTHER_BYTE[raw[-1]]) for tile in again.tile]
            pixels = high * 256 + _upright(again)
    if transparent is None:
        return pixels
    opaque = (pixels != np.asarray(transparent, np.uint16)).any(-1, keepdims=True)
    return np.concatenate([pixels, np.where(opaque, 65535, 0).astype(np.uint16)], -1)


def _raw_mode(picture: ImageFile.ImageFile) -> str | None:
    """Pillow's name for the pixels in the file where they are colours of 16 bits a channel."""
    args = picture.tile[0].args if picture.tile else None
    raw = args[0] if isinstance(args, tuple) and args else args
    return raw if isinstance(raw, str) and raw[:-1] in ("LA;16", "RGB;16", "RGBA;16", "RGBX;16") else None


def _renamed(tile: Any, raw: str) -> Any:
    """A tile of a Pillow image that is to be decoded under another name."""
    return tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw)


def _plain(picture: Image.Image, profile: bytes | None) -> tuple[np.ndarray, bytes | None]:
    """The pixels [H, W, C] of a picture that stands upright, and the profile that goes with them."""
    if picture.mode in ("I", "F"):
        raise ValueError("pixels of 32 bits have no fixed range; save it with 8 or 16 bits")
    if picture.mode == "CMYK" and profile is not None:
        with contextlib.suppress(OSError, ImageCms.PyCMSError):  # one that cannot be used is as good as none
            source, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
            return np.array(converted), None
    mode = "L" if picture.mode in ("1", "L", "LA", "La") else "RGB"
    mode += "A" if picture.has_transparency_data else ""
    pixels = np.array(picture if picture.mode == mode else picture.convert(mode))
    return (pixels if pixels.ndim == 3 else pixels[..., None]), profile
