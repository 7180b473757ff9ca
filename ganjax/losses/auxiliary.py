"""Terms that some games add to the adversarial one."""

import jax


def class_cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Softmax cross-entropy of class logits [N, K] against one-hot labels [N, K]: [N] float32.

    The auxiliary classifier of AC-GAN (Odena et al. 2017, arXiv:1610.09585, eq. 3). The logits are the
    discriminator's outputs after the score. pytorch_GAN_zoo reads them from column 0 on, where score and
    first logit share a column: to train such a file on, hand the game outputs that repeat that column.
    """
    return -(labels * jax.nn.log_softmax(logits.astype("float32"))).sum(-1)
