"""Pictures of several sources as one, and parts of them: some to train on, others to look at."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.data.sources import Facts, Source, captions_of, facts_of


class Chosen:
    """Some pictures of some sources, in this order; pairs keep their scale, and captions stay with them.

    Attributes:
      name: the names of the sources.
      scale: of pairs, how many times larger than the inputs the pictures are; 1 for single pictures.

    Raises:
      UsageError: pairs together with pictures that are none, or of another scale.
    """

    def __init__(self, sources: Sequence[Source], picks: Sequence[tuple[int, int]] | None = None) -> None:
        """`picks` are the number of the source and of the picture in it; by default all of them."""
        self.name = " and ".join(source.name for source in sources)
        scales = [getattr(source, "scale", None) for source in sources]
        if len(set(scales)) > 1:
            raise UsageError(f"Pairs go together with pairs of one scale only, not {self.name}.")
        self.scale = scales[0] or 1
        self._sources = list(sources)
        self._picks = list(picks or ((i, j) for i, source in enumerate(sources) for j in range(len(source))))

    def __len__(self) -> int:
        return len(self._picks)

    def __getitem__(self, index: int) -> dict[str, Any]:
        source, place = self._picks[index]
        return self._sources[source][place]

    def captions(self, index: int) -> list[str]:
        """The captions of a picture; UsageError where its source has none."""
        source, place = self._picks[index]
        return captions_of(self._sources[source], place)

    @property
    def facts(self) -> Facts | None:
        """What is so in the pictures; None unless all sources know the same groups."""
        known = [facts_of(source) for source in self._sources]
        sizes = known[0].sizes if known[0] else ()
        return Facts(sizes, self._facts) if all(each and each.sizes == sizes for each in known) else None

    def _facts(self, index: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        source, place = self._picks[index]
        known: Any = facts_of(self._sources[source])
        found: tuple[np.ndarray, np.ndarray] = known.of(place, number)
        return found

    def held_out(self, most: int) -> "tuple[Chosen, Chosen]":
        """(to train on, to look at): every so many pictures, `most` at most and a tenth of all, are kept.

        A source of fewer than ten pictures is both.
        """
        count = min(most, len(self) // 10)
        if count == 0:
            return self, self
        kept = {i * len(self) // count for i in range(count)}
        parts = (
            [pick for i, pick in enumerate(self._picks) if (i in kept) == wanted] for wanted in (False, True)
        )
        train, look = (Chosen(self._sources, part) for part in parts)
        return train, look
