"""The Gaussian window under which several metrics take means, variances and covariances."""

import numpy as np


def gaussian(size: int, sigma: float) -> np.ndarray:
    """Weights [size] of sum 1, float64, in the middle of which the Gaussian has its peak."""
    weights = np.exp(-np.square((np.arange(size) - (size - 1) / 2) / sigma) / 2)
    return weights / weights.sum()


def smooth(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted mean of `x` [N, H, W, C] at every place where the square window fits; the dtype is kept.

    `weights` [K] are those of one axis: the result is [N, H - K + 1, W - K + 1, C].
    """
    for axis in (1, 2):
        x = np.moveaxis(x, axis, 1)
        length = x.shape[1] - len(weights) + 1
        smoothed = x.dtype.type(weights[0]) * x[:, :length]
        for i, weight in enumerate(weights[1:], 1):
            smoothed += x.dtype.type(weight) * x[:, i : i + length]
        x = np.moveaxis(smoothed, 1, axis)
    return x
