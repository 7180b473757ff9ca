"""Losses: pure functions of arrays and of a `score` callable; they know no network and no framework."""

from ganjax.losses.adversarial import (
    hinge_discriminator,
    least_squares_discriminator,
    least_squares_generator,
    logistic_discriminator,
    non_saturating_generator,
    probability_discriminator,
    probability_generator,
    relative_to_average,
    wasserstein_discriminator,
    wasserstein_generator,
)
from ganjax.losses.auxiliary import class_cross_entropy, facts_loss
from ganjax.losses.content import restoring
from ganjax.losses.enlightengan import draw_places, patches, self_feature_preserving
from ganjax.losses.games import (
    GAMES,
    Game,
    hinge,
    least_squares,
    non_saturating_r1,
    relativistic_average,
    wgan_gp,
)
from ganjax.losses.matching import (
    contrastive,
    damsm,
    sentence_similarity,
    words_similarity,
)
from ganjax.losses.matching_aware import MatchingAware
from ganjax.losses.mode_seeking import mode_seeking
from ganjax.losses.penalties import gradient_penalty, scores, squared_gradient
from ganjax.losses.perceptual import perceptual
from ganjax.losses.pixel import charbonnier, l1, l2, total_variation
from ganjax.losses.restoration import restoration

__all__ = [
    "GAMES",
    "Game",
    "MatchingAware",
    "charbonnier",
    "class_cross_entropy",
    "contrastive",
    "damsm",
    "draw_places",
    "facts_loss",
    "gradient_penalty",
    "hinge",
    "hinge_discriminator",
    "l1",
    "l2",
    "least_squares",
    "least_squares_discriminator",
    "least_squares_generator",
    "logistic_discriminator",
    "mode_seeking",
    "non_saturating_generator",
    "non_saturating_r1",
    "patches",
    "perceptual",
    "probability_discriminator",
    "probability_generator",
    "relative_to_average",
    "relativistic_average",
    "restoration",
    "restoring",
    "scores",
    "self_feature_preserving",
    "sentence_similarity",
    "squared_gradient",
    "total_variation",
    "wasserstein_discriminator",
    "wasserstein_generator",
    "wgan_gp",
    "words_similarity",
]
