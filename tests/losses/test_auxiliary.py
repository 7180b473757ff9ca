"""The classification term of AC-GAN against numpy."""

import jax.numpy as jnp
import numpy as np

from ganjax import losses


def test_cross_entropy_is_the_negative_log_probability_of_the_class():
    logits = np.random.RandomState(0).randn(5, 3).astype(np.float32)
    classes = np.array([0, 2, 1, 1, 0])
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    found = losses.class_cross_entropy(jnp.asarray(logits), np.eye(3, dtype=np.float32)[classes])
    np.testing.assert_allclose(found, -np.log(probabilities[np.arange(5), classes]), rtol=1e-5)


def test_large_logits_are_finite():
    found = losses.class_cross_entropy(jnp.float32([[1e4, -1e4]]), jnp.float32([[0, 1]]))
    np.testing.assert_allclose(found, [2e4])
