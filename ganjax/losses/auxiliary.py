"""Terms that some games add to the adversarial one."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np


def class_cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Softmax cross-entropy of class logits [N, K] against one-hot labels [N, K]: [N] float32.

    The auxiliary classifier of AC-GAN (Odena et al. 2017, arXiv:1610.09585, eq. 3). The logits are the
    discriminator's outputs after the score. pytorch_GAN_zoo reads them from column 0 on, where score and
    first logit share a column: to train such a file on, hand the game outputs that repeat that column.
    """
    return -(labels * jax.nn.log_softmax(logits.astype("float32"))).sum(-1)


def facts_loss(
    logits: jax.Array, facts: jax.Array, weights: Sequence[np.ndarray]
) -> tuple[jax.Array, jax.Array]:
    """(cross-entropy, share that is read rightly): the first is a mean over groups, in each over images.

    As the loss of the auxiliary classifier in AC-GAN (Odena et al. 2017, arXiv:1610.09585, eq. 3), for
    several classes at once.

    Args:
      logits: of the words of all groups, one group after the other, [N, W].
      facts: the number of the word that holds in each group, int32 [N, G]; -1 where that is not known.
      weights: for each group how much its words count, [words].
    """
    known = facts >= 0
    costs, right = [], []
    ends = np.cumsum([len(each) for each in weights])
    for group, part in enumerate(jnp.split(logits, ends[:-1], 1)):
        place, there = jnp.maximum(facts[:, group], 0), known[:, group]
        likely = jnp.take_along_axis(jax.nn.log_softmax(part), place[:, None], 1)[:, 0]
        costs.append(
            jnp.sum(-likely * jnp.asarray(weights[group])[place], where=there) / jnp.sum(there).clip(1)
        )
        right.append(jnp.argmax(part, 1) == place)
    return jnp.mean(jnp.stack(costs)), jnp.sum(jnp.stack(right, 1), where=known) / jnp.sum(known).clip(1)
