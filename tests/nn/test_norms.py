import jax.numpy as jnp
import numpy as np

from ganjax.nn.norms import pixel_norm


def test_pixel_norm_divides_by_the_root_of_the_mean_square_of_the_last_axis() -> None:
    x = np.random.default_rng(0).normal(2, 3, (2, 4, 4, 6)).astype(np.float32)
    expected = x / np.sqrt((x.astype(np.float64) ** 2).mean(-1, keepdims=True) + 1e-8)
    np.testing.assert_allclose(pixel_norm(x), expected, rtol=1e-6)


def test_pixel_norm_is_computed_in_float32_and_keeps_the_dtype() -> None:
    # The squares of these values are beyond float16 and beyond bfloat16's precision.
    x = jnp.full((1, 1000), 300.0, jnp.float16)
    y = pixel_norm(x)
    assert y.dtype == jnp.float16
    np.testing.assert_allclose(np.asarray(y, np.float32), 1, rtol=1e-3)


def test_pixel_norm_of_zeros_is_zero() -> None:
    np.testing.assert_array_equal(pixel_norm(np.zeros((1, 3), np.float32)), 0)


def test_the_epsilon_may_stand_outside_the_root() -> None:
    """mmgeneration's pixel_norm (models/architectures/pggan/modules.py) on small features, where it shows."""
    x = np.random.default_rng(0).normal(scale=1e-4, size=(3, 8)).astype(np.float32)
    expected = x / (np.linalg.norm(x, axis=1, keepdims=True) / 8**0.5 + 1e-5)
    np.testing.assert_allclose(pixel_norm(x, epsilon=1e-5, outside=True), expected, rtol=1e-5)
    assert np.abs(pixel_norm(x, epsilon=1e-5) - expected).max() > 0.1
