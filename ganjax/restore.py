"""Pictures that get better: larger, or brighter, by a network that makes pictures of pictures.

`upscale` and `enhance` are functions of arrays as all of `ganjax.api`; `restore_picture` takes what was read
from a file, keeps its depth, greyness and alpha, and gives the result row by row. Large pictures go through
in tiles (`ganjax.infer.tile`).
"""

import dataclasses
import functools
import math
import numbers
from collections.abc import Iterator
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit
from ganjax.core.pictures import Picture
from ganjax.core.types import Model, called
from ganjax.hub import load
from ganjax.infer.glance import carried, noise, rows_to_measure
from ganjax.infer.network import network_rows, network_tiles
from ganjax.infer.pad import padded
from ganjax.infer.resize import resized, resized_rows
from ganjax.models.index import system

Tree = TypeVar("Tree")


def upscale(
    model: Model,
    images: Any,
    *,
    scale: float | None = None,
    tile: int | None = None,
    exact: bool = False,
    denoise: float | None = None,
) -> jax.Array:
    """Larger images [N, H', W', 3] float32 in [0, 1] of `images` [N, H, W, 3]; of one [H, W, 3], one.

    Large images go through the network in tiles. Inside JAX's transformations they go in one piece.

    Args:
      model: a network for the task "upscale".
      images: float in [0, 1], or uint8 or uint16 over their whole range; also as nested lists.
      scale: how many times larger; by default as much as the network does. Else its result is resampled
        (`ganjax.infer.resize`) to the nearest whole number of pixels.
      tile: side of the tiles in pixels of `images`; by default what the device's memory takes easily.
      exact: tiles overlap by all that the network sees, so that the result is that of one piece up to
        rounding, whatever it costs. By default they do so where it costs little; elsewhere they are blended.
      denoise: where the model has a twin that removes less noise, how much of its own it does, in [0, 1].

    Raises:
      UsageError: the model does something else, or `images` or a number do not fit.
    """
    expect_task(model, "upscale")
    if denoise is not None:
        model = with_denoise(model, denoise)
    images = _images(images)
    before = images.shape[-3:-1]
    size = scaled(before, model.spec.scale if scale is None else scale)
    result = _restored(model, images, tile=tile, exact=exact, centred=False)
    if size == tuple(side * model.spec.scale for side in before):
        return result
    if isinstance(result, jax.core.Tracer):
        size_after = (*result.shape[:-3], *size, 3)
        return jnp.clip(jax.image.resize(result, size_after, "lanczos3"), 0, 1)
    after = resized(np.asarray(result).reshape(-1, *result.shape[-3:]), *size)
    return jnp.asarray(np.clip(after, 0, 1).reshape(*result.shape[:-3], *size, 3))


def enhance(model: Model, images: Any, *, tile: int | None = None, exact: bool = False) -> jax.Array:
    """Better images [N, H, W, 3] float32 in [0, 1] of `images` [N, H, W, 3]; of one [H, W, 3], one.

    Args:
      model: a network for the task "enhance".
      images: as in `upscale`.
      tile: as in `upscale`.
      exact: as in `upscale`.

    Raises:
      UsageError: the model does something else, or `images` or `tile` do not fit.
    """
    expect_task(model, "enhance")
    return _restored(model, _images(images), tile=tile, exact=exact, centred=True)


def interpolate(a: Tree, b: Tree, t: Any) -> Tree:
    """The weights (1 - t) a + t b of two models of one config, or of any two trees of arrays alike.

    So a network trained for PSNR turns by degrees into the one trained against a discriminator.
    Source: Wang et al. 2018 (arXiv:1809.00219), section 3.4.

    Args:
      a: a `Model`, or a tree of arrays.
      b: another like it.
      t: share of `b`; a traced number does not recompile.

    Raises:
      UsageError: the models have different configs, or the trees different shapes.
    """
    name = None
    if isinstance(a, Model) and isinstance(b, Model):
        if (a.system, a.net, a.stage) != (b.system, b.net, b.stage):
            raise UsageError(f"{called(a)} and {called(b)} have different configs: {a.net} and {b.net}.")
        name = f"{a.name} + {b.name}"
        a, b = (dataclasses.replace(each, name=name, spec=a.spec, part=a.part) for each in (a, b))
    x, y = ({path: jnp.shape(leaf) for path, leaf in jax.tree.leaves_with_path(each)} for each in (a, b))
    if x != y:
        raise UsageError("Only trees of the same names and shapes can be mixed.")
    return jax.tree.map(lambda x, y: (1 - t) * x + t * y, a, b)


def with_denoise(model: Model, denoise: float) -> Model:
    """`model` mixed with its twin that removes less noise: 1 is `model` itself, 0 its twin.

    Raises:
      UsageError: the model has no twin, or `denoise` is not in [0, 1].
    """
    if not isinstance(denoise, numbers.Real) or not 0 <= denoise <= 1:
        raise UsageError(f"denoise is a number from 0 to 1, not {denoise!r}.")
    twins = getattr(system(model.system, "card"), "TWINS", {}) if model.system else {}
    if model.name not in twins:
        known = ", ".join(twins) or "none of its system"
        raise UsageError(f"{called(model)} has no twin that removes less noise; one have: {known}.")
    return interpolate(_twin(twins[model.name]), model, denoise)


def restore_picture(
    model: Model,
    picture: Picture,
    *,
    size: tuple[int, int] | None = None,
    tile: int | None = None,
    exact: bool = False,
) -> Iterator[np.ndarray]:
    """The picture that `model` makes of `picture`, as consecutive rows [h, W', C] of the type of its pixels.

    A grey picture goes through the network as RGB, and what comes out is made grey. Alpha goes through as a
    grey picture and is held between the least and the most that is around each pixel, so that it stays what
    it was where it is constant; a network that does not enlarge leaves it as it is.

    Args:
      model: a network for the task "upscale" or "enhance".
      picture: what `ganjax.core.pictures.read_picture` gives.
      size: height and width of the result; by default what the network gives.
      tile: as in `upscale`.
      exact: as in `upscale`.

    Raises:
      UsageError: `tile` does not fit.
    """
    pixels, scale = picture.pixels, model.spec.scale
    before = pixels.shape[0] * scale, pixels.shape[1] * scale
    resampled = size is not None and size != before
    # Where more is to come, it is handed on with 16 bits.
    dtype = np.dtype(np.uint16) if resampled else pixels.dtype
    opaque = pixels.shape[-1] in (2, 4) and bool((pixels[..., -1] == np.iinfo(pixels.dtype).max).all())
    rows: Iterator[np.ndarray] = network_rows(
        model,
        (pixels[..., :-1] if opaque else pixels)[None],
        tile=tile,
        exact=exact,
        centred="enhance" in _tasks(model),
        dtype=dtype.name,
    )
    if opaque:
        rows = (np.pad(each, ((0, 0), (0, 0), (0, 1)), constant_values=np.iinfo(dtype).max) for each in rows)
    return rows if size is None or not resampled else resized_rows(rows, before, size, dtype=pixels.dtype)


def restore_frames(
    model: Model,
    frames: np.ndarray,
    *,
    scale: float | None = None,
    tile: int | None = None,
    exact: bool = False,
) -> np.ndarray:
    """What `model` makes of frames [N, H, W, 3] uint8, as uint8 [N, H', W', 3]; options as in `upscale`."""
    centred = "enhance" in _tasks(model)
    height, width = (side * model.spec.scale for side in frames.shape[1:3])
    rows = network_rows(model, frames, tile=tile, exact=exact, centred=centred, dtype="uint8")
    made = np.concatenate(list(rows)).reshape(len(frames), height, width, 3)
    size = (height, width) if scale is None else scaled(frames.shape[1:3], scale)
    if size == (height, width):
        return made
    return np.stack(
        [np.concatenate(list(resized_rows([each], (height, width), size, dtype=np.uint8))) for each in made]
    )


def scaled(size: tuple[int, ...], scale: float) -> tuple[int, int]:
    """Height and width `scale` times as large, in whole pixels, at least one.

    Raises:
      UsageError: `scale` is not a positive number.
    """
    if not isinstance(scale, numbers.Real) or not (scale > 0 and math.isfinite(scale)):
        raise UsageError(f"scale is a number above 0, not {scale!r}.")
    height, width = (max(1, round(side * scale)) for side in size)
    return height, width


@functools.cache
def _twin(name: str) -> Model:
    return load(name)


def _restored(model: Model, images: Any, *, tile: int | None, exact: bool, centred: bool) -> jax.Array:
    """What the network makes of images [N, H, W, 3] or [H, W, 3], float32 in [0, 1]."""
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((model, images))):
        result = _in_one_piece(model, images if images.ndim == 4 else images[None], centred=centred)
    else:
        pixels = np.asarray(images)
        batch = pixels if pixels.ndim == 4 else pixels[None]
        rows_of_all = list(network_rows(model, batch, tile=tile, exact=exact, centred=centred))
        width = rows_of_all[0].shape[1]
        result = jnp.asarray(np.concatenate(rows_of_all).reshape(len(batch), -1, width, 3))
    return result if images.ndim == 4 else result[0]


def _in_one_piece(model: Model, images: jax.Array, *, centred: bool) -> jax.Array:
    """What the network makes of images [N, H, W, 3], inside JAX's transformations."""
    side = model.spec.glance
    if side and {*images.shape[1:3]} != {side}:
        small = jax.image.resize(as_unit(images), (len(images), side, side, 3), "lanczos3").clip(0, 1)
        grain = jax.vmap(noise)(as_unit(images)[:, rows_to_measure(images.shape[1])])
        does = jax.vmap(carried)(small, _in_one_piece(model, small, centred=centred), grain)
        return jax.vmap(lambda does, image: network_tiles(does, image[None])[0])(does, images)
    grown, place = padded(images, multiple=model.spec.multiple, centred=centred)
    rows, columns = (slice(side.start * model.spec.scale, side.stop * model.spec.scale) for side in place)
    return network_tiles(model, grown)[:, rows, columns]


def expect_task(model: Model, task: str) -> None:
    """Lets a network for `task`, "upscale" or "enhance", pass; one of no system is taken at its word.

    Raises:
      UsageError: `model` does something else, or is none.
    """
    if not isinstance(model, Model):
        raise UsageError(f"A model is what `ganjax.load` gives, not {model!r:.60}.")
    fits = model.spec.side == 0 and model.spec.latent is None and model.part.startswith("generator")
    if not fits or (model.system and task not in _tasks(model)):
        hint = f"`ganjax list --task {task}` shows which do"
        raise UsageError(f"{called(model)} does not {task} pictures; {hint}.")


def _tasks(model: Model) -> tuple[str, ...]:
    return system(model.system, "card").SYSTEM.tasks if model.system else ()


def _images(images: Any) -> Any:
    """`images` as an array, uint8, uint16 or float32.

    Raises:
      UsageError: of another shape or type.
    """
    images = images if isinstance(images, jax.Array) else np.asarray(images)
    if images.ndim not in (3, 4) or images.shape[-1] != 3 or 0 in images.shape:
        raise UsageError(f"Images are [N, H, W, 3] or [H, W, 3]; got {list(images.shape)}.")
    if images.dtype in (np.uint8, np.uint16):
        return images
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise UsageError(f"Images are float in [0, 1], uint8 or uint16, not {images.dtype}.")
    return images.astype(np.float32)
