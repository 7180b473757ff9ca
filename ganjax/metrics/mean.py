"""The statistics of a measure that is a mean over images or pairs: sums and counts, which add up.

They merge over batches, processes and machines. Shared by every metric with one score an image.
"""

from typing import NamedTuple

import numpy as np


class Statistics(NamedTuple):
    """Sum and number of the scores seen."""

    total: float
    images: int


def statistics(scores: np.ndarray) -> Statistics:
    """What is kept of scores [N]."""
    return Statistics(float(np.sum(scores, dtype=np.float64)), len(scores))


def merge(a: Statistics, b: Statistics) -> Statistics:
    """The statistics of both together."""
    return Statistics(a.total + b.total, a.images + b.images)


def value(seen: Statistics) -> float:
    """The mean score."""
    return seen.total / seen.images
