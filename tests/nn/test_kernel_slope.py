"""Expected values: the platform's convolution, differentiated as JAX does."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.nn.closed_conv import closed_conv
from ganjax.nn.kernel_slope import kernel_slope
from ganjax.nn.plain_conv import plain_conv
from ganjax.nn.tiled_conv import DOWNSAMPLE, UPSAMPLE, Form, tiled_conv

from .conv_case import derivatives, draw, error, f32, plain, program, stays_on_devices


@pytest.mark.parametrize(
    ("form", "side", "channels"),
    [(UPSAMPLE, 32, (3, 2)), (UPSAMPLE, 32, (2, 3)), (DOWNSAMPLE, 64, (3, 2)), (DOWNSAMPLE, 64, (2, 3))],
)
def test_many_tiles_of_few_channels_have_the_kernel_gradient_of_their_form(
    form: Form, side: int, channels: tuple[int, int]
) -> None:
    x, w = f32(draw(4, side, side, channels[0]), draw(3, 3, *channels, seed=1))
    ours = functools.partial(tiled_conv, form=form, dtype=jnp.float32)
    slope = jax.grad(lambda w: jnp.sum(jnp.sin(ours(x, w))))
    assert program(slope, w).count("stablehlo.convolution") == 1 + 4  # its own, and the phases
    for found, expected in zip(derivatives(ours, x, w), derivatives(plain(form), x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that holds two images of 16 x 16 pixels and 24 channels, with the slopes of as many."""
    monkeypatch.setattr("ganjax.nn.kernel_slope.FLOATS", 2 * 16 * 16 * 48)


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize(("images", "parts"), [(1, 1), (3, 3), (8, 4), (12, 6), (17, 1)])
def test_the_slope_by_the_kernel_is_the_sum_over_a_few_images_at_a_time(
    images: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "device_count", lambda: 1)
    x, g = f32(draw(images, 16, 16, 24), draw(images, 16, 16, 24, seed=1))
    whole = functools.partial(plain_conv, step=1)
    slope = functools.partial(kernel_slope, whole, size=3)
    assert program(slope, x, g).count("stablehlo.convolution") == parts
    (expected,) = jax.vjp(lambda w: whole(x, w), jnp.zeros((3, 3, 24, 24)))[1](g)
    assert error(slope(x, g), np.asarray(expected, np.float64)) < 1e-4


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize("step", [1, 2])
def test_a_few_images_at_a_time_have_the_derivatives_of_all(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "device_count", lambda: 1)
    x, w = f32(draw(8, 16, 16, 24), draw(step + 2, step + 2, 24, 24, seed=1) / 24)
    whole, ours = (functools.partial(each, step=step) for each in (plain_conv, closed_conv))
    for found, expected in zip(derivatives(ours, x, w), derivatives(whole, x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize(("form", "side"), [(UPSAMPLE, 16), (DOWNSAMPLE, 32)])
def test_a_few_images_at_a_time_have_the_derivatives_of_their_form(
    form: Form, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "device_count", lambda: 1)
    x, w = f32(draw(16, side, side, 24), draw(3, 3, 24, 24, seed=1) / 24)
    ours = functools.partial(tiled_conv, form=form, dtype=jnp.float32)
    slope = jax.grad(lambda w: jnp.sum(jnp.sin(ours(x, w))))
    # Its own, and the phases of two images each.
    assert program(slope, w).count("stablehlo.convolution") == 1 + 4 * 8
    for found, expected in zip(derivatives(ours, x, w), derivatives(plain(form), x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


@pytest.mark.usefixtures("few_at_a_time")
def test_a_few_images_at_a_time_stay_on_their_devices() -> None:
    x, g = f32(draw(32, 16, 16, 24), draw(32, 16, 16, 24, seed=1))
    slope = functools.partial(kernel_slope, functools.partial(plain_conv, step=1), size=3)
    assert program(slope, x, g).count("stablehlo.convolution") == 2
    np.testing.assert_allclose(stays_on_devices(slope, x, g), slope(x, g), rtol=1e-4, atol=1e-3)
