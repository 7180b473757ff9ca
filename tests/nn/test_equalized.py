"""Expected values are the definitions in numpy, in float64."""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from ganjax.nn.equalized import EqualConv, EqualDense

QUICK = {"xla_backend_optimization_level": 0}


def random_like(module: nn.Module, x: np.ndarray) -> dict[str, Any]:
    """Variables of `module` with values drawn at random, biases too."""
    rng = np.random.default_rng(1)
    shapes = jax.eval_shape(module.init, jax.random.key(0), x)
    return jax.tree.map(lambda leaf: rng.normal(size=leaf.shape).astype(np.float32), shapes)


def run(layer: nn.Module, variables: Any, x: np.ndarray) -> jax.Array:
    """What a layer gives; it runs once, so compiling quickly is what counts."""
    return jax.jit(layer.apply, compiler_options=QUICK)(variables, x)


def conv(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """3x3 convolution with zeros around, a tap at a time."""
    _, h, width, _ = x.shape
    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    taps = [(i, j) for i in range(3) for j in range(3)]
    return sum(padded[:, i : i + h, j : j + width] @ w[i, j].astype(np.float64) for i, j in taps)


@pytest.mark.parametrize("scaled_bias", [False, True])
@pytest.mark.parametrize("gain", [math.sqrt(2), 1.0])
def test_dense_scales_weights_and_if_asked_the_bias(gain: float, scaled_bias: bool) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 7)).astype(np.float32)
    layer = EqualDense(5, gain=gain, scaled_bias=scaled_bias)
    variables = random_like(layer, x)
    kernel, bias = variables["params"]["kernel"], variables["params"]["bias"]
    scale = gain / math.sqrt(7)
    expected = x.astype(np.float64) @ kernel * scale + bias * (scale if scaled_bias else 1)
    np.testing.assert_allclose(run(layer, variables, x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("shared", "bias_shape"), [(False, (4, 4, 3)), (True, (3,))])
def test_dense_to_several_axes_has_a_bias_for_each_output_or_each_channel(
    shared: bool, bias_shape: tuple[int, ...]
) -> None:
    x = np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)
    layer = EqualDense((4, 4, 3), shared_bias=shared)
    variables = random_like(layer, x)
    kernel, bias = variables["params"]["kernel"], variables["params"]["bias"]
    assert (kernel.shape, bias.shape) == ((6, 4, 4, 3), bias_shape)
    expected = np.einsum("ni,ihwc->nhwc", x, kernel) * math.sqrt(2 / 6) + bias
    np.testing.assert_allclose(run(layer, variables, x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("scaled_bias", [False, True])
@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_convolution(resample: Literal["up", "down"] | None, scaled_bias: bool) -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype(np.float32)
    layer = EqualConv(5, scaled_bias=scaled_bias, resample=resample)
    variables = random_like(layer, x)
    kernel, bias = variables["params"]["kernel"], variables["params"]["bias"]
    assert kernel.shape == (3, 3, 3, 5)
    scale = math.sqrt(2) / math.sqrt(9 * 3)
    y = conv(x.repeat(2, 1).repeat(2, 2) if resample == "up" else x, kernel * scale)
    if resample == "down":
        y = (y[:, ::2, ::2] + y[:, 1::2, ::2] + y[:, ::2, 1::2] + y[:, 1::2, 1::2]) / 4
    expected = y + bias * (scale if scaled_bias else 1)
    np.testing.assert_allclose(run(layer, variables, x), expected, rtol=1e-4, atol=1e-5)


def test_weights_begin_as_standard_normal_numbers_and_biases_as_zeros() -> None:
    init = jax.jit(EqualConv(64).init, compiler_options=QUICK)
    params = init(jax.random.key(0), jnp.zeros((1, 4, 4, 64)))["params"]
    assert abs(float(params["kernel"].std()) - 1) < 0.02 and abs(float(params["kernel"].mean())) < 0.02
    np.testing.assert_array_equal(params["bias"], 0)


@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_bfloat16_products_keep_float32_weights_and_gradients(resample: Literal["up", "down"] | None) -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype(np.float32)
    layer = EqualConv(5, resample=resample, dtype=jnp.bfloat16)
    variables = random_like(layer, x)
    y = run(layer, variables, x)
    exact = run(EqualConv(5, resample=resample), variables, x)
    assert y.dtype == jnp.float32  # on the CPU: see ganjax.nn.conv
    assert float(jnp.abs(y - exact).max()) < 0.03 * float(jnp.abs(exact).max())
    slope = jax.grad(lambda v: layer.apply(v, x).astype(jnp.float32).sum())
    slopes = jax.jit(slope, compiler_options=QUICK)(variables)
    assert {leaf.dtype for leaf in jax.tree.leaves(slopes)} == {jnp.dtype(jnp.float32)}
