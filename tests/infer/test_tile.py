"""Tiles against the whole picture: on functions of known reach, and on every network that makes pictures.

GANJAX_LARGE_TILES=1 takes larger pictures for the networks, up to 512x333 and 16x3000 pixels: some minutes.
"""

import dataclasses
import functools
import inspect
import os
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.errors import GanjaxError, UsageError
from ganjax.infer.batch import copied, free_devices
from ganjax.infer.tile import Tiling, tiled_rows
from ganjax.models import index

RNG = np.random.default_rng(0)
LONG = (7, 150)
SIZES = [(1, 1), (63, 49), LONG]
if os.environ.get("GANJAX_LARGE_TILES") == "1":  # minutes: most of it compiles and runs the whole pictures
    SIZES = [(1, 1), (7, 5), (63, 97), (512, 333), (16, 3000)]


def whole_and_tiles(function: Any, image: np.ndarray, tiling: Tiling, **options: Any) -> tuple[Any, Any]:
    """The results of one call and of tiles, [H, W, C] both; sides are multiples of the tiling's."""
    window = np.array([[0, 0, *image.shape[:2]]], np.int32)
    whole = np.asarray(function(image[None], window))[0]
    return whole, np.concatenate(list(tiled_rows(function, image[None], tiling=tiling, **options)))


@jax.jit
def blur(x: jax.Array, window: jax.Array) -> jax.Array:
    """Two 3x3 convolutions with zeros around the picture, then twice as large: reaches 2 pixels."""
    kernel = jnp.asarray([[0.1, 0.2, -0.3], [0.4, 0.5, 0.1], [0.3, -0.2, 0.6]]).reshape(3, 3, 1, 1)
    for _ in range(2):
        x = jax.lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
    return jnp.repeat(jnp.repeat(x, 2, 1), 2, 2)


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (16, 16), (17, 16), (40, 61), (3, 90)])
def test_tiles_that_overlap_by_the_reach_are_the_whole(shape: tuple[int, int]) -> None:
    image = RNG.standard_normal((*shape, 1), np.float32)
    whole, tiles = whole_and_tiles(blur, image, Tiling(16, 4, scale=2))
    np.testing.assert_allclose(tiles, whole, rtol=0, atol=1e-6)


def test_less_overlap_is_seen() -> None:
    image = RNG.standard_normal((44, 58, 1), np.float32)
    whole, tiles = whole_and_tiles(blur, image, Tiling(16, 2, scale=2))
    assert np.abs(tiles - whole).max() > 1e-2


def test_all_tiles_have_one_shape_and_know_their_place() -> None:
    seen = []

    def function(x: jax.Array, window: jax.Array) -> np.ndarray:
        seen.append((x.shape, np.asarray(window)))
        return np.asarray(x)

    image = np.arange(50 * 30, dtype=np.uint16).reshape(1, 50, 30, 1)
    rows = list(tiled_rows(function, image, tiling=Tiling(16, 4, multiple=4), batch=3))
    np.testing.assert_array_equal(np.concatenate(rows), image[0])
    assert {shape for shape, _ in seen} == {(3, 16, 16, 1)}
    for _, windows in seen:
        for top, left, height, width in windows:
            assert (height, width) == (52, 32) and top % 4 == left % 4 == 0
            assert top + 16 <= height and left + 16 <= width


def test_pictures_of_a_batch_come_one_after_the_other_and_are_cut_to_size() -> None:
    images = RNG.integers(0, 255, (3, 21, 34, 2), np.uint8)
    for centred in (False, True):
        rows = tiled_rows(
            lambda x, window: x, images, tiling=Tiling(16, 6, multiple=8), batch=2, centred=centred
        )
        np.testing.assert_array_equal(np.concatenate(list(rows)).reshape(images.shape), images)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_blended_tiles_have_no_seam(dtype: Any) -> None:
    """Each tile is off by its own constant: across an edge the result may jump by no more than elsewhere."""

    def function(x: jax.Array, window: jax.Array) -> np.ndarray:
        off = 40.0 * (np.asarray(window)[:, 0] // 7 % 2 + np.asarray(window)[:, 1] // 5 % 2)
        return (np.asarray(x) + off[:, None, None, None]).astype(dtype)

    flat = np.full((1, 100, 80, 1), 60, dtype)
    hard = np.concatenate(list(tiled_rows(function, flat, tiling=Tiling(32, 16)))).astype(float)
    soft = np.concatenate(list(tiled_rows(function, flat, tiling=Tiling(32, 16, blend=True)))).astype(float)
    jumps = [max(np.abs(np.diff(each, axis=axis)).max() for axis in (0, 1)) for each in (hard, soft)]
    assert soft.shape == hard.shape == (100, 80, 1)
    assert jumps[0] >= 40 and jumps[1] <= 40 / 8


def test_blending_leaves_what_tiles_agree_on() -> None:
    image = RNG.integers(0, 255, (1, 77, 45, 3), np.uint8)
    rows = tiled_rows(lambda x, window: x, image, tiling=Tiling(20, 10, blend=True, multiple=2))
    np.testing.assert_array_equal(np.concatenate(list(rows)), image[0])


def test_out_of_memory_in_the_middle_is_an_error_that_says_what_to_do() -> None:
    calls = []

    def function(x: jax.Array, window: jax.Array) -> np.ndarray:
        calls.append(x.shape)
        if len(calls) == 3:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.")
        return np.asarray(x)

    image = RNG.standard_normal((1, 40, 40, 1), np.float32)
    with pytest.raises(GanjaxError, match="in the middle of a picture: ask for smaller tiles"):
        list(tiled_rows(function, image, tiling=Tiling(10, 0)))


def test_out_of_memory_halves_the_tile_and_says_so() -> None:
    sides = []

    def function(x: jax.Array, window: jax.Array) -> np.ndarray:
        sides.append(x.shape[1])
        if x.shape[1] > 10:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.")
        return np.asarray(x)

    image = RNG.standard_normal((1, 30, 30, 1), np.float32)
    with pytest.warns(UserWarning) as told:
        rows = list(tiled_rows(function, image, tiling=Tiling(64, 4)))
    np.testing.assert_array_equal(np.concatenate(rows), image[0])
    assert [str(each.message) for each in told] == [
        "Out of memory with tiles of 30 pixels: going on with 15.",
        "Out of memory with tiles of 15 pixels: going on with 7.",
    ]
    with (
        pytest.warns(UserWarning, match="going on with 16"),
        pytest.raises(GanjaxError, match="Out of memory, and the tiles cannot become smaller"),
    ):
        list(tiled_rows(function, np.zeros((1, 32, 32, 1)), tiling=Tiling(32, 8)))


def test_other_errors_of_the_function_are_not_caught() -> None:
    def function(x: jax.Array, window: jax.Array) -> np.ndarray:
        raise jax.errors.JaxRuntimeError("INTERNAL: broken")

    with pytest.raises(jax.errors.JaxRuntimeError, match="broken"):
        list(tiled_rows(function, np.zeros((1, 8, 8, 1)), tiling=Tiling(8, 2)))


def test_tiles_that_cannot_be() -> None:
    with pytest.raises(UsageError, match=r"A tile of 8 pixels is not possible: .* at least 9"):
        Tiling(8, 8)
    with pytest.raises(UsageError, match="a multiple of 4 and at least 12"):
        Tiling(10, 8, multiple=4)


def test_devices_share_the_tiles() -> None:
    image = RNG.standard_normal((60, 60, 1), np.float32)
    tiling = Tiling(16, 4, scale=2)
    devices = free_devices(None, tiling.count(60, 60))
    assert len(devices) == 8 and tiling.count(60, 60) == 25
    gain = copied(jnp.float32(1), devices)
    used = set()

    def function(x: jax.Array, window: jax.Array) -> jax.Array:
        used.update(x.devices() if isinstance(x, jax.Array) else ())
        return blur(x, window) * gain

    tiles = np.concatenate(list(tiled_rows(function, image[None], tiling=tiling, devices=devices)))
    np.testing.assert_allclose(tiles, np.asarray(blur(image[None], None))[0], rtol=0, atol=1e-6)
    assert used == set(devices)
    assert free_devices(None, 7) == jax.local_devices()[:1]
    assert free_devices(jax.device_put(1.0, jax.local_devices()[3]), 64) == [jax.local_devices()[3]]


def tiny(name: str) -> Any:
    """The tiny config of a system's generator, None where it has none."""
    net = index.system(name)
    kinds = net.PARTS.get("generator", (None,))
    return next((each for each in net.CONFIGS["tiny"] if isinstance(each, kinds[0] or ())), None)


# Those that take pictures of any size and give pictures.
NETWORKS = [name for name in index.SYSTEMS if tiny(name) and index.system(name).spec(tiny(name)).side == 0]


def drawn(path: Any, leaf: Any) -> np.ndarray:
    """Random weights of both signs, so large that what is far away counts."""
    if leaf.ndim > 1:
        return RNG.normal(0, 5 / np.sqrt(np.prod(leaf.shape[:-1])), leaf.shape).astype(np.float32)
    if path[-1].key in ("scale", "var"):
        return RNG.uniform(0.5, 1.5, leaf.shape).astype(np.float32)
    return RNG.normal(0, 0.2, leaf.shape).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_the_same_in_tiles(name: str) -> None:
    """That its halo is no smaller than it has to be is seen pixel by pixel in tests/models/."""
    net, config = index.system(name), tiny(name)
    module, spec = net.PARTS["generator"][1](config), net.spec(config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs("generator", config, 1))
    variables = jax.tree.map_with_path(drawn, shapes)
    places = "window" in inspect.signature(type(module).__call__).parameters

    # Each shape runs once: compiling is what takes time.
    @functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def function(x: jax.Array, window: jax.Array) -> jax.Array:
        return module.apply(variables, x, **({"window": window} if places else {}))

    m = spec.multiple
    side = -(-(2 * spec.halo + 8) // m) * m
    tiling = Tiling(side, 2 * spec.halo, scale=spec.scale, multiple=m)
    for size in SIZES:
        height, width = (-(-length // m) * m for length in size)
        image = RNG.random((height, width, 3), np.float32)
        whole, tiles = whole_and_tiles(function, image, tiling)
        assert np.isfinite(whole).all()
        atol = 1e-5 * max(1, np.abs(whole).max())
        np.testing.assert_allclose(tiles, whole, rtol=0, atol=atol)
    half = dataclasses.replace(tiling, overlap=spec.halo)  # of the last picture, which is cut into many
    assert np.abs(whole_and_tiles(function, image, half)[1] - whole).max() > 10 * atol

    # Blended tiles of a picture that is smooth: no jump at the edge of a tile that is larger than elsewhere.
    height, width = (-(-length // m) * m for length in LONG)
    ramps = np.indices((height, width)).transpose(1, 2, 0) / (height + width)
    smooth = np.concatenate([ramps, ramps[..., :1]], -1).astype(np.float32)
    blended = Tiling(side, side // 4, blend=True, scale=spec.scale, multiple=m)
    rows = np.concatenate(list(tiled_rows(function, smooth[None], tiling=blended)))
    jumps = np.abs(np.diff(rows, axis=1)).max((0, 2))
    starts = blended._places(width)[0]
    edges = {s * spec.scale - 1 for start in starts for s in (start, start + side) if 0 < s < width}
    elsewhere = [jump for x, jump in enumerate(jumps) if x not in edges]
    assert len(starts) > 1 and all(jumps[x] <= max(elsewhere) for x in edges)


def test_a_tiling_is_a_value() -> None:
    assert dataclasses.replace(Tiling(64, 4), side=32) == Tiling(32, 4)
    assert Tiling(64, 10, multiple=8).step == 48
