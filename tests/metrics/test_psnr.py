"""PSNR against what XPixelGroup/BasicSR computes, and against its definition."""

import json
import pathlib

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.metrics.psnr import psnr_rgb, psnr_y

# Made by scripts/golden/restoration_metrics.py.
GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_metrics.npz"
SCORES = {"rgb": psnr_rgb, "y": psnr_y}


@pytest.mark.parametrize("channel", SCORES)
@pytest.mark.parametrize("crop", [0, 3])
def test_values_of_the_reference(channel, crop):
    vectors = np.load(GOLDEN)
    found = SCORES[channel](vectors["outputs"], vectors["targets"], crop=crop)
    np.testing.assert_allclose(found, vectors[f"psnr_{channel}_crop{crop}"], atol=1e-5)


@pytest.mark.shared
@pytest.mark.parametrize("channel", SCORES)
@pytest.mark.parametrize("crop", [0, 4])
@pytest.mark.parametrize("pair", ["pair0", "pair1", "pair2"])
def test_shared_values_of_the_reference(shared, pair, crop, channel):
    folder = shared / "golden/metrics/psnr_ssim_imresize"
    vectors = np.load(folder / "io.npz")
    values = json.loads((folder / "meta.json").read_text("utf-8"))["values"][pair]
    outputs, targets = (vectors[f"{pair}_{side}"][None] for side in "ab")
    expected = values[f"psnr_crop{crop}_{channel}"]
    assert SCORES[channel](outputs, targets, crop=crop)[0] == pytest.approx(expected, abs=1e-5)
    # Its twin in PyTorch takes floats and adds 1e-8 to the mean square.
    found = SCORES[channel](outputs.astype(np.float32) / 255, targets.astype(np.float32) / 255, crop=crop)
    with_epsilon = -10 * np.log10(10 ** (-found[0] / 10) + 1e-8)
    assert with_epsilon == pytest.approx(values[f"psnr_pt_crop{crop}_{channel}"], abs=1e-5)


def test_definition():
    a = np.full((1, 4, 4, 3), 0.5)
    np.testing.assert_allclose(psnr_rgb(a, a + 0.1), [20])
    # Luma spans 219 of 255 steps.
    np.testing.assert_allclose(psnr_y(a, a + 0.1), [20 - 20 * np.log10(219 / 255)], atol=1e-4)


def test_each_image_has_its_own_score():
    a = np.zeros((2, 4, 4, 3))
    b = a + np.array([0.1, 0.01]).reshape(2, 1, 1, 1)
    np.testing.assert_allclose(psnr_rgb(a, b), [20, 40])


def test_equal_images_score_infinity():
    assert psnr_rgb(np.zeros((1, 4, 4, 1), np.uint8), np.zeros((1, 4, 4, 1), np.uint8))[0] == np.inf


def test_bytes_and_floats_agree():
    vectors = np.load(GOLDEN)
    outputs, targets = vectors["outputs"], vectors["targets"]
    np.testing.assert_allclose(psnr_y(outputs / 255, targets), psnr_y(outputs, targets), rtol=1e-12)


def test_one_channel_is_luma():
    vectors = np.load(GOLDEN)
    outputs, targets = (vectors[name][..., :1] for name in ("outputs", "targets"))
    np.testing.assert_array_equal(psnr_y(outputs, targets), psnr_rgb(outputs, targets))


@pytest.mark.parametrize(
    ("outputs", "targets", "crop", "message"),
    [
        ((1, 8, 8, 3), (1, 8, 9, 3), 0, "one shape"),
        ((8, 8, 3), (8, 8, 3), 0, r"\[N, H, W, C\]"),
        ((1, 8, 8, 4), (1, 8, 8, 4), 0, "1 or 3 channels"),
        ((1, 8, 9, 3), (1, 8, 9, 3), 4, "border of 4"),
        ((1, 8, 9, 3), (1, 8, 9, 3), -1, "border of -1"),
    ],
)
def test_what_it_refuses(outputs, targets, crop, message):
    with pytest.raises(UsageError, match=message):
        psnr_rgb(np.zeros(outputs), np.zeros(targets), crop=crop)
