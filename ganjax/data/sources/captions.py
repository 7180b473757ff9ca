"""Pictures with captions: a text file beside each picture of a folder, or one index for all of them."""

import json
import os
import pathlib
import warnings
from collections.abc import Iterable
from typing import Any

from ganjax.core.errors import DataError, listed
from ganjax.data.decode import SUFFIXES
from ganjax.data.sources.folder import FolderSource, files_below

_FORM = '{"image": "a.png", "captions": ["...", "..."]} or {"image": "a.png", "caption": "..."}'


class CaptionSource:
    """Pictures of files, each with one caption or more.

    In a folder the captions of `deep/x.png` are the lines of `deep/x.txt`. An index is a file of JSON lines,
    each {"image": path relative to the index, "captions": list of str} or {"image": ..., "caption": str};
    lines of the same picture add up. Text is UTF-8; blank captions are passed over. All captions are read and
    all pictures decoded when the source is opened, so that every fault is known before any training starts.

    Args:
      path: the folder or the index.
      max_unreadable: share of the pictures, 0 to 1, that may be unreadable; they are left out with their
        captions.

    Attributes:
      name: "captions:PATH".
      files: paths of the readable pictures, relative to the folder or to that of the index.
      unreadable: path to reason, for each picture that is left out.

    Raises:
      DataError: a picture without caption, a caption file or line that cannot be read, a line of a picture
        that is not there, or what `FolderSource` raises. The message counts the faults and names the first.
    """

    def __init__(self, path: str | os.PathLike[str], *, max_unreadable: float = 0.01) -> None:
        self.name = f"captions:{os.fspath(path)}"
        place = pathlib.Path(path).expanduser()
        if place.is_dir():
            folder, captions = place, _beside(place)
        elif place.is_file():
            folder, captions = place.parent, _indexed(place)
        else:
            raise DataError(
                f"{place} is not there: captions come from a folder or from an index of JSON lines."
            )
        self._pictures = FolderSource(folder, files=list(captions), max_unreadable=max_unreadable)
        self.files, self.unreadable = self._pictures.files, self._pictures.unreadable
        self._captions = [captions[file] for file in self.files]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The picture as {"image": uint8 [h, w, 3], "captions": list of str}.

        Raises:
          DataError: its file has been damaged since.
        """
        return {**self._pictures[index], "captions": self.captions(index)}

    def captions(self, index: int) -> list[str]:
        """The captions of a picture, one at least, in the order of their file."""
        return self._captions[index]


def _beside(folder: pathlib.Path) -> dict[str, list[str]]:
    """Every picture below a folder with the captions of the text file beside it."""
    captions, faults = {}, []
    pictures = files_below(folder, SUFFIXES)
    for picture in pictures:
        try:
            captions[picture] = _read_lines((folder / picture).with_suffix(".txt"))
        except DataError as error:
            faults.append(f"{picture}: {error}")
    if faults:
        raise DataError(
            f"{len(faults)} of {len(pictures)} pictures in {folder} have no captions. Each needs a text file"
            " of its name beside it, a caption on each line, in UTF-8: write it, or take the picture out."
            + listed(faults)
        )
    stems = {os.path.splitext(picture)[0] for picture in pictures}
    spare = [file for file in files_below(folder, {".txt"}) if os.path.splitext(file)[0] not in stems]
    if spare:
        warnings.warn(
            f"{len(spare)} text files in {folder} belong to no picture and are not used:{listed(spare)}",
            stacklevel=3,
        )
    return captions


def _read_lines(path: pathlib.Path) -> list[str]:
    try:
        captions = _spoken(path.read_bytes().decode("utf-8-sig").splitlines())
    except FileNotFoundError as error:
        raise DataError(f"{path.name} is missing") from error
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is no UTF-8 text: see its byte {error.start + 1}") from error
    if not captions:
        raise DataError(f"{path.name} is empty")
    return captions


def _indexed(index: pathlib.Path) -> dict[str, list[str]]:
    """Every picture that an index of JSON lines names, with its captions."""
    try:
        lines = index.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise DataError(f"{index} cannot be read: {error.strerror or error}") from error
    captions: dict[str, list[str]] = {}
    faults = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                picture, own = _entry(line, index.parent)
                captions.setdefault(picture, []).extend(own)
            except DataError as error:
                faults.append(f"line {number}: {error}")
    if faults:
        raise DataError(
            f"{len(faults)} lines of {index} cannot be used: mend them, or take them out.{listed(faults)}"
        )
    if not captions:
        raise DataError(f"{index} is empty: it needs a line for each picture, {_FORM}.")
    return captions


def _entry(line: bytes, folder: pathlib.Path) -> tuple[str, list[str]]:
    try:
        entry = json.loads(line.decode())
        json.dumps(entry, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text
    except UnicodeError as error:
        raise DataError("it is no UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is no JSON, such as {_FORM}") from error
    picture, captions = (
        (entry.get("image"), entry.get("captions", entry.get("caption")))
        if isinstance(entry, dict)
        else (None, None)
    )
    texts = [captions] if isinstance(captions, str) else captions
    if not isinstance(picture, str) or not isinstance(texts, list):
        raise DataError(f"it is not of the form {_FORM}")
    if not all(isinstance(text, str) for text in texts) or not (spoken := _spoken(texts)):
        raise DataError(f"{picture} has no caption, or one that is no text")
    if not os.path.isfile(folder / picture):
        raise DataError(f"there is no picture {folder / picture}; paths are relative to the index")
    return pathlib.PurePath(picture).as_posix(), spoken


def _spoken(texts: Iterable[str]) -> list[str]:
    """The texts without the space around them, and without the blank ones."""
    return [stripped for text in texts if (stripped := text.strip())]
