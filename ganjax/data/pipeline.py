"""From a source to batches: one endless shuffled order, cut the same way for any number of processes.

The order is a pure function of the seed, so a position in it is one number, the images seen so far. Nothing
else is saved to go on: not by a run that resumes, nor by one whose batch or process count has changed since.
This file runs in worker processes and starts no JAX device (Grain imports JAX, which takes none).
"""

import functools
from typing import Any

import grain
import numpy as np
import tqdm

from ganjax.core.errors import DataError, UsageError
from ganjax.core.sides import check_side
from ganjax.data.drawn import drawn_path, keep_drawn, read_drawn
from ganjax.data.sources import Source
from ganjax.data.sources.memory import MemorySource
from ganjax.data.stream import helpers, iterate, share, two_seeds
from ganjax.data.transforms import crop, crop_pair, mirror_half, to_side, turn_alike

MEMORY_LIMIT = 1 << 30
"""Bytes up to which `in_memory` keeps a source: 1 GiB, 87,381 pictures of 64 x 64 pixels."""


def in_memory(
    source: Source, *, side: int, workers: int = 0, progress: bool = False, limit: int = MEMORY_LIMIT
) -> Source:
    """All pictures of `source`, decoded once and kept; `source` itself where they do not fit.

    Call it once with the largest side that is needed: `batches` shrinks from there. Drawn pictures are kept
    in the user's cache folder too, so that the next run does not draw them again.

    Args:
      source: where the pictures come from.
      side: side in pixels, a power of two from 4 up.
      workers: processes that decode; 0 decodes in this one. A script that asks for some needs the usual
        `if __name__ == "__main__":`, since Python starts them by importing it again.
      progress: show a bar, if the error stream is a terminal.
      limit: bytes of pictures that are kept at most.

    Raises:
      UsageError: `side` is no power of two from 4 up.
      DataError: a picture cannot be read.
    """
    check_side(side)
    shape = (len(source), side, side, 3)
    if isinstance(source, MemorySource) or np.prod(shape) > limit:
        return source
    texts: dict[str, Any] = {name: getattr(source, name, None) for name in ("captions", "facts")}
    path = drawn_path(source, side)
    if path is not None and (drawn := read_drawn(path, shape)) is not None:
        return MemorySource(source.name, drawn, **texts)
    images, classes = np.empty(shape, np.uint8), np.zeros(len(source), np.int32)
    read = grain.MapDataset.source(source).map(functools.partial(_prepare, side=side)).batch(64)
    disable = None if progress else True  # None leaves the choice to tqdm: a bar on a terminal only
    bar = tqdm.tqdm(
        desc=f"Reading {source.name}", total=len(source), unit="img", leave=False, disable=disable
    )
    done, batch = 0, {}
    with bar:
        for batch in iterate(read, workers):
            rows = slice(done, done + len(batch["image"]))
            images[rows] = batch["image"]
            classes[rows] = batch.get("label", 0)
            bar.update(rows.stop - done)
            done = rows.stop
    if path is not None:
        keep_drawn(path, images)
    labels = getattr(source, "labels", ())
    return MemorySource(source.name, images, classes if "label" in batch else None, labels, **texts)


def batches(
    source: Source,
    *,
    side: int,
    batch: int,
    start: int = 0,
    seed: int = 0,
    process: int = 0,
    processes: int = 1,
    mirror: bool = False,
    workers: int = 0,
) -> grain.DatasetIterator[dict[str, np.ndarray]]:
    """Endless batches of `source`, shuffled anew in every epoch.

    Batch k holds the pictures `start + k batch` to `start + (k + 1) batch` of one endless order, which
    depends on nothing but `seed`; this process gets the rows `process share` to `(process + 1) share` of it,
    where share is `batch / processes`.

    Args:
      source: where the pictures come from; put a small one `in_memory` first.
      side: side in pixels to which every picture is cropped and resized, a power of two from 4 up.
      batch: pictures in a batch, over all processes.
      start: pictures seen before the first batch.
      seed: chooses the order and the mirroring, 0 or more.
      process: index of this process.
      processes: number of processes that share each batch.
      mirror: mirror each picture left to right or not by the toss of a coin, anew in each epoch.
      workers: processes that decode (see `in_memory`, whose pictures need none); 0 decodes in this one.

    Returns:
      An iterator of {"image": uint8 [share, side, side, 3]}, with "label" int32 [share] where the source has
      labels. Its `close()` ends the worker processes.

    Raises:
      UsageError: `side` is no power of two from 4 up, the processes cannot share `batch`, a negative seed.
      DataError: (while iterating) a picture cannot be read.
    """
    check_side(side)
    order, coins = two_seeds(seed)
    stream = grain.MapDataset.source(source).map(functools.partial(_prepare, side=side))
    stream = stream.shuffle(seed=order).repeat()
    if mirror:
        stream = stream.random_map(_mirror, seed=coins)
    return iterate(share(stream, batch, start, process, processes), helpers(workers, source))


def crops(
    source: Source,
    *,
    side: int,
    batch: int,
    start: int = 0,
    seed: int = 0,
    process: int = 0,
    processes: int = 1,
    mirror: bool = False,
    turn: bool = False,
    workers: int = 0,
) -> grain.DatasetIterator[dict[str, np.ndarray]]:
    """Endless batches of random squares of the pictures of `source`, for networks that restore pictures.

    One square of each picture in every epoch. The order is that of `batches`, and a square depends on the
    seed and its place in the order alone. What is not named below is as for `batches`.

    Args:
      source: where the pictures come from; of a `PairSource` both pictures are cut, mirrored and turned
        alike.
      side: side of the squares in pixels, from 1 up. A smaller picture is continued by its mirror image.
      mirror: mirror left to right or not by the toss of a coin.
      turn: turn upside down and about the diagonal by the toss of coins
        (`ganjax.data.transforms.turn_alike`).

    Returns:
      An iterator of {"image": uint8 [share, side, side, 3]}, of pairs with "input" uint8 [share, side /
      scale, side / scale, 3]. Its `close()` ends the worker processes.

    Raises:
      UsageError: `side` is no multiple of the pairs' scale, the processes cannot share `batch`, a negative
        seed.
      DataError: (while iterating) a picture cannot be read, or is smaller than a square of a pair.
    """
    stream = _squares(source, side, seed, mirror, turn)
    return iterate(share(stream, batch, start, process, processes), helpers(workers, source))


def unpaired_crops(
    images: Source,
    inputs: Source,
    *,
    side: int,
    batch: int,
    start: int = 0,
    seed: int = 0,
    process: int = 0,
    processes: int = 1,
    mirror: bool = False,
    turn: bool = False,
    workers: int = 0,
) -> grain.DatasetIterator[dict[str, np.ndarray]]:
    """As `crops`, from two sources that have nothing to do with each other: well-lit pictures and dark ones.

    Each comes in an order of its own and begins anew when it is through, so they need not be equally many.
    What is not named below is as for `crops`.

    Args:
      images: pictures such as shall be made.
      inputs: pictures to make them from.

    Returns:
      An iterator of {"image": uint8 [share, side, side, 3], "input": uint8 [share, side, side, 3]}.

    Raises:
      UsageError: the processes cannot share `batch`, a negative seed.
      DataError: (while iterating) a picture cannot be read.
    """
    streams = [
        _squares(source, side, own, mirror, turn)
        for source, own in zip((images, inputs), two_seeds(seed), strict=True)
    ]
    stream = grain.experimental.ZipMapDataset(streams).map(_join)
    return iterate(share(stream, batch, start, process, processes), helpers(workers, images, inputs))


def _squares(source: Source, side: int, seed: int, mirror: bool, turn: bool) -> grain.MapDataset:
    """The endless order of the squares of one source."""
    scale = getattr(source, "scale", 1)
    if side < 1 or side % scale:
        raise UsageError(f"The side of the squares is a multiple of {scale} from {scale} up, not {side}.")
    order, coins = two_seeds(seed)
    stream = grain.MapDataset.source(source).shuffle(seed=order).repeat()
    return stream.random_map(functools.partial(_cut, side=side, mirror=mirror, turn=turn), seed=coins)


def _cut(
    item: dict[str, Any], random: np.random.Generator, *, side: int, mirror: bool, turn: bool
) -> dict[str, Any]:
    if "input" not in item:
        (image,) = turn_alike((crop(item["image"], side, random),), random, mirror=mirror, turn=turn)
        return {"image": image}
    if min(item["image"].shape[:2]) < side:
        h, w = item["image"].shape[:2]
        raise DataError(
            f"A pair of {w} x {h} pixels is smaller than the squares of {side} to be cut: cut smaller ones,"
            " or leave the pair out."
        )
    image, given = turn_alike(
        crop_pair(item["image"], item["input"], side, random), random, mirror=mirror, turn=turn
    )
    return {"image": image, "input": given}


def _join(items: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return {"image": items[0]["image"], "input": items[1]["image"]}


def _prepare(item: dict[str, Any], *, side: int) -> dict[str, Any]:
    """What is batched of an item, whatever else the source knows about it."""
    image = to_side(item["image"], side)
    return {"image": image, "label": np.int32(item["label"])} if "label" in item else {"image": image}


def _mirror(item: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    return {**item, "image": mirror_half(item["image"], random)}
