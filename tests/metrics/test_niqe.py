"""NIQE against what XPixelGroup/BasicSR computes, and against the authors' own figure."""

import json
import pathlib

import numpy as np
import pytest

from ganjax.core.colour import luma
from ganjax.core.errors import UsageError
from ganjax.metrics import niqe

GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_metrics.npz"


@pytest.fixture(scope="module")
def vectors():
    """Made by scripts/golden/restoration_metrics.py."""
    return np.load(GOLDEN)


@pytest.fixture(scope="module")
def images(vectors):
    plane = vectors["niqe_plane"]
    return np.stack([plane, plane[::-1], plane[:, ::-1]], -1)[None]


def test_values_of_the_reference(vectors, images):
    found = [niqe.niqe_y(images), niqe.niqe_y(images, crop=2), niqe.niqe_grey(images)]
    expected = [vectors[name] for name in ("niqe_y", "niqe_y_crop2", "niqe_grey")]
    np.testing.assert_allclose(np.ravel(found), expected, atol=1e-2)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["set5_001", "set5_004", "set5_001_degraded", "set14_baboon"])
def test_shared_values_of_the_reference(shared, name):
    folder = shared / "golden/metrics/niqe"
    image = np.load(folder / "io.npz")[name][None]
    values = json.loads((folder / "meta.json").read_text("utf-8"))["values"][name]
    found = niqe.niqe_y(image), niqe.niqe_y(image, crop=4), niqe.niqe_grey(image)
    expected = [values[key] for key in ("crop0_y", "crop4_y", "crop0_gray")]
    np.testing.assert_allclose(np.ravel(found), expected, atol=5e-3)


@pytest.mark.shared
def test_shared_features_and_parameters(shared):
    folder = shared / "golden/metrics/niqe"
    vectors = np.load(folder / "io.npz")
    plane = np.rint(255 * luma(vectors["set5_001"] / 255))[..., 0]
    found = niqe.features(plane)
    assert found.shape == (9, 36)
    np.testing.assert_allclose(found[0, :18], vectors["set5_001_features_first_block_scale1"], rtol=1e-3)
    mean, covariance = niqe.pristine()
    published = np.load(folder / "niqe_pris_params.npz")
    np.testing.assert_array_equal(mean, published["mu_pris_param"][0])
    np.testing.assert_array_equal(covariance, published["cov_pris_param"])


@pytest.mark.shared
def test_the_score_that_the_release_gives_the_baboon(shared):
    image = np.load(shared / "golden/metrics/niqe/io.npz")["set14_baboon"][None]
    # MATLAB's, as BasicSR's docstring states it.
    assert niqe.niqe_y(image)[0] == pytest.approx(5.72957338, abs=1e-5)


def test_noise_makes_it_worse(images):
    noise = np.random.default_rng(0).normal(0, 20, images.shape)
    noisy = np.clip(images + noise, 0, 255).astype(np.uint8)
    assert niqe.niqe_y(noisy)[0] > niqe.niqe_y(images)[0] + 1


def test_a_picture_without_texture_has_no_score():
    plain = np.full((1, 96, 192, 3), 0.3)
    assert np.isnan(niqe.niqe_y(plain)).all()


def test_images_of_fewer_than_two_blocks_are_refused():
    with pytest.raises(UsageError, match="96 x 96"):
        niqe.niqe_y(np.zeros((1, 95, 400, 3)))
    with pytest.raises(UsageError, match="two of them"):
        niqe.niqe_y(np.zeros((1, 96, 192, 3)), crop=1)
