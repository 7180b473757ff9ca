"""Expected values: the definition of the convolution, summed tap by tap in numpy float64."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.nn import conv
from ganjax.nn.closed_conv import LAYOUT, closed_conv, plain_conv
from ganjax.nn.kernel_slope import kernel_slope
from ganjax.nn.tiled_conv import DOWNSAMPLE, UPSAMPLE, WINOGRAD, Form, tiled_conv

Array = np.ndarray[Any, np.dtype[np.float64]]


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


def draw(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def error(found: jax.Array, expected: Array) -> float:
    """Largest difference in units of the spread of the expected values."""
    assert found.shape == expected.shape
    return float(np.abs(np.asarray(found, np.float64) - expected).max() / expected.std())


def program(function: Callable[..., jax.Array], *arguments: jax.Array) -> str:
    """What `function` is compiled from, traced anew: the platform may be another than before."""
    return jax.jit(lambda *a: function(*a)).lower(*arguments).as_text()


def f32(*arrays: Array) -> list[jax.Array]:
    return [jnp.asarray(a, jnp.float32) for a in arrays]


@pytest.mark.parametrize("shape", [(1, 2, 2, 3, 5), (2, 6, 10, 4, 1), (1, 16, 16, 160, 130)])
@pytest.mark.parametrize(("form", "expected"), FORMS, ids=NAMES)
def test_forms_are_the_convolution(form: Form, expected: Callable[..., Array], shape: Any) -> None:
    n, h, width, i, o = shape
    x, w = draw(n, h, width, i), draw(3, 3, i, o, seed=1)
    y = tiled_conv(*f32(x, w), form=form, dtype=jnp.float32)
    assert y.dtype == jnp.float32
    assert error(y, expected(x, w)) < 1e-5


@pytest.mark.parametrize(("form", "expected"), FORMS, ids=NAMES)
def test_bfloat16_products_are_summed_in_float32(form: Form, expected: Callable[..., Array]) -> None:
    x, w = draw(2, 8, 8, 256), draw(3, 3, 256, 16, seed=1)
    y = tiled_conv(*f32(x, w), form=form, dtype=jnp.bfloat16)
    assert y.dtype == jnp.float32
    # Rounding both factors to 8 bits gives independent errors of about 2^-9 each; sums in bfloat16 would give
    # sixteen times that for 256 channels.
    assert 1e-3 < error(y, expected(x, w)) < 0.05


# Few channels and many, few pixels and many: every branch of the choice.
@pytest.mark.parametrize(
    "shape",
    [(1, 2, 2, 2, 3), (2, 6, 4, 3, 2), (1, 16, 16, 128, 128), (1, 8, 8, 181, 182), (5, 14, 6, 128, 131)],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(("function", "_", "expected"), CASES, ids=NAMES)
def test_values(
    function: Callable[..., jax.Array], _: Form, expected: Callable[..., Array], dtype: str, shape: Any
) -> None:
    n, h, width, i, o = shape
    x, w = draw(n, h, width, i), draw(3, 3, i, o, seed=1)
    y = jax.jit(functools.partial(function, dtype=jnp.dtype(dtype)))(*f32(x, w))
    assert error(y, expected(x, w)) < {"float32": 1e-5, "bfloat16": 0.1}[dtype]


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


def plain(form: Form) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """What `form` computes, by the platform's convolution."""

    def function(x: jax.Array, w: jax.Array) -> jax.Array:
        x = upsample_nearest(x) if form is UPSAMPLE else x
        y = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=LAYOUT)
        return 4 * downsample_box(y) if form is DOWNSAMPLE else y

    return function


def derivatives(
    function: Callable[[jax.Array, jax.Array], jax.Array], x: jax.Array, w: jax.Array
) -> list[jax.Array]:
    """Of first and second order, by both arguments.

    All rules take part in these: the derivatives of either rule are the others again. What is differentiated
    is linear in neither argument, so that every mixed term appears.
    """
    dx, dw = f32(draw(*x.shape, seed=2), draw(*w.shape, seed=3))

    def along(f: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
        def slope(x: jax.Array, w: jax.Array) -> jax.Array:
            gx, gw = jax.grad(f, (0, 1))(x, w)
            return jnp.vdot(gx, dx) + jnp.vdot(gw, dw)

        return slope

    f = lambda x, w: jnp.sum(jnp.sin(function(x, w) / 10))  # noqa: E731
    found = []
    for _ in range(2):
        found += jax.jit(jax.grad(f, (0, 1)))(x, w)
        f = along(f)
    return found


@pytest.mark.parametrize("form", [WINOGRAD, UPSAMPLE, DOWNSAMPLE], ids=NAMES)
def test_derivatives_of_first_and_second_order(form: Form) -> None:
    x, w = f32(draw(2, 4, 6, 2), draw(3, 3, 2, 3, seed=1))
    ours = derivatives(functools.partial(tiled_conv, form=form, dtype=jnp.float32), x, w)
    for found, expected in zip(ours, derivatives(plain(form), x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


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
    assert "stablehlo.convolution" in program(slope, w)  # by phases
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
    assert program(slope, w).count("stablehlo.convolution") == 4 * 8  # phases of two images each
    for found, expected in zip(derivatives(ours, x, w), derivatives(plain(form), x, w), strict=True):
        assert error(found, np.asarray(expected, np.float64)) < 1e-4


@pytest.mark.usefixtures("few_at_a_time")
def test_a_few_images_at_a_time_stay_on_their_devices() -> None:
    x, g = f32(draw(32, 16, 16, 24), draw(32, 16, 16, 24, seed=1))
    slope = functools.partial(kernel_slope, functools.partial(plain_conv, step=1), size=3)
    mesh = jax.make_mesh((8,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("data"))
    spread = [jax.device_put(each, rows) for each in (x, g)]
    compiled = jax.jit(slope).lower(*spread).compile().as_text()
    assert compiled is not None and "all-reduce" in compiled
    assert not any(word in compiled for word in ("collective-permute", "all-gather", "all-to-all"))
    assert program(slope, x, g).count("stablehlo.convolution") == 2
    np.testing.assert_allclose(jax.jit(slope)(*spread), slope(x, g), rtol=1e-4, atol=1e-3)


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


def test_large_doubled_images_are_convolved_plainly_and_differentiated_by_tiles() -> None:
    x, w = f32(draw(1, 128, 128, 64), draw(3, 3, 64, 64, seed=1) / 24)
    ours, whole = conv.upsample_conv3x3, plain(UPSAMPLE)
    assert "stablehlo.convolution" in program(ours, x, w)
    assert error(ours(x, w), np.asarray(whole(x, w), np.float64)) < 1e-5

    def slopes(f: Callable[..., jax.Array], x: jax.Array, w: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.grad(lambda x, w: jnp.sum(jnp.sin(f(x, w))), (0, 1))(x, w)

    def penalty(f: Callable[..., jax.Array], x: jax.Array, w: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.grad(lambda x, w: jnp.sum(jnp.square(slopes(f, x, w)[0])), (0, 1))(x, w)

    assert program(functools.partial(slopes, ours), x, w).count("stablehlo.convolution") == 1
    for derivative in (slopes, penalty):
        both = [jax.jit(functools.partial(derivative, f))(x, w) for f in (ours, whole)]
        for found, right in zip(*both, strict=True):
            assert error(found, np.asarray(right, np.float64)) < 1e-4


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
    for ours, plain in zip(found, expected, strict=True):
        assert error(ours, np.asarray(plain, np.float64)) < 2e-5


def test_a_batch_split_over_devices_gives_the_same() -> None:
    x, w = f32(draw(8, 8, 8, 4), draw(3, 3, 4, 4, seed=1))
    mesh = jax.make_mesh((8,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("data"))
    for form in (WINOGRAD, UPSAMPLE, DOWNSAMPLE):
        f = functools.partial(tiled_conv, form=form, dtype=jnp.float32)
        y = f(jax.device_put(x, rows), w)
        assert y.sharding.is_equivalent_to(rows, 4)
        np.testing.assert_allclose(y, f(x, w), atol=1e-5)


def test_halving_is_a_convolution_in_steps_of_two() -> None:
    x, w = draw(2, 6, 10, 3), draw(4, 4, 3, 5, seed=1)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = sum(padded[:, i : i + 5 : 2, j : j + 9 : 2] @ w[i, j] for i in range(4) for j in range(4))
    assert error(conv.conv4x4_halving(*f32(x, w)), expected) < 1e-6


def test_elsewhere_halving_is_the_platforms_own_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = f32(draw(2, 6, 10, 3), draw(4, 4, 3, 5, seed=1))
    here = conv.conv4x4_halving(x, w)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert error(conv.conv4x4_halving(x, w), np.asarray(here, np.float64)) < 1e-6
    assert "convolution" in program(conv.conv4x4_halving, x, w)
