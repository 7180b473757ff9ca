"""R-precision with R = 1: the share of images whose own text is nearest, among a hundred texts.

Both come from encoders that were trained to match (`ganjax.models.damsm`), so the measure says how well a
generated image shows what its text says, as far as those encoders can tell. State beside it what real images
score with the same encoders; by chance it is one in `among`.

Source: Xu et al. 2018 (AttnGAN, arXiv:1711.10485), section 4: each image against its text and 99 others,
drawn at random, by the cosine of the features of whole images and whole texts.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from ganjax.core.errors import UsageError
from ganjax.metrics.mean import statistics, value


def r_precision(
    similarity: Any, *, texts: Sequence[Hashable] | None = None, among: int = 100, seed: int = 0
) -> float:
    """The share in [0, 1] of images that find their own text; the arguments are those of `found`."""
    return value(statistics(found(similarity, texts=texts, among=among, seed=seed)))


def found(
    similarity: Any, *, texts: Sequence[Hashable] | None = None, among: int = 100, seed: int = 0
) -> np.ndarray:
    """1 for each image that is more similar to its own text than to all others of its draw, else 0: [N].

    A tie is not found, so that encoders which tell nothing apart score nothing.

    Args:
      similarity: of every image with every text [N, N], e.g. `ganjax.losses.matching.sentence_similarity`;
        text i belongs to image i.
      texts: [N], what tells equal texts from different ones: the texts themselves will do. An equal text is
        no wrong answer and is never drawn. None where all are different.
      among: how many texts an image chooses from, its own one among them.
      seed: of the draw of the others, which are all different from each other in place.

    Raises:
      UsageError: no square, or fewer different texts than are to be drawn.
    """
    similarity = np.asarray(similarity)
    n = len(similarity)
    names = range(n) if texts is None else texts
    if similarity.shape != (n, n) or len(names) != n:
        raise UsageError(
            f"R-precision takes the similarity of N images with N texts, not {list(similarity.shape)} "
            f"for {len(names)} texts."
        )
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    kinds = np.array([numbers[name] for name in names])
    random = np.random.default_rng(seed)
    hits = np.zeros(n, np.float32)
    for i in range(n):
        others = np.flatnonzero(kinds != kinds[i])
        if len(others) < among - 1:
            raise UsageError(
                f"Text {i} has {len(others)} others that differ from it: too few to choose among {among}."
            )
        drawn = random.choice(others, among - 1, replace=False)
        hits[i] = np.all(similarity[i, i] > similarity[i, drawn])
    return hits
