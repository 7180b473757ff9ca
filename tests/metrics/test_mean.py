"""Means that are gathered in parts."""

import numpy as np

from ganjax.metrics import mean


def test_statistics_merge():
    parts = [mean.statistics(np.float32(scores)) for scores in ([0.25], [0.5, 1.0, 0.25])]
    assert mean.value(mean.merge(*parts)) == 0.5


def test_sums_of_float32_scores_are_float64():
    assert mean.statistics(np.full(2**20, 0.1, np.float32)).total == 2**20 * float(np.float32(0.1))
