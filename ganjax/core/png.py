"""A PNG file written row by row: of 8 or 16 bits a channel, in memory for a few rows of any picture.

Source: PNG specification, third edition (W3C), sections 4.5 (layout), 9 (filtering) and 11 (chunks).
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

_COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}
_PAETH = 4
_BLOCK = 1 << 20  # bytes that are filtered at once


def write_png(
    file: BinaryIO,
    rows: Iterable[np.ndarray],
    *,
    shape: tuple[int, int, int],
    dtype: Any,
    profile: bytes | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Writes a picture that comes as consecutive rows [h, W, C] of `dtype`, together [H, W, C] = `shape`.

    Args:
      file: takes bytes; need not be able to seek.
      rows: uint8 or uint16, as `dtype` says.
      shape: C is 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
      dtype: numpy's uint8 or uint16.
      profile: an ICC profile to put into the file.
      texts: what else to put into it, by keywords of ASCII letters.

    Raises:
      ValueError: the rows are not of that shape or type.
    """
    height, width, channels = shape
    dtype = np.dtype(dtype)
    file.write(b"\x89PNG\r\n\x1a\n")
    header = struct.pack(">IIBBBBB", width, height, 8 * dtype.itemsize, _COLOUR_TYPE[channels], 0, 0, 0)
    _chunk(file, b"IHDR", header)
    if profile is not None:
        _chunk(file, b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))
    for keyword, text in texts.items():
        # Not compressed, of no language, its keyword not translated.
        _chunk(file, b"iTXt", keyword.encode("ascii") + bytes(5) + text.encode())
    packer, written = zlib.compressobj(), 0
    above = np.zeros((1, width * channels * dtype.itemsize), np.uint8)
    for strip in rows:
        if strip.shape[1:] != shape[1:] or strip.dtype != dtype:
            raise ValueError(f"rows of {strip.dtype} {strip.shape} in a PNG of {dtype} {shape}")
        samples = strip.reshape(len(strip), -1)
        for lines in np.array_split(samples, max(1, samples.nbytes // _BLOCK)):
            data = np.concatenate([above, lines.astype(dtype.newbyteorder(">")).view(np.uint8)])
            if packed := packer.compress(_filtered(data, channels * dtype.itemsize)):
                _chunk(file, b"IDAT", packed)
            above = data[-1:]
        written += len(strip)
    if written != height:
        raise ValueError(f"{written} rows in a PNG of {dtype} {shape}")
    _chunk(file, b"IDAT", packer.flush())
    _chunk(file, b"IEND", b"")


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind + data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _filtered(data: np.ndarray, pixel: int) -> bytes:
    """The rows of `data` [1 + h, bytes] but the first, each by Paeth's filter; a pixel has `pixel` bytes.

    Of the five filters this is the one that serves photographs best; one for all keeps writing quick.
    """
    wide = np.pad(data, ((0, 0), (pixel, 0))).astype(np.int16)
    left, up, corner = wide[1:, :-pixel], wide[:-1, pixel:], wide[:-1, :-pixel]
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    near = np.where(to_up <= to_corner, up, corner)
    near = np.where((to_left <= to_up) & (to_left <= to_corner), left, near)
    lines = np.full((len(near), 1 + near.shape[1]), _PAETH, np.uint8)
    lines[:, 1:] = wide[1:, pixel:] - near
    return lines.tobytes()
