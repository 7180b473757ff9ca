"""Expected values: the definition of the convolution, summed tap by tap in numpy float64."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.nn import conv
from ganjax.nn.tiled_conv import DOWNSAMPLE, UPSAMPLE, WINOGRAD, Form, kernel_gradient, tiled_conv

from .conv_case import Array, derivatives, draw, error, f32, plain, program, stays_on_devices


def direct(x: Array, w: Array) -> Array:
    h, width = x.shape[1:3]
    x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    taps = (x[:, i : i + h, j : j + width] @ w[i, j] for i in range(3) for j in range(3))
    return sum(taps, np.zeros(()))


def direct_up(x: Array, w: Array) -> Array:
    return direct(x.repeat(2, 1).repeat(2, 2), w)


def direct_down(x: Array, w: Array) -> Array:
    y = direct(x, w)
    return (y[:, ::2, ::2] + y[:, 1::2, ::2] + y[:, ::2, 1::2] + y[:, 1::2, 1::2]) / 4


CASES = [
    (conv.conv3x3, WINOGRAD, direct),
    (conv.upsample_conv3x3, UPSAMPLE, direct_up),
    (conv.conv3x3_downsample, DOWNSAMPLE, direct_down),
]
FORMS = [(WINOGRAD, direct), (UPSAMPLE, direct_up), (DOWNSAMPLE, lambda x, w: 4 * direct_down(x, w))]
NAMES = ["same", "up", "down"]


@pytest.mark.parametrize(
    "shape",
    [(1, 2, 2, 3, 5), (2, 6, 10, 4, 1), (1, 16, 16, 160, 130), (2, 28, 36, 6, 3), (1, 64, 64, 130, 200)],
)
@pytest.mark.parametrize(("form", "expected"), FORMS, ids=NAMES)
def test_forms_are_the_convolution(form: Form, expected: Callable[..., Array], shape: Any) -> None:
    n, h, width, i, o = shape
    x, w = draw(n, h, width, i), draw(3, 3, i, o, seed=1)
    y = tiled_conv(*f32(x, w), form=form, dtype=jnp.float32)
    assert y.dtype == jnp.float32
    assert error(y, expected(x, w)) < 1e-5


@pytest.mark.parametrize(("form", "expected"), FORMS, ids=NAMES)
def test_bfloat16_products_are_summed_in_float32(form: Form, expected: Callable[..., Array]) -> None:
    x, w = draw(2, 8, 8, 256), draw(3, 3, 256, 64, seed=1)
    y = tiled_conv(*f32(x, w), form=form, dtype=jnp.bfloat16)
    assert y.dtype == jnp.float32
    # Rounding both factors to 8 bits gives independent errors of about 2^-9 each; sums in bfloat16 would give
    # sixteen times that for 256 channels.
    assert 1e-3 < error(y, expected(x, w)) < 0.05


# Few channels and many, few pixels and many: every branch of the choice.
@pytest.mark.parametrize(
    "shape",
    [
        (1, 2, 2, 2, 3),
        (2, 6, 4, 3, 2),
        (1, 32, 32, 48, 48),
        (1, 16, 16, 128, 128),
        (1, 32, 32, 128, 128),
        (1, 8, 8, 181, 182),
        (5, 14, 6, 128, 131),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(("function", "_", "expected"), CASES, ids=NAMES)
def test_values(
    function: Callable[..., jax.Array], _: Form, expected: Callable[..., Array], dtype: str, shape: Any
) -> None:
    n, h, width, i, o = shape
    x, w = draw(n, h, width, i), draw(3, 3, i, o, seed=1)
    y = jax.jit(functools.partial(function, dtype=jnp.dtype(dtype)))(*f32(x, w))
    larger = shape == (1, 32, 32, 128, 128)  # Winograd's larger tiles round more
    assert error(y, expected(x, w)) < {"float32": 2e-5 if larger else 1e-5, "bfloat16": 0.1}[dtype]


@pytest.mark.parametrize("sides", [(1, 1), (7, 3), (16, 17)])
@pytest.mark.parametrize(("function", "_", "expected"), CASES[:2], ids=NAMES[:2])
def test_odd_sides(
    function: Callable[..., jax.Array], _: Form, expected: Callable[..., Array], sides: Any
) -> None:
    x, w = draw(2, *sides, 128), draw(3, 3, 128, 128, seed=1)
    assert error(function(*f32(x, w)), expected(x, w)) < 1e-5


@pytest.mark.parametrize(("function", "_", "expected"), CASES, ids=NAMES)
def test_accelerators_use_their_own_convolution(
    function: Callable[..., jax.Array],
    _: Form,
    expected: Callable[..., Array],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    x, w = draw(1, 16, 16, 128), draw(3, 3, 128, 128, seed=1)
    text = program(function, *f32(x, w))
    assert "stablehlo.convolution" in text and "stablehlo.dot" not in text
    assert error(function(*f32(x, w)), expected(x, w)) < 1e-5
    assert function(*f32(x, w), dtype=jnp.bfloat16).dtype == jnp.bfloat16


@pytest.mark.parametrize("form", [UPSAMPLE, DOWNSAMPLE], ids=NAMES[1:])
def test_few_channels_are_convolved_with_four_taps_a_side_and_many_by_tiles(form: Form) -> None:
    for channels, convolutions in ((64, 1), (128, 0)):
        x, w = f32(draw(1, 4, 4, channels), draw(3, 3, channels, channels, seed=1))
        text = program(functools.partial(tiled_conv, form=form, dtype=jnp.float32), x, w)
        assert text.count("stablehlo.convolution") == convolutions
        assert ("stablehlo.dot_general" in text) is not bool(convolutions)


@pytest.mark.parametrize("channels", [(2, 3), (100, 104)])  # the latter by tiles
@pytest.mark.parametrize("form", [WINOGRAD, UPSAMPLE, DOWNSAMPLE], ids=NAMES)
def test_derivatives_of_first_and_second_order(form: Form, channels: tuple[int, int]) -> None:
    x, w = f32(draw(2, 4, 6, channels[0]), draw(3, 3, *channels, seed=1) / channels[0] ** 0.5)
    ours = derivatives(functools.partial(tiled_conv, form=form, dtype=jnp.float32), x, w)
    for found, expected in zip(ours, derivatives(plain(form), x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


def test_many_pixels_are_convolved_in_larger_tiles_with_the_same_derivatives() -> None:
    ours = functools.partial(tiled_conv, form=WINOGRAD, dtype=jnp.float32)
    x, w = f32(draw(2, 20, 28, 2), draw(3, 3, 2, 3, seed=1))
    slope = functools.partial(kernel_gradient, form=WINOGRAD, dtype=jnp.dtype(jnp.float32))
    assert "-> tensor<36x70x3xf32>" in program(ours, x, w)
    assert "-> tensor<36x2x3xf32>" in program(slope, x, ours(x, w))
    for found, expected in zip(derivatives(ours, x, w), derivatives(plain(WINOGRAD), x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


@pytest.mark.parametrize(
    ("shape", "dtype", "products"),
    [
        ((1, 32, 32, 4), "float32", 36),
        ((1, 32, 32, 4), "bfloat16", 16),  # rounds the factors, of which those of larger tiles differ more
        ((1, 32, 30, 4), "float32", 16),  # sides that the tiles do not fill
        ((1, 28, 32, 4), "float32", 16),  # few pixels
        ((1, 32, 32, 130), "float32", 16),  # the kernel is more work than the image
    ],
)
def test_where_tiles_are_larger(shape: Any, dtype: str, products: int) -> None:
    x, w = jnp.zeros(shape), jnp.zeros((3, 3, shape[-1], shape[-1]))
    text = program(functools.partial(tiled_conv, form=WINOGRAD, dtype=jnp.dtype(dtype)), x, w)
    assert {n for n in (16, 36) if f"-> tensor<{n}x" in text} == {products}


@pytest.mark.parametrize("form", [WINOGRAD, UPSAMPLE, DOWNSAMPLE], ids=NAMES)
def test_forward_mode_is_refused(form: Form) -> None:
    x, w = f32(draw(1, 2, 2, 1), draw(3, 3, 1, 1))
    for function in (functools.partial(tiled_conv, form=form, dtype=jnp.float32), conv.conv3x3):
        with pytest.raises(TypeError, match="forward-mode"):
            jax.jvp(function, (x, w), (x, w))


@pytest.mark.parametrize(("function", "form", "_"), CASES, ids=NAMES)
def test_gradient_penalty_equals_that_of_the_plain_convolution(
    function: Callable[..., jax.Array], form: Form, _: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, w = f32(draw(1, 16, 16, 128), draw(3, 3, 128, 128, seed=1) / 30)

    def penalty(w: jax.Array, x: jax.Array) -> jax.Array:
        slope = jax.grad(lambda x: jnp.sum(jax.nn.softplus(function(x, w))))(x)
        return jnp.sum(jnp.square(slope))

    assert "stablehlo.convolution" not in program(function, x, w)
    found = jax.grad(penalty, (0, 1))(w, x)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    expected = jax.grad(penalty, (0, 1))(w, x)
    for ours, theirs in zip(found, expected, strict=True):
        assert error(ours, np.asarray(theirs, np.float64)) < 2e-5


@pytest.mark.parametrize("side", [8, 16])  # 16: larger tiles
@pytest.mark.parametrize("form", [WINOGRAD, UPSAMPLE, DOWNSAMPLE], ids=NAMES)
def test_a_batch_split_over_devices_gives_the_same(form: Form, side: int) -> None:
    x, w = f32(draw(8, side, side, 4), draw(3, 3, 4, 4, seed=1))
    f = functools.partial(tiled_conv, form=form, dtype=jnp.float32)
    y = stays_on_devices(lambda x, w: f(x, w), x, w)
    np.testing.assert_allclose(y, f(x, w), atol=1e-5)
    g = jnp.ones_like(y)
    slope = functools.partial(kernel_gradient, form=form, dtype=jnp.dtype(jnp.float32))
    np.testing.assert_allclose(stays_on_devices(slope, x, g), slope(x, g), rtol=1e-5, atol=1e-3)
