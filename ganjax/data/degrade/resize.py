"""Resizing without antialiasing, to sizes that may be traced: by area, bilinear or bicubic.

Each way is linear along each axis, so a resize is two products with matrices of weights, and a traced number
chooses between the ways. The rules are those of PyTorch's interpolate with align_corners False, which
Real-ESRGAN's degradation calls (xinntao/Real-ESRGAN, realesrgan/models/realesrgan_model.py).
"""

import jax
import jax.numpy as jnp

from ganjax.data.degrade.sizes import whole

MODES = ("area", "bilinear", "bicubic")
"""What the number `mode` stands for."""

_CUBIC = -0.75  # a of Keys's cubic; PyTorch and OpenCV take this one


def resize(
    image: jax.Array,
    mode: jax.Array | int,
    *,
    shape: tuple[int, int],
    extent: jax.Array | None = None,
    to: jax.Array | None = None,
    step: jax.Array | None = None,
) -> jax.Array:
    """`image` [H, W, C] resized into an array [*shape, C], neither clipped nor rounded.

    Args:
      image: pixels of any range.
      mode: index into `MODES`; may be traced.
      shape: height and width of the resulting array.
      extent: see `ganjax.data.degrade.sizes`; all of `image` by default.
      to: height and width to which it is resized, int32 [2]; all of `shape` by default. Beyond there is zero.
      step: pixels of the picture between two of the result, float [2]; extent / to by default. Area ignores
        it.
    """
    used = whole(image) if extent is None else extent
    made = jnp.array(shape) if to is None else to
    apart = used / made if step is None else step
    down, across = (
        _weights(mode, image.shape[axis], used[axis], shape[axis], made[axis], apart[axis]) for axis in (0, 1)
    )
    # Full precision: where products are rounded to fewer bits by default, 8-bit pixels would be too.
    return jnp.einsum("ih,hwc,jw->ijc", down, image, across, precision=jax.lax.Precision.HIGHEST)


def _weights(
    mode: jax.Array | int, before: int, used: jax.Array, after: int, made: jax.Array, step: jax.Array
) -> jax.Array:
    """Weights [after, before] of each pixel of a line for each of the resized one."""
    row, column = jnp.arange(after)[:, None], jnp.arange(before)[None]
    first, stop = row * used // made, -(-(row + 1) * used // made)
    area = ((column >= first) & (column < stop)) / (stop - first)

    centre = (row + 0.5) * step - 0.5
    base = jnp.floor(centre)
    t = centre - base

    def taps(weights: dict[int, jax.Array]) -> jax.Array:
        """The weight of each neighbour, counted from `base`; the edge pixel stands for those beyond."""
        total = jnp.zeros((after, before))
        for offset, weight in weights.items():
            total += jnp.where(jnp.clip(base + offset, 0, used - 1) == column, weight, 0)
        return total

    linear = taps({0: 1 - t, 1: t})
    cubic = taps({-1: _far(t + 1), 0: _near(t), 1: _near(1 - t), 2: _far(2 - t)})
    return jnp.where(row < made, jnp.stack([area, linear, cubic])[mode], 0)


def _near(x: jax.Array) -> jax.Array:
    """Keys's cubic between 0 and 1."""
    return ((_CUBIC + 2) * x - (_CUBIC + 3)) * x**2 + 1


def _far(x: jax.Array) -> jax.Array:
    """Keys's cubic between 1 and 2."""
    return _CUBIC * (((x - 5) * x + 8) * x - 4)
