"""Cropping, resizing and mirroring, against numpy."""

import numpy as np
import pytest

from ganjax.data.transforms import mirror_half, to_side

RNG = np.random.default_rng(2)


def test_nothing_to_do():
    image = RNG.integers(0, 256, (8, 8, 3), np.uint8)
    np.testing.assert_array_equal(to_side(image, 8), image)


@pytest.mark.parametrize(("h", "w", "top", "left"), [(8, 13, 0, 2), (11, 8, 1, 0), (9, 8, 0, 0)])
def test_the_centre_is_kept(h, w, top, left):
    image = RNG.integers(0, 256, (h, w, 3), np.uint8)
    np.testing.assert_array_equal(to_side(image, 8), image[top : top + 8, left : left + 8])


def test_shrinking_averages_blocks():
    image = RNG.integers(0, 256, (32, 48, 3), np.uint8)
    blocks = image[:, 8:40].reshape(8, 4, 8, 4, 3).mean((1, 3))
    small = to_side(image, 8)
    assert small.dtype == np.uint8
    assert np.abs(small - blocks).max() <= 1  # Pillow rounds to 8 bits after each direction


def test_shrinking_by_no_whole_factor_does_not_alias():
    """A chessboard of single pixels is grey from afar; taking every n-th would leave black and white."""
    chess = (255 * (np.indices((100, 100)).sum(0) % 2)).astype(np.uint8)
    small = to_side(np.repeat(chess[..., None], 3, 2), 16)
    assert np.abs(small.astype(float) - 127.5).max() < 16


def test_enlarging():
    dot = np.full((1, 1, 3), (1, 2, 3), np.uint8)
    np.testing.assert_array_equal(to_side(dot, 4), np.broadcast_to(dot, (4, 4, 3)))
    step = np.zeros((4, 4, 3), np.uint8)
    step[:, 2:] = 200
    large = to_side(step, 16)
    assert large.shape == (16, 16, 3)
    assert (large == large[:1]).all()
    assert (large[:, :6] == 0).all()
    assert (np.diff(large[0, 5:11, 0].astype(int)) > 10).all()  # a slope, not the steps of nearest neighbours
    np.testing.assert_allclose(large[:, 10:].astype(int), 200, atol=16)  # bicubic swings over by 7 %


def test_half_are_mirrored():
    image = RNG.integers(0, 256, (3, 4, 3), np.uint8)
    random = np.random.default_rng(0)
    mirrored = 0
    for _ in range(400):
        result = mirror_half(image, random)
        if not (result == image).all():
            np.testing.assert_array_equal(result, np.fliplr(image))
            mirrored += 1
    assert 150 < mirrored < 250  # five standard deviations
