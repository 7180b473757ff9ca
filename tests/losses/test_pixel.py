"""Pixel losses against what XPixelGroup/BasicSR and leftthomas/SRGAN compute."""

import pathlib

import jax
import numpy as np
import pytest

from ganjax import losses

# Made by scripts/golden/restoration_metrics.py.
GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_losses.npz"


@pytest.mark.parametrize("name", ["l1", "l2", "charbonnier"])
def test_values_and_gradients_of_the_reference(name):
    vectors = np.load(GOLDEN)
    loss = getattr(losses, name)
    mean = jax.jit(jax.value_and_grad(lambda x: loss(x, vectors["targets"]).mean()))
    found, gradient = mean(vectors["outputs"])
    np.testing.assert_allclose(found, vectors[name], rtol=1e-5)
    # Where both are equal, |x| has no derivative and JAX's may differ from PyTorch's.
    differ = vectors["outputs"] != vectors["targets"]
    expected = vectors[f"{name}_gradient"]
    np.testing.assert_allclose(gradient[differ], expected[differ], atol=1e-5 * abs(expected).max())


def test_total_variation_of_the_reference():
    vectors = np.load(GOLDEN)
    found = jax.jit(losses.total_variation)(vectors["srgan_outputs"])
    assert found.shape == (2,)
    np.testing.assert_allclose(found.mean(), vectors["srgan_variation"], rtol=1e-5)


def test_by_hand():
    a, b = np.float32([[[[1], [4]]]]), np.float32([[[[3], [0]]]])
    np.testing.assert_array_equal(losses.l1(a, b)[0, 0, :, 0], [2, 4])
    np.testing.assert_array_equal(losses.l2(a, b)[0, 0, :, 0], [4, 16])
    np.testing.assert_allclose(losses.charbonnier(a, b, epsilon=9)[0, 0, :, 0], [13**0.5, 5])
    # One step of 3 across, in two rows, and steps of 0 down: twice the mean square.
    np.testing.assert_array_equal(losses.total_variation(a.repeat(2, 1)), [18])
