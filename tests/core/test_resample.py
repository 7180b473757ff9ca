"""Bilinear interpolation against NumPy's, along each side by itself."""

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.resample import upsample_bilinear


def interpolated(x: np.ndarray, factor: int, aligned: bool) -> np.ndarray:
    """By `np.interp`, at the places that the rule says."""
    for axis in (1, 2):
        n = x.shape[axis]
        places = (
            np.linspace(0, n - 1, n * factor) if aligned else (np.arange(n * factor) + 0.5) / factor - 0.5
        )
        x = np.apply_along_axis(lambda line, places=places, n=n: np.interp(places, range(n), line), axis, x)
    return x


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(5, 6), (1, 2)])
def test_both_rules(size: tuple[int, int], factor: int, aligned: bool) -> None:
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype(np.float32)
    result = upsample_bilinear(jnp.array(x), factor, align_corners=aligned)
    np.testing.assert_allclose(result, interpolated(x, factor, aligned), rtol=0, atol=1e-6)


@pytest.mark.parametrize("aligned", [True, False])
def test_tiles_that_know_their_place_are_as_in_the_whole(aligned: bool) -> None:
    x = np.random.default_rng(0).normal(size=(1, 12, 9, 2)).astype(np.float32)
    places = [(0, 0), (4, 3), (6, 4)]
    tiles = jnp.concatenate([x[:, top : top + 6, left : left + 5] for top, left in places])
    windows = jnp.array([[top, left, 12, 9] for top, left in places])
    result = upsample_bilinear(tiles, align_corners=aligned, window=windows)
    whole = interpolated(x, 2, aligned)
    for tile, (top, left) in zip(result, places, strict=True):
        inside = whole[0, 2 * top + 2 : 2 * top + 10, 2 * left + 2 : 2 * left + 8]
        np.testing.assert_allclose(tile[2:-2, 2:-2], inside, rtol=0, atol=1e-6)
