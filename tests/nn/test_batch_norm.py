"""Batch norm, against its definition in float64."""

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.nn.batch_norm import BatchNorm

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4, 5, 2)) * [1.0, 30.0] + [0.5, -200.0]
VARIABLES = {
    "params": {"scale": np.float32([0.5, 2.0]), "bias": np.float32([0.1, -0.3])},
    "batch_stats": {"mean": np.float32([0.2, -190.0]), "var": np.float32([0.9, 800.0])},
}


def normalised(mean: np.ndarray, var: np.ndarray) -> np.ndarray:
    """Ioffe and Szegedy 2015, algorithm 1."""
    scale, bias = (VARIABLES["params"][name].astype(np.float64) for name in ("scale", "bias"))
    return (X - mean) / np.sqrt(var + 1e-5) * scale + bias


def test_without_training_the_averages_are_used() -> None:
    y = BatchNorm().apply(VARIABLES, jnp.asarray(X, jnp.float32))
    averages = VARIABLES["batch_stats"]
    np.testing.assert_allclose(y, normalised(averages["mean"], averages["var"]), rtol=1e-4, atol=1e-4)


def test_in_training_the_batch_is_used_and_averaged() -> None:
    y, changed = BatchNorm().apply(
        VARIABLES, jnp.asarray(X, jnp.float32), train=True, mutable=["batch_stats"]
    )
    np.testing.assert_allclose(y, normalised(X.mean((0, 1, 2)), X.var((0, 1, 2))), rtol=1e-3, atol=1e-3)
    # torch.nn.BatchNorm2d: a tenth of the batch, whose variance there divides by one less.
    for name, new in (("mean", X.mean((0, 1, 2))), ("var", X.var((0, 1, 2), ddof=1))):
        expected = 0.9 * VARIABLES["batch_stats"][name] + 0.1 * new
        np.testing.assert_allclose(changed["batch_stats"][name], expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_dtype_is_kept(dtype: str) -> None:
    assert BatchNorm().apply(VARIABLES, jnp.asarray(X, dtype)).dtype == dtype
