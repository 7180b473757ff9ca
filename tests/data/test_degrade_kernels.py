"""Blur kernels against BasicSR's (tests/golden/degrade.npz) and SciPy, and the chances of each."""

import dataclasses
import functools
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from ganjax.data.degrade import kernels, lots
from ganjax.data.degrade.kernels import KernelConfig

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden/degrade.npz")
# Compiling takes longer than running here.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@jit
def drawn(keys: jax.Array) -> jax.Array:
    return jax.vmap(lambda key: kernels.random_kernel(key, KernelConfig()))(keys)


@jit
def ours() -> jax.Array:
    """The kernels of scripts/golden/degrade.py."""
    return jnp.stack(
        [
            kernels.gaussian(21, jnp.array([1.7, 1.7]), 0.0),
            kernels.gaussian(15, jnp.array([0.4, 2.6]), 0.7),
            kernels.gaussian(13, jnp.array([1.2, 2.9]), -2.0, beta=0.6),
            kernels.gaussian(21, jnp.array([2.5, 2.5]), 0.0, beta=3.3),
            kernels.plateau(7, jnp.array([0.9, 1.4]), 1.1, 1.8),
            kernels.sinc(7, 1.1),
            kernels.sinc(21, 2.0),
            kernels.sinc(13, np.pi),
        ]
    )


def test_every_kind_equals_the_reference():
    np.testing.assert_allclose(ours(), GOLDEN["kernels"], atol=1e-6)


def test_the_gaussian_is_the_normal_density():
    """scipy.stats, with the covariance R diag(sigma^2) R'."""
    angle, sigma = 0.7, np.array([0.8, 2.6])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    normal = scipy.stats.multivariate_normal(cov=turn @ np.diag(sigma**2) @ turn.T)
    y, x = np.indices((21, 21)) - 10
    density = normal.pdf(np.stack([x, y], -1))
    kernel = jit(kernels.gaussian)(21, sigma, angle)
    np.testing.assert_allclose(kernel, density / density.sum(), atol=1e-7)


def test_bessel_function_as_far_as_a_kernel_reaches():
    x = np.linspace(0, np.pi * 10 * 2**0.5, 500)[None]
    np.testing.assert_allclose(jit(kernels._bessel_j1)(x), scipy.special.j1(x), atol=3e-6)


def test_drawn_kernels_sum_to_one_and_have_every_size():
    found = np.asarray(drawn(jax.random.split(jax.random.key(0), 400)))
    assert found.shape == (400, 21, 21) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum((1, 2)), 1, atol=1e-5)
    np.testing.assert_allclose(found, found[:, ::-1, ::-1], atol=1e-6)  # the same from both sides
    # The reference pads smaller kernels with zeros; tails may vanish too, so sizes are bounds.
    reach = np.array([np.abs(np.argwhere(each) - 10).max() for each in found])
    assert reach.max() == 10 and (reach <= 3).sum() > 400 / 8 / 2


def test_chances_choose_the_kind():
    """Configurations that leave one kind only, of which the shape is known."""
    every = KernelConfig()
    configs = (
        dataclasses.replace(every, sinc_prob=1.0),
        dataclasses.replace(every, sinc_prob=0.0, shapes=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
        dataclasses.replace(every, sinc_prob=0.0, shapes=(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)),
    )
    found = jit(jax.vmap(lambda key: [kernels.random_kernel(key, config) for config in configs]))
    ringing, round_ones, long_ones = map(np.asarray, found(jax.random.split(jax.random.key(1), 40)))
    assert (ringing.min((1, 2)) < 0).mean() > 0.9  # only a sinc has negative weights
    np.testing.assert_allclose(round_ones, round_ones.swapaxes(1, 2), atol=1e-6)
    assert (abs(long_ones - long_ones.swapaxes(1, 2)).max((1, 2)) > 1e-4).mean() > 0.8
    assert round_ones.min() >= 0 and long_ones.min() >= 0


def test_the_last_filter_is_a_sinc_or_nothing():
    keys = jax.random.split(jax.random.key(2), 300)
    found = np.asarray(jit(jax.vmap(lambda key: kernels.random_sinc(key, 0.8)))(keys))
    nothing = (found[:, 10, 10] == 1).mean()
    assert nothing == pytest.approx(0.2, abs=0.09)  # four standard deviations
    np.testing.assert_array_equal(found[found[:, 10, 10] == 1][0], kernels.pulse())


def test_lots():
    u = (np.arange(1000, dtype=np.float32) + 0.5) / 1000
    decide = jit(lambda u: (lots.pick(u, (0.2, 0.7, 0.1)), lots.integer(u, 3, 10), lots.between(u, (-1, 3))))
    picked, whole, between = (np.asarray(each) for each in decide(u))
    np.testing.assert_array_equal(np.bincount(picked), [200, 700, 100])
    np.testing.assert_array_equal(np.bincount(whole)[3:], [125] * 8)
    np.testing.assert_allclose(between, 4 * u - 1, atol=1e-6)
