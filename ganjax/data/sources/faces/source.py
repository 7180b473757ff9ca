"""The faces as a data set with random access."""

from typing import Any

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.data.sources import Facts
from ganjax.data.sources.faces.attributes import ATTRIBUTES, Face, vector
from ganjax.data.sources.faces.captions import FORMS, SIZES, captions, facts
from ganjax.data.sources.faces.describe import describe
from ganjax.data.sources.faces.spoken import spoken
from ganjax.data.sources.faces.views import draw


class FaceSource:
    """`n` faces of `side` pixels, drawn when asked for.

    Item i is `{"image": uint8 [side, side, 3], "attributes": float32 [A], "caption": str, "captions":
    list of str}`; the columns of the attributes are named by `attribute_names`, and the one caption is the
    first of the many.

    Raises:
      UsageError: a side or a count below 1, a negative seed.
    """

    name = "faces"
    attribute_names = ATTRIBUTES

    def __init__(self, side: int, n: int = 50_000, seed: int = 0) -> None:
        if side < 1 or n < 1 or seed < 0:
            raise UsageError(
                f"Faces need a side and a count from 1 and a seed from 0, not {side}, {n} and {seed}."
            )
        self.side, self.n, self.seed = side, n, seed

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> dict[str, Any]:
        face, texts = self._describe(i), self.captions(i)
        return {
            "image": draw(face, self.side),
            "attributes": vector(face),
            "caption": texts[0],
            "captions": texts,
        }

    def captions(self, i: int) -> list[str]:
        """The captions of face i, in English and then in Japanese; nothing is drawn for it."""
        return [text for texts in captions(self._describe(i)).values() for text in texts]

    @property
    def facts(self) -> Facts:
        """Which words of `ganjax.data.sources.faces.spoken.WORDS` hold for a face, and are told of it."""
        return Facts(SIZES, self._facts)

    def _facts(self, i: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        language, form = divmod(number, len(FORMS))
        return facts(spoken(self._describe(i)), list(FORMS)[form], ("en", "ja")[language])

    def _describe(self, i: int) -> Face:
        if not 0 <= i < self.n:
            raise IndexError(f"face {i} of {self.n}")
        return describe(self.seed, int(i))

    def __repr__(self) -> str:
        return f"FaceSource(side={self.side}, n={self.n}, seed={self.seed})"
