"""What the tests of the data share: a cache folder of their own, and PNG files from no image library."""

import pathlib
import struct
import zlib

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """An empty cache folder."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("GANJAX_CACHE", str(folder))
    return folder


def write_png(
    pixels: np.ndarray,
    *,
    palette: np.ndarray | None = None,
    transparency: bytes = b"",
    orientation: int | None = None,
) -> bytes:
    """The bytes of a PNG file by the specification (ISO/IEC 15948): pixels [h, w, c] of 8 or 16 bits."""
    h, w, c = pixels.shape
    colour = 3 if palette is not None else {1: 0, 2: 4, 3: 2, 4: 6}[c]
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    stride = len(rows) // h
    raw = b"".join(b"\0" + rows[y * stride : (y + 1) * stride] for y in range(h))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", w, h, 8 * pixels.dtype.itemsize, colour, 0, 0, 0))]
    if orientation is not None:
        # One big-endian TIFF directory with one entry: tag 0x0112, type SHORT, one value.
        entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
        chunks.append((b"eXIf", b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)))
    if palette is not None:
        chunks.append((b"PLTE", palette.astype(np.uint8).tobytes()))
    if transparency:
        chunks.append((b"tRNS", transparency))
    chunks += [(b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.fixture(scope="session")
def png():
    """`write_png`."""
    return write_png
