"""Drawn pictures on disk, in the user's cache folder: drawing takes milliseconds, reading microseconds."""

import contextlib
import hashlib
import pathlib
from typing import Any

import numpy as np

from ganjax.core.cache import cache_folder
from ganjax.core.files import atomic_path
from ganjax.data.sources import faces


def drawn_path(source: Any, side: int) -> pathlib.Path | None:
    """Where the pictures of `source` at `side` pixels are kept; None where they are not drawn but read.

    The name holds a digest of the drawing code, so that a changed drawing is never met by old pictures.
    """
    if not isinstance(source, faces.FaceSource):
        return None
    digest = hashlib.sha256()
    for file in sorted(pathlib.Path(faces.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    settings = f"{source.side}-{len(source)}-{source.seed}-{side}"
    return cache_folder() / "drawn" / f"faces-{settings}-{digest.hexdigest()[:12]}.npy"


def read_drawn(path: pathlib.Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """The pictures kept at `path`, uint8 of this `shape`, or None; read from disk as they are used."""
    try:
        images = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return images if images.shape == shape and images.dtype == np.uint8 else None


def keep_drawn(path: pathlib.Path, images: np.ndarray) -> None:
    """Keeps `images` at `path`, in place of those that an older drawing code made.

    A disk that is full or cannot be written is no error: the next run draws again.
    """
    with contextlib.suppress(OSError):
        with atomic_path(path) as temporary:
            np.save(temporary, images)
        for other in path.parent.glob(f"{path.stem.rpartition('-')[0]}-*.npy"):
            if other != path:
                other.unlink()
