"""What `ganjax upscale` and `ganjax enhance` share: from files to files, one picture or many."""

import collections
import functools
import glob
import os
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from tqdm import tqdm

from ganjax.cli.comparison import comparison
from ganjax.core.errors import DataError, GanjaxError, UsageError
from ganjax.core.pictures import WRITABLE, read_picture, write_picture
from ganjax.core.text import printable
from ganjax.core.types import Model
from ganjax.data.decode import SUFFIXES
from ganjax.hub import load
from ganjax.infer import video
from ganjax.restore import expect_task, restore_frames, restore_picture, scaled, with_denoise

STREAM = "-"
"""Stands for standard input, and for standard output, which gets PNG."""

Job = tuple[pathlib.Path, pathlib.Path]


def restore(
    task: str,
    source: str,
    out: str,
    *,
    model: str,
    dtype: str | None,
    scale: float | None = None,
    denoise: float | None = None,
    tile: int | None,
    exact: bool,
    compare: bool,
    again: bool,
) -> int:
    """Restores what `source` names with the model for `task`, and writes it to `out`; gives the exit code.

    Raises:
      UsageError: paths, model or options do not fit.
      DataError: one picture cannot be read. Of several, those that can are made, and the exit code is 1.
    """
    found: list[Job] = []
    if film := pathlib.Path(source).suffix.lower() in video.SUFFIXES:
        _check_film(out, compare)
    elif STREAM in (source, out):
        _check_streams(source, out)
    else:
        found = jobs(source, out)
    network = load(model, dtype=dtype)
    expect_task(network, task)
    if denoise is not None:
        network = with_denoise(network, denoise)
    if film:
        settings = {"model": model, "dtype": dtype, "scale": scale, "denoise": denoise, "exact": exact}
        _restore_video(network, pathlib.Path(source), pathlib.Path(out), settings=settings, tile=tile)
        print(out)
        return 0
    one = functools.partial(_restore_one, network, scale=scale, tile=tile, exact=exact, compare=compare)
    if found and (len(found) > 1 or found[0][1] != pathlib.Path(out)):
        code = _restore_all(one, found, again=again)
        print(out)
        return code
    taken = sys.stdin.buffer if source == STREAM else pathlib.Path(source)
    given = sys.stdout.buffer if out == STREAM else pathlib.Path(out)
    one(taken, given, progress=True)
    if out != STREAM:
        print(out)
    return 0


def jobs(source: str, out: str) -> list[Job]:
    """Which picture becomes which file: one, a folder with all below it, or a pattern like "a/*.jpg".

    A folder is filled with PNG files that are called and lie as the sources; where two of these would be one,
    they keep their old suffix before the new one. A picture by itself becomes the file `out`, in any format.

    Raises:
      UsageError: `out` is no picture that can be written, or is the source.
      DataError: there are no pictures.
    """
    path, target = pathlib.Path(source), pathlib.Path(out)
    if not path.is_dir() and (path.is_file() or not glob.has_magic(source)):
        if target.is_dir() or out.endswith(("/", os.sep)):
            target /= f"{path.stem}.png"
        _check_target(target)
        found = [(path, target)]
    else:
        found = _many(source, target)
    for each, result in found:
        if result.exists() and each.exists() and result.samefile(each):
            raise UsageError(f"{result} is a picture that is read: give another name.")
    return found


def _many(source: str, folder: pathlib.Path) -> list[Job]:
    """The pictures of a folder or a pattern, and what they become in `folder`."""
    path = pathlib.Path(source)
    if path.is_dir():
        found = [each for each in path.rglob("*") if folder not in each.parents]
    else:
        found = [pathlib.Path(each) for each in glob.glob(source, recursive=True)]
    found = sorted(each for each in found if each.suffix.lower() in SUFFIXES and each.is_file())
    if not found:
        raise DataError(f"There are no pictures in {source}; they end in {', '.join(sorted(SUFFIXES))}.")
    root = path if path.is_dir() else pathlib.Path(os.path.commonpath([each.parent for each in found]))
    names = [each.relative_to(root).with_suffix(".png") for each in found]
    shared = {name for name, count in collections.Counter(names).items() if count > 1}
    return [
        (each, folder / (name.with_name(f"{each.name}.png") if name in shared else name))
        for name, each in zip(names, found, strict=True)
    ]


def _check_film(out: str, compare: bool) -> None:
    endings = ", ".join(video.WRITABLE)
    if compare or pathlib.Path(out).suffix.lower() not in video.WRITABLE:
        raise UsageError(f"A video becomes a video, without --compare: OUT ends in {endings}; got {out}.")


def _check_streams(source: str, out: str) -> None:
    if source != STREAM and not pathlib.Path(source).is_file():
        raise UsageError(f"Standard output takes one picture, and {source} is no file.")
    if out != STREAM:
        _check_target(pathlib.Path(out))


def _check_target(path: pathlib.Path) -> None:
    if path.suffix.lower() not in WRITABLE:
        raise UsageError(f"OUT ends in one of {', '.join(WRITABLE)}, or is a folder or -; got {path}.")


def _restore_one(
    model: Model,
    source: pathlib.Path | BinaryIO,
    target: pathlib.Path | BinaryIO,
    *,
    scale: float | None,
    tile: int | None,
    exact: bool,
    compare: bool,
    progress: bool,
) -> None:
    """Reads, restores and writes one picture; with `compare` also a picture of before and after beside it."""
    if isinstance(source, pathlib.Path):
        picture = read_picture(source.read_bytes(), name=str(source))
    else:
        picture = read_picture(source.read(), name="standard input")
    size = scaled(picture.pixels.shape[:2], model.spec.scale if scale is None else scale)
    rows = restore_picture(model, picture, size=size, tile=tile, exact=exact)
    shape = (*size, picture.pixels.shape[2])
    with tqdm(total=size[0], unit="row", disable=None if progress else True) as bar:
        rows = _counted(rows, bar)
        if compare and isinstance(target, pathlib.Path):
            whole = np.concatenate(list(rows))
            beside = comparison(picture.pixels, whole)
            name = target.with_name(f"{target.stem}-compare.png")
            write_picture(name, [beside], shape=beside.shape, dtype=beside.dtype)
            rows = iter([whole])
        write_picture(target, rows, shape=shape, dtype=picture.pixels.dtype, profile=picture.profile)


def _restore_video(
    model: Model,
    source: pathlib.Path,
    target: pathlib.Path,
    *,
    settings: Mapping[str, Any],
    tile: int | None,
) -> None:
    """Restores a video frame by frame, or goes on with one that was begun with the same settings."""
    scale, exact = settings["scale"], settings["exact"]

    def restored(frames: np.ndarray) -> np.ndarray:
        return restore_frames(model, frames, scale=scale, tile=tile, exact=exact)

    with tqdm(total=video.frame_count(source), unit="frame", disable=None) as bar:
        video.convert_video(source, target, restored, settings={**settings, "tile": tile}, done=bar.update)


def _restore_all(one: Callable[..., None], found: Sequence[Job], *, again: bool) -> int:
    """Restores many pictures, but not those whose result is there; 1 if any failed, and why on stderr."""
    failed, there = [], 0
    bar = tqdm(found, unit="picture", disable=None)
    for source, target in bar:
        if target.exists() and not again:
            there += 1
            continue
        bar.set_postfix_str(source.name)
        try:
            one(source, target, progress=False)
        except (GanjaxError, OSError) as error:
            failed.append(str(error) if str(source) in str(error) else f"{source}: {error}")
    done = len(found) - there - len(failed)
    print(f"{done} done, {there} were there, {len(failed)} failed", file=sys.stderr)
    for each in failed:
        print(f"ganjax: {printable(each)}", file=sys.stderr)
    return 1 if failed else 0


def _counted(rows: Iterator[np.ndarray], bar: Any) -> Iterator[np.ndarray]:
    for each in rows:
        yield each
        bar.update(len(each))
