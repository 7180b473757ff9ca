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
from ganjax.nn.halving_conv import halving_conv
from ganjax.nn.plain_conv import LAYOUT

from .conv_case import derivatives, draw, error, f32, program


@pytest.mark.parametrize(
    ("shape", "out", "step"),
    [
        ((2, 4, 6, 2), 3, 1),
        ((1, 3, 5, 2), 3, 1),
        ((1, 16, 16, 128), 128, 1),  # Winograd's
        ((2, 5, 4, 3), 17, 1),  # colours, to which one of zeros is added
        ((2, 5, 4, 6), 3, 1),  # to colours
        ((2, 4, 6, 2), 3, 2),
        ((2, 4, 6, 3), 17, 2),
        ((1, 2, 4, 65), 3, 2),  # too many inputs for one convolution of all places
        ((1, 40, 36, 64), 128, 2),  # by tiles
    ],
)
def test_the_platforms_convolution_has_the_derivatives_that_jax_gives_it(
    shape: tuple[int, ...], out: int, step: int
) -> None:
    def whole(x: jax.Array, w: jax.Array) -> jax.Array:
        return lax.conv_general_dilated(x, w, (step, step), ((1, 1), (1, 1)), dimension_numbers=LAYOUT)

    x, w = f32(draw(*shape), draw(step + 2, step + 2, shape[-1], out, seed=1) / shape[-1] ** 0.5)
    ours = functools.partial(closed_conv, step=step)
    assert error(ours(x, w), np.asarray(whole(x, w), np.float64)) < 1e-5
    for found, expected in zip(derivatives(ours, x, w), derivatives(whole, x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


def test_a_large_convolution_that_xla_would_keep_on_one_core_has_a_row_more() -> None:
    def has(images: int, side: int, given: int, made: int) -> bool:
        x, w = jnp.zeros((images, side, side, given)), jnp.zeros((3, 3, given, made))
        return "pad = [[1, 2], [1, 1]]" in program(functools.partial(closed_conv, step=1), x, w)

    assert has(16, 32, 64, 64)
    shared = [(16, 32, 64, 128), (1, 128, 64, 64)]  # by XLA itself
    small = [(4, 32, 64, 64), (16, 32, 32, 64), (16, 64, 32, 32)]
    assert not any(has(*each) for each in shared + small)


def test_a_row_more_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = f32(draw(2, 4, 6, 2), draw(3, 3, 2, 3, seed=1))
    ours = functools.partial(closed_conv, step=1)
    expected = [ours(x, w), *derivatives(ours, x, w)]
    monkeypatch.setattr("ganjax.nn.plain_conv._keeps_one_core", lambda x, w: True)
    assert "pad = [[1, 2], [1, 1]]" in program(ours, x, w)
    for found, right in zip([ours(x, w), *derivatives(ours, x, w)], expected, strict=True):
        assert error(found, np.asarray(right, np.float64)) < 1e-5


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


@pytest.mark.parametrize("halving", [conv.conv4x4_halving, halving_conv])
def test_halving_is_a_convolution_in_steps_of_two(halving: Callable[..., jax.Array]) -> None:
    x, w = draw(2, 8, 12, 3), draw(4, 4, 3, 5, seed=1)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = sum(padded[:, i : i + 7 : 2, j : j + 11 : 2] @ w[i, j] for i in range(4) for j in range(4))
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
