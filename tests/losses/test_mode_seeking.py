"""The mode-seeking loss against its formula in numpy, as train.py of HelenMao/MSGAN computes it."""

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.losses import mode_seeking


def test_it_is_the_ratio_of_the_published_code() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 3, 4, 4, 3))
    z_first, z_second = random.normal(size=(2, 3, 5))
    moved = np.abs(second - first).mean() / np.abs(z_second - z_first).mean()
    found = mode_seeking(*(jnp.asarray(x, jnp.float32) for x in (first, second, z_first, z_second)))
    assert float(found) == pytest.approx(1 / (moved + 1e-5), rel=1e-5)


def test_one_image_for_all_latents_costs_most_and_is_finite() -> None:
    image, z = jnp.ones((2, 4, 4, 3)), jnp.arange(6.0).reshape(2, 3)
    assert float(mode_seeking(image, image, z, z + 1)) == pytest.approx(1e5)
