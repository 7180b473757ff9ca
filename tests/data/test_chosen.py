"""Pictures of several sources as one, and those that are kept from training."""

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.data.sources.chosen import Chosen
from ganjax.data.sources.memory import MemorySource


def numbered(name: str, first: int, n: int) -> MemorySource:
    images = np.arange(first, first + n, dtype=np.uint8).reshape(-1, 1, 1, 1) * np.ones(
        (1, 2, 2, 3), np.uint8
    )
    return MemorySource(name, images)


def numbers(source: Chosen) -> list[int]:
    return [int(source[i]["image"][0, 0, 0]) for i in range(len(source))]


def test_sources_follow_each_other() -> None:
    both = Chosen([numbered("a", 0, 3), numbered("b", 10, 2)])
    assert (numbers(both), both.name, both.scale) == ([0, 1, 2, 10, 11], "a and b", 1)


@pytest.mark.parametrize(("n", "most", "kept"), [(100, 36, 10), (100, 4, 4), (10, 36, 1)])
def test_some_pictures_are_kept_from_all_over(n: int, most: int, kept: int) -> None:
    train, look = Chosen([numbered("a", 0, n)]).held_out(most)
    assert len(look) == kept and sorted(numbers(train) + numbers(look)) == list(range(n))
    assert numbers(look) == [i * n // kept for i in range(kept)]


def test_few_pictures_are_trained_on_and_looked_at() -> None:
    train, look = Chosen([numbered("a", 0, 9)]).held_out(36)
    assert numbers(train) == numbers(look) == list(range(9))


def test_pairs_do_not_go_together_with_single_pictures() -> None:
    pairs = numbered("pairs", 0, 2)
    object.__setattr__(pairs, "scale", 4)
    assert Chosen([pairs, pairs]).scale == 4
    with pytest.raises(UsageError, match="not pairs and a"):
        Chosen([pairs, numbered("a", 0, 2)])
