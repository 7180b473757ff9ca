"""Odd picture files. Expected pixels are numpy arrays; PNG files come from a writer of our own (conftest)."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ganjax.core.errors import DataError
from ganjax.core.pictures import MAX_PIXELS
from ganjax.data.decode import decode, decode_file

RNG = np.random.default_rng(0)


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def on_white(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    alpha = alpha.astype(float) / 255
    return np.rint(colour * alpha + 255 * (1 - alpha))


def close(image: np.ndarray, expected: np.ndarray) -> bool:
    """Equal but for the last bit."""
    return image.dtype == np.uint8 and np.abs(image.astype(int) - expected.astype(int)).max() <= 1


def test_rgb_grey_and_one_pixel(png):
    rgb = noise(5, 7, 3)
    np.testing.assert_array_equal(decode(png(rgb), name="x"), rgb)
    grey = noise(5, 7, 1)
    np.testing.assert_array_equal(decode(png(grey), name="x"), np.repeat(grey, 3, 2))
    dot = noise(1, 1, 3)
    np.testing.assert_array_equal(decode(png(dot), name="x"), dot)


def test_sixteen_bits_are_scaled_not_clipped(png):
    grey = np.array([0, 1, 128, 129, 256, 257, 30000, 65406, 65407, 65535], np.uint16).reshape(2, 5, 1)
    expected = np.rint(grey / 65535 * 255).astype(np.uint8)
    np.testing.assert_array_equal(decode(png(grey), name="x"), np.repeat(expected, 3, 2))
    for channels in (3, 4, 2):
        pixels = noise(6, 4, channels, dtype=np.uint16)
        eight = np.rint(pixels / 65535 * 255)
        colour = np.repeat(eight[..., :1], 3, 2) if channels == 2 else eight[..., :3]
        expected = colour if channels == 3 else on_white(colour, eight[..., -1:])
        image = decode(png(pixels), name="x")
        assert image.dtype == np.uint8
        assert np.abs(image.astype(int) - expected).max() <= 2  # Pillow keeps the high byte


def test_sixteen_bit_tiff():
    grey = noise(3, 4, dtype=np.uint16)
    image = decode(encoded(Image.fromarray(grey), "TIFF"), name="x")
    np.testing.assert_array_equal(image[..., 1], np.rint(grey / 65535 * 255))


def test_palette(png):
    colours, indices = noise(9, 3), RNG.integers(0, 9, (4, 6, 1), np.uint8)
    np.testing.assert_array_equal(decode(png(indices, palette=colours), name="x"), colours[indices[..., 0]])


def test_transparency_is_laid_on_white(png):
    rgba = noise(5, 6, 4)
    assert close(decode(png(rgba), name="x"), on_white(rgba[..., :3], rgba[..., 3:]))
    grey_alpha = noise(5, 6, 2)
    expected = on_white(np.repeat(grey_alpha[..., :1], 3, 2), grey_alpha[..., 1:])
    assert close(decode(png(grey_alpha), name="x"), expected)
    colours, indices, alpha = noise(4, 3), RNG.integers(0, 4, (4, 6, 1), np.uint8), noise(4)
    expected = on_white(colours[indices[..., 0]], alpha[indices])
    assert close(decode(png(indices, palette=colours, transparency=alpha.tobytes()), name="x"), expected)
    grey = np.array([[[7], [8]]], np.uint8)  # a grey value that stands for "transparent"
    image = decode(png(grey, transparency=struct.pack(">H", 7)), name="x")
    np.testing.assert_array_equal(image[0, :, 0], [255, 8])


ORIENTATIONS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_exif_orientation(png, orientation):
    """EXIF 2.3, tag 0x0112: where row 0 and column 0 of the stored picture are when it is shown."""
    stored = noise(3, 5, 3)
    shown = decode(png(stored, orientation=orientation), name="x")
    np.testing.assert_array_equal(shown, ORIENTATIONS[orientation](stored))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    """Full cyan, magenta, yellow, black and none, in stripes as wide as a JPEG block."""
    inks = np.repeat(np.vstack([255 * np.eye(4), np.zeros(4)]).astype(np.uint8), 16, 0)
    picture = Image.frombytes("CMYK", (80, 16), np.broadcast_to(inks, (16, 80, 4)).tobytes())
    image = decode(encoded(picture, kind), name="x")
    colours = [(0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0), (255, 255, 255)]
    np.testing.assert_allclose(image[8, 8::16].astype(int), colours, atol=4)


def test_jpeg_webp_gif_bmp_and_one_bit():
    flat = np.zeros((16, 16, 3), np.uint8) + np.uint8([200, 100, 50])
    for kind in ("JPEG", "WEBP", "BMP", "TIFF", "PNG"):
        np.testing.assert_allclose(decode(encoded(Image.fromarray(flat), kind), name="x"), flat, atol=3)
    bits = Image.fromarray(np.array([[0, 255], [255, 0]], np.uint8)).convert("1")
    np.testing.assert_array_equal(decode(encoded(bits, "PNG"), name="x")[..., 0], [[0, 255], [255, 0]])


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(decode(data, name="x")[3, 3], [255, 0, 0])


def test_damaged_files_are_named(png):
    photo = encoded(Image.fromarray(noise(64, 64, 3)), "JPEG")
    whole = png(noise(64, 64, 3))
    for data in (photo[: len(photo) // 2], whole[: len(whole) // 2], photo[:20], b"", b"hello", whole[:30]):
        with pytest.raises(DataError, match=r"^holiday\.jpg cannot be read: .+"):
            decode(data, name="holiday.jpg")


@pytest.mark.parametrize("side", [8200, 12000, 100_000])
def test_decompression_bombs(side):
    """Files of 70 bytes that claim to be huge: over our limit, over Pillow's warning, over Pillow's error."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(DataError, match=rf"^bomb\.png has more pixels than the limit of {MAX_PIXELS}"):
        decode(data, name="bomb.png")


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_thirty_two_bits_have_no_range(dtype):
    data = encoded(Image.fromarray(np.zeros((4, 4), dtype)), "TIFF")
    with pytest.raises(DataError, match=r"^depth\.tif cannot be read: .*32 bits"):
        decode(data, name="depth.tif")


def test_files(tmp_path, png):
    pixels = noise(4, 4, 3)
    (tmp_path / "a.png").write_bytes(png(pixels))
    np.testing.assert_array_equal(decode_file(tmp_path / "a.png"), pixels)
    with pytest.raises(DataError, match=r"b\.png cannot be read: No such file"):
        decode_file(tmp_path / "b.png")
