"""Multi-scale structural similarity between random pairs of images: a measure of their variety.

Near 1 the images of a set look alike (a collapsed generator), near 0 they have nothing in common; a good
generator scores as its training data do. It says nothing about likeness to the data.

Features are `similarities` [N] of pairs; `mean.statistics` of them are a sum and a count, which `mean.merge`
adds up, and `mean.value` is the mean.

Source: Wang et al. 2003, "Multiscale structural similarity for image quality assessment"; the details
follow tkarras/progressive_growing_of_gans, metrics/ms_ssim.py.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.core.images import to_uint8
from ganjax.metrics.mean import Statistics, merge, statistics, value
from ganjax.metrics.window import gaussian, smooth

MULTIPLE = 32

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_GREY = np.float32(127.5)
_PAIRS = 16


def ms_ssim(images: Any, *, track: Callable[[Iterable[int]], Iterable[int]] = iter) -> float:
    """The mean similarity of pairs (0, 1), (2, 3), ... of images [N, H, W, C], uint8 or in [0, 1].

    `track` wraps the loop over the images, for a progress bar.

    Raises:
      UsageError: N is odd or 0, or `check_sides` refuses the sides.
    """
    if len(images) % 2 or not len(images):
        raise UsageError(f"MS-SSIM pairs images up: it needs an even number of them, not {len(images)}.")
    seen = Statistics(0.0, 0)
    for start in track(range(0, len(images), 2 * _PAIRS)):
        batch = np.asarray(images[start : start + 2 * _PAIRS])
        seen = merge(seen, statistics(similarities(batch[::2], batch[1::2])))
    return value(seen)


def similarities(a: Any, b: Any) -> np.ndarray:
    """The similarity [N] in [0, 1] of each pair of images [N, H, W, C], uint8 or in [0, 1].

    Raises:
      UsageError: the images differ in shape, or `check_sides` refuses their sides.
    """
    if np.shape(a) != np.shape(b):
        raise UsageError(f"MS-SSIM compares images of one shape, not {np.shape(a)} with {np.shape(b)}.")
    check_sides(*np.shape(a)[1:3])
    a, b = (to_uint8(images).astype(np.float32) - _GREY for images in (a, b))
    result = np.ones(len(a), np.float32)
    for scale, weight in enumerate(_WEIGHTS):
        if scale:
            a, b = _halve(a), _halve(b)
        luminance, contrast = _compare(a, b)
        # Only the coarsest scale counts luminance too.
        similarity = luminance * contrast if scale + 1 == len(_WEIGHTS) else contrast
        result *= np.maximum(similarity.mean((1, 2, 3)), 0) ** weight
    return result


def check_sides(height: int, width: int) -> None:
    """Five scales, as the reference makes them, need sides that are multiples of 32.

    Raises:
      UsageError: they are not.
    """
    if height % MULTIPLE or width % MULTIPLE:
        raise UsageError(
            f"MS-SSIM needs sides that are multiples of {MULTIPLE}, not {height} x {width} pixels; "
            "smaller images can be compared by SWD alone (--metrics swd)."
        )


def _compare(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Luminance and contrast-structure terms at every place where the window fits."""
    mean_a, mean_b = _smooth(a), _smooth(b)
    variances = _smooth(a * a + b * b) - mean_a**2 - mean_b**2
    covariance = _smooth(a * b) - mean_a * mean_b
    # The images come with the middle grey as 0: in float32, E[a^2] - E[a]^2 would lose digits otherwise.
    mean_a, mean_b = mean_a + _GREY, mean_b + _GREY
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    return luminance, (2 * covariance + _C2) / (variances + _C2)


def _smooth(x: np.ndarray) -> np.ndarray:
    """The mean under a Gaussian window of 11 x 11 pixels, or as many as the image has, without padding."""
    size = min(_WINDOW, *x.shape[1:3])
    return smooth(x, gaussian(size, _SIGMA * size / _WINDOW))


def _halve(x: np.ndarray) -> np.ndarray:
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4
