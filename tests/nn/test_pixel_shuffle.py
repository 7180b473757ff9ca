"""Pixels into channels and back, by the rule of torch.nn.PixelShuffle written out with NumPy."""

import jax
import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.nn.pixel_shuffle import pixel_shuffle, pixel_unshuffle


def test_channels_go_to_the_places_that_pytorch_gives_them() -> None:
    n, h, w, c, f = 2, 3, 4, 2, 3
    x = np.random.default_rng(0).standard_normal((n, h, w, c * f * f)).astype(np.float32)
    y = np.asarray(pixel_shuffle(x, f))
    assert y.shape == (n, h * f, w * f, c)
    # torch.nn.PixelShuffle's documentation: channel c f f + f i + j is at row i and column j of its block.
    for channel in range(c):
        for i in range(f):
            for j in range(f):
                np.testing.assert_array_equal(
                    y[:, i::f, j::f, channel], x[..., channel * f * f + f * i + j], strict=True
                )


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_one_undoes_the_other(factor: int) -> None:
    x = np.random.default_rng(0).standard_normal((1, 8, 12, 3)).astype(np.float32)
    gathered = pixel_unshuffle(x, factor)
    assert gathered.shape == (1, 8 // factor, 12 // factor, 3 * factor**2)
    np.testing.assert_array_equal(pixel_shuffle(gathered, factor), x)


def test_what_does_not_divide_is_refused() -> None:
    with pytest.raises(UsageError, match="6 channels do not fill blocks of 2x2"):
        jax.eval_shape(lambda x: pixel_shuffle(x, 2), np.zeros((1, 2, 2, 6)))
    with pytest.raises(UsageError, match="5x4 pixels are not whole blocks of 2x2"):
        jax.eval_shape(lambda x: pixel_unshuffle(x, 2), np.zeros((1, 5, 4, 3)))
