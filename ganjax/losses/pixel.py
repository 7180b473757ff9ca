"""Losses between images and their targets, pixel by pixel and before any mean.

Images are [N, H, W, C] in any range, the same for both; results are float32.
"""

import jax
import jax.numpy as jnp


def l1(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """|a - b|, [N, H, W, C]: the pixel loss of ESRGAN and Real-ESRGAN."""
    return jnp.abs(_difference(outputs, targets))


def l2(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """(a - b)^2, [N, H, W, C]: the pixel loss of SRResNet and SRGAN, which PSNR rewards."""
    return jnp.square(_difference(outputs, targets))


def charbonnier(outputs: jax.Array, targets: jax.Array, *, epsilon: float = 1e-12) -> jax.Array:
    """sqrt((a - b)^2 + epsilon), [N, H, W, C]: `l1` with a gradient everywhere.

    Lai et al. 2017, arXiv:1704.03915, eq. 1, where the root of `epsilon` is 1e-3; 1e-12 is the default of
    XPixelGroup/BasicSR, basicsr/losses/basic_loss.py.
    """
    return jnp.sqrt(jnp.square(_difference(outputs, targets)) + epsilon)


def total_variation(images: jax.Array) -> jax.Array:
    """Mean squared step between neighbours, down and across, added up and doubled: [N].

    As in leftthomas/SRGAN, loss.py. The total variation of the literature has absolute steps.
    """
    images = images.astype(jnp.float32)
    down, across = (jnp.square(jnp.diff(images, axis=axis)).mean((1, 2, 3)) for axis in (1, 2))
    return 2 * (down + across)


def _difference(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    return outputs.astype(jnp.float32) - targets.astype(jnp.float32)
