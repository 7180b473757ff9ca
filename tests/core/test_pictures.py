"""Pictures of every kind in and out. Files come from small writers of this test and from Pillow."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from ganjax.core.errors import DataError, UsageError
from ganjax.core.pictures import MAX_PIXELS, WRITABLE, eight_bits, read_picture, write_picture

RNG = np.random.default_rng(0)


def noise(*shape: int, dtype: Any = np.uint8) -> np.ndarray:
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels: np.ndarray, **chunks: bytes) -> bytes:
    """A PNG of unfiltered rows, with more chunks by name before the pixels."""
    h, w, c = pixels.shape
    lines = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(h, -1).view(np.uint8)
    header = struct.pack(">IIBBBBB", w, h, 8 * pixels.itemsize, {1: 0, 2: 4, 3: 2, 4: 6}[c], 0, 0, 0)
    more = b"".join(chunk(name.encode(), data) for name, data in chunks.items())
    body = zlib.compress(np.pad(lines, ((0, 0), (1, 0))).tobytes())
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + more + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth_and_channel_comes_through(tmp_path: Path, dtype: Any, channels: int) -> None:
    pixels = noise(9, 7, channels, dtype=dtype)
    found = read_picture(png(pixels), name="x")
    assert found.pixels.dtype == dtype and found.profile is None
    np.testing.assert_array_equal(found.pixels, pixels)
    path = tmp_path / "a.png"
    write_picture(path, [pixels[:4], pixels[4:]], shape=pixels.shape, dtype=dtype)
    np.testing.assert_array_equal(read_picture(path.read_bytes(), name="x").pixels, pixels)
    if dtype == np.uint8:  # Pillow reads what was written
        again = np.asarray(Image.open(path))
        np.testing.assert_array_equal(again.reshape(pixels.shape), pixels)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_sixteen_bits_of_a_tiff(compression: str) -> None:
    """Colours in either order of bytes: a TIFF of two strips, written here, and a grey one of Pillow."""
    pixels = noise(4, 5, 3, dtype=np.uint16)
    if compression == "raw":
        for order in "<>":
            np.testing.assert_array_equal(read_picture(tiff(pixels, order), name="x").pixels, pixels)
    grey = noise(6, 4, dtype=np.uint16)
    data = encoded(Image.fromarray(grey), "TIFF", compression=compression)
    np.testing.assert_array_equal(read_picture(data, name="x").pixels[..., 0], grey)


def tiff(pixels: np.ndarray, order: str) -> bytes:
    """An uncompressed RGB picture of 16 bits. TIFF 6.0, section 6: the fields of an RGB image."""
    h, w, _ = pixels.shape
    body = pixels.astype(f"{order}u2").tobytes()
    bits = 8 + len(body)
    fields = [(256, 4, 1, w), (257, 4, 1, h), (258, 3, 3, bits), (259, 3, 1, 1), (262, 3, 1, 2)]
    fields += [(273, 4, 1, 8), (277, 3, 1, 3), (278, 4, 1, h), (279, 4, 1, len(body))]

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        short = kind == 3 and count == 1
        packed = struct.pack(f"{order}HH" if short else f"{order}I", *((value, 0) if short else (value,)))
        return struct.pack(f"{order}HHI", tag, kind, count) + packed

    table = struct.pack(f"{order}H", len(fields)) + b"".join(entry(*each) for each in fields) + bytes(4)
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, bits + 6)
    return head + body + struct.pack(f"{order}HHH", 16, 16, 16) + table


def test_palettes_and_values_that_mean_transparent() -> None:
    colours, indices = noise(9, 3), RNG.integers(0, 9, (4, 6), np.uint8)
    palette = Image.fromarray(indices)
    palette.putpalette(colours.tobytes())
    found = read_picture(encoded(palette, "PNG"), name="x").pixels
    np.testing.assert_array_equal(found, colours[indices])
    alpha = noise(9)
    found = read_picture(encoded(palette, "PNG", transparency=alpha.tobytes()), name="x").pixels
    np.testing.assert_array_equal(found, np.concatenate([colours, alpha[:, None]], 1)[indices])
    for dtype in (np.uint8, np.uint16):
        grey = np.array([[[7], [8]]], dtype)
        found = read_picture(png(grey, tRNS=struct.pack(">H", 7)), name="x").pixels
        np.testing.assert_array_equal(found[0], [[7, 0], [8, np.iinfo(dtype).max]])
        colour = np.array([[[7, 8, 9], [7, 8, 8]]], dtype)
        found = read_picture(png(colour, tRNS=struct.pack(">HHH", 7, 8, 9)), name="x").pixels
        np.testing.assert_array_equal(found[0, :, 3], [0, np.iinfo(dtype).max])


def test_one_bit_cmyk_and_animations() -> None:
    bits = np.array([[0, 255], [255, 0]], np.uint8)
    found = read_picture(encoded(Image.fromarray(bits).convert("1"), "PNG"), name="x").pixels
    np.testing.assert_array_equal(found[..., 0], bits)
    inks = np.vstack([255 * np.eye(4), np.zeros(4)]).astype(np.uint8)
    picture = Image.frombytes("CMYK", (5, 1), inks.tobytes())
    found = read_picture(encoded(picture, "TIFF"), name="x").pixels
    np.testing.assert_array_equal(
        found[0], [[0, 255, 255], [255, 0, 255], [255, 255, 0], [0, 0, 0], [255, 255, 255]]
    )
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_picture(data, name="x").pixels[1, 1], [255, 0, 0])


def test_cmyk_goes_by_its_profile() -> None:
    """A made-up press (ICC.1:2010, 10.8: lut8Type) on which only black ink is seen."""
    corners = np.indices((2, 2, 2, 2))[3].reshape(-1)  # how much black ink at the corners of the table
    lab = np.stack([255 - 255 * corners, np.full(16, 128), np.full(16, 128)], 1).astype(np.uint8)
    straight = bytes(range(256))
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16)
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + straight * 4 + lab.tobytes() + straight * 3
    white = struct.pack(">3i", 63190, 65536, 54061)
    size = 128 + 16 + len(table)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 2 << 24, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H4s28x", 2000, 1, 1, 0, 0, 0, b"acsp") + white
    profile = head.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table
    inks = Image.frombytes("CMYK", (3, 1), bytes([255, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 128]))
    found = read_picture(encoded(inks, "TIFF", icc_profile=profile), name="x")
    assert found.profile is None
    # Half the ink is L* = 50, which is 119 in sRGB.
    np.testing.assert_allclose(found.pixels[0].astype(int), [[255] * 3, [255] * 3, [119] * 3], atol=2)
    plain = read_picture(encoded(inks, "TIFF", icc_profile=b"broken"), name="x").pixels
    np.testing.assert_array_equal(plain[0], [[0, 255, 255], [255, 0, 0], [127, 127, 127]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_orientation_is_applied(dtype: Any) -> None:
    """EXIF 2.3, tag 0x0112: 6 is shown turned by a quarter to the right, 2 mirrored."""
    pixels = noise(3, 5, 3, dtype=dtype)
    for orientation, shown in ((6, np.rot90(pixels, -1)), (2, np.fliplr(pixels)), (1, pixels)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = png(pixels, eXIf=exif.tobytes().removeprefix(b"Exif\0\0"))
        np.testing.assert_array_equal(read_picture(data, name="x").pixels, shown)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_the_profile_is_kept_where_it_fits(tmp_path: Path, suffix: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = noise(8, 8, 3)
    write_picture(tmp_path / f"a{suffix}", [pixels], shape=pixels.shape, profile=profile)
    found = read_picture((tmp_path / f"a{suffix}").read_bytes(), name="x")
    assert found.profile == profile
    grey = png(
        pixels[..., :1], iCCP=b"x\0\0" + zlib.compress(profile)
    )  # a profile of colours on a grey picture
    assert read_picture(grey, name="x").profile is None


def test_other_formats_take_eight_bits_and_lay_alpha_on_white(tmp_path: Path) -> None:
    deep = np.full((16, 16, 4), 65535, np.uint16) * np.array([1, 0, 0, 1], np.uint16)
    deep[:, 8:, 3] = 0
    for suffix in (".jpg", ".webp", ".tiff"):
        write_picture(tmp_path / f"a{suffix}", [deep], shape=deep.shape, dtype=np.uint16)
        found = read_picture((tmp_path / f"a{suffix}").read_bytes(), name="x").pixels
        assert found.dtype == np.uint8
        left, right = found[8, 3].astype(int), found[8, 12].astype(int)
        np.testing.assert_allclose(left[:3], [255, 0, 0], atol=4)
        if suffix == ".jpg":
            np.testing.assert_allclose(right, [255, 255, 255], atol=4)
        else:
            assert (left[3], right[3]) == (255, 0)
    half = np.array([[[100, 128]]], np.uint8)
    assert np.asarray(eight_bits(half, alpha=False)) == round(100 * 128 / 255 + 255 * 127 / 255)


def test_pixels_that_are_one_or_very_long(tmp_path: Path) -> None:
    for shape in ((1, 1, 3), (1, 20_000, 1), (20_000, 1, 4)):
        pixels = noise(*shape)
        write_picture(tmp_path / "a.png", [pixels], shape=shape)
        np.testing.assert_array_equal(
            read_picture((tmp_path / "a.png").read_bytes(), name="x").pixels, pixels
        )
    with pytest.raises(UsageError, match=r"WEBP holds sides up to 16383, and this is 20000 x 1: write PNG"):
        write_picture(tmp_path / "a.webp", [noise(1, 20_000, 3)], shape=(1, 20_000, 3))


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    pixels = noise(4, 4, 3)
    with pytest.raises(UsageError, match=r"Unknown picture format '\.gif'"):
        write_picture(tmp_path / "a.gif", [pixels], shape=pixels.shape)

    def broken() -> Any:
        yield pixels[:2]
        raise OSError(5, "the disk is gone")

    for suffix in WRITABLE:
        with pytest.raises(OSError, match="the disk is gone"):
            write_picture(tmp_path / f"a{suffix}", broken(), shape=pixels.shape)
    for rows in ([pixels[:3]], [pixels.astype(np.uint16)], [pixels[:, :2]]):
        with pytest.raises(ValueError, match="in a PNG of uint8"):
            write_picture(tmp_path / "a.png", rows, shape=pixels.shape)
    assert not list(tmp_path.iterdir())


def test_bombs_and_thirty_two_bits_are_refused() -> None:
    header = struct.pack(">IIBBBBB", 8200, 8200, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    with pytest.raises(DataError, match=rf"^bomb\.png has more pixels than the limit of {MAX_PIXELS}"):
        read_picture(data, name="bomb.png")
    data = encoded(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF")
    with pytest.raises(DataError, match=r"^depth\.tif cannot be read: .*32 bits"):
        read_picture(data, name="depth.tif")


@pytest.mark.parametrize("kind", ["EPS", "PPM"])
def test_other_kinds_that_pillow_knows_are_not_opened(kind: str) -> None:
    data = encoded(Image.new("RGB", (8, 8)), kind)
    with pytest.raises(DataError, match=r"^a\.png cannot be read: not a picture of a known kind$"):
        read_picture(data, name="a.png")
