"""Perceptual losses, and the sums that SRGAN trains with, against the code of the authors."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax import losses
from ganjax.core.errors import UsageError

GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_losses.npz"


@pytest.fixture(scope="module")
def vectors():
    """Made by scripts/golden/restoration_metrics.py."""
    return np.load(GOLDEN)


def conv(x, kernel, bias):
    y = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return y + bias.reshape(1, 1, 1, -1)


def check(found, gradient, vectors, name):
    np.testing.assert_allclose(found, vectors[name], rtol=1e-5)
    expected = vectors[f"{name}_gradient"]
    np.testing.assert_allclose(gradient, expected, atol=2e-4 * abs(expected).max())


@pytest.mark.parametrize("difference", [losses.l1, losses.l2])
def test_values_and_gradients_of_basicsr(vectors, difference):
    def features(x):
        one = conv(x, vectors["kernel1"], vectors["bias1"])
        return one, conv(jax.nn.relu(one), vectors["kernel2"], vectors["bias2"])

    @jax.value_and_grad
    def loss(x):
        return losses.perceptual(
            features, x, vectors["targets"], weights=vectors["weights"].tolist(), difference=difference
        ).mean()

    check(*jax.jit(loss)(vectors["outputs"]), vectors, f"perceptual_{difference.__name__}")


def test_values_and_gradients_of_srgan(vectors):
    def features(x):
        x = jax.nn.relu(conv(x, vectors["srgan_kernel"], vectors["srgan_bias"]))
        return [-jax.lax.reduce_window(-x, jnp.inf, jax.lax.min, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")]

    @jax.value_and_grad
    def loss(x):
        content, _ = losses.restoration(
            x,
            vectors["srgan_targets"],
            difference=losses.l2,
            perception=0.006,
            variation=2e-8,
            features=features,
        )
        return content + 1e-3 * losses.probability_generator(vectors["srgan_scores"]).mean()

    check(*jax.jit(loss)(vectors["srgan_outputs"]), vectors, "srgan")


def test_terms_add_up_and_those_of_weight_zero_are_left_out(vectors):
    outputs, targets = vectors["outputs"], vectors["targets"]
    loss, terms = losses.restoration(outputs, targets, pixel=2.0, variation=0.5)
    assert set(terms) == {"g_pixel", "g_variation"}
    np.testing.assert_allclose(terms["g_pixel"], 2 * vectors["l1"], rtol=1e-6)
    np.testing.assert_allclose(loss, sum(terms.values()), rtol=1e-6)
    assert losses.restoration(outputs, targets, pixel=0)[0] == 0


def test_each_image_has_its_own_loss(vectors):
    outputs, targets = vectors["outputs"], vectors["targets"]
    found = losses.perceptual(lambda x: [x[..., :1]], outputs, targets)
    np.testing.assert_allclose(found, np.abs(outputs - targets)[..., :1].mean((1, 2, 3)), rtol=1e-5)


def test_what_it_refuses(vectors):
    outputs, targets = vectors["outputs"], vectors["targets"]
    with pytest.raises(UsageError, match="2 activations needs as many weights, not 1"):
        losses.perceptual(lambda x: [x, x], outputs, targets)
    with pytest.raises(UsageError, match="features of a classifier"):
        losses.restoration(outputs, targets, perception=1.0)
