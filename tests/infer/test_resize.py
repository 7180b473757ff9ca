"""Resampling by rows against Pillow's LANCZOS of the whole picture, and against jax.image.resize."""

from typing import Any

import jax
import numpy as np
import pytest
from PIL import Image

from ganjax.infer.resize import resized, resized_rows

RNG = np.random.default_rng(0)
SIZES = [(40, 37), (30, 20), (97, 51), (1, 1), (7, 200), (41, 37), (400, 3)]


def pillow(
    channel: np.ndarray, size: tuple[int, int], kind: Image.Resampling = Image.Resampling.LANCZOS
) -> np.ndarray:
    return np.asarray(Image.fromarray(channel).resize(size[::-1], kind))


@pytest.mark.parametrize("size", SIZES)
def test_resized(size: tuple[int, int]) -> None:
    images = RNG.random((2, 40, 37, 3), np.float32)
    after = resized(images, *size)
    assert after.shape == (2, *size, 3) and after.dtype == np.float32
    np.testing.assert_allclose(after[1, ..., 2], pillow(images[1, ..., 2], size), rtol=0, atol=1e-6)
    np.testing.assert_allclose(after, jax.image.resize(images, after.shape, "lanczos3"), rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("heights", [[40], [1] * 40, [3, 30, 7]])
def test_rows_give_what_the_whole_gives(size: tuple[int, int], heights: list[int]) -> None:
    pixels = RNG.integers(0, 65535, (40, 37, 3), np.uint16, endpoint=True)
    strips = np.split(pixels, np.cumsum(heights)[:-1])
    after = np.concatenate(list(resized_rows(strips, (40, 37), size, dtype=np.uint8)))
    assert after.shape == (*size, 3) and after.dtype == np.uint8
    for channel in range(3):
        expected = np.clip(pillow(pixels[..., channel].astype(np.float32) / 65535, size), 0, 1) * 255
        assert np.abs(after[..., channel] - expected).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("size", [(63, 50), (20, 20)])
def test_colours_are_weighed_by_alpha(size: tuple[int, int]) -> None:
    pixels = RNG.integers(0, 255, (40, 37, 2), np.uint8, endpoint=True)
    pixels[:20, :, 1] = 255
    grey, alpha = np.moveaxis(pixels.astype(np.float32) / 255, -1, 0)
    after = np.concatenate(list(resized_rows([pixels], (40, 37), size, dtype=np.uint16))) / 65535
    expected = pillow(alpha, size)
    opaque = pillow(alpha, size, Image.Resampling.BILINEAR) > 1 - 1e-6
    held = np.where(opaque, 1, np.clip(expected, 0, 1))
    np.testing.assert_allclose(after[..., 1], held, rtol=0, atol=1e-5)
    seen = expected > 0.2
    colour = np.clip(pillow(grey * alpha, size)[seen] / expected[seen], 0, 1)
    np.testing.assert_allclose(after[..., 0][seen], colour, rtol=0, atol=2e-5)
    assert (after[: size[0] // 4, :, 1] == 1).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("factor", [0.3, 1.3, 6.3])
def test_alpha_does_not_swing_over_beside_an_edge(factor: float, dtype: Any) -> None:
    most = np.iinfo(dtype).max
    pixels = np.full((40, 40, 4), (most, 0, 0, 0), dtype)
    pixels[:, 20:, 3] = most
    side = round(40 * factor)
    strips = np.split(pixels, 8)
    after = np.concatenate(list(resized_rows(strips, (40, 40), (side, side), dtype=dtype)))
    reach = 1 + max(1, 1 / factor)  # in pixels of the source
    places = (np.arange(side) + 0.5) / factor
    assert (after[:, places > 20 + reach, 3] == most).all()
    assert (after[:, places < 20 - reach] == 0).all()
    assert (np.diff(after[..., 3].astype(int), axis=0) == 0).all()


def test_what_nobody_sees_is_black() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 0] = 200
    after = np.concatenate(list(resized_rows([pixels], (8, 8), (5, 5), dtype=np.uint8)))
    assert (after == 0).all()
