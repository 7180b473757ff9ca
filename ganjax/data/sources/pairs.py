"""Two folders of pictures that belong together by name: what a network sees, and what it is to make."""

import os
import pathlib
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ganjax.core.errors import DataError, listed
from ganjax.data.decode import decode_file
from ganjax.data.sources.folder import FolderSource


class PairSource:
    """Pictures of one folder, each with its degraded version in another: as large, or a whole factor smaller.

    Files belong together when their paths inside the folders are the same but for the ending (.png, .jpg)
    and, in the second folder, for a scale behind the name: 0001.png and 0001x4.png, as DIV2K is named.

    Args:
      images: folder of the pictures that are to be made.
      inputs: folder of the pictures to make them from.
      max_unreadable: share of each folder's pictures, 0 to 1, that may be unreadable; they are left out with
        their partners.

    Attributes:
      name: "pairs:IMAGES:INPUTS".
      files: paths of the pictures, relative to their folder.
      unreadable: path to reason, for each file that cannot be read.
      scale: how many times larger than the inputs the pictures are.

    Raises:
      DataError: a picture without partner, two of the same name, sizes that do not fit, or what
        `FolderSource` raises.
    """

    def __init__(
        self,
        images: str | os.PathLike[str],
        inputs: str | os.PathLike[str],
        *,
        max_unreadable: float = 0.01,
    ) -> None:
        self.name = f"pairs:{os.fspath(images)}{os.pathsep}{os.fspath(inputs)}"
        folders = [FolderSource(folder, max_unreadable=max_unreadable) for folder in (images, inputs)]
        self._folders = [folder.folder for folder in folders]
        self.unreadable = {
            str(folder.folder / file): reason
            for folder in folders
            for file, reason in folder.unreadable.items()
        }
        whole = _by_stem(folders[0], lambda stem: stem)
        small = _by_stem(folders[1], lambda stem: stem if stem in whole else re.sub(r"x\d+$", "", stem))
        lonely = [str(self._folders[0] / whole[stem]) for stem in whole if stem not in small]
        lonely += [str(self._folders[1] / small[stem]) for stem in small if stem not in whole]
        if lonely:
            raise DataError(
                f"{len(lonely)} pictures have no partner of the same name in the other folder:"
                + listed(lonely)
            )
        self._pairs = [
            (whole[stem], small[stem])
            for stem in whole
            if whole[stem] not in folders[0].unreadable and small[stem] not in folders[1].unreadable
        ]
        if not self._pairs:
            raise DataError(f"{self.name}: there is no pair of which both pictures can be read.")
        self.files = [file for file, _ in self._pairs]
        image, given = self._read(0)
        self.scale = max(1, round(image.shape[0] / given.shape[0]))
        self[0]  # to refuse at once what does not fit

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The pair as {"image": uint8 [h, w, 3], "input": uint8 [h / scale, w / scale, 3]}.

        Raises:
          DataError: the sizes do not fit each other, or a file has been damaged since.
        """
        image, given = self._read(index)
        if image.shape[:2] != (given.shape[0] * self.scale, given.shape[1] * self.scale):
            paths = [
                str(folder / file) for folder, file in zip(self._folders, self._pairs[index], strict=True)
            ]
            sizes = [f"{x.shape[1]} x {x.shape[0]}" for x in (image, given)]
            raise DataError(
                f"{paths[0]} has {sizes[0]} pixels and {paths[1]} has {sizes[1]}: the first has to be exactly"
                f" {self.scale} times as large, as it is for all pairs."
            )
        return {"image": image, "input": given}

    def _read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        image, given = (
            decode_file(folder / file) for folder, file in zip(self._folders, self._pairs[index], strict=True)
        )
        return image, given


def _by_stem(source: FolderSource, rule: Callable[[str], str]) -> dict[str, str]:
    """The files of a folder, readable or not, by what `rule` makes of their paths without the ending."""
    files: dict[str, str] = {}
    for file in sorted([*source.files, *source.unreadable]):
        stem = rule(pathlib.PurePosixPath(file).with_suffix("").as_posix())
        if stem in files:
            raise DataError(
                f"{source.folder} has two pictures of one name: {files[stem]} and {file}. Remove one."
            )
        files[stem] = file
    return files
