"""Penalties on the gradient of the score with respect to the images, per image, before weight and mean.

Shapes: images [N, ...], result [N] float32. `score` maps images to scores [N], or to [..., 1 + K] with the
score in column 0 and class logits behind it. All use the gradient of the SUM of the scores, as the
reference implementations do: one backward pass gives every image its own gradient. Where images meet
inside the discriminator (minibatch standard deviation), the terms across images are part of it.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

Score = Callable[[jax.Array], jax.Array]


def scores(outputs: jax.Array) -> jax.Array:
    """The scores, float32, among a discriminator's outputs: all of [N], or column 0 of [..., 1 + K]."""
    return (outputs if outputs.ndim == 1 else outputs[..., 0]).astype(jnp.float32)


def gradient_penalty(
    score: Score, real: jax.Array, fake: jax.Array, u: jax.Array, *, target: float = 1.0
) -> jax.Array:
    """How far the gradient's norm is from `target` between real and fake images: (norm / target - 1)^2.

    Taken at u real + (1 - u) fake, with `u` [N] uniform in [0, 1). Gulrajani et al. 2017,
    arXiv:1704.00028, eq. 3; division by `target` as in tkarras/progressive_growing_of_gans, loss.py.
    """
    u = u.reshape(-1, *(1,) * (real.ndim - 1))
    _, squared = squared_gradient(score, u * real + (1 - u) * fake)
    return jnp.square(_root(squared) / target - 1)


def squared_gradient(score: Score, images: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The discriminator's outputs for `images`, and the squared norm [N] of the gradient of their scores.

    Both, as one forward pass gives both. On real images the second is the R1 penalty, on generated ones R2
    (Mescheder et al. 2018, arXiv:1801.04406, eq. 9), there with the weight gamma / 2.
    """

    def total(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        outputs = score(x)
        return scores(outputs).sum(), outputs

    gradient, outputs = jax.grad(total, has_aux=True)(images)
    return outputs, jnp.square(gradient.astype(jnp.float32)).sum(tuple(range(1, images.ndim)))


def _root(squared: jax.Array) -> jax.Array:
    """The square root with derivative 0 at 0, where the true one is infinite and 0 * inf would be NaN.

    Exact everywhere else: an epsilon under the root would shift every norm. A critic that is flat
    around an image (at the start, or behind dead units) then gets the full penalty but no direction.
    """
    positive = squared > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), 0)
