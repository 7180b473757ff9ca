"""Whole games on a critic small enough to work out in numpy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax import losses

N, K = 4, 3
RANDOM = np.random.RandomState(0)
WEIGHTS = RANDOM.randn(12, 1 + K).astype(np.float32)
REAL, FAKE = (RANDOM.randn(N, 2, 2, 3).astype(np.float32) for _ in range(2))
U = RANDOM.rand(N).astype(np.float32)
LABELS = np.eye(K, dtype=np.float32)[[0, 2, 1, 1]]
OUT_REAL, OUT_FAKE = (x.reshape(N, 12) @ WEIGHTS for x in (REAL, FAKE))
SQUARED_NORM = (WEIGHTS[:, 0] ** 2).sum()


def critic(images, weights=WEIGHTS):
    """A linear critic: its gradient is column 0 of `weights` everywhere."""
    return images.reshape(len(images), -1) @ weights


def softplus(x):
    return np.log1p(np.exp(x))


def cross_entropy(logits):
    return np.log(np.exp(logits).sum(1)) - (logits * LABELS).sum(1)


EXPECTED = {
    "wgan-gp": (
        OUT_FAKE[:, 0].mean()
        - OUT_REAL[:, 0].mean()
        + 10 * (np.sqrt(SQUARED_NORM) - 1) ** 2
        + 1e-3 * (OUT_REAL[:, 0] ** 2).mean(),
        -OUT_FAKE[:, 0].mean(),
    ),
    "non-saturating-r1": (
        softplus(-OUT_REAL[:, 0]).mean() + softplus(OUT_FAKE[:, 0]).mean() + 5 * SQUARED_NORM,
        softplus(-OUT_FAKE[:, 0]).mean(),
    ),
    "hinge": (
        np.maximum(0, 1 - OUT_REAL[:, 0]).mean() + np.maximum(0, 1 + OUT_FAKE[:, 0]).mean(),
        -OUT_FAKE[:, 0].mean(),
    ),
    "least-squares": (
        (((OUT_REAL[:, 0] - 1) ** 2).mean() + (OUT_FAKE[:, 0] ** 2).mean()) / 2,
        ((OUT_FAKE[:, 0] - 1) ** 2).mean(),
    ),
    "relativistic-average": (
        softplus(OUT_FAKE[:, 0].mean() - OUT_REAL[:, 0]).mean()
        + softplus(OUT_FAKE[:, 0] - OUT_REAL[:, 0].mean()).mean(),
        softplus(OUT_REAL[:, 0] - OUT_FAKE[:, 0].mean()).mean()
        + softplus(OUT_REAL[:, 0].mean() - OUT_FAKE[:, 0]).mean(),
    ),
}


@pytest.mark.parametrize("name", losses.GAMES)
def test_losses_follow_their_formulas(name):
    game = losses.GAMES[name]()
    d_loss, d_metrics = game.discriminator_loss(critic, REAL, FAKE, U)
    g_loss, g_metrics = game.generator_loss(critic, FAKE, REAL)
    np.testing.assert_allclose(d_loss, EXPECTED[name][0], rtol=1e-5)
    np.testing.assert_allclose(g_loss, EXPECTED[name][1], rtol=1e-5)
    assert d_metrics["d_loss"] == d_loss
    assert g_metrics["g_loss"] == g_loss
    np.testing.assert_allclose(d_metrics["d_real"], OUT_REAL[:, 0].mean(), rtol=1e-4)
    np.testing.assert_allclose(d_metrics["d_fake"], OUT_FAKE[:, 0].mean(), rtol=1e-4)
    for value in (d_metrics | g_metrics).values():
        assert value.shape == ()
        assert value.dtype == jnp.float32


@pytest.mark.parametrize("name", losses.GAMES)
def test_labels_add_the_classification_term_to_both_sides(name):
    game = losses.GAMES[name](class_weight=0.5)
    d_loss, d_metrics = game.discriminator_loss(critic, REAL, FAKE, U, LABELS)
    g_loss, g_metrics = game.generator_loss(critic, FAKE, REAL, LABELS)
    d_class = 0.5 * (cross_entropy(OUT_REAL[:, 1:]) + cross_entropy(OUT_FAKE[:, 1:])).mean()
    g_class = 0.5 * cross_entropy(OUT_FAKE[:, 1:]).mean()
    np.testing.assert_allclose(d_metrics["d_class"], d_class, rtol=1e-5)
    np.testing.assert_allclose(g_metrics["g_class"], g_class, rtol=1e-5)
    np.testing.assert_allclose(d_loss, EXPECTED[name][0] + d_class, rtol=1e-5)
    np.testing.assert_allclose(g_loss, EXPECTED[name][1] + g_class, rtol=1e-5)


@pytest.mark.parametrize("name", losses.GAMES)
def test_a_critic_may_give_one_score_an_image(name):
    game = losses.GAMES[name]()
    loss, _ = game.discriminator_loss(lambda x: critic(x)[:, 0], REAL, FAKE, U)
    np.testing.assert_allclose(loss, EXPECTED[name][0], rtol=1e-5)


@pytest.mark.parametrize("name", losses.GAMES)
def test_gradients_by_the_weights_match_differences(name):
    """Central differences of the loss along one direction: penalties are differentiated a second time."""
    game = losses.GAMES[name]()

    def curved(weights, images):
        return jnp.tanh(images.reshape(N, 12) @ weights)

    @jax.jit
    def loss(weights):
        return game.discriminator_loss(functools.partial(curved, weights), REAL, FAKE, U)[0]

    direction = np.random.RandomState(1).randn(*WEIGHTS.shape).astype(np.float32)
    small = WEIGHTS / 3
    slope = (jax.grad(loss)(small) * direction).sum()
    with jax.enable_x64(True):
        up, down = (loss(small.astype(np.float64) + sign * 1e-4 * direction) for sign in (1, -1))
    np.testing.assert_allclose(slope, (up - down) / 2e-4, rtol=1e-3, atol=1e-3)


def test_weights_of_the_factories():
    d_loss, metrics = losses.wgan_gp(penalty=3.0, drift=0.0, target=4.0).discriminator_loss(
        critic, REAL, FAKE, U
    )
    penalty = 3 * (np.sqrt(SQUARED_NORM) / 4 - 1) ** 2
    np.testing.assert_allclose(metrics["penalty"], penalty, rtol=1e-5)
    np.testing.assert_allclose(d_loss, OUT_FAKE[:, 0].mean() - OUT_REAL[:, 0].mean() + penalty, rtol=1e-4)
    _, metrics = losses.hinge(r1=2.0).discriminator_loss(critic, REAL, FAKE, U)
    np.testing.assert_allclose(metrics["penalty"], SQUARED_NORM, rtol=1e-5)


def test_the_relativistic_game_takes_other_judges():
    game = losses.relativistic_average(judge=losses.hinge_discriminator)
    g_loss, _ = game.generator_loss(critic, FAKE, REAL)
    real, fake = OUT_REAL[:, 0], OUT_FAKE[:, 0]
    expected = np.maximum(0, 1 - (fake - real.mean())) + np.maximum(0, 1 + (real - fake.mean()))
    np.testing.assert_allclose(g_loss, expected.mean(), rtol=1e-5)


@pytest.mark.shared
def test_one_step_of_pytorch_gan_zoo(shared):
    """The critic's losses with a whole network; the zoo sums over its batch of 8 what we average."""
    folder = shared / "golden/pgan_zoo/train_step_16px"
    vectors = np.load(folder / "io.npz")
    networks = []
    for part in ("generator_raw", "discriminator"):
        model = ganjax.load(folder / "checkpoint.pth", part=part)
        networks.append(functools.partial(model.net.apply, model.variables))
    generate, score = networks

    @jax.jit
    def losses_of(real, latents, u):
        return losses.wgan_gp().discriminator_loss(score, real, generate(latents), u)

    real = vectors["real"].transpose(0, 2, 3, 1)
    loss, metrics = losses_of(real, vectors["latents_D"], vectors["gp_alpha"][:, 0])
    np.testing.assert_allclose(8 * loss, vectors["loss/lossD"][0], rtol=1e-5)
    np.testing.assert_allclose(-8 * metrics["d_real"], vectors["loss/lossD_real"][0], rtol=1e-5)
    np.testing.assert_allclose(8 * metrics["d_fake"], vectors["loss/lossD_fake"][0], rtol=1e-5)
    np.testing.assert_allclose(8 * metrics["penalty"], vectors["loss/lossD_Grad"][0], rtol=1e-5)
    np.testing.assert_allclose(8 * metrics["drift"], vectors["loss/lossD_Epsilon"][0], rtol=1e-5)
