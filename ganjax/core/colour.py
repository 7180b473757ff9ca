"""Colour spaces of images [..., 3] RGB in [0, 1], NumPy or JAX, float; the dtype is kept.

Y of `to_ycbcr` and `luma` is that of MATLAB's rgb2ycbcr, which papers on super-resolution score: ITU-R
BT.601 in studio range, 16/255 for black and 235/255 for white. `grey` is the other one in use: full range,
as OpenCV and MATLAB's rgb2gray weigh the channels. Nothing is rounded.
"""

from typing import TypeVar

import jax
import numpy as np

Array = TypeVar("Array", np.ndarray, jax.Array)

_TO_YCBCR = np.array([[65.481, -37.797, 112.0], [128.553, -74.203, -93.786], [24.966, 112.0, -18.214]]) / 255
_OFFSET = np.array([16.0, 128.0, 128.0]) / 255
_FROM_YCBCR = np.linalg.inv(_TO_YCBCR)
_GREY = np.array([0.299, 0.587, 0.114])


def to_ycbcr(images: Array) -> Array:
    """RGB [..., 3] in [0, 1] to YCbCr [..., 3]: Y in [16, 235] / 255, Cb and Cr in [16, 240] / 255."""
    return images @ _TO_YCBCR.astype(images.dtype) + _like(_OFFSET, images)


def from_ycbcr(images: Array) -> Array:
    """The inverse of `to_ycbcr`, not clipped."""
    return (images - _like(_OFFSET, images)) @ _FROM_YCBCR.astype(images.dtype)


def luma(images: Array) -> Array:
    """The Y of `to_ycbcr`, [..., 1]. Images [..., 1] of one channel are taken to be Y already."""
    if images.shape[-1] == 1:
        return images
    return images @ _TO_YCBCR[:, :1].astype(images.dtype) + _like(_OFFSET[:1], images)


def grey(images: Array) -> Array:
    """0.299 R + 0.587 G + 0.114 B, [..., 1] in [0, 1]; images [..., 1] come back as they are."""
    return images if images.shape[-1] == 1 else (images * _like(_GREY, images)).sum(-1, keepdims=True)


def _like(constant: np.ndarray, images: Array) -> np.ndarray:
    """`constant` [C] with the dtype and the number of axes of `images`: JAX may refuse other shapes."""
    return constant.astype(images.dtype).reshape(*(1,) * (images.ndim - 1), -1)
