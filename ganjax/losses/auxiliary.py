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


def facts_loss(logits: jax.Array, facts: jax.Array, sizes: Sequence[int]) -> tuple[jax.Array, jax.Array]:
    """(cross-entropy, share that is read rightly), both means over all facts that are known.

    As the loss of the auxiliary classifier in AC-GAN (Odena et al. 2017, arXiv:1610.09585, eq. 3), for
    several classes at once.

    Args:
      logits: of the words of all groups, one group after the other, [N, W].
      facts: the number of the word that holds in each group, int32 [N, G]; -1 where that is not known.
      sizes: the number of words of each group, W together.
    """
    known = facts >= 0
    costs, right = [], []
    for group, part in enumerate(jnp.split(logits, np.cumsum(sizes)[:-1], 1)):
        place = jnp.maximum(facts[:, group], 0)
        costs.append(-jnp.take_along_axis(jax.nn.log_softmax(part), place[:, None], 1)[:, 0])
        right.append(jnp.argmax(part, 1) == place)
    count = jnp.maximum(jnp.sum(known), 1)
    cost, hits = (jnp.where(known, jnp.stack(each, 1), 0).sum() / count for each in (costs, right))
    return cost, hits
