"""Games for networks that restore pictures: likeness to the target, and an adversary at will."""

from collections.abc import Callable

import jax

from ganjax.losses.games import Game, Metrics
from ganjax.losses.penalties import Score

Content = Callable[[jax.Array, jax.Array], tuple[jax.Array, Metrics]]


def restoring(content: Content, game: Game | None = None, *, adversarial: float = 1.0) -> Game:
    """A game whose generator minimises `content` plus `adversarial` times what it minimises in `game`.

    `content` takes the images made and their targets, both [N, H, W, C] in one range, and gives (scalar,
    metrics), as `losses.restoration` does with its other arguments bound. Without `game` it stands alone, and
    the discriminator waits. Metrics of the generator: `g_loss`, `g_adversarial` with its weight in, and the
    content's.

    Source: Ledig et al. 2017, arXiv:1609.04802, eq. 3; Wang et al. 2018, arXiv:1809.00219, eq. 3.
    """

    def generator_loss(
        score: Score, fake: jax.Array, real: jax.Array, labels: jax.Array | None = None
    ) -> tuple[jax.Array, Metrics]:
        loss, metrics = content(fake, real)
        if game is not None:
            won = adversarial * game.generator_loss(score, fake, real, labels)[0]
            loss, metrics = loss + won, {**metrics, "g_adversarial": won}
        return loss, {"g_loss": loss, **metrics}

    return Game(None if game is None else game.discriminator_loss, generator_loss)
