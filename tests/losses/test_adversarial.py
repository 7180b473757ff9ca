"""Adversarial losses against numpy and against the losses that EnlightenGAN computed."""

import numpy as np
import pytest

from ganjax import losses

REAL = np.float32([-2.0, -0.5, 0.0, 0.5, 3.0])
FAKE = np.float32([1.5, -3.0, 0.0, -0.5, 0.25])


def log_sigmoid(x):
    return -np.log1p(np.exp(-x.astype(np.float64)))


def test_wasserstein():
    np.testing.assert_array_equal(losses.wasserstein_discriminator(REAL, FAKE), FAKE - REAL)
    np.testing.assert_array_equal(losses.wasserstein_generator(FAKE), -FAKE)


def test_logistic_is_binary_cross_entropy():
    expected = -log_sigmoid(REAL) - np.log1p(-np.exp(log_sigmoid(FAKE)))
    np.testing.assert_allclose(losses.logistic_discriminator(REAL, FAKE), expected, rtol=1e-5)
    np.testing.assert_allclose(losses.non_saturating_generator(FAKE), -log_sigmoid(FAKE), rtol=1e-5)


def test_logistic_losses_of_far_scores_are_finite():
    far = np.float32([-1e4, 1e4])
    np.testing.assert_allclose(losses.logistic_discriminator(far, -far), [2e4, 0])
    np.testing.assert_allclose(losses.non_saturating_generator(far), [1e4, 0])


def test_hinge():
    # By hand: max(0, 1 - real) = 3, 1.5, 1, 0.5, 0 and max(0, 1 + fake) = 2.5, 0, 1, 0.5, 1.25.
    np.testing.assert_allclose(losses.hinge_discriminator(REAL, FAKE), [5.5, 1.5, 2, 1, 1.25])


def test_least_squares():
    # By hand: (real - 1)^2 = 9, 2.25, 1, 0.25, 4 and fake^2 = 2.25, 9, 0, 0.25, 0.0625.
    np.testing.assert_allclose(
        losses.least_squares_discriminator(REAL, FAKE), [5.625, 5.625, 0.5, 0.25, 2.03125]
    )
    np.testing.assert_allclose(losses.least_squares_generator(FAKE), [0.25, 16, 1, 2.25, 0.5625])


def test_probabilities():
    real, fake = (1 / (1 + np.exp(-scores.astype(np.float64))) for scores in (REAL, FAKE))
    np.testing.assert_allclose(losses.probability_discriminator(REAL, FAKE), 1 - real + fake, rtol=1e-5)
    np.testing.assert_allclose(losses.probability_generator(FAKE), 1 - fake, rtol=1e-5)


def test_relative_to_average():
    real, fake = losses.relative_to_average(np.float32([1, 3]), np.float32([-4, 0]))
    np.testing.assert_array_equal(real, [3, 5])
    np.testing.assert_array_equal(fake, [-6, -2])


@pytest.mark.shared
def test_enlightengan_losses(shared):
    vectors = np.load(shared / "golden/enlightengan/losses/io.npz")
    real, fake = vectors["pred_real"], vectors["pred_fake"]
    relative = losses.relative_to_average(real, fake)
    found = {
        "loss_D_ls": losses.least_squares_discriminator(real, fake),
        "loss_G_ls": losses.least_squares_generator(fake),
        "loss_D_ragan_ls": losses.least_squares_discriminator(*relative),
        "loss_G_ragan_ls": losses.least_squares_discriminator(*relative[::-1]),
    }
    for name, values in found.items():
        np.testing.assert_allclose(np.mean(values), vectors[name][0], rtol=1e-5, err_msg=name)
