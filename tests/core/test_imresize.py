"""imresize against XPixelGroup/BasicSR's version of MATLAB's, and against properties of the cubic."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.core.imresize import imresize

# Made by scripts/golden/restoration_metrics.py.
GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_metrics.npz"


@pytest.mark.parametrize("name", ["1_4", "1_2", "2_3", "2_1", "3_1", "narrow_1_2"])
def test_values_of_the_reference(name):
    vectors = np.load(GOLDEN)
    image = vectors["targets"][:1] / 255
    numerator, denominator = map(int, name.split("_")[-2:])
    if numerator > denominator:
        image = image[:, :9, :11]
    found = imresize(image, numerator / denominator, antialias="narrow" not in name)
    np.testing.assert_allclose(found[0], vectors[f"imresize_{name}"], atol=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "scale", "antialias"),
    [
        ("x0.25_of_a", 1 / 4, True),
        ("x0.3333_of_a", 1 / 3, True),
        ("x0.5_of_a", 1 / 2, True),
        ("x0.5_noantialias_of_a", 1 / 2, False),
        ("x2_of_a_24x20", 2, True),
        ("x3_of_a_24x20", 3, True),
        ("x4_of_a_24x20", 4, True),
    ],
)
def test_shared_values_of_the_reference(shared, name, scale, antialias):
    vectors = np.load(shared / "golden/metrics/psnr_ssim_imresize/io.npz")
    image = vectors["pair0_a"][None] / 255
    image = image[:, :20, :24] if scale > 1 else image
    np.testing.assert_allclose(
        imresize(image, scale, antialias=antialias)[0], vectors[f"imresize_{name}"], atol=1e-5
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (16, 7), (13, 11)])
def test_any_size_keeps_what_is_constant_or_symmetric(size):
    found = imresize(np.full((2, 13, 11, 3), 0.25), size=size)
    assert found.shape == (2, *size, 3)
    np.testing.assert_allclose(found, 0.25)
    ramp = np.random.default_rng(0).random((1, 13, 11, 1))
    both_ways = imresize(ramp, size=size), imresize(ramp[:, ::-1, ::-1], size=size)[:, ::-1, ::-1]
    np.testing.assert_allclose(*both_ways, atol=1e-12)


def test_a_ramp_stays_a_ramp_away_from_the_border():
    ramp = np.arange(32.0).reshape(1, 1, 32, 1).repeat(8, 1)
    np.testing.assert_allclose(imresize(ramp, 0.5)[0, 2, 4:12, 0], np.arange(4, 12) * 2 + 0.5)
    np.testing.assert_allclose(imresize(ramp, 2)[0, 2, 8:56, 0], np.arange(8, 56) / 2 - 0.25)


def test_one_pixel_becomes_any_size():
    np.testing.assert_allclose(imresize(np.full((1, 1, 1, 1), 0.5), 5), np.full((1, 5, 5, 1), 0.5))


def test_jax_arrays_under_jit_keep_their_dtype():
    image = np.random.default_rng(0).random((2, 10, 8, 3)).astype(np.float32)
    found = jax.jit(lambda x: imresize(x, 0.5))(image)
    assert isinstance(found, jax.Array)
    assert found.dtype == jnp.float32
    assert imresize(image, 0.5).dtype == np.float32
    np.testing.assert_allclose(found, imresize(image, 0.5), atol=1e-6)


def test_what_it_refuses():
    image = np.zeros((1, 4, 4, 1))
    for given in ({}, {"scale": 2, "size": (8, 8)}):
        with pytest.raises(UsageError, match="either a scale or a size"):
            imresize(image, **given)
    for given in ({"scale": 0}, {"size": (0, 4)}):
        with pytest.raises(UsageError, match="above zero"):
            imresize(image, **given)
