"""The adversarial part of the losses: functions of discriminator scores, elementwise, before any mean.

Scores have any shape S ([N] for one score an image, [N, h, w] for a map of patches) and are raw, before
any sigmoid; `real` are scores of real images and `fake` of generated ones. Results have shape S, float32.
"""

import jax
import jax.numpy as jnp


def wasserstein_discriminator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """The critic widens the gap: fake - real (Arjovsky et al. 2017, arXiv:1701.07875, eq. 3)."""
    return fake - real


def wasserstein_generator(fake: jax.Array) -> jax.Array:
    """The generator raises its scores: -fake. The hinge game has the same generator."""
    return -fake


def logistic_discriminator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Binary cross-entropy with real as 1 and fake as 0 (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1)."""
    return jax.nn.softplus(-real) + jax.nn.softplus(fake)


def non_saturating_generator(fake: jax.Array) -> jax.Array:
    """-log D(fake) in place of log(1 - D(fake)), whose gradient dies early (arXiv:1406.2661, section 3)."""
    return jax.nn.softplus(-fake)


def hinge_discriminator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """Only scores inside the margin count: max(0, 1 - real) + max(0, 1 + fake) (arXiv:1705.02894)."""
    return jax.nn.relu(1 - real) + jax.nn.relu(1 + fake)


def least_squares_discriminator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """((real - 1)^2 + fake^2) / 2 (Mao et al. 2017, arXiv:1611.04076, eq. 9)."""
    return (jnp.square(real - 1) + jnp.square(fake)) / 2


def least_squares_generator(fake: jax.Array) -> jax.Array:
    """(fake - 1)^2: without the paper's factor 1/2, as CycleGAN and EnlightenGAN train it."""
    return jnp.square(fake - 1)


def probability_discriminator(real: jax.Array, fake: jax.Array) -> jax.Array:
    """1 - D(real) + D(fake) with D the sigmoid of the score, as leftthomas/SRGAN, train.py, trains it."""
    return 1 - jax.nn.sigmoid(real) + jax.nn.sigmoid(fake)


def probability_generator(fake: jax.Array) -> jax.Array:
    """1 - D(fake) with D the sigmoid of the score: leftthomas/SRGAN, loss.py."""
    return 1 - jax.nn.sigmoid(fake)


def relative_to_average(real: jax.Array, fake: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Each score less the mean score of the other side: (real - mean(fake), fake - mean(real)).

    A relativistic game (Jolicoeur-Martineau 2018, arXiv:1807.00734) puts these into a `*_discriminator`
    function, and for its generator the same two with the sides exchanged.
    """
    return real - fake.mean(), fake - real.mean()
