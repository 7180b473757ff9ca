"""What the tests of convolutions share: drawing, comparing, and derivatives of first and second order."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.nn.plain_conv import LAYOUT
from ganjax.nn.tiled_conv import DOWNSAMPLE, UPSAMPLE, Form

Array = np.ndarray[Any, np.dtype[np.float64]]


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


def plain(form: Form) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """What `form` computes, by the platform's convolution."""

    def function(x: jax.Array, w: jax.Array) -> jax.Array:
        x = upsample_nearest(x) if form is UPSAMPLE else x
        y = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=LAYOUT)
        return 4 * downsample_box(y) if form is DOWNSAMPLE else y

    return function


def stays_on_devices(function: Callable[..., jax.Array], x: jax.Array, other: jax.Array) -> jax.Array:
    """`function` of a batch over all devices and of `other`, which no image may leave its device for.

    `other` is spread like `x` where it has as many images, and else is on every device.
    """
    mesh = jax.make_mesh((jax.device_count(),), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    rows, all_of_it = (
        jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*a)) for a in (["data"], [])
    )
    spread = [jax.device_put(x, rows), jax.device_put(other, rows if len(other) == len(x) else all_of_it)]
    compiled = jax.jit(function).lower(*spread).compile()
    text = compiled.as_text()
    assert text is not None
    assert not any(word in text for word in ("collective-permute", "all-gather", "all-to-all"))
    y: jax.Array = compiled(*spread)
    if len(y) == len(x):
        assert y.sharding.is_equivalent_to(rows, y.ndim)
    else:  # a sum over the batch
        assert "all-reduce" in text
    return y


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
