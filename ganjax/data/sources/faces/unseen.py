"""Faces whose captions were never trained on."""

from collections.abc import Iterable

from ganjax.data.sources.faces.attributes import Face
from ganjax.data.sources.faces.captions import FORMS, tell
from ganjax.data.sources.faces.describe import describe
from ganjax.data.sources.faces.source import FaceSource
from ganjax.data.sources.faces.spoken import spoken

# The short ones are so few that all are known, and so are many of those of some facts.
_TOLD = [number for number, form in enumerate(FORMS) if form not in ("short", "some")]
_WHO = ("age", "sex", "top", "hair length", "hair curl", "hair colour", "updo")


def unseen(n: int, *, seed: int, trained: FaceSource, new: int = 0) -> tuple[list[Face], list[Face]]:
    """Faces of the set `seed`, in order, whose captions no face of `trained` has in either language.

    Short captions and those of some facts excepted, which leave little to say.

    Args:
      n: how many faces.
      seed: another one than that of `trained`.
      trained: the faces that were trained on.
      new: how many more, of which also no trained face has that hair on such a head: a combination of words
        that was never read.

    Returns:
      The `n` faces, and the `new` ones.
    """
    known: set[str] = set()
    heads: set[tuple[str | None, ...]] = set()
    for i in range(len(trained)):
        words = spoken(describe(trained.seed, i))
        known.update(_captions(words))
        heads.add(_head(words))
    plain: list[Face] = []
    strange: list[Face] = []
    index = 0
    while len(plain) < n or len(strange) < new:
        face = describe(seed, index)
        index += 1
        words = spoken(face)
        if known.isdisjoint(_captions(words)):
            found, wanted = (plain, n) if _head(words) in heads else (strange, new)
            if len(found) < wanted:
                found.append(face)
    return plain, strange


def _captions(words: dict[str, str]) -> Iterable[str]:
    return (texts[number] for texts in tell(words).values() for number in _TOLD)


def _head(words: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(words.get(group) for group in _WHO)
