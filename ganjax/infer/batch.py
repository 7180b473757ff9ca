"""Runs a function on many arrays in batches of one shape, which all devices share."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

# A processor is quickest with as much as its caches hold: eight images of 512x512 take less time one by one
# than together.
_PIXELS_AT_ONCE = {"cpu": 2**18, "gpu": 2**24, "tpu": 2**24}


def batched(
    function: Callable[..., Any],
    items: Iterable[tuple[np.ndarray, ...]],
    *,
    count: int,
    batch: int = 1,
    devices: list[jax.Device] | None = None,
) -> Iterator[np.ndarray]:
    """The results of `function` for `count` items, in their order.

    All calls have one shape; the last batch is filled up with copies. While the devices work on one batch,
    the results of the one before are used. Two are never worked on at once: it would take twice the memory.

    Args:
      function: takes arrays [N, ...], those of the items stacked, and gives an array [N, ...].
      items: for each item the arguments without N; each argument has one shape and type throughout.
      count: number of items.
      batch: items that one device takes at once.
      devices: who shares the work; by default JAX's default device.
    """
    workers = len(devices) if devices else 1
    calls = math.ceil(count / (batch * workers))
    rows = math.ceil(count / calls / workers) * workers
    sharding = split(devices) if devices else None
    sent, real = None, 0
    stream = iter(items)
    while chunk := list(itertools.islice(stream, rows)):
        full = [*chunk, *[chunk[-1]] * (rows - len(chunk))]
        arguments = [jax.device_put(np.stack(each), sharding) for each in zip(*full, strict=True)]
        before, used = jax.block_until_ready(sent), real
        sent, real = function(*arguments), len(chunk)
        if before is not None:
            yield from np.asarray(before)[:used]
    if sent is not None:
        yield from np.asarray(sent)[:real]


def images_at_once(device: jax.Device, side: int) -> int:
    """How many images of `side` pixels a generator draws quickest at once on `device`."""
    return max(1, _PIXELS_AT_ONCE.get(device.platform, 2**24) // side**2)


def split(devices: list[jax.Device]) -> NamedSharding:
    """Rows of a batch over `devices`."""
    return NamedSharding(_mesh(devices), PartitionSpec("image"))


def copied(tree: Any, devices: list[jax.Device]) -> Any:
    """`tree` with a copy of every leaf on each of `devices`, to be used with what `split` has spread."""
    return jax.device_put(tree, NamedSharding(_mesh(devices), PartitionSpec()))


def free_devices(tree: Any, count: int) -> list[jax.Device]:
    """The devices to work on with `tree`: where it was placed, or all if `count` is work for each of them."""
    if (device := placed_on(tree)) is not None:
        return [device]
    devices = jax.local_devices()
    return devices if count >= len(devices) else devices[:1]


def placed_on(tree: Any) -> jax.Device | None:
    """Where `jax.device_put` has placed `tree`, the first of several devices; None where it has not."""
    for leaf in jax.tree.leaves(tree):
        if getattr(leaf, "committed", False):
            return min(leaf.devices(), key=lambda device: device.id)
    return None


def _mesh(devices: list[jax.Device]) -> jax.sharding.Mesh:
    return jax.make_mesh((len(devices),), ("image",), axis_types=(AxisType.Auto,), devices=devices)
