"""Games: what the two sides of a GAN minimise, as a pair of pure functions that a train step calls."""

import dataclasses
from collections.abc import Callable
from typing import Protocol

import jax
import jax.numpy as jnp

from ganjax.losses import adversarial
from ganjax.losses.auxiliary import class_cross_entropy
from ganjax.losses.penalties import Score, gradient_penalty, scores, squared_gradient

Metrics = dict[str, jax.Array]
Pair = Callable[[jax.Array, jax.Array], jax.Array]


class DiscriminatorLoss(Protocol):
    """What the discriminator minimises."""

    def __call__(
        self, score: Score, real: jax.Array, fake: jax.Array, u: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, Metrics]: ...


class GeneratorLoss(Protocol):
    """What the generator minimises."""

    def __call__(
        self, score: Score, fake: jax.Array, real: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, Metrics]: ...


@dataclasses.dataclass(frozen=True)
class Game:
    """The two losses, each giving (scalar, metrics), float32, averaged over the batch.

    Without a discriminator loss the discriminator waits: `ganjax.losses.content`.

    `score` maps images [N, H, W, C] in the network's range to scores [N] or outputs [N, 1 + K]; `u` [N] is
    uniform in [0, 1) and places the gradient penalty. With `labels` [N, K], one-hot, the classification
    term of AC-GAN is added: they are the classes of `real` and those that `fake` was generated with.

    Metrics are scalars: `d_loss`, `d_real` and `d_fake` (mean scores), and where they apply `penalty`,
    `drift` and `d_class` with their weights in; `g_loss`, `g_class`.
    """

    discriminator_loss: DiscriminatorLoss | None
    generator_loss: GeneratorLoss


def wgan_gp(
    *, penalty: float = 10.0, drift: float = 1e-3, target: float = 1.0, class_weight: float = 1.0
) -> Game:
    """Wasserstein distance with gradient penalty, the game of PGAN (arXiv:1710.10196, appendix A.1).

    `drift` weighs the mean squared score of real images, which keeps the critic near zero; `target` is the
    gradient norm aimed at (750 for PGAN on CIFAR-10).
    """
    return Game(
        _discriminator_loss(
            adversarial.wasserstein_discriminator,
            penalty=penalty,
            target=target,
            drift=drift,
            class_weight=class_weight,
        ),
        _generator_loss(adversarial.wasserstein_generator, class_weight=class_weight),
    )


def non_saturating_r1(*, gamma: float = 10.0, class_weight: float = 1.0) -> Game:
    """The logistic game with gamma / 2 times the R1 penalty (Mescheder et al. 2018, arXiv:1801.04406)."""
    return Game(
        _discriminator_loss(adversarial.logistic_discriminator, r1=gamma, class_weight=class_weight),
        _generator_loss(adversarial.non_saturating_generator, class_weight=class_weight),
    )


def hinge(*, r1: float = 0.0, class_weight: float = 1.0) -> Game:
    """The hinge game (Lim and Ye 2017, arXiv:1705.02894), with r1 / 2 times the R1 penalty if wanted."""
    return Game(
        _discriminator_loss(adversarial.hinge_discriminator, r1=r1, class_weight=class_weight),
        _generator_loss(adversarial.wasserstein_generator, class_weight=class_weight),
    )


def least_squares(*, class_weight: float = 1.0) -> Game:
    """Scores regressed to 1 for real and 0 for fake (Mao et al. 2017, arXiv:1611.04076)."""
    return Game(
        _discriminator_loss(adversarial.least_squares_discriminator, class_weight=class_weight),
        _generator_loss(adversarial.least_squares_generator, class_weight=class_weight),
    )


def relativistic_average(
    *, judge: Pair = adversarial.logistic_discriminator, class_weight: float = 1.0
) -> Game:
    """Is this image more real than the average of the other side? (arXiv:1807.00734, section 4)

    `judge` is any `*_discriminator` function: logistic gives RaSGAN as in ESRGAN, hinge RaHingeGAN, least
    squares the global discriminator of EnlightenGAN. The generator looks at real images too.
    """

    def discriminator(real: jax.Array, fake: jax.Array) -> jax.Array:
        return judge(*adversarial.relative_to_average(real, fake))

    def generator_loss(
        score: Score, fake: jax.Array, real: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, Metrics]:
        outputs = score(fake)
        real_relative, fake_relative = adversarial.relative_to_average(scores(score(real)), scores(outputs))
        loss = judge(fake_relative, real_relative).mean()
        return _generator_result(loss, outputs, labels, class_weight)

    return Game(_discriminator_loss(discriminator, class_weight=class_weight), generator_loss)


GAMES: dict[str, Callable[..., Game]] = {
    "wgan-gp": wgan_gp,
    "non-saturating-r1": non_saturating_r1,
    "hinge": hinge,
    "least-squares": least_squares,
    "relativistic-average": relativistic_average,
}


def _discriminator_loss(
    adversary: Pair,
    *,
    penalty: float = 0.0,
    target: float = 1.0,
    drift: float = 0.0,
    r1: float = 0.0,
    class_weight: float,
) -> DiscriminatorLoss:
    """The sum of the terms whose weights are not 0; those of weight 0 cost nothing."""

    def loss_and_metrics(
        score: Score, real: jax.Array, fake: jax.Array, u: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, Metrics]:
        terms: Metrics = {}
        if r1:
            real_outputs, squared = squared_gradient(score, real)
            terms["penalty"] = r1 / 2 * squared.mean()
        else:
            real_outputs = score(real)
        fake_outputs = score(fake)
        real_scores, fake_scores = scores(real_outputs), scores(fake_outputs)
        if penalty:
            terms["penalty"] = penalty * gradient_penalty(score, real, fake, u, target=target).mean()
        if drift:
            terms["drift"] = drift * jnp.square(real_scores).mean()
        if labels is not None:
            wrong = class_cross_entropy(real_outputs[:, 1:], labels)
            wrong += class_cross_entropy(fake_outputs[:, 1:], labels)
            terms["d_class"] = class_weight * wrong.mean()
        loss = adversary(real_scores, fake_scores).mean() + sum(terms.values())
        return loss, {"d_loss": loss, "d_real": real_scores.mean(), "d_fake": fake_scores.mean(), **terms}

    return loss_and_metrics


def _generator_loss(adversary: Callable[[jax.Array], jax.Array], *, class_weight: float) -> GeneratorLoss:
    def loss_and_metrics(
        score: Score, fake: jax.Array, real: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, Metrics]:
        outputs = score(fake)
        return _generator_result(adversary(scores(outputs)).mean(), outputs, labels, class_weight)

    return loss_and_metrics


def _generator_result(
    loss: jax.Array, outputs: jax.Array, labels: jax.Array | None, class_weight: float
) -> tuple[jax.Array, Metrics]:
    """`loss` with the classification term added where there are labels, and the metrics."""
    if labels is None:
        return loss, {"g_loss": loss}
    wrong = class_weight * class_cross_entropy(outputs[:, 1:], labels).mean()
    return loss + wrong, {"g_loss": loss + wrong, "g_class": wrong}
