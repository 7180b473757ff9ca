"""Dark pictures and pictures made smaller, against the formulas that define them."""

import functools

import jax
import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.core.imresize import imresize
from ganjax.data.degrade.bicubic import shrink
from ganjax.data.degrade.low_light import LowLightConfig, darken

RAMPS = np.broadcast_to(np.linspace(0, 1, 64, dtype=np.float32)[:, None], (2, 64, 64, 3))
# Compiling takes longer than running here.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


def test_the_curve_is_the_papers_and_the_cast_tints_red_and_blue():
    """Lv, Li and Lu 2021: beta (alpha x)^gamma, here 0.6 (0.95 x)^3, but for the counting of photons."""
    config = LowLightConfig((0.95, 0.95), (0.6, 0.6), (3.0, 3.0), 0.3, (1.0, 1.0), (0.0, 0.0))
    images = np.full((6, 64, 64, 3), 0.8, np.float32)
    dark = np.asarray(jit(lambda key: darken(key, images, config=config))(jax.random.key(0)))
    value = 0.6 * (0.95 * 0.8) ** 3
    # The mean of 24,576 counts, of which each has the variance value / 256, and rounding to levels.
    assert dark[..., 1].mean() == pytest.approx(value, abs=1.5e-3)
    assert dark[..., 1].std() == pytest.approx((value / 256) ** 0.5, rel=0.05)
    gains = dark.mean((1, 2)) / value
    assert np.abs(gains - 1).max() < 0.32
    assert np.abs(gains[:, 0] - gains[:, 2]).max() > 0.1
    assert len(np.unique(gains[:, 0].round(3))) == 6


def test_dark_pictures_are_dark_of_eight_bits_and_alike_in_any_batch():
    dim = jit(lambda key, images, first: darken(key, images, first=first))
    key = jax.random.key(2)
    images, later = np.asarray(dim(key, RAMPS, 7)), np.asarray(dim(key, RAMPS, 8))
    assert images.mean() < 0.4 and images[:, :, 0].mean() < 0.02
    np.testing.assert_allclose(images * 255, np.rint(images * 255), atol=1e-4)
    np.testing.assert_array_equal(images[1], later[0])
    assert (images[0] != images[1]).any()


def test_shrinking_is_imresize_on_levels():
    image = np.random.default_rng(0).random((1, 16, 24, 3), np.float32)
    small = np.asarray(jit(functools.partial(shrink, scale=4))(image)) * 255
    np.testing.assert_allclose(small, np.rint(np.clip(imresize(image, 0.25), 0, 1) * 255), atol=1e-4)
    with pytest.raises(UsageError, match="16 x 24 pixels cannot become 3 times smaller"):
        shrink(image, scale=3)
