"""SSIM against what XPixelGroup/BasicSR and leftthomas/SRGAN compute."""

import json
import pathlib

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.metrics.ssim import ssim_rgb, ssim_rgb_padded, ssim_y

# Made by scripts/golden/restoration_metrics.py.
GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_metrics.npz"
SCORES = {"rgb": ssim_rgb, "y": ssim_y}


@pytest.mark.parametrize("channel", SCORES)
@pytest.mark.parametrize("crop", [0, 3])
def test_values_of_the_reference(channel, crop):
    vectors = np.load(GOLDEN)
    found = SCORES[channel](vectors["outputs"], vectors["targets"], crop=crop)
    np.testing.assert_allclose(found, vectors[f"ssim_{channel}_crop{crop}"], atol=1e-6)


def test_padded_values_of_the_reference():
    vectors = np.load(GOLDEN)
    found = ssim_rgb_padded(vectors["padded_outputs"], vectors["padded_targets"])
    np.testing.assert_allclose(found, vectors["ssim_rgb_padded"], atol=1e-5)


@pytest.mark.shared
@pytest.mark.parametrize("channel", SCORES)
@pytest.mark.parametrize("crop", [0, 4])
@pytest.mark.parametrize("pair", ["pair0", "pair1", "pair2"])
def test_shared_values_of_the_reference(shared, pair, crop, channel):
    folder = shared / "golden/metrics/psnr_ssim_imresize"
    vectors = np.load(folder / "io.npz")
    values = json.loads((folder / "meta.json").read_text("utf-8"))["values"][pair]
    found = SCORES[channel](vectors[f"{pair}_a"][None], vectors[f"{pair}_b"][None], crop=crop)[0]
    assert found == pytest.approx(values[f"ssim_crop{crop}_{channel}"], abs=1e-6)
    assert found == pytest.approx(values[f"ssim_pt_crop{crop}_{channel}"], abs=1e-6)


@pytest.mark.parametrize("score", [ssim_rgb, ssim_y, ssim_rgb_padded])
def test_equal_images_score_one_and_negatives_less_than_nothing(score):
    images = np.load(GOLDEN)["targets"]
    np.testing.assert_allclose(score(images, images), [1, 1])
    assert score(images, 255 - images).max() < 0


def test_each_image_has_its_own_score():
    vectors = np.load(GOLDEN)
    alone = [ssim_rgb(vectors["outputs"][i : i + 1], vectors["targets"][i : i + 1])[0] for i in (0, 1)]
    np.testing.assert_array_equal(ssim_rgb(vectors["outputs"], vectors["targets"]), alone)


def test_images_smaller_than_the_window():
    small = np.zeros((1, 14, 30, 3), np.uint8)
    assert ssim_rgb_padded(small[:, :3], small[:, :3])[0] == pytest.approx(1)
    with pytest.raises(UsageError, match="11 x 11"):
        ssim_rgb(small, small, crop=2)


def test_shapes_that_differ_are_refused():
    with pytest.raises(UsageError, match="one shape"):
        ssim_y(np.zeros((2, 16, 16, 3)), np.zeros((1, 16, 16, 3)))
