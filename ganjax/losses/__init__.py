"""Losses: pure functions of arrays and of a `score` callable; they know no network and no framework."""

from ganjax.losses.adversarial import (
    hinge_discriminator,
    least_squares_discriminator,
    least_squares_generator,
    logistic_discriminator,
    non_saturating_generator,
    relative_to_average,
    wasserstein_discriminator,
    wasserstein_generator,
)
from ganjax.losses.auxiliary import class_cross_entropy
from ganjax.losses.games import (
    GAMES,
    Game,
    hinge,
    least_squares,
    non_saturating_r1,
    relativistic_average,
    wgan_gp,
)
from ganjax.losses.penalties import gradient_penalty, scores, squared_gradient

__all__ = [
    "GAMES",
    "Game",
    "class_cross_entropy",
    "gradient_penalty",
    "hinge",
    "hinge_discriminator",
    "least_squares",
    "least_squares_discriminator",
    "least_squares_generator",
    "logistic_discriminator",
    "non_saturating_generator",
    "non_saturating_r1",
    "relative_to_average",
    "relativistic_average",
    "scores",
    "squared_gradient",
    "wasserstein_discriminator",
    "wasserstein_generator",
    "wgan_gp",
]
