"""What a network that restores images minimises beside the adversarial term: likeness to the target.

The published sets of weights, each with its adversarial loss of `losses.adversarial`:

| | pixel | perceptual | variation | adversarial |
|---|---|---|---|---|
| SRResNet | `l2`: 1 | | | |
| SRGAN (leftthomas/SRGAN, loss.py) | `l2`: 1 | `l2`: 0.006 | 2e-8 | `probability_generator`: 0.001 |
| ESRGAN (BasicSR, train_ESRGAN_x4.yml) | `l1`: 0.01 | `l1`: 1 | | `relativistic_average()`: 0.0025 |
| Real-ESRGAN (train_realesrgan_x4plus.yml) | `l1`: 1 | `l1`: 1 | | `non_saturating_generator`: 0.1 |

The file for ESRGAN says 0.005, but BasicSR halves the sum of the two sides of its relativistic game, as ours
does not.
"""

from collections.abc import Sequence

import jax

from ganjax.core.errors import UsageError
from ganjax.losses.perceptual import Difference, Features, perceptual
from ganjax.losses.pixel import l1, total_variation

Metrics = dict[str, jax.Array]


def restoration(
    outputs: jax.Array,
    targets: jax.Array,
    *,
    difference: Difference = l1,
    pixel: float = 1.0,
    perception: float = 0.0,
    variation: float = 0.0,
    features: Features | None = None,
    layers: Sequence[float] = (1.0,),
) -> tuple[jax.Array, Metrics]:
    """(scalar, metrics) of images and targets [N, H, W, C] of one range; terms of weight 0 cost nothing.

    Args:
      outputs: what the network made.
      targets: what it should have made.
      difference: of pixels and of activations, elementwise.
      pixel: weight of the mean difference of pixels.
      perception: weight of the `perceptual` loss, which needs `features`.
      variation: weight of the `total_variation` of the outputs.
      features: maps images to activations [N, h, w, C].
      layers: weight of each activation.

    Returns:
      The sum of the terms, and `g_pixel`, `g_perceptual` and `g_variation` with their weights in.

    Raises:
      UsageError: `perception` without `features`, or not as many `layers` as activations.
    """
    terms: Metrics = {}
    if pixel:
        terms["g_pixel"] = pixel * difference(outputs, targets).mean()
    if perception:
        if features is None:
            raise UsageError("A perceptual loss needs the features of a classifier.")
        seen = perceptual(features, outputs, targets, weights=layers, difference=difference)
        terms["g_perceptual"] = perception * seen.mean()
    if variation:
        terms["g_variation"] = variation * total_variation(outputs).mean()
    return sum(terms.values(), jax.numpy.zeros(())), terms
