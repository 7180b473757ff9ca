"""Scores of generated images against real ones, each beside what real images score against themselves."""

import contextlib
import functools
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import tqdm

from ganjax.api import generate
from ganjax.core.errors import DataError, UsageError, unknown
from ganjax.core.images import to_uint8
from ganjax.core.types import Model
from ganjax.data.pipeline import batches, in_memory
from ganjax.data.sources import Source
from ganjax.metrics.ms_ssim import check_sides, ms_ssim
from ganjax.metrics.swd import Track, level_shapes, swd

METRICS = ("swd", "ms_ssim")

_PIXELS_AT_ONCE = 2**22
_READ_AT_ONCE = 64


def score(
    model: Model | Source,
    source: Source,
    *,
    samples: int = 16384,
    seed: int = 0,
    metrics: Sequence[str] = METRICS,
    workers: int = 0,
    progress: bool = False,
) -> dict[str, Any]:
    """Scores a generator, or a source of pictures that something else generated, against real pictures.

    Held in memory as uint8 are `samples` generated and up to twice as many real images; SWD takes 4 GB more
    for 16,384 samples, whatever the side. A model with labels draws all classes equally often.

    Args:
      model: a generator; or pictures, compared at the side of the first.
      source: the real pictures, brought to the side of the generated ones.
      samples: how many to compare; fewer where there are not as many.
      seed: chooses the latents, the real pictures, and the patches and directions of SWD.
      metrics: any of "swd" and "ms_ssim".
      workers: processes that read or draw the real pictures; 0 does it in this one. A script that asks for
        some needs the usual `if __name__ == "__main__":`.
      progress: show bars, if the error stream is a terminal.

    Returns:
      What `score_images` gives.

    Raises:
      UsageError: an unknown metric, or a side that one cannot take.
      DataError: fewer than 2 pictures to compare.
    """
    side = side_of(model)
    _check(metrics, side)
    available = len(source) if isinstance(model, Model) else min(len(source), len(model))
    # MS-SSIM pairs images up, so their number is even.
    n = min(samples, available) // 2 * 2
    if n < 2:
        raise DataError(f"{min(samples, available)} pictures are too few to compare: take 2 or more.")
    read = functools.partial(_read, side=side, seed=seed, workers=workers, progress=progress)
    fake = _draw(model, n, seed=seed, progress=progress) if isinstance(model, Model) else read(model, n)
    real = read(source, min(2 * n, len(source)))
    return score_images(fake, real, seed=seed, metrics=metrics, progress=progress)


def score_images(
    fake: Any, real: Any, *, seed: int = 0, metrics: Sequence[str] = METRICS, progress: bool = False
) -> dict[str, Any]:
    """Scores images `fake` [N, H, W, 3] against `real` [M, H, W, 3], uint8 or in [0, 1], N even, M >= N.

    The floor comes from the real images: SWD between two disjoint halves of them, of N images each where
    M >= 2 N and as large as M allows otherwise (SWD grows as sets get smaller), and their MS-SSIM.

    Returns:
      {"samples": N, "floor_samples": images in a half, "side": H, "seed": seed,
      "generated": {"swd_64": ..., "swd": ..., "ms_ssim": ...}, "real": the same measures of the floor}.

    Raises:
      UsageError: an unknown metric, fewer real images than generated ones, a side that a metric cannot take.
    """
    n, m = len(fake), len(real)
    _check(metrics, np.shape(fake)[1])
    if m < n:
        raise UsageError(f"{n} images need at least as many real ones to be compared with, not {m}.")
    half = min(n, m // 2)
    generated: dict[str, float] = {}
    floor: dict[str, float] = {}
    if "swd" in metrics:
        compare = functools.partial(swd, seed=seed)
        generated |= compare(real[:n], fake, track=_tracker("SWD", progress))
        floor |= compare(real[:half], real[half : 2 * half], track=_tracker("SWD, real", progress))
    if "ms_ssim" in metrics:
        generated["ms_ssim"] = ms_ssim(fake, track=_tracker("MS-SSIM", progress))
        floor["ms_ssim"] = ms_ssim(real[:n], track=_tracker("MS-SSIM, real", progress))
    return {
        "samples": n,
        "floor_samples": half,
        "side": np.shape(fake)[1],
        "seed": seed,
        "generated": generated,
        "real": floor,
    }


def side_of(model: Model | Source) -> int:
    """The side in pixels at which `score` compares: the generator's, or that of the first picture."""
    return model.spec.side if isinstance(model, Model) else min(model[0]["image"].shape[:2])


def table(scores: dict[str, Any]) -> str:
    """What `score` found, as lines of text."""
    lines = [f"{'':10}{'generated':>12}{'real':>12}"]
    for name, value in scores["generated"].items():
        digits = 4 if name == "ms_ssim" else 2
        lines.append(f"{name:10}{value:12.{digits}f}{scores['real'][name]:12.{digits}f}")
    lines += [
        "",
        f"{scores['samples']} images of {scores['side']} pixels.",
        f"swd: times 1000, lower is better; real: two sets of {scores['floor_samples']} real images.",
        "ms_ssim: best where it is that of real images; higher means less variety.",
    ]
    return "\n".join(lines)


def _check(metrics: Sequence[str], side: int) -> None:
    """Says before the work begins what would fail at its end."""
    for name in metrics:
        if name not in METRICS:
            raise UsageError(unknown("metric", name, METRICS))
    if "swd" in metrics:
        level_shapes(side, side)
    if "ms_ssim" in metrics:
        check_sides(side, side)


def _draw(model: Model, n: int, *, seed: int, progress: bool) -> np.ndarray:
    """Images [n, H, W, C] uint8 of a generator; image i does not depend on `n`."""
    chunk = min(n, max(1, _PIXELS_AT_ONCE // model.spec.side**2))
    labels = np.arange(chunk) % model.spec.labels if model.spec.labels else None
    drawn = []
    with _bar("Generating", n, progress) as bar:
        for start in range(0, n, chunk):
            key = jax.random.fold_in(jax.random.key(seed), start)
            drawn.append(to_uint8(generate(model, key, n=chunk, labels=labels))[: n - start])
            bar.update(len(drawn[-1]))
    return np.concatenate(drawn)


def _read(source: Source, n: int, *, side: int, seed: int, workers: int, progress: bool) -> np.ndarray:
    """The first `n` pictures [n, side, side, 3] uint8 of the shuffled `source`, all different."""
    source = in_memory(source, side=side, workers=workers, progress=progress)
    images = np.empty((n, side, side, 3), np.uint8)
    # Grain's iterators can be closed, which their type does not say.
    stream: Any = batches(source, side=side, batch=_READ_AT_ONCE, seed=seed, workers=workers)
    with contextlib.closing(stream), _bar("Reading", n, progress) as bar:
        for start in range(0, n, _READ_AT_ONCE):
            part = next(stream)["image"][: n - start]
            images[start : start + len(part)] = part
            bar.update(len(part))
    return images


def _tracker(what: str, progress: bool) -> Track:
    return functools.partial(tqdm.tqdm, desc=what, leave=False, disable=None if progress else True)


def _bar(what: str, total: int, progress: bool) -> tqdm.tqdm:
    return tqdm.tqdm(desc=what, total=total, unit="img", leave=False, disable=None if progress else True)
