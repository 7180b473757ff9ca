"""Expected values: the definition of the convolution in numpy, and the derivatives that JAX gives XLA's."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from ganjax.nn import conv
from ganjax.nn.closed_conv import closed_conv
from ganjax.nn.halving_conv import halving_conv, halving_image_slope, halving_kernel_slope
from ganjax.nn.plain_conv import LAYOUT, plain_conv

from .conv_case import derivatives, draw, error, f32, program, stays_on_devices


def test_no_kernel_gradient_of_a_halving_convolution_dilates_the_image() -> None:
    """JAX's own second derivatives do, for which XLA:CPU takes a hundred times as long."""
    x, w = f32(draw(1, 8, 8, 2), draw(4, 4, 2, 3, seed=1))

    def dilates(function: Callable[..., jax.Array]) -> bool:
        def penalty(x: jax.Array, w: jax.Array) -> jax.Array:
            slope = jax.grad(lambda x: jnp.sum(jnp.sin(function(x, w))))(x)
            return jnp.sum(jnp.square(slope))

        lines = program(lambda x, w: jax.grad(penalty, 1)(x, w), x, w).splitlines()
        return any("[f, 0, 1, b]x" in line and "lhs_dilate = [2, 2]" in line for line in lines)

    assert not dilates(conv.conv4x4_halving)
    assert dilates(
        lambda x, w: lax.conv_general_dilated(x, w, (2, 2), ((1, 1), (1, 1)), dimension_numbers=LAYOUT)
    )


@pytest.mark.parametrize(
    ("halving", "h", "width"),
    [(conv.conv4x4_halving, 6, 10), (conv.conv4x4_halving, 8, 12), (halving_conv, 8, 12)],
)
def test_halving_is_a_convolution_in_steps_of_two(
    halving: Callable[..., jax.Array], h: int, width: int
) -> None:
    x, w = draw(2, h, width, 3), draw(4, 4, 3, 5, seed=1)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    taps = (padded[:, i : i + h - 1 : 2, j : j + width - 1 : 2] @ w[i, j] for i in range(4) for j in range(4))
    expected = sum(taps, np.zeros(()))
    assert error(halving(*f32(x, w)), expected) < 1e-6


@pytest.mark.parametrize(
    ("shape", "made", "tiles"),
    [
        ((16, 32, 32, 64), 128, True),
        ((16, 32, 32, 60), 128, False),
        ((16, 32, 32, 64), 120, False),
        ((16, 32, 30, 64), 128, False),  # sides that the tiles do not fill
        ((16, 8, 8, 256), 256, False),  # the kernel is more work than the images
    ],
)
def test_many_channels_are_halved_by_products_in_every_direction(
    shape: tuple[int, ...], made: int, *, tiles: bool
) -> None:
    x, w = jnp.zeros(shape), jnp.zeros((4, 4, shape[-1], made))
    whole = program(
        lambda x, w: jax.vjp(conv.conv4x4_halving, x, w)[1](jnp.zeros_like(conv.conv4x4_halving(x, w))), x, w
    )
    assert ("stablehlo.convolution" in whole) is not tiles
    assert ("stablehlo.dot_general" in whole) is tiles


def test_elsewhere_halving_is_the_platforms_own_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = f32(draw(2, 6, 10, 3), draw(4, 4, 3, 5, seed=1))
    here = conv.conv4x4_halving(x, w)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert error(conv.conv4x4_halving(x, w), np.asarray(here, np.float64)) < 1e-6
    assert "convolution" in program(conv.conv4x4_halving, x, w)


def test_by_tiles_are_its_derivatives_too() -> None:
    x, w = f32(draw(2, 28, 32, 64), draw(4, 4, 64, 128, seed=1) / 30)
    ours, whole = (functools.partial(each, step=2) for each in (closed_conv, plain_conv))
    assert "stablehlo.convolution" not in program(ours, x, w)
    for found, expected in zip(derivatives(ours, x, w), derivatives(whole, x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


@pytest.mark.parametrize("function", [halving_conv, halving_kernel_slope, halving_image_slope])
def test_a_batch_split_over_devices_stays_there(function: Callable[..., jax.Array]) -> None:
    x, w, g = f32(draw(8, 8, 12, 3), draw(4, 4, 3, 5, seed=1), draw(8, 4, 6, 5, seed=2))
    arguments = {halving_conv: (x, w), halving_kernel_slope: (x, g), halving_image_slope: (g, w)}[function]
    found = stays_on_devices(function, *arguments)
    np.testing.assert_allclose(found, function(*arguments), rtol=1e-5, atol=1e-4)
