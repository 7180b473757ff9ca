"""Instance norm."""

import jax.numpy as jnp
import numpy as np

from ganjax.core.instance_norm import instance_norm


def test_instance_norm_normalises_each_channel_of_each_image() -> None:
    x = np.random.default_rng(0).normal(3, 5, (2, 9, 7, 3)).astype(np.float32)
    result = np.asarray(instance_norm(jnp.array(x)), np.float64)
    np.testing.assert_allclose(result.mean((1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(result.std((1, 2)), 1, atol=1e-5)
    assert instance_norm(jnp.array(x, jnp.bfloat16)).dtype == jnp.bfloat16
    assert not instance_norm(jnp.full((1, 4, 4, 2), 7.0)).any()
