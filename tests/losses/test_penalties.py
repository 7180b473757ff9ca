"""Penalties against their closed forms for linear and quadratic critics."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax import losses

SHAPE = (4, 3, 3, 2)


@pytest.fixture
def batch():
    random = np.random.RandomState(0)
    real, fake = (random.randn(*SHAPE).astype(np.float32) for _ in range(2))
    return real, fake, random.rand(len(real)).astype(np.float32)


def test_the_gradient_of_a_linear_critic_has_the_norm_of_its_weights(batch):
    weights = np.random.RandomState(1).randn(*SHAPE[1:]).astype(np.float32)
    penalty = losses.gradient_penalty(lambda x: (x * weights[None]).sum((1, 2, 3)), *batch, target=2.0)
    expected = (np.linalg.norm(weights) / 2 - 1) ** 2
    np.testing.assert_allclose(penalty, np.full(4, expected), rtol=1e-5)


def test_the_penalty_is_taken_between_real_and_fake(batch):
    real, fake, u = batch
    # The critic |x|^2 / 2 has the gradient x, so the penalty shows where it was taken.
    penalty = losses.gradient_penalty(lambda x: jnp.square(x).sum((1, 2, 3)) / 2, real, fake, u)
    mixed = np.stack([u[i] * real[i] + (1 - u[i]) * fake[i] for i in range(4)])
    expected = (np.linalg.norm(mixed.reshape(4, -1), axis=1) - 1) ** 2
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)


def test_the_squared_gradient_of_a_quadratic_critic_and_its_scores(batch):
    real, _, _ = batch
    outputs, squared = losses.squared_gradient(lambda x: 1.5 * jnp.square(x).sum((1, 2, 3)), real)
    np.testing.assert_allclose(squared, 9 * (real.reshape(4, -1) ** 2).sum(1), rtol=1e-5)
    np.testing.assert_allclose(outputs, 1.5 * (real.reshape(4, -1) ** 2).sum(1), rtol=1e-5)


def test_only_the_score_column_is_differentiated(batch):
    real, _, _ = batch

    def outputs(x):
        flat = x.reshape(len(x), -1)
        return jnp.stack([2 * flat[:, 0], 100 * flat[:, 1], -50 * flat[:, 2]], axis=1)

    given, squared = losses.squared_gradient(outputs, real)
    assert given.shape == (4, 3)
    np.testing.assert_allclose(squared, np.full(4, 4.0), rtol=1e-6)


def test_images_that_meet_in_the_critic_share_their_gradients(batch):
    real, _, _ = batch

    # Every score is the mean over the batch, so the sum of the scores has the gradient 1 in every pixel.
    _, squared = losses.squared_gradient(lambda x: jnp.broadcast_to(x.sum() / 4, (4,)), real)
    np.testing.assert_allclose(squared, np.full(4, np.prod(SHAPE[1:])), rtol=1e-6)


def test_a_flat_critic_is_penalised_without_nan(batch):
    def penalty(scale):
        return losses.gradient_penalty(lambda x: scale * x.sum((1, 2, 3)), *batch).mean()

    value, slope = jax.value_and_grad(penalty)(0.0)
    assert value == 1.0
    assert slope == 0.0


def test_the_derivative_of_the_penalty_by_the_weights(batch):
    # (|w| - 1)^2 has the gradient 2 (|w| - 1) w / |w|.
    weights = np.random.RandomState(1).randn(*SHAPE[1:]).astype(np.float32)

    def penalty(w):
        return losses.gradient_penalty(lambda x: (x * w[None]).sum((1, 2, 3)), *batch).mean()

    norm = np.linalg.norm(weights)
    gradient = jax.jit(jax.grad(penalty))(weights)
    np.testing.assert_allclose(gradient, 2 * (norm - 1) * weights / norm, rtol=1e-4)


def test_penalties_are_float32_for_a_bfloat16_critic(batch):
    outputs, squared = losses.squared_gradient(lambda x: x.astype(jnp.bfloat16).sum((1, 2, 3)), batch[0])
    assert squared.dtype == losses.scores(outputs).dtype == jnp.float32
