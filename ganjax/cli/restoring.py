"""What `ganjax upscale` and `ganjax enhance` share: from files to files, one picture or many."""

import collections
import functools
import glob
import itertools
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from tqdm import tqdm

from ganjax.cli.comparison import comparison
from ganjax.core.errors import DataError, GanjaxError, UsageError, listed
from ganjax.core.pictures import WRITABLE, read_picture, write_picture
from ganjax.core.text import printable
from ganjax.core.types import Model
from ganjax.data.decode import SUFFIXES
from ganjax.hub import load
from ganjax.infer import video
from ganjax.restore import expect_task, restore_frames, restore_picture, scaled, with_denoise

STREAM = "-"
"""Stands for standard input, and for standard output, which gets PNG."""


class Job(NamedTuple):
    """The file of a picture, the one it becomes, and the one that shows both, where that is wanted."""

    source: pathlib.Path
    target: pathlib.Path
    beside: pathlib.Path | None

    @property
    def written(self) -> list[pathlib.Path]:
        """The files that are made."""
        return [self.target] if self.beside is None else [self.target, self.beside]


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
        _check_film(source, out, compare)
    elif STREAM in (source, out):
        _check_streams(source, out, compare)
    else:
        found = jobs(source, out, compare=compare)
    network = load(model, dtype=dtype)
    expect_task(network, task)
    if denoise is not None:
        network = with_denoise(network, denoise)
    if film:
        settings = {"model": model, "dtype": dtype, "scale": scale, "denoise": denoise, "exact": exact}
        _restore_video(network, pathlib.Path(source), pathlib.Path(out), settings=settings, tile=tile)
        print(out)
        return 0
    one = functools.partial(_restore_one, network, scale=scale, tile=tile, exact=exact)
    if found and (len(found) > 1 or found[0].target != pathlib.Path(out)):
        code = _restore_all(one, found, again=again)
        _tell_of_films(pathlib.Path(source))
        print(out)
        return code
    taken = sys.stdin.buffer if source == STREAM else pathlib.Path(source)
    given = sys.stdout.buffer if out == STREAM else pathlib.Path(out)
    one(taken, given, _beside(pathlib.Path(out)) if compare else None, progress=True)
    if out != STREAM:
        print(out)
    return 0


def jobs(source: str, out: str, *, compare: bool = False) -> list[Job]:
    """Which picture becomes which file: one, a folder with all below it, or a pattern like "a/*.jpg".

    A folder is filled with PNG files that are called and lie as the sources; where two of these would be one,
    they keep their old suffix before the new one. A picture by itself becomes the file `out`, in any format.
    With `compare`, NAME-compare.png beside each result is to show both.

    Raises:
      UsageError: `out` is no picture that can be written, or no folder for many; a file that is read would be
        written, or one be written twice.
      DataError: there are no pictures.
    """
    path, target = pathlib.Path(source), pathlib.Path(out)
    if not path.is_dir() and (path.is_file() or not glob.has_magic(source)):
        if target.is_dir() or out.endswith(("/", os.sep)):
            target /= f"{path.stem}.png"
        _check_target(target)
        pairs = [(path, target)]
    else:
        if target.suffix.lower() in WRITABLE and not target.is_dir():
            raise UsageError(f"What becomes of a folder or a pattern is a folder; {out} ends like a picture.")
        root, pictures = _pictures(source, target)
        names = _names([each.relative_to(root) for each in pictures])
        pairs = [(each, target / name) for each, name in zip(pictures, names, strict=True)]
    found = [Job(each, result, _beside(result) if compare else None) for each, result in pairs]
    _check_written([job.source for job in found], [path for job in found for path in job.written])
    return found


def _beside(target: pathlib.Path) -> pathlib.Path:
    """Where the picture of before and after lies."""
    return target.with_name(f"{target.stem}-compare.png")


def _pictures(source: str, out: pathlib.Path) -> tuple[pathlib.Path, list[pathlib.Path]]:
    """The folder in which a folder or a pattern looks, and the pictures there; earlier results are none."""
    root = pathlib.Path(source)
    if root.is_dir():
        if root.resolve() == out.resolve():
            raise UsageError(f"{out} is the folder that is read: give another one.")
        found: Iterable[pathlib.Path] = root.rglob("*")
    else:
        found = map(pathlib.Path, glob.glob(source, recursive=True))
        root = pathlib.Path(*itertools.takewhile(lambda part: not glob.has_magic(part), root.parts))
    pictures = {each for each in found if each.suffix.lower() in SUFFIXES and each.is_file()}
    results, place = out.resolve(), root.resolve()
    if place in results.parents:
        pictures = {each for each in pictures if results not in each.resolve().parents}
    if not pictures:
        endings = ", ".join(sorted(SUFFIXES))
        raise DataError(f"There are no pictures in {source}; they end in {endings}. Videos go one by one.")
    return root, sorted(pictures)


def _names(pictures: Sequence[pathlib.Path]) -> list[pathlib.Path]:
    """What becomes of each, no two alike."""
    kept: set[pathlib.Path] = set()
    while True:
        names = [
            each.with_name(f"{each.name}.png") if each in kept else each.with_suffix(".png")
            for each in pictures
        ]
        counts = collections.Counter(names)
        if len(counts) == len(names):
            return names
        # A name that keeps its suffix may be that of another picture, so this can take more than one round.
        kept.update(each for each, name in zip(pictures, names, strict=True) if counts[name] > 1)


def _check_written(read: Iterable[pathlib.Path], written: Sequence[pathlib.Path]) -> None:
    """Refuses to write one file twice, or a file that is read."""
    for path, count in collections.Counter(written).items():
        if count > 1:
            raise UsageError(
                f"{path} would be a result and a comparison: rename a source, or do not compare."
            )
    sources = {_identity(path) for path in read if path.exists()}
    for path in written:
        if path.exists() and _identity(path) in sources:
            raise UsageError(f"{path} is a file that is read: give another name.")


def _identity(path: pathlib.Path) -> tuple[int, int]:
    """What is the same for all names of a file."""
    state = path.stat()
    return state.st_dev, state.st_ino


def _check_film(source: str, out: str, compare: bool) -> None:
    endings = ", ".join(video.WRITABLE)
    path, target = pathlib.Path(source), pathlib.Path(out)
    if glob.has_magic(source) and not path.is_file():
        raise UsageError(f"Videos go one by one, and {source} is a pattern.")
    if compare or target.suffix.lower() not in video.WRITABLE:
        raise UsageError(f"A video becomes a video, without --compare: OUT ends in {endings}; got {out}.")
    _check_written([path], [target])


def _check_streams(source: str, out: str, compare: bool) -> None:
    if source != STREAM and not pathlib.Path(source).is_file():
        raise UsageError(f"Standard output takes one picture, and {source} is no file.")
    if out != STREAM:
        _check_target(pathlib.Path(out))
    elif compare:
        raise UsageError("--compare writes a file beside OUT, and standard output has no place.")


def _check_target(path: pathlib.Path) -> None:
    if path.suffix.lower() not in WRITABLE:
        raise UsageError(f"OUT ends in one of {', '.join(WRITABLE)}, or is a folder or -; got {path}.")


def _restore_one(
    model: Model,
    source: pathlib.Path | BinaryIO,
    target: pathlib.Path | BinaryIO,
    beside: pathlib.Path | None,
    *,
    scale: float | None,
    tile: int | None,
    exact: bool,
    progress: bool,
) -> None:
    """Reads, restores and writes one picture; and to `beside` one of before and after."""
    if isinstance(source, pathlib.Path):
        picture = read_picture(source.read_bytes(), name=str(source))
    else:
        picture = read_picture(source.read(), name="standard input")
    size = scaled(picture.pixels.shape[:2], model.spec.scale if scale is None else scale)
    rows = restore_picture(model, picture, size=size, tile=tile, exact=exact)
    shape = (*size, picture.pixels.shape[2])
    with tqdm(total=size[0], unit="row", disable=None if progress else True) as bar:
        rows = _counted(rows, bar)
        if beside is not None:
            whole = np.concatenate(list(rows))
            both = comparison(picture.pixels, whole)
            write_picture(beside, [both], shape=both.shape, dtype=both.dtype)
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
    """Restores many pictures, but not those made already; 1 if any failed, and why on stderr."""
    failed, there = [], 0
    bar = tqdm(found, unit="picture", disable=None)
    for job in bar:
        if not again and all(path.exists() for path in job.written):
            there += 1
            continue
        bar.set_postfix_str(job.source.name)
        try:
            one(*job, progress=False)
        except (GanjaxError, OSError) as error:
            told = str(error)
            failed.append(told if str(job.source) in told else f"{job.source}: {told}")
    done = len(found) - there - len(failed)
    print(f"{done} done, {there} were there, {len(failed)} failed", file=sys.stderr)
    for each in failed:
        print(f"ganjax: {printable(each)}", file=sys.stderr)
    return 1 if failed else 0


def _tell_of_films(folder: pathlib.Path) -> None:
    """Says on stderr which files below a folder were passed over because they are videos."""
    films = sorted(str(each) for each in folder.rglob("*") if each.suffix.lower() in video.SUFFIXES)
    if films:
        print(f"ganjax: videos are restored one by one, and were left out:{listed(films)}", file=sys.stderr)


def _counted(rows: Iterator[np.ndarray], bar: Any) -> Iterator[np.ndarray]:
    for each in rows:
        yield each
        bar.update(len(each))
