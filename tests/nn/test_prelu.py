"""The ReLU with a learned slope, by hand."""

import jax
import numpy as np

from ganjax.nn.prelu import PReLU

X = np.float32([[-2.0, -4.0], [3.0, 0.0]])


def test_one_slope_for_all_or_one_for_each_channel() -> None:
    one = PReLU().apply({"params": {"slope": np.float32([0.5])}}, X)
    np.testing.assert_array_equal(one, [[-1, -2], [3, 0]])
    each = PReLU(per_channel=True).apply({"params": {"slope": np.float32([0.5, 2.0])}}, X)
    np.testing.assert_array_equal(each, [[-1, -8], [3, 0]])


def test_slopes_begin_at_a_quarter() -> None:
    for per_channel, length in ((False, 1), (True, 2)):
        slope = PReLU(per_channel=per_channel).init(jax.random.key(0), X)["params"]["slope"]
        np.testing.assert_array_equal(slope, np.full(length, 0.25))
