"""Sliced Wasserstein distance between two sets of images, as the PGAN paper measures it.

Each image becomes a Laplacian pyramid (its side, half of it, ... down to 16); each level gives 128 patches
of 7 x 7 pixels an image, and the patches of the two sets are compared along 512 random directions. A low
value at the finest level means similar texture, at level 16 similar shapes. Values are times 1000.

Features are `descriptors`, taken level by level to bound the memory: 75 kB an image, 1.2 GB for 16,384.
The statistics of a set are its descriptors; `numpy.concatenate` merges them. `sliced_wasserstein` is
the value.

Source: Karras et al. 2018, arXiv:1710.10196, section 5; tkarras/progressive_growing_of_gans,
metrics/sliced_wasserstein.py.
"""

import concurrent.futures
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.core.images import to_uint8
from ganjax.core.processors import processors

SMALLEST_SIDE = 16
PATCH = 7
PATCHES_PER_IMAGE = 128
DIRECTIONS = 512

Track = Callable[[Iterable[int]], Iterable[int]]

_BATCH = 64
_DIRECTIONS_AT_ONCE = 64
_BINS = 2**18


def swd(real: Any, fake: Any, *, seed: int = 0, track: Track = iter) -> dict[str, float]:
    """The distance at every level and their mean: `{"swd_32": ..., "swd_16": ..., "swd": ...}` for 32 pixels.

    `real` and `fake` are [N, H, W, 3], uint8 or in [0, 1], the same N. `seed` chooses the patches and the
    directions; `track` wraps the long loop of every level, for a progress bar.

    Raises:
      UsageError: the sets differ in size, or `level_shapes` refuses their sides.
    """
    if np.shape(real) != np.shape(fake):
        raise UsageError(f"SWD compares sets of one size, not {np.shape(real)} with {np.shape(fake)}.")
    shapes = level_shapes(*np.shape(real)[1:3])
    directions = draw_directions(seed)
    values = {}
    for level, (side, _) in enumerate(shapes):
        # As in the reference, each set has places of its own: common ones would favour copies of real images.
        a = descriptors(real, level, seed=2 * seed)
        b = descriptors(fake, level, seed=2 * seed + 1)
        values[f"swd_{side}"] = 1e3 * sliced_wasserstein(a, b, directions, track=track)
    return values | {"swd": float(np.mean(list(values.values())))}


def level_shapes(height: int, width: int) -> list[tuple[int, int]]:
    """Height and width of each level of the pyramid, the finest first; the last has a side of 16 to 31.

    Raises:
      UsageError: a side is smaller than 16, or odd where it must be halved.
    """
    if min(height, width) < SMALLEST_SIDE:
        raise UsageError(
            f"SWD needs images of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels, not {height} x {width}."
        )
    shapes = [(height, width)]
    while min(shapes[-1]) >= 2 * SMALLEST_SIDE:
        if any(side % 2 for side in shapes[-1]):
            raise UsageError(f"SWD cannot halve images of {height} x {width} pixels down to {SMALLEST_SIDE}.")
        shapes.append((shapes[-1][0] // 2, shapes[-1][1] // 2))
    return shapes


def descriptors(
    images: Any, level: int, *, seed: int = 0, first: int = 0, centres: np.ndarray | None = None
) -> np.ndarray:
    """The patches [N * 128, 147] float32 of images [N, H, W, 3], uint8 or in [0, 1], at one level.

    Where patches lie depends on `seed` and on the index of the image alone: `first` is the index of
    the first one, so that batches and processes give the same patches as the whole. `centres`
    [N, P, 2] puts P patches at given (y, x) instead.

    Raises:
      UsageError: the images have other than 3 channels, or `level_shapes` refuses their sides.
    """
    n, height, width, channels = np.shape(images)
    if channels != 3:
        raise UsageError(f"SWD needs images of 3 channels, not {channels}.")
    shapes = level_shapes(height, width)
    if centres is None:
        centres = draw_centres(shapes[level], n, seed=seed, first=first)
    found = np.empty((*centres.shape[:2], 3, PATCH, PATCH), np.float32)
    for start in range(0, n, _BATCH):
        batch = slice(start, start + _BATCH)
        pixels = to_uint8(images[batch]).astype(np.float32)
        for _ in range(level):
            pixels = _halve(pixels)
        # The last level is what is left: the image at low resolution. The others are differences.
        if level + 1 < len(shapes):
            pixels = pixels - _double(_halve(pixels))
        windows = np.lib.stride_tricks.sliding_window_view(pixels, (PATCH, PATCH), (1, 2))
        index = np.arange(len(pixels))[:, None]
        y, x = np.moveaxis(centres[batch] - PATCH // 2, -1, 0)
        # The reference lays out each patch as channel, x, y. A direction has to mean the same there and here.
        found[batch] = windows[index, y, x].swapaxes(-1, -2)
    return found.reshape(-1, 3 * PATCH * PATCH)


def sliced_wasserstein(a: np.ndarray, b: np.ndarray, directions: np.ndarray, *, track: Track = iter) -> float:
    """Mean over `directions` [D, K] of the Wasserstein-1 distance between projections of `a` and `b` [M, D].

    Each set is first normalised by itself: every colour channel (a third of D) to mean 0 and deviation 1.

    Raises:
      UsageError: the sets differ in size, for then the value would depend on the sizes.
    """
    if a.shape != b.shape:
        raise UsageError(f"SWD compares sets of one size, not {a.shape} with {b.shape}.")
    normalised = [(patches, *_channel_scale(patches)) for patches in (a, b)]
    total = 0.0
    with concurrent.futures.ThreadPoolExecutor(processors()) as threads:
        for start in track(range(0, directions.shape[1], _DIRECTIONS_AT_ONCE)):
            some = directions[:, start : start + _DIRECTIONS_AT_ONCE].T
            projected = []
            for patches, mean, deviation in normalised:
                # Normalising the directions in place of the patches saves a copy of the largest array.
                scaled = some / deviation
                projected.append(scaled.astype(np.float32) @ patches.T)
                projected[-1] -= (scaled @ mean).astype(np.float32)[:, None]
            total += sum(threads.map(_wasserstein, *projected))
    return total / directions.shape[1]


def draw_directions(seed: int, count: int = DIRECTIONS) -> np.ndarray:
    """Unit vectors [147, count], uniform on the sphere."""
    directions = np.random.default_rng(seed).standard_normal((3 * PATCH * PATCH, count))
    return (directions / np.linalg.norm(directions, axis=0)).astype(np.float32)


def draw_centres(shape: tuple[int, int], n: int, *, seed: int, first: int = 0) -> np.ndarray:
    """Patch centres [n, 128, 2] (y, x) inside `shape`, each image with its own generator.

    As in the reference, the last row and column that would fit are never drawn.
    """
    margin = PATCH // 2
    low, high = (margin, margin), (shape[0] - margin, shape[1] - margin)
    generators = (np.random.default_rng((seed, shape[0], index)) for index in range(first, first + n))
    return np.stack([random.integers(low, high, (PATCHES_PER_IMAGE, 2)) for random in generators])


def _wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """The area between the distribution functions of two samples [M] of one size.

    In sorted order the samples give it exactly. Counting large ones into fine bins is twelve times faster
    than sorting them, for a relative error below 1e-4.
    """
    if len(a) < _BINS // 8:
        return float(np.abs(np.sort(a) - np.sort(b)).mean(dtype=np.float64))
    low, high = min(a.min(), b.min()), max(a.max(), b.max())
    if low == high:
        return 0.0
    per_unit = (_BINS - 1) / (high - low)
    surplus, other = (np.bincount(((x - low) * per_unit).astype(np.int64), minlength=_BINS) for x in (a, b))
    surplus -= other
    np.cumsum(surplus, out=surplus)
    return float(np.abs(surplus, out=surplus).sum() / (len(a) * per_unit))


def _halve(images: np.ndarray) -> np.ndarray:
    return _blur(_blur(images, 1, step=2), 2, step=2)


def _double(images: np.ndarray) -> np.ndarray:
    n, height, width, channels = images.shape
    spread = np.zeros((n, 2 * height, 2 * width, channels), np.float32)
    spread[:, ::2, ::2] = 4 * images
    return _blur(_blur(spread, 1), 2)


def _blur(images: np.ndarray, axis: int, *, step: int = 1) -> np.ndarray:
    """Every `step`-th value of the five-tap binomial filter along one axis of [N, H, W, C].

    The border is a mirror that does not repeat the edge.
    """
    padding = [(0, 0)] * images.ndim
    padding[axis] = (2, 2)
    padded = np.moveaxis(np.pad(images, padding, mode="reflect"), axis, 1)
    stop = images.shape[axis]
    one, two, three, four, five = (padded[:, i : i + stop : step] for i in range(5))
    return np.moveaxis((one + five + 4 * (two + four) + 6 * three) / 16, 1, axis)


def _channel_scale(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each colour channel, repeated for every component [D], float64."""
    components = patches.shape[1] // 3
    channels = patches.reshape(len(patches), 3, components)
    mean = channels.mean((0, 2), dtype=np.float64)
    square = np.einsum("mcp,mcp->c", channels, channels, dtype=np.float64) / (len(patches) * components)
    variance = square - mean**2
    # A set of one colour has nothing to scale.
    deviation = np.sqrt(np.where(variance > 0, variance, 1))
    return np.repeat(mean, components), np.repeat(deviation, components)
