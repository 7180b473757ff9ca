"""Colour spaces against what XPixelGroup/BasicSR computes as MATLAB does."""

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.colour import from_ycbcr, grey, luma, to_ycbcr

COLOURS = np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)


def test_corners_of_the_cube():
    # ITU-R BT.601, studio range, as MATLAB documents rgb2ycbcr: black, white and the primaries.
    expected = [[16, 128, 128], [235, 128, 128], [81.481, 90.203, 240]]
    expected += [[144.553, 53.797, 34.214], [40.966, 240, 109.786]]
    np.testing.assert_allclose(255 * to_ycbcr(COLOURS), expected, atol=2e-3)
    np.testing.assert_allclose(grey(COLOURS)[:, 0], [0, 1, 0.299, 0.587, 0.114])


def test_luma_is_the_first_channel_and_leaves_one_channel_alone():
    np.testing.assert_allclose(luma(COLOURS), to_ycbcr(COLOURS)[:, :1])
    one = np.full((2, 3, 3, 1), 0.25)
    assert luma(one) is one
    assert grey(one) is one


@pytest.mark.parametrize("kind", [np.asarray, jnp.asarray])
def test_there_and_back_in_any_shape(kind):
    images = kind(np.random.default_rng(0).random((2, 3, 4, 3)).astype(np.float32))
    found = to_ycbcr(images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(from_ycbcr(found), images, atol=1e-6)


@pytest.mark.shared
def test_shared_values_of_the_reference(shared):
    vectors = np.load(shared / "golden/metrics/psnr_ssim_imresize/io.npz")
    for pair in ("pair0", "pair1", "pair2"):
        expected = vectors[f"{pair}_a_y"]
        np.testing.assert_allclose(255 * luma(vectors[f"{pair}_a"] / 255)[..., 0], expected, atol=1e-3)
    image = vectors["pair0_a"] / 255
    np.testing.assert_allclose(to_ycbcr(image), vectors["ycbcr_of_a"], atol=1e-6)
    np.testing.assert_array_equal(np.rint(255 * to_ycbcr(image)), vectors["ycbcr_uint8_of_a"])
    # The reference knows the inverse matrix to six digits.
    np.testing.assert_allclose(from_ycbcr(vectors["ycbcr_of_a"]), vectors["rgb_back_of_ycbcr"], atol=1e-5)
