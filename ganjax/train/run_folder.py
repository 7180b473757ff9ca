"""The run folder: what a training run leaves on disk, and what it goes on from.

settings.json       every setting of the run; a run of other settings is refused here
checkpoints/        Orbax checkpoints by images seen
log.jsonl           one line of numbers each `log_kimg`
samples/            sheets of generated images, from the same latents each time
growth.webp         those sheets as a film
model.safetensors   the networks as of the newest checkpoint, for `ganjax.load`
snapshots/          the networks as they were each `snapshot_kimg`, if that was asked for
"""

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.files import write_json
from ganjax.core.images import save_animation
from ganjax.core.trees import flatten

MODEL = "model.safetensors"
GROWTH = "growth.webp"
_SETTINGS = "settings.json"


def settle(folder: str | os.PathLike[str], settings: Mapping[str, Any]) -> None:
    """Writes `settings` into a new run folder; an old one is checked.

    Raises:
      UsageError, CheckpointError: as `check` does.
    """
    check(folder, settings)
    path = pathlib.Path(folder) / _SETTINGS
    if not path.exists():
        write_json(path, settings)


def check(folder: str | os.PathLike[str], settings: Mapping[str, Any]) -> None:
    """Makes sure, and writes nothing, that a run of `settings` may begin or go on in `folder`.

    Raises:
      UsageError: `folder` belongs to a run of other settings, or holds files but no run.
      CheckpointError: its settings cannot be read.
    """
    path = pathlib.Path(folder)
    settings = json.loads(json.dumps(settings))
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file: name a folder for the run with --out.")
    if not (path / _SETTINGS).exists():
        if path.exists() and any(path.iterdir()):
            raise UsageError(f"{path} holds files but no run: name a new or an empty folder with --out.")
        return
    try:
        found = json.loads((path / _SETTINGS).read_text())
    except ValueError as error:
        raise CheckpointError(f"{path / _SETTINGS} is damaged: {error}") from error
    there, asked = _flat(found), _flat(settings)
    changed = [
        f"{name}: {there.get(name)!r} there, {asked.get(name)!r} asked"
        for name in sorted({*there, *asked})
        if there.get(name) != asked.get(name)
    ]
    if changed:
        raise UsageError(
            f"{path} holds a run of other settings ({'; '.join(changed)}). "
            "Give the settings of that run to go on with it, or name another folder with --out."
        )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("/", "."): value for name, value in flatten(settings).items()}


def sheet_path(folder: str | os.PathLike[str], seen_images: int) -> pathlib.Path:
    """Where the sheet of samples after `seen_images` lies."""
    return pathlib.Path(folder) / "samples" / f"{seen_images:09d}.png"


def snapshot_path(folder: str | os.PathLike[str], seen_images: int) -> pathlib.Path:
    """Where the networks as they were after `seen_images` lie."""
    return pathlib.Path(folder) / "snapshots" / f"{seen_images:09d}.safetensors"


def write_growth(folder: str | os.PathLike[str], *, frames: int = 60, side: int = 800) -> pathlib.Path:
    """Makes a film of the sheets in `samples/`, how the images emerged; returns its path.

    Long runs are thinned to `frames` sheets, spread evenly, and large sheets shrunk to `side` pixels.
    """
    # Not "*.png": a run that was killed may have left a part of a sheet, under a hidden name.
    paths = sorted((pathlib.Path(folder) / "samples").glob("[0-9]*.png"))
    chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, min(frames, len(paths))).astype(int)]
    with Image.open(paths[-1]) as last:
        last.thumbnail((side, side))
        size = last.size
    pictures = []
    for path in chosen:
        with Image.open(path) as sheet:
            pictures.append(np.asarray(sheet.resize(size, Image.Resampling.LANCZOS)))
    target = pathlib.Path(folder) / GROWTH
    # The end is shown longer than the way.
    save_animation(target, [*pictures, *pictures[-1:] * 8], frame_ms=150)
    return target
