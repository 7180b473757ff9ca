"""MS-SSIM against what the PGAN authors' code computed, and against what must hold whatever the images."""

import pathlib

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.metrics import ms_ssim

GOLDEN = pathlib.Path(__file__).parents[1] / "golden/metrics.npz"


@pytest.fixture
def images():
    """[6, 64, 32, 3] uint8 of neighbouring pixels that are alike, as in pictures."""
    noise = np.random.RandomState(0).randint(0, 4, (6, 64, 32, 3))
    return (noise.cumsum(1).cumsum(2) % 256).astype(np.uint8)


def test_values_of_the_reference():
    # Made by scripts/golden/metrics.py.
    vectors = np.load(GOLDEN)
    found = ms_ssim.similarities(vectors["real"], vectors["fake"])
    np.testing.assert_allclose(found, vectors["ms_ssim_each"], atol=1e-5)
    np.testing.assert_allclose(found.mean(), vectors["ms_ssim"], atol=1e-5)


@pytest.mark.shared
@pytest.mark.parametrize("case", ["real96", "cifar32", "noise64", "nonsquare"])
def test_shared_values_of_the_reference(shared, case):
    vectors = np.load(shared / "golden/metrics/msssim/io.npz")
    found = ms_ssim.similarities(vectors[f"{case}_a"], vectors[f"{case}_b"])
    # The reference squares pixels in float32; on flat regions it is 2.3e-5 off its own result in float64.
    np.testing.assert_allclose(found, vectors[f"{case}_msssim_each"], atol=4e-5)
    np.testing.assert_allclose(found.mean(), vectors[f"{case}_msssim"][0], atol=2e-5)


@pytest.mark.shared
def test_pairs_are_neighbours(shared):
    vectors = np.load(shared / "golden/metrics/msssim/io.npz")
    found = ms_ssim.ms_ssim(vectors["real96_a"])
    np.testing.assert_allclose(found, vectors["api_pairs_of_real96_a"][0], atol=2e-5)


def test_equal_images_are_wholly_similar(images):
    np.testing.assert_allclose(ms_ssim.similarities(images, images), np.ones(6), rtol=1e-5)
    assert ms_ssim.ms_ssim(np.repeat(images, 2, axis=0)) == pytest.approx(1, rel=1e-5)


def test_images_and_their_negatives_are_not_similar(images):
    assert ms_ssim.similarities(images, 255 - images).max() == 0


def test_format_and_batches_do_not_matter(images, monkeypatch):
    expected = ms_ssim.ms_ssim(images)
    assert ms_ssim.ms_ssim(images.astype(np.float32) / 255) == expected
    monkeypatch.setattr(ms_ssim, "_PAIRS", 2)
    assert ms_ssim.ms_ssim(images) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 16, 16, 3), "multiples of 32"),
        ((2, 64, 48, 3), "multiples of 32"),
        ((3, 32, 32, 3), "even number"),
    ],
)
def test_what_it_refuses(shape, message):
    with pytest.raises(UsageError, match=message):
        ms_ssim.ms_ssim(np.zeros(shape, np.uint8))


def test_pairs_of_different_shapes_are_refused():
    with pytest.raises(UsageError, match="one shape"):
        ms_ssim.similarities(np.zeros((2, 32, 32, 3)), np.zeros((1, 32, 32, 3)))
