"""A folder of picture files, nested as it likes, of any size and mixed formats."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import warnings
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import tqdm

from ganjax.core.cache import cache_folder
from ganjax.core.errors import DataError, UsageError, listed
from ganjax.core.files import write_json
from ganjax.core.processors import processors
from ganjax.data.decode import SUFFIXES, decode_file


class FolderSource:
    """The readable pictures below a folder, in the order of their paths; hidden files are passed over.

    Every file is decoded once when the source is opened, so that what is unreadable is known before any
    training starts, and every process and every resumed run sees the same pictures. What was readable is
    remembered in the user's cache folder, and not decoded again before it changes.

    Args:
      path: the folder.
      files: the pictures to take, as paths relative to the folder; all below it when left out.
      max_unreadable: share of the pictures, 0 to 1, that may be unreadable.

    Attributes:
      name: "folder:PATH".
      files: paths of the readable pictures, relative to the folder.
      unreadable: path to reason, for each picture that is left out.

    Raises:
      DataError: no such folder, a locked one inside it, no pictures, or more than `max_unreadable` of them
        unreadable.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        files: Sequence[str] | None = None,
        max_unreadable: float = 0.01,
    ) -> None:
        if not 0 <= max_unreadable <= 1:
            raise UsageError(f"max_unreadable is a share between 0 and 1, not {max_unreadable}.")
        self.folder = pathlib.Path(path).expanduser()
        self.name = f"folder:{path}"
        if not self.folder.is_dir():
            raise DataError(f"{self.folder} is not a folder.")
        found = _stamps(self.folder, files_below(self.folder, SUFFIXES) if files is None else files)
        self.unreadable = _unreadable(self.folder, found)
        self.files = [file for file in found if file not in self.unreadable]
        if not found:
            raise DataError(f"{self.folder} has no pictures ({', '.join(sorted(SUFFIXES))}).")
        if self.unreadable:
            report = f"{len(self.unreadable)} of {len(found)} pictures in {self.folder} cannot be read"
            shown = listed(list(self.unreadable.values()), 20)
            if not self.files or len(self.unreadable) > max_unreadable * len(found):
                raise DataError(f"{report}, more than the allowed share of {max_unreadable:g}:{shown}")
            warnings.warn(f"{report} and are left out:{shown}", stacklevel=2)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """The picture as {"image": uint8 [h, w, 3]}; DataError where its file has been damaged since."""
        return {"image": decode_file(self.folder / self.files[index])}


def files_below(folder: pathlib.Path, suffixes: Collection[str]) -> list[str]:
    """Relative paths of the files with one of these endings, sorted; hidden files are passed over.

    Raises:
      DataError: a folder is locked.
    """
    files = []
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in suffixes:
                files.append(pathlib.Path(parent, name).relative_to(folder).as_posix())
    return sorted(files)


def _refuse(error: OSError) -> None:
    raise DataError(f"{error.filename} cannot be read: {error.strerror or error}") from error


def _stamps(folder: pathlib.Path, files: Sequence[str]) -> dict[str, list[int]]:
    """The files, each with its stamp: [bytes, time of the last change]."""
    stamps = {}
    for file in files:
        path = folder / file
        stat = path.stat() if path.exists() else path.lstat()  # of a dead link, to report it
        stamps[file] = [stat.st_size, stat.st_mtime_ns]
    return stamps


def _unreadable(folder: pathlib.Path, files: dict[str, list[int]]) -> dict[str, str]:
    """The files that cannot be read, each with the reason."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    index = cache_folder() / "folders" / f"{digest}.json"  # the stamps of the readable files
    known = _read_index(index)
    unknown = [file for file, stamp in files.items() if known.get(file) != stamp]
    # Pillow decodes outside Python's lock, so threads use every core.
    with concurrent.futures.ThreadPoolExecutor(processors()) as pool:
        reasons = pool.map(lambda file: _reason(folder / file), unknown)
        bar = tqdm.tqdm(
            reasons, desc=f"Checking {folder.name}", total=len(unknown), unit="img", leave=False, disable=None
        )
        found = {file: reason for file, reason in zip(unknown, bar, strict=True) if reason is not None}
    if unknown:
        # A cache that cannot be written costs time at the next opening, nothing else.
        with contextlib.suppress(OSError):
            readable = {file: stamp for file, stamp in {**known, **files}.items() if file not in found}
            write_json(index, readable)
    return found


def _read_index(path: pathlib.Path) -> dict[str, Any]:
    try:
        index = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return index if isinstance(index, dict) else {}


def _reason(path: pathlib.Path) -> str | None:
    try:
        decode_file(path)
    except DataError as error:
        return str(error)
    return None
