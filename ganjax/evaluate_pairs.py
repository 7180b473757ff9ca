"""Scores of restored images against what they should be, one by one and on average."""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from ganjax.core.errors import DataError, UsageError, unknown
from ganjax.core.types import Model
from ganjax.hub import load
from ganjax.metrics import mean
from ganjax.metrics.lpips import LAYERS, lpips, published_weights
from ganjax.metrics.niqe import niqe_grey, niqe_y
from ganjax.metrics.prepare import cropped
from ganjax.metrics.psnr import psnr_rgb, psnr_y
from ganjax.metrics.ssim import ssim_rgb, ssim_rgb_padded, ssim_y
from ganjax.models.vgg.net import CONFIGS

Measure = Callable[[np.ndarray, np.ndarray], Any]

MEASURES: dict[str, Measure] = {
    "psnr_rgb": psnr_rgb,
    "psnr_y": psnr_y,
    "ssim_rgb": ssim_rgb,
    "ssim_y": ssim_y,
    "ssim_rgb_padded": ssim_rgb_padded,
    "niqe_y": lambda outputs, _: niqe_y(outputs),
    "niqe_grey": lambda outputs, _: niqe_grey(outputs),
}
"""What needs no network: outputs and targets [1, H, W, C] to scores [1]. NIQE looks at the outputs alone."""

LPIPS = {f"lpips_{network}": network for network in LAYERS}
"""Measures by a network, and the published model that `score_pairs` loads for each."""

_NETWORKS = {CONFIGS["alexnet"][0]: "alexnet", CONFIGS["16"][0]: "vgg16"}


def score_pairs(
    outputs: Iterable[Any],
    targets: Iterable[Any],
    *,
    metrics: Sequence[str] | Mapping[str, Measure] = ("psnr_y", "ssim_y"),
    crop: int = 0,
) -> dict[str, Any]:
    """Scores images [H, W, C], uint8 or in [0, 1], each against the target of its size; sizes may differ.

    Floats are scored as they are; what is saved to files is `core.images.to_uint8` of them.

    Args:
      outputs: the images; read one at a time, so that a generator needs memory for one.
      targets: what they should be.
      metrics: names of `MEASURES` and `LPIPS`, or functions of one's own by name.
      crop: pixels of the border to leave out. Papers on super-resolution take the scale.

    Returns:
      {"images": N, "crop": crop, "mean": {name: mean over the images}, "each": {name: [N scores]}}.

    Raises:
      UsageError: an unknown metric, or images that one cannot take.
      DataError: no images, or not as many targets.
    """
    measures = dict(metrics) if isinstance(metrics, Mapping) else {name: _measure(name) for name in metrics}
    each: dict[str, list[float]] = {name: [] for name in measures}
    count = 0
    # The filler stands where one of the two ends before the other.
    for output, target in itertools.zip_longest(outputs, targets):
        if output is None or target is None:
            raise DataError("Every image needs a target and every target an image: one of the two has more.")
        pair = [cropped(np.asarray(image)[None], crop) for image in (output, target)]
        for name, measure in measures.items():
            each[name].append(float(measure(*pair)[0]))
        count += 1
    if not count:
        raise DataError("There are no images to score.")
    means = {name: mean.value(mean.statistics(np.array(scores))) for name, scores in each.items()}
    return {"images": count, "crop": crop, "mean": means, "each": each}


def lpips_of(model: Model) -> Measure:
    """LPIPS by the activations of `model`, the "features" of AlexNet or of VGG 16, as a measure.

    Raises:
      UsageError: another network, for which there are no published weights.
    """
    network = None
    if model.system == "vgg":
        network = _NETWORKS.get(dataclasses.replace(model.net.config, dtype="float32"))
    if network is None:
        raise UsageError(f"LPIPS has published weights for alexnet and vgg16, not for {model.name}.")
    features = functools.partial(model.net.apply, model.variables, layers=LAYERS[network])
    return jax.jit(functools.partial(lpips, features, published_weights(network)))


def table(scores: Mapping[str, Any]) -> str:
    """What `score_pairs` found on average, as lines of text."""
    lines = [f"{name:16}{value:10.4f}" for name, value in scores["mean"].items()]
    return "\n".join([*lines, "", f"{scores['images']} images, less a border of {scores['crop']} pixels."])


def _measure(name: str) -> Measure:
    if name in LPIPS:
        return lpips_of(load(LPIPS[name], part="features"))
    if name not in MEASURES:
        raise UsageError(unknown("metric", name, [*MEASURES, *LPIPS]))
    return MEASURES[name]
