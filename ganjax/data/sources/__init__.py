"""Where pictures come from: the drawn faces, files with captions or without, TensorFlow Datasets.

A source is a random-access sequence, so that any process can read any part of it in any order.
"""

import dataclasses
import os
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ganjax.core.errors import UsageError, unknown


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is so in pictures, in G groups of words of which one holds: the ages, the colours of hair.

    Attributes:
      sizes: the number of words of each group.
      of: (picture, caption) -> the number of the word of each group that holds in the picture, and of the
        one that this caption of it tells: int32 [G] each, -1 where none does.
    """

    sizes: tuple[int, ...]
    of: Callable[[int, int], tuple[np.ndarray, np.ndarray]]


class Source(Protocol):
    """Pictures by index.

    `source[i]` is a dict with "image", uint8 [h, w, 3] of any size, and, where the source knows it, "label",
    an int that indexes `source.labels`, the names of the classes. Other keys are the source's own. Where
    there are captions, `source.captions(i)` gives them without reading the picture (see `captions_of`), and a
    source that knows what is so in its pictures has `source.facts`, which are `Facts`.
    """

    @property
    def name(self) -> str:
        """What messages call the source."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> dict[str, Any]: ...


def open_source(
    text: str,
    *,
    side: int,
    data_dir: str | os.PathLike[str] | None = None,
    split: str = "train",
    seed: int = 0,
    max_unreadable: float = 0.01,
) -> Source:
    """Opens the source that `text` names.

    Args:
      text: "faces" or "faces:N" (how many), "folder:PATH", "captions:PATH" (a folder with a caption file
        beside each picture, or an index of JSON lines), "pairs:IMAGES:INPUTS" (two folders, between them what
        separates paths on this system) or "tfds:NAME".
      side: side in pixels at which the faces are drawn; the other sources give their pictures as they are.
      data_dir: folder that holds the prepared data sets of TFDS; its own default when None.
      split: part of a TFDS data set, e.g. "train", "test" or "train[:10%]".
      seed: chooses the set of faces.
      max_unreadable: share of a folder's pictures, 0 to 1, that may be unreadable: named and left out.

    Raises:
      UsageError: no such kind of source, data set or split.
      DataError: there are no usable pictures.
    """
    kind, _, place = text.partition(":")
    if text == "faces" or (kind == "faces" and place.isdecimal()):
        from ganjax.data.sources.faces import FaceSource

        return FaceSource(side, int(place), seed) if place else FaceSource(side, seed=seed)
    if kind == "folder" and place:
        from ganjax.data.sources.folder import FolderSource

        return FolderSource(place, max_unreadable=max_unreadable)
    if kind == "captions" and place:
        from ganjax.data.sources.captions import CaptionSource

        return CaptionSource(place, max_unreadable=max_unreadable)
    if kind == "pairs" and place.count(os.pathsep) == 1:
        from ganjax.data.sources.pairs import PairSource

        return PairSource(*place.split(os.pathsep), max_unreadable=max_unreadable)
    if kind == "tfds" and place:
        from ganjax.data.sources.tfds import TfdsSource

        return TfdsSource(place, data_dir=data_dir, split=split)
    known = ("faces", "faces:N", "folder:PATH", "captions:PATH", "pairs:IMAGES:INPUTS", "tfds:NAME")
    raise UsageError(unknown("data source", text, known))


def captions_of(source: Source, index: int) -> list[str]:
    """The captions of one picture, one at least; the picture itself is not read.

    Raises:
      UsageError: the source has no captions.
    """
    captions: Callable[[int], list[str]] | None = getattr(source, "captions", None)
    if captions is None:
        raise UsageError(
            f"{source.name} has no captions: take faces, faces:N, captions:FOLDER or captions:INDEX.jsonl."
        )
    return captions(index)


def facts_of(source: Source) -> Facts | None:
    """What the source knows of what is so in its pictures; None where it knows nothing."""
    facts: Facts | None = getattr(source, "facts", None)
    return facts
