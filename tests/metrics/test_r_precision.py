"""R-precision by numbers made by hand."""

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.metrics.r_precision import found, r_precision

# Images 0 and 3 are nearest to their own texts, image 1 to text 2, image 2 as near to text 0 as to its own.
SIMILARITY = np.array(
    [[0.9, 0.1, 0.2, 0.3], [0.0, 0.5, 0.6, 0.1], [0.4, 0.0, 0.4, 0.1], [0.1, 0.2, 0.3, 0.8]]
)


def test_own_texts_are_found_or_not() -> None:
    assert found(SIMILARITY, among=4).tolist() == [1, 0, 0, 1]
    assert r_precision(SIMILARITY, among=4) == 0.5


def test_equal_texts_are_no_wrong_answers() -> None:
    """Texts 1 and 2 are one: image 1 was right with the other, and image 2 still ties with text 0."""
    assert found(SIMILARITY, texts=["a", "b", "b", "c"], among=3).tolist() == [1, 1, 0, 1]


def test_a_draw_of_few_is_found_by_chance() -> None:
    """By 1 in 10 for similarities that mean nothing: 2,000 images are within 0.03 of it in all but 1e-5."""
    random = np.random.default_rng(3).random((2000, 2000))
    assert abs(r_precision(random, among=10) - 0.1) < 0.03
    assert np.array_equal(found(random, among=10, seed=1), found(random, among=10, seed=1))
    assert not np.array_equal(found(random, among=10, seed=1), found(random, among=10, seed=2))


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(UsageError, match="too few to choose among 5"):
        found(SIMILARITY, among=5)
    with pytest.raises(UsageError, match="N images with N texts"):
        found(SIMILARITY[:3], among=2)
    with pytest.raises(UsageError, match="for 3 texts"):
        found(SIMILARITY, texts=["a", "b", "c"], among=2)
