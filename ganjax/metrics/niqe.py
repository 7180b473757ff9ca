"""NIQE: how unlike undistorted photographs one image is, without a target.

Lower is better; photographs score 2 to 6. Blocks of 96 x 96 pixels, at full and at half size, are described
by 18 numbers each: the shape of the distribution of locally normalised pixels and of products of neighbours.
The distance is that between the Gaussian fitted to the blocks of the image and the one that the authors
fitted to 125 pristine photographs. Nothing was learnt from opinions, and drawings or faces that fill the
picture score oddly: compare like with like.

Features are `features` [B, 36] of the blocks of one image, their statistics a mean and a covariance;
`niqe_y` and `niqe_grey` are the values. A set is scored by `mean.statistics` and `mean.merge` of those.

The parameters are those of the authors' release (parameters/niqe.txt). The numbers follow
XPixelGroup/BasicSR, basicsr/metrics/niqe.py, which follows the release: for the Set14 baboon MATLAB gives
5.729573, BasicSR and this 5.729576.

Source: Mittal et al. 2013, "Making a completely blind image quality analyzer".
"""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ganjax.core.colour import grey, luma
from ganjax.core.errors import UsageError
from ganjax.core.imresize import imresize
from ganjax.metrics.prepare import prepare
from ganjax.metrics.window import gaussian, smooth

BLOCK = 96

_PARAMETERS = Path(__file__).parent / "parameters/niqe.npz"
_WINDOW = gaussian(7, 7 / 6)
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def niqe_y(images: Any, *, crop: int = 0) -> np.ndarray:
    """NIQE [N] of the luma of images [N, H, W, C], uint8 or in [0, 1], less `crop` border pixels.

    The usual one in papers on super-resolution: calculate_niqe of BasicSR by default. An image of which fewer
    than two blocks have any texture scores nan.

    Raises:
      UsageError: `prepare` refuses the images, or they are smaller than two blocks of 96 x 96 pixels.
    """
    return _scores(luma, images, crop)


def niqe_grey(images: Any, *, crop: int = 0) -> np.ndarray:
    """NIQE [N] of the grey image (`core.colour.grey`), as the authors' release turns colour into grey.

    Shapes, ranges and errors as in `niqe_y`.
    """
    return _scores(grey, images, crop)


def features(image: np.ndarray) -> np.ndarray:
    """The features [B, 36] of the blocks of one plane [H, W] in [0, 255]: 18 at full size, 18 at half.

    Rows and columns beyond the last whole block are left out. A block without texture has nan among them.
    """
    rows, columns = (side // BLOCK for side in image.shape)
    plane = image[None, : rows * BLOCK, : columns * BLOCK, None]
    found = []
    for side in (BLOCK, BLOCK // 2):
        blocks = _normalise(plane).reshape(rows, side, columns, side).swapaxes(1, 2)
        found.append(_describe(blocks.reshape(-1, side, side)))
        plane = imresize(plane, 0.5)
    return np.concatenate(found, 1)


def _scores(to_plane: Callable[[np.ndarray], np.ndarray], images: Any, crop: int) -> np.ndarray:
    planes = np.rint(255 * to_plane(prepare(images, crop=crop)))[..., 0]
    if math.prod(side // BLOCK for side in planes.shape[1:]) < 2:
        raise UsageError(
            f"NIQE compares blocks of {BLOCK} x {BLOCK} pixels and needs two of them inside the border: "
            f"{planes.shape[1]} x {planes.shape[2]} pixels are too few."
        )
    return np.array([_distance(features(plane)) for plane in planes])


def _distance(found: np.ndarray) -> float:
    """Between the Gaussians of features [B, 36] and of pristine photographs (eq. 10)."""
    whole = found[~np.isnan(found).any(1)]
    if len(whole) < 2:
        return math.nan
    mean, covariance = pristine()
    difference = mean - np.nanmean(found, 0)
    inverse = np.linalg.pinv((covariance + np.cov(whole, rowvar=False)) / 2)
    return float(np.sqrt(difference @ inverse @ difference))


@functools.cache
def pristine() -> tuple[np.ndarray, np.ndarray]:
    """Mean [36] and covariance [36, 36] of the features of the authors' pristine photographs."""
    with np.load(_PARAMETERS) as parameters:
        return parameters["mean"], parameters["covariance"]


def _normalise(x: np.ndarray) -> np.ndarray:
    """Each pixel less the mean around it, over the deviation around it plus 1 (eq. 1); the edge is repeated.

    `x` is [1, H, W, 1], the result has the same pixels. Means are rounded to float32, as in the reference,
    which makes plain areas 0: in float64 they would be noise of 1e-14, and its signs would count.
    """
    x = x.astype(np.float32)

    def around(values: np.ndarray) -> np.ndarray:
        padded = np.pad(values.astype(np.float64), ((0, 0), (3, 3), (3, 3), (0, 0)), mode="edge")
        return smooth(padded, _WINDOW).astype(np.float32)

    mean = around(x)
    return ((x - mean) / (np.sqrt(np.abs(around(x * x) - mean**2)) + 1)).astype(np.float64)


def _describe(blocks: np.ndarray) -> np.ndarray:
    """The 18 features of each normalised block [B, S, S]."""
    shape, left, right = _fit(blocks)
    found = [shape, (left + right) / 2]
    for shift in _NEIGHBOURS:
        # As in the release, blocks are rolled: the neighbour of the last pixel is the first one.
        shape, left, right = _fit(blocks * np.roll(blocks, shift, (1, 2)))
        mean = (right - left) * (_gamma(2 / shape) / _gamma(1 / shape))
        found += [shape, mean, left, right]
    return np.stack(found, 1)


def _fit(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shape, left and right scale [B] of the asymmetric generalised Gaussian fitted to `x` [B, S, S]."""
    square = x * x

    def spread(side: np.ndarray) -> np.ndarray:
        return np.sqrt((square * side).sum((1, 2)) / side.sum((1, 2)))

    with np.errstate(invalid="ignore", divide="ignore"):  # a block without texture has no sides: nan
        left, right = spread(x < 0), spread(x > 0)
        ratio = left / right
        moments = np.abs(x).mean((1, 2)) ** 2 / square.mean((1, 2))
    moments = moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shapes, expected = _shapes()
    nearest = np.abs(moments[:, None] - expected).argmin(1)
    shape = np.where(np.isnan(moments), np.nan, shapes[nearest])
    scale = np.sqrt(_gamma(1 / shape) / _gamma(3 / shape))
    return shape, left * scale, right * scale


@functools.cache
def _shapes() -> tuple[np.ndarray, np.ndarray]:
    """The shapes that the release tries, and the ratio of moments that a distribution of each has."""
    shapes = np.arange(0.2, 10.001, 0.001)
    return shapes, _gamma(2 / shapes) ** 2 / (_gamma(1 / shapes) * _gamma(3 / shapes))


def _gamma(x: np.ndarray) -> np.ndarray:
    return np.vectorize(math.gamma, otypes=[np.float64])(x)
