"""A network that makes pictures of pictures, on pictures of any size and kind."""

import dataclasses
import functools
import inspect
import math
import numbers
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.core.colour import grey
from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit, from_range, to_range
from ganjax.core.jaxprs import largest_array
from ganjax.core.resample import upsample_nearest
from ganjax.core.types import ImageSpec, Model
from ganjax.infer.batch import copied, free_devices, placed_on
from ganjax.infer.glance import carried, noise, rows_to_measure
from ganjax.infer.resize import resized, weighed
from ganjax.infer.tile import Tiling, tiled_rows

# Bytes of the largest array inside a network on one tile: what all of it takes is some times as much.
_ROOM = {"cpu": 2**28, "gpu": 2**31, "tpu": 2**30}
# Sides of a tile and of its result: a row of results as wide as the picture is in memory, too.
_LARGEST, _LARGEST_RESULT = 1024, 2048
_SMALL = 128
# Tiles overlap by all that the network sees where that costs half as much again at most, else by this.
_OVERLAP, _WORTH = 32, 1.5


def network_rows(
    model: Model,
    images: np.ndarray,
    *,
    tile: int | None,
    exact: bool,
    centred: bool,
    dtype: str | None = None,
) -> Iterator[np.ndarray]:
    """What a network makes of images [N, H, W, C], as consecutive rows [h, W scale, C] of all of them.

    All local devices share the tiles, unless `jax.device_put` has placed the model on some.

    Args:
      model: a network that makes pictures of pictures.
      images: as in `network_tiles`.
      dtype: as in `network_tiles`.
      tile: side of the tiles; by default so large that the largest array in the network takes a fixed amount.
      exact: tiles overlap by all that the network sees; by default they do so where that costs little.
      centred: where padding goes, see `ganjax.infer.pad.padded`.

    Raises:
      UsageError: `tile` does not fit.
      GanjaxError: out of memory.
    """
    height, width = images.shape[1:3]
    if model.spec.glance and {height, width} != {model.spec.glance}:
        for image in images:
            does = _at_a_glance(model, image)
            yield from network_rows(does, image[None], tile=tile, exact=exact, centred=centred, dtype=dtype)
        return
    model = dataclasses.replace(model, name="")  # another name must not compile anew
    platform = free_devices(model, 1)[0].platform
    room = _ROOM.get(platform, 2**30)
    # A small picture by itself needs no estimate, which takes some time for a deep network.
    cost = 1 if len(images) == 1 and max(height, width) <= _SMALL else _cost(model)
    tiling = _tiling(model.spec, math.isqrt(room // cost), tile=tile, exact=exact)
    devices = free_devices(model, len(images) * tiling.count(height, width))
    pixels = min(height, tiling.side) * min(width, tiling.side)
    if len(devices) > 1:
        model = copied(model, devices)
    yield from tiled_rows(
        functools.partial(network_tiles, model, dtype=dtype),
        images,
        tiling=tiling,
        # A processor is quickest with as much as its caches hold: it takes large tiles one by one.
        batch=max(1, room // (4 if platform == "cpu" else 1) // (cost * pixels)),
        devices=devices if len(devices) > 1 else None,
        centred=centred,
    )


def _at_a_glance(model: Model, image: np.ndarray) -> Model:
    """What the network does to [H, W, C] when it sees a small copy, as a network for the full size."""
    small = _small_copy(image, model.spec.glance)
    rows = network_rows(model, small[None], tile=None, exact=False, centred=True)
    measured = image[rows_to_measure(len(image))]
    if image.shape[-1] in (2, 4):  # what nobody sees has no grain
        measured = np.where(measured[..., -1:] > 0, measured[..., :-1], 0)
    grain = np.broadcast_to(noise(as_unit(measured)), 3)
    does: Model = jax.jit(carried)(small, np.concatenate(list(rows)), grain)
    return jax.device_put(does, placed_on(model))


def _small_copy(image: np.ndarray, side: int) -> np.ndarray:
    """[H, W, C] as RGB [side, side, 3] in [0, 1], laid on the mean of what is seen of it.

    So the colours of what nobody sees do not tell how bright the picture is.
    """
    if image.shape[-1] in (2, 4):
        small = resized(weighed(image)[None], side, side)[0]
        colour, alpha = small[..., :-1], small[..., -1:]
        small = colour + (1 - alpha) * colour.sum((0, 1)) / np.maximum(alpha.sum(), 1e-6)
    else:
        most = 1 if image.dtype.kind == "f" else np.iinfo(image.dtype).max
        small = resized(image[None], side, side)[0] / most
    return np.broadcast_to(np.clip(small, 0, 1), (side, side, 3))


def _tiling(spec: ImageSpec, most: int, *, tile: int | None, exact: bool) -> Tiling:
    """The tiles for a network, of which memory takes those of `most` pixels a side easily."""
    side = tile
    if side is not None and (not isinstance(side, numbers.Integral) or side < 1):
        raise UsageError(f"tile is a whole number of pixels from 1 on, not {side!r}.")
    if side is None:
        side = min(_LARGEST, _LARGEST_RESULT // spec.scale, most)
        side = max(side, 4 * spec.halo if exact else 0, 4 * spec.multiple)
        side = side // 32 * 32 if side >= 32 else side
    side = math.ceil(side / spec.multiple) * spec.multiple
    core = side - 2 * spec.halo
    exact = exact or (core > 0 and side**2 <= _WORTH * core**2)
    overlap = 2 * spec.halo if exact else min(_OVERLAP, side // 4)
    return Tiling(side, overlap, blend=not exact, scale=spec.scale, multiple=spec.multiple)


def _cost(model: Model) -> int:
    """Bytes of the largest array inside the network, for one pixel of the picture that goes in."""
    leaves, tree = jax.tree.flatten(model.variables)
    shapes = tuple(jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves)
    return _traced_cost(model.net, model.spec.multiple, tree, shapes)


@functools.cache
def _traced_cost(net: Any, multiple: int, tree: Any, shapes: tuple[jax.ShapeDtypeStruct, ...]) -> int:
    side = math.ceil(256 / multiple) * multiple  # so large that arrays of weights do not count
    image = jax.ShapeDtypeStruct((1, side, side, 3), jnp.float32)
    jaxpr = jax.make_jaxpr(net.apply)(jax.tree.unflatten(tree, shapes), image)
    return max(4, largest_array(jaxpr) // side**2)


@functools.partial(jax.jit, static_argnames=("dtype",))
def network_tiles(
    model: Model, images: jax.Array, windows: jax.Array | None = None, *, dtype: str | None = None
) -> jax.Array:
    """What the network makes of tiles [N, h, w, C] of pictures, compiled.

    Grey goes through the network as RGB, and what comes out is made grey. Colours go through as they are,
    those of transparent pixels too, as in Real-ESRGAN's code (realesrgan/utils.py). Alpha goes through as a
    grey picture and is held between the least and the most that is around each pixel, so that it stays what
    it was where it is constant; a network that does not enlarge leaves it as it is.

    Args:
      model: the network.
      images: uint8, uint16 or float in [0, 1]; C is 1 for grey, 3 for RGB, one more with alpha.
      windows: [N, 4] int32, see `ganjax.infer.tile.tiled_rows`; only networks that must know it look at it.
        None where the images are whole pictures.
      dtype: name of an unsigned type, over whose range the result is then rounded; else float32 in [0, 1].
    """
    unit = as_unit(images)
    channels, scale = unit.shape[-1], model.spec.scale
    colour = unit[..., : channels - (channels in (2, 4))]
    result = _made(model, jnp.broadcast_to(colour, (*colour.shape[:-1], 3)), windows)
    if colour.shape[-1] == 1:
        result = grey(result)
    if channels in (2, 4):
        alpha = unit[..., -1:]
        if scale > 1:
            made = grey(_made(model, jnp.broadcast_to(alpha, (*colour.shape[:-1], 3)), windows))
            around = (1, 3, 3, 1), (1, 1, 1, 1), "SAME"
            least = jax.lax.reduce_window(alpha, jnp.inf, jax.lax.min, *around)
            most = jax.lax.reduce_window(alpha, -jnp.inf, jax.lax.max, *around)
            alpha = jnp.clip(made, upsample_nearest(least, scale), upsample_nearest(most, scale))
        result = jnp.concatenate([result, alpha], -1)
    if dtype is None:
        return result
    return jnp.rint(result * jnp.iinfo(dtype).max).astype(dtype)


def _made(model: Model, images: jax.Array, windows: jax.Array | None) -> jax.Array:
    """What the network makes of tiles [N, h, w, 3] in [0, 1], clipped there."""
    takes = inspect.signature(type(model.net).__call__).parameters
    where = {"window": windows} if "window" in takes else {}  # how it is told of tiles, if it must know
    made = model.net.apply(model.variables, to_range(images, model.spec.range), **where)
    return from_range(made, model.spec.range)
