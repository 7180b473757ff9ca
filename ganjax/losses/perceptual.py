"""Losses between what a classifier sees in images and in their targets.

`features` maps images to activations, a sequence of [N, h, w, C]; which network, which layers, before or
after the activation, and what it does with the range of the images first, is the caller's choice. In
circulation:

| | layers and weights | before the activation | difference | weight of the loss |
|---|---|---|---|---|
| SRGAN (leftthomas/SRGAN; images not normalised) | VGG-16 `pool5`: 1 | no | `l2` | 0.006 |
| ESRGAN (BasicSR) | VGG-19 `conv5_4`: 1 | yes | `l1` | 1 |
| Real-ESRGAN | VGG-19 `conv1_2`, `conv2_2`: 0.1; `conv3_4`, `conv4_4`, `conv5_4`: 1 | yes | `l1` | 1 |

EnlightenGAN compares otherwise: `losses.enlightengan.self_feature_preserving`.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from ganjax.core.errors import UsageError
from ganjax.losses.pixel import l1

Features = Callable[[jax.Array], Sequence[jax.Array]]
Difference = Callable[[jax.Array, jax.Array], jax.Array]


def perceptual(
    features: Features,
    outputs: jax.Array,
    targets: jax.Array,
    *,
    weights: Sequence[float] = (1.0,),
    difference: Difference = l1,
) -> jax.Array:
    """The mean `difference` of each activation, times its weight, added up: [N] float32.

    `weights` are one for each activation; `difference` is elementwise, as those of `losses.pixel` are.
    Source: Johnson et al. 2016, arXiv:1603.08155, eq. 2; Wang et al. 2018, arXiv:1809.00219, section 3.3.

    Raises:
      UsageError: there are not as many weights as activations.
    """
    seen, wanted = features(outputs), features(targets)
    if len(seen) != len(weights):
        raise UsageError(
            f"A perceptual loss of {len(seen)} activations needs as many weights, not {len(weights)}."
        )
    return sum(
        (
            weight * difference(a, b).mean(tuple(range(1, a.ndim)))
            for weight, a, b in zip(weights, seen, wanted, strict=True)
        ),
        jnp.zeros(len(outputs)),
    )
