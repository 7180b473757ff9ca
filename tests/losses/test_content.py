"""Games of restoration against sums worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.losses import least_squares, restoring

FAKE, REAL = jnp.full((2, 2, 2, 3), 0.75), jnp.ones((2, 2, 2, 3))


def content(fake: jax.Array, real: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
    loss = jnp.abs(fake - real).mean()
    return loss, {"g_pixel": loss}


def score(images: jax.Array) -> jax.Array:
    return 2 * images.mean((1, 2, 3))


def test_alone_content_is_all_and_the_discriminator_waits() -> None:
    game = restoring(content)
    loss, metrics = game.generator_loss(score, FAKE, REAL)
    assert game.discriminator_loss is None
    np.testing.assert_allclose(loss, 0.25)
    assert set(metrics) == {"g_loss", "g_pixel"}


def test_the_adversarial_part_is_added_with_its_weight() -> None:
    rival = least_squares()
    game = restoring(content, rival, adversarial=0.1)
    loss, metrics = game.generator_loss(score, FAKE, REAL)
    # Scores of 1.5: (1.5 - 1)^2 = 0.25.
    np.testing.assert_allclose(metrics["g_adversarial"], 0.025, rtol=1e-6)
    np.testing.assert_allclose(loss, 0.275, rtol=1e-6)
    assert game.discriminator_loss is rival.discriminator_loss
