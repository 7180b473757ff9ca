"""LPIPS: the distance between the activations of a classifier that has seen both images, as people judge it.

Near 0 for images that look alike, about 0.7 for unrelated ones; lower is better. It knows no network:
`features` maps images to the activations of one, `weights` say how much each channel counts.

Features are the distances `lpips` [N] of each pair, `mean.statistics` and `mean.merge` add them up,
`mean.value` is their mean. All is JAX and has a gradient, for use as a loss.

Source: Zhang et al. 2018, arXiv:1801.03924, eq. 1; the numbers follow version 0.1 of
richzhang/PerceptualSimilarity, lpips/lpips.py.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.core.errors import UsageError, unknown
from ganjax.core.images import as_unit

Features = Callable[[jax.Array], Sequence[jax.Array]]

LAYERS = {
    "alexnet": ("relu1", "relu2", "relu3", "relu4", "relu5"),
    "vgg16": ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"),
}

_PARAMETERS = Path(__file__).parent / "parameters/lpips.npz"
_EPSILON = 1e-10


def lpips(features: Features, weights: Sequence[Any], outputs: Any, targets: Any) -> jax.Array:
    """The distances [N] float32 of images [N, H, W, 3], uint8 or in [0, 1], from their targets.

    `features` maps images in [0, 1] to the activations [N, h, w, C] of `LAYERS`, in order. The classifier
    has to normalise its input with the mean and deviation of ImageNet, as torchvision's do: the scaling
    layer of the reference is that and nothing else. `weights` [C], one for each of them, come from
    `published_weights`.

    Raises:
      UsageError: the images differ in shape, or there are not as many weights as activations.
    """
    outputs, targets = as_unit(outputs), as_unit(targets)
    if outputs.shape != targets.shape:
        raise UsageError(f"LPIPS compares images of one shape, not {outputs.shape} with {targets.shape}.")
    pairs = list(zip(features(outputs), features(targets), strict=True))
    if len(pairs) != len(weights):
        raise UsageError(f"LPIPS needs weights for each of {len(pairs)} activations, not {len(weights)}.")
    layers = (
        (jnp.square(_unit(a) - _unit(b)) @ jnp.asarray(weight, jnp.float32)).mean((1, 2))
        for (a, b), weight in zip(pairs, weights, strict=True)
    )
    return sum(layers, jnp.zeros(len(outputs)))


def published_weights(network: str) -> list[np.ndarray]:
    """The weights [C] float32 of each of the `LAYERS` of "alexnet" or "vgg16", of version 0.1.

    Raises:
      UsageError: another network.
    """
    if network not in LAYERS:
        raise UsageError(unknown("LPIPS network", network, LAYERS))
    with np.load(_PARAMETERS) as parameters:
        return [parameters[f"{network}_{layer}"] for layer in LAYERS[network]]


def read_weights(state: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The weights [C] in a file of the reference: its tensors "lin0.model.1.weight" [1, C, 1, 1] and so on.

    Raises:
      UsageError: there are none.
    """
    names = [f"lin{i}.model.1.weight" for i in range(len(state))]
    found = [np.asarray(state[name], np.float32).reshape(-1) for name in names if name in state]
    if not found:
        raise UsageError("These are no LPIPS weights: they have no tensor lin0.model.1.weight.")
    return found


def _unit(x: jax.Array) -> jax.Array:
    """`x` [..., C] in float32 with vectors of length 1 along the last axis; 0 stays 0.

    The root has derivative 0 at 0: behind a ReLU whole vectors are 0, and 0 * inf would be NaN.
    """
    x = x.astype(jnp.float32)
    squared = jnp.square(x).sum(-1, keepdims=True)
    length = jnp.where(squared > 0, jnp.sqrt(jnp.where(squared > 0, squared, 1)), 0)
    return x / (length + _EPSILON)
