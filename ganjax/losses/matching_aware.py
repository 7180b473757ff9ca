"""The game of DF-GAN: a discriminator that judges an image and a sentence together, by one score.

A real image with its own sentence is to be scored high, a generated one low, and so is a real image with the
sentence of another. The matching-aware gradient penalty keeps the score flat where real images meet their own
sentences: that is where the generator is to arrive.

Source: Tao et al. 2022, arXiv:2008.05865, eq. 1 and 2; tobran/DF-GAN, code/lib/modules.py.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp

from ganjax.losses.adversarial import hinge_discriminator, wasserstein_generator
from ganjax.losses.games import Metrics

Judge = Callable[..., jax.Array]


@dataclasses.dataclass(frozen=True)
class MatchingAware:
    """The one-way hinge game with mismatched pairs, a `ganjax.train.step.Game`.

    Its condition are sentence vectors [N, D]: those of the real images, of which the generated ones are made
    too. `score` is called in three ways, as the discriminator of `ganjax.models.dfgan` answers:

    * `score(images)`: features [N, ...];
    * `score(features, sentence=vectors, method="judge")`: scores [N] of images whose features are known;
    * `score(images, sentence=vectors)`: scores [N].

    Attributes:
      penalty: weight of the gradient penalty.
      power: that of the slope's norm of which the penalty is the mean.
    """

    penalty: float = 2.0
    power: float = 6.0

    def discriminator_loss(
        self,
        score: Judge,
        real: jax.Array,
        fake: jax.Array,
        mix: jax.Array,
        condition: jax.Array,
        *,
        asked: jax.Array | None = None,
    ) -> tuple[jax.Array, Metrics]:
        """(scalar, metrics): `d_loss`, the `penalty` in it, and mean scores.

        Those are `d_real`, `d_fake` and `d_mismatched`, of sentences with the real image that comes after
        their own, with the last the first. Real images are looked at once and judged twice. `mix` is
        not used: the penalty is taken at real images.

        Args:
          score: as above.
          real: images [N, H, W, C].
          fake: generated ones, as many.
          mix: not used.
          condition: the sentences of the real images.
          asked: those that the generated ones are made of [N, D], where they are others.
        """

        def total(images: jax.Array, sentence: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
            features = score(images)
            judged = score(features, sentence=sentence, method="judge")
            return judged.sum(), (judged, features)

        slopes, (matched, features) = jax.grad(total, (0, 1), has_aux=True)(real, condition)
        mismatched = score(jnp.roll(features, -1, 0), sentence=condition, method="judge")
        generated = score(fake, sentence=condition if asked is None else asked)
        hinges = hinge_discriminator(matched, generated) + hinge_discriminator(matched, mismatched)
        # One norm of both slopes, as of one vector.
        squared = jnp.stack([jnp.square(slope).sum(tuple(range(1, slope.ndim))) for slope in slopes]).sum(0)
        penalty = self.penalty * jnp.mean(squared ** (self.power / 2))
        loss = hinges.mean() / 2 + penalty
        return loss, {
            "d_loss": loss,
            "d_real": matched.mean(),
            "d_fake": generated.mean(),
            "d_mismatched": mismatched.mean(),
            "penalty": penalty,
        }

    def generator_loss(
        self, score: Judge, fake: jax.Array, real: jax.Array, condition: jax.Array
    ) -> tuple[jax.Array, Metrics]:
        """(scalar, metrics), as that of the hinge game; `real` is not used."""
        loss = wasserstein_generator(score(fake, sentence=condition)).mean()
        return loss, {"g_loss": loss}
