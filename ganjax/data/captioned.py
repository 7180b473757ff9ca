"""From a source with captions to batches of pictures and the numbers of their words.

The order is that of `ganjax.data.pipeline.batches`, and which caption of a picture is read depends on the
seed and on the place in the order alone. So a position is one number here too, the images seen so far.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import grain
import numpy as np

from ganjax.core.errors import DataError, UsageError, listed
from ganjax.core.sides import check_side
from ganjax.data.sources import Facts, Source, captions_of, facts_of
from ganjax.data.stream import helpers, iterate, share, two_seeds
from ganjax.data.transforms import mirror_half, to_side


@dataclasses.dataclass(frozen=True)
class EncodedCaptions:
    """All captions of a source as numbers, in three arrays that are cheap to hand to a worker process.

    Attributes:
      ids: the tokens of all captions one after the other, int32.
      captions: where in `ids` each caption starts, and the last one ends; int64 [captions + 1].
      pictures: where in `captions` those of each picture start, and the last ones end; int64 [pictures + 1].
    """

    ids: np.ndarray
    captions: np.ndarray
    pictures: np.ndarray

    def draw(self, picture: int, random: np.random.Generator) -> tuple[int, np.ndarray]:
        """(number, tokens int32) of one caption of a picture; each is as likely as the others."""
        first = self.pictures[picture]
        caption = random.integers(first, self.pictures[picture + 1])
        return int(caption - first), self.ids[self.captions[caption] : self.captions[caption + 1]]


def encode_captions(source: Source, encode: Callable[[str], Sequence[int]]) -> EncodedCaptions:
    """The captions of all pictures as numbers; no picture is read.

    Args:
      source: a source with captions.
      encode: tokens of a caption, each above 0 as 0 fills up; a `UsageError` of it says why it cannot.

    Raises:
      UsageError: the source has no captions.
      DataError: captions that `encode` refuses, or of which it leaves nothing; all are counted.
    """
    known: dict[str, np.ndarray] = {}
    faults: list[str] = []
    found, counts = [], []
    for picture in range(len(source)):
        texts = captions_of(source, picture)
        for text in texts:
            if text not in known:
                try:
                    known[text] = np.asarray(encode(text), np.int32)
                    reason = "" if known[text].size else "no word of it is known"
                except UsageError as error:
                    known[text], reason = np.empty(0, np.int32), str(error)
                if reason:
                    faults.append(f"picture {picture}, {text[:80]!r}: {reason}")
            found.append(known[text])
        counts.append(len(texts))
    if faults:
        raise DataError(
            f"{len(faults)} captions of {source.name} cannot be encoded: change them, or take another text"
            f" encoder.{listed(faults)}"
        )
    ends = (np.cumsum([0, *sizes]) for sizes in ([len(ids) for ids in found], counts))
    return EncodedCaptions(np.concatenate(found), *ends)


def captioned(
    source: Source,
    *,
    side: int,
    batch: int,
    encode: Callable[[str], Sequence[int]],
    length: int,
    start: int = 0,
    seed: int = 0,
    process: int = 0,
    processes: int = 1,
    mirror: bool = False,
    facts: bool = False,
    workers: int = 0,
) -> grain.DatasetIterator[dict[str, np.ndarray]]:
    """Endless batches of pictures, each with the tokens of one of its captions, drawn anew in every epoch.

    Of a caption that is longer than `length` a random part is kept, in its order, as the reference does
    (github.com/tobran/DF-GAN, code/lib/datasets.py); an `encode` that cuts leaves nothing to choose. What is
    not named below is as for `ganjax.data.pipeline.batches`, and so is the order of the pictures.

    Pictures of one batch may have equal captions: different pictures by chance, and one picture where the set
    is small or an epoch ends inside the batch. A loss that takes the caption of another row for a wrong one
    has to live with the first, and can tell the second by "picture".

    Args:
      source: where the pictures and captions come from; put a small one `in_memory` first.
      encode: tokens of a caption, each above 0. All captions are encoded before the first batch.
      length: tokens of a caption at most, from 1 up.
      mirror: mirror pictures by the toss of a coin; not for captions that tell left from right.
      facts: also what is so in the pictures, of a source that knows (`ganjax.data.sources.Facts`).

    Returns:
      An iterator of {"image": uint8 [share, side, side, 3], "tokens": int32 [share, length] (0 after the
      end), "lengths": int32 [share] (1 to `length`), "picture": int32 [share] (index in the source)}, and
      with facts "holds" and "told", int32 [share, G]. Its `close()` ends the worker processes.

    Raises:
      UsageError: the source has no captions or knows no facts, `length` is below 1; or as `batches`.
      DataError: as `encode_captions`; (while iterating) a picture cannot be read.
    """
    check_side(side)
    if length < 1:
        raise UsageError(f"A caption has a length from 1 up, not {length}.")
    known = facts_of(source) if facts else None
    if facts and known is None:
        raise UsageError(f"{source.name} does not know what is so in its pictures.")
    order, coins = two_seeds(seed)
    read = functools.partial(
        _read,
        source=source,
        captions=encode_captions(source, encode),
        side=side,
        length=length,
        mirror=mirror,
        facts=known,
    )
    stream = grain.MapDataset.range(len(source)).shuffle(seed=order).repeat().random_map(read, seed=coins)
    return iterate(share(stream, batch, start, process, processes), helpers(workers, source))


def _read(
    picture: int,
    random: np.random.Generator,
    *,
    source: Source,
    captions: EncodedCaptions,
    side: int,
    length: int,
    mirror: bool,
    facts: Facts | None,
) -> dict[str, np.ndarray | np.int32]:
    number, ids = captions.draw(picture, random)
    tokens, count = _padded(ids, length, random)
    image = to_side(source[picture]["image"], side)
    read: dict[str, np.ndarray | np.int32] = {
        "image": mirror_half(image, random) if mirror else image,
        "tokens": tokens,
        "lengths": count,
        "picture": np.int32(picture),
    }
    if facts is not None:
        read["holds"], read["told"] = facts.of(picture, number)
    return read


def _padded(ids: np.ndarray, length: int, random: np.random.Generator) -> tuple[np.ndarray, np.int32]:
    """Tokens [length] and their count; of too many a random part is kept, in its order."""
    if len(ids) > length:
        ids = ids[np.sort(random.choice(len(ids), length, replace=False))]
    tokens = np.zeros(length, np.int32)
    tokens[: len(ids)] = ids
    return tokens, np.int32(len(ids))
