"""Padding against NumPy's "reflect"."""

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.infer.pad import padded


@pytest.mark.parametrize("shape", [(1, 1), (7, 2), (16, 16), (17, 33)])
@pytest.mark.parametrize("centred", [False, True])
def test_padded(shape: tuple[int, int], centred: bool) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    gaps = [-side % 16 for side in shape]
    before = [gap // 2 if centred else 0 for gap in gaps]
    around = [(first, gap - first) for first, gap in zip(before, gaps, strict=True)]
    grown, place = padded(image, multiple=16, centred=centred)
    np.testing.assert_array_equal(grown, np.pad(image, [*around, (0, 0)], "reflect"))
    np.testing.assert_array_equal(grown[place], image)
    many, _ = padded(jnp.asarray(image)[None], multiple=16, centred=centred)
    np.testing.assert_array_equal(many[0], grown)
