"""Expected values are written out from the definitions: Karras et al. 2018, section 3, and pytorch_GAN_zoo,
mini_batch_stddev_module.py."""

import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.nn.minibatch_stddev import minibatch_stddev

X = np.random.default_rng(0).normal(size=(8, 2, 3, 5)).astype(np.float32)


def deviation(samples: np.ndarray, ddof: int) -> float:
    """Mean over features and pixels of the deviation over `samples`."""
    return float(np.sqrt(samples.astype(np.float64).var(0, ddof=ddof) + 1e-8).mean())


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize(
    ("strided", "groups"),
    [(True, [[0, 2, 4, 6], [1, 3, 5, 7]]), (False, [[0, 1, 2, 3], [4, 5, 6, 7]])],
)
def test_each_sample_gets_the_deviation_of_its_group(
    strided: bool, groups: list[list[int]], ddof: int
) -> None:
    y = minibatch_stddev(X, group=4, strided=strided, ddof=ddof)
    assert y.shape == (8, 2, 3, 6)
    np.testing.assert_array_equal(y[..., :5], X)
    for group in groups:
        np.testing.assert_allclose(y[np.array(group), ..., 5], deviation(X[group], ddof), rtol=1e-5)


@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_a_batch_that_does_not_split_is_one_group(n: int) -> None:
    y = minibatch_stddev(X[:n], group=4)
    np.testing.assert_allclose(y[..., 5], deviation(X[:n], 0), rtol=1e-5)


def test_a_lone_sample_has_no_deviation() -> None:
    np.testing.assert_allclose(minibatch_stddev(X[:1], ddof=0)[..., 5], 1e-4, rtol=1e-5)  # sqrt(1e-8)
    np.testing.assert_array_equal(minibatch_stddev(X[:1], ddof=1)[..., 5], 0)


def test_bfloat16_features_are_measured_in_float32() -> None:
    x = jnp.asarray(X + 100, jnp.bfloat16)
    y = minibatch_stddev(x)
    assert y.dtype == jnp.bfloat16
    group = np.asarray(x, np.float32)[::2]
    np.testing.assert_allclose(np.asarray(y[::2, ..., 5], np.float32), deviation(group, 0), rtol=4e-3)
