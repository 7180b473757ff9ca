"""Pictures that are kept in memory."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ganjax.data.sources import Facts


@dataclasses.dataclass(frozen=True)
class MemorySource:
    """Pictures that were decoded once and are kept.

    Attributes:
      name: name of the source they came from.
      images: uint8 [n, side, side, 3].
      classes: class of each picture, int32 [n], or None.
      labels: names of the classes.
      captions: gives the captions of a picture, or None.
      facts: knows what is so in the pictures, or None; see `ganjax.data.sources`.
    """

    name: str
    images: np.ndarray
    classes: np.ndarray | None = None
    labels: tuple[str, ...] = ()
    captions: Callable[[int], list[str]] | None = None
    facts: Facts | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The picture as {"image": uint8 [side, side, 3]}, with "label" where there are classes."""
        item = {"image": self.images[index]}
        return item if self.classes is None else {**item, "label": self.classes[index]}
