"""Expected values: the definition of the convolution in numpy, and the derivatives that JAX gives XLA's."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from ganjax.nn.closed_conv import closed_conv
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
