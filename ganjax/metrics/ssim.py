"""Structural similarity to the target: luminance, contrast and structure under a small window.

In [-1, 1], 1 for equal images. Features are the similarities [N] of each image, `mean.statistics` and
`mean.merge` add them up, `mean.value` is their mean.

Three are in use, and their numbers differ in the second digit: `ssim_rgb` and `ssim_y` look where the window
fits inside the image, `ssim_rgb_padded` everywhere, with black beyond the border. State which one, and the
crop.

Source: Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity".
"""

from typing import Any

import numpy as np

from ganjax.core.colour import luma
from ganjax.core.errors import UsageError
from ganjax.metrics.prepare import prepare_pair
from ganjax.metrics.window import gaussian, smooth

_SIZE = 11
_WINDOW = gaussian(_SIZE, 1.5)
_C1, _C2 = 0.01**2, 0.03**2


def ssim_rgb(outputs: Any, targets: Any, *, crop: int = 0) -> np.ndarray:
    """SSIM [N], mean over channels of images [N, H, W, C], uint8 or in [0, 1], less `crop` border pixels.

    Equals calculate_ssim of XPixelGroup/BasicSR, basicsr/metrics/psnr_ssim.py, which equals the MATLAB code
    of the authors for one channel.

    Raises:
      UsageError: the shapes differ, `prepare` refuses them, or a side is shorter than the window (11).
    """
    return _similarities(*prepare_pair(outputs, targets, crop=crop))


def ssim_y(outputs: Any, targets: Any, *, crop: int = 0) -> np.ndarray:
    """SSIM [N] of the luma (`core.colour.luma`, not rounded); shapes, ranges and errors as in `ssim_rgb`."""
    return _similarities(*map(luma, prepare_pair(outputs, targets, crop=crop)))


def ssim_rgb_padded(outputs: Any, targets: Any, *, crop: int = 0) -> np.ndarray:
    """SSIM [N] over all channels with black beyond the border, in images of any size.

    The one that leftthomas/SRGAN reports (its pytorch_ssim, of whole float images): a band of 5 pixels at
    every border is compared with black on both sides and scores higher than it should.
    """
    margin = _SIZE // 2
    padding = ((0, 0), (margin, margin), (margin, margin), (0, 0))
    return _similarities(*(np.pad(images, padding) for images in prepare_pair(outputs, targets, crop=crop)))


def _similarities(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    n, height, width, channels = a.shape
    if min(height, width) < _SIZE:
        raise UsageError(
            f"SSIM needs images of at least {_SIZE} x {_SIZE} pixels inside the cropped border, "
            f"not {height} x {width}."
        )
    # Plane by plane: the maps of one are five times its size.
    planes = [[np.s_[i : i + 1, :, :, c : c + 1] for c in range(channels)] for i in range(n)]
    return np.array([np.mean([_similarity(a[plane], b[plane]) for plane in image]) for image in planes])


def _similarity(a: np.ndarray, b: np.ndarray) -> float:
    mean_a, mean_b = smooth(a, _WINDOW), smooth(b, _WINDOW)
    variances = smooth(a * a + b * b, _WINDOW) - mean_a**2 - mean_b**2
    covariance = smooth(a * b, _WINDOW) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    return float((luminance * (2 * covariance + _C2) / (variances + _C2)).mean())
