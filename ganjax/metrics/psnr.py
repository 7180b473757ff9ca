"""Peak signal-to-noise ratio: the mean squared distance of pixels from the target's, in dB.

Higher is better, and equal images score infinity. It rewards the blurred mean of all likely pictures; SSIM,
LPIPS and the eye do not.

Features are the decibels [N] of each image, `mean.statistics` and `mean.merge` add them up, `mean.value` is
their mean: the mean of decibels, as papers report it, not the decibels of the mean error.

The numbers equal calculate_psnr of XPixelGroup/BasicSR, basicsr/metrics/psnr_ssim.py. Its PyTorch twin
calculate_psnr_pt adds 1e-8 to the mean square, which takes 4e-5 dB off at 29 dB and caps equal images at 80
dB.
"""

from typing import Any

import numpy as np

from ganjax.core.colour import luma
from ganjax.metrics.prepare import prepare_pair


def psnr_rgb(outputs: Any, targets: Any, *, crop: int = 0) -> np.ndarray:
    """PSNR [N] over all channels of images [N, H, W, C], uint8 or in [0, 1], less `crop` border pixels.

    Raises:
      UsageError: the shapes differ, or `prepare` refuses them.
    """
    return _decibels(*prepare_pair(outputs, targets, crop=crop))


def psnr_y(outputs: Any, targets: Any, *, crop: int = 0) -> np.ndarray:
    """PSNR [N] of the luma (`core.colour.luma`, not rounded).

    Luma spans 219 of 255 steps and averages the channels: 1 to 4 dB above RGB. Shapes, ranges and errors as
    in `psnr_rgb`.
    """
    return _decibels(*map(luma, prepare_pair(outputs, targets, crop=crop)))


def _decibels(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):  # equal images: -log10(0) is infinite, as it should be
        return -10 * np.log10(np.square(a - b).mean((1, 2, 3)))
