"""Filtering, resizing and noise against BasicSR and PyTorch (tests/golden/degrade.npz), SciPy and theory."""

import functools
import pathlib

import jax
import numpy as np
import pytest
import scipy.ndimage
from scipy.stats import poisson

from ganjax.data.degrade.blur import filter_image, sharpen
from ganjax.data.degrade.noise import gaussian_noise, poisson_levels, poisson_noise
from ganjax.data.degrade.resize import MODES, resize

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden/degrade.npz")
RNG = np.random.default_rng(5)
# Compiling takes longer than running here.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})

blurred = jit(lambda image, kernel, extent: filter_image(image, kernel, extent=extent))


def unit(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) / 255


def on_a_canvas(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture in the upper left of an array of other numbers."""
    canvas = RNG.random((height, width, image.shape[2]), np.float32)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def test_filter_equals_the_reference():
    result = jit(filter_image)(unit(GOLDEN["image"]), GOLDEN["kernels"][1])
    np.testing.assert_allclose(result, GOLDEN["filtered"], atol=1e-6)


@pytest.mark.parametrize(("h", "w"), [(17, 30), (40, 40), (5, 1), (1, 1)])
def test_filter_equals_scipy_for_every_size_in_one_array(h, w):
    """A kernel without symmetry; what is smaller than its reach is mirrored again and again, as in SciPy."""
    image, kernel = RNG.random((h, w, 3), np.float32), RNG.random((21, 21), np.float32)
    kernel /= kernel.sum()
    result = blurred(on_a_canvas(image, 40, 40), kernel, np.array([h, w]))
    expected = scipy.ndimage.correlate(image, kernel[..., None], mode="mirror")
    np.testing.assert_allclose(result[:h, :w], expected, atol=2e-6)


def test_sharpening_equals_the_reference():
    images = unit(GOLDEN["large"])[None]
    np.testing.assert_allclose(jit(sharpen)(images)[0], GOLDEN["sharpened"], atol=2e-5)


@jit
def resized(image, mode, extent, to, step):
    return resize(image, mode, shape=(24, 24), extent=extent, to=to, step=step)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("factor", [0.37, 1.43])
def test_resize_by_a_factor_equals_pytorch(mode, factor):
    expected = GOLDEN[f"{mode}_by_{factor}"]
    image = on_a_canvas(unit(GOLDEN["image"][:11, :13]), 16, 16)
    to, step = np.array(expected.shape[:2]), np.full(2, 1 / factor)
    result = resized(image, MODES.index(mode), np.array([11, 13]), to, step)
    np.testing.assert_allclose(result[: to[0], : to[1]], expected, atol=2e-6)
    assert not result[to[0] :].any() and not result[:, to[1] :].any()


@pytest.mark.parametrize("mode", MODES)
def test_resize_to_a_size_equals_pytorch(mode):
    image = on_a_canvas(unit(GOLDEN["image"][:11, :13]), 16, 16)
    result = resized(image, MODES.index(mode), np.array([11, 13]), np.array([17, 6]), None)
    np.testing.assert_allclose(result[:17, :6], GOLDEN[f"{mode}_to_17_6"], atol=2e-6)


@pytest.mark.parametrize("mode", MODES)
def test_resize_to_the_same_size_changes_nothing(mode):
    image, size = unit(GOLDEN["image"][:11, :13]), np.array([11, 13])
    result = resized(on_a_canvas(image, 16, 16), MODES.index(mode), size, size, None)
    np.testing.assert_allclose(result[:11, :13], image, atol=1e-6)


noisy = jit(gaussian_noise)
counted = jit(poisson_noise)


@pytest.mark.parametrize("grey", [False, True])
def test_gaussian_noise_has_its_standard_deviation(grey):
    image = np.full((128, 128, 3), 0.5, np.float32)
    noise = np.asarray(noisy(jax.random.key(0), image, 20.0, grey) - image)
    assert noise.std() == pytest.approx(20 / 255, rel=0.03) and abs(noise.mean()) < 2e-3
    colours = np.corrcoef(noise.reshape(-1, 3).T)[0, 1]
    assert colours == pytest.approx(1 if grey else 0, abs=0.03)
    clipped = noisy(jax.random.key(0), np.ones((128, 128, 3), np.float32), 20.0, grey)
    assert float(clipped.max()) == 1 and float(clipped.min()) >= 0


@pytest.mark.parametrize("peak", [1.0, 16.0, 256.0])
def test_counts_are_poisson_distributed(peak):
    """Against scipy.stats: the share of each count, for dark, middle and white."""
    levels = np.repeat([0, 3, 128, 255], 10000)
    counts = np.asarray(jit(poisson_levels)(jax.random.key(1), levels, peak)).reshape(4, -1)
    assert not counts[0].any()
    for level, found in zip((3, 128, 255), counts[1:], strict=True):
        rate = level / 255 * peak
        # The largest gap of the two distribution functions (Kolmogorov): below 1.95 / root of n at 1 in 1000.
        steps = np.arange(found.max() + 1)
        gap = np.abs(np.searchsorted(np.sort(found), steps, "right") / 10000 - poisson(rate).cdf(steps))
        assert gap.max() < 0.0195


def test_poisson_noise_follows_the_number_of_levels():
    """Four values, so four photons make white; the variance of a count is its mean."""
    image = np.repeat(np.array([0, 51, 102, 204], np.float32) / 255, 4096).reshape(128, 128, 1)
    image = np.repeat(image, 3, 2)
    noise = np.asarray(counted(jax.random.key(2), image, 0.3, False) - image).reshape(4, -1)
    assert not noise[0].any()
    for each, level in zip(noise[1:3], (51, 102), strict=True):
        assert each.std() == pytest.approx(0.3 * (level / 255 / 4) ** 0.5, rel=0.05)
        assert abs(each.mean()) < 5e-3


def test_grey_poisson_noise_and_a_picture_in_a_larger_array():
    image = np.full((64, 64, 3), (0.2, 0.4, 0.6), np.float32)
    canvas = on_a_canvas(image, 96, 80)
    result = counted(jax.random.key(3), canvas, 0.1, True, extent=np.array([64, 64]))
    noise = np.asarray(result)[:64, :64] - image
    np.testing.assert_allclose(noise[..., 0], noise[..., 2], atol=1e-6)
    # One grey value, hence one photon for white: the noise is -grey or 1 - grey, times the scale.
    grey = np.rint((0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6) * 255) / 255
    values = np.unique(np.rint(noise[..., 0] / 0.1 * 1e4) / 1e4)
    assert values[:2] == pytest.approx([-grey, 1 - grey], abs=2e-4)
