"""Batches of one shape: order, filling up, arguments, devices."""

from collections.abc import Iterator

import jax
import numpy as np
import pytest

from ganjax.infer.batch import batched


@pytest.mark.parametrize("count", [1, 2, 3, 7, 12])
@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("workers", [None, 2, 3])
def test_results_come_in_order(count: int, batch: int, workers: int | None) -> None:
    shapes = []
    devices = None if workers is None else jax.local_devices()[:workers]

    def function(x: jax.Array, y: jax.Array) -> jax.Array:
        shapes.append(x.shape)
        assert len(x.devices()) == (workers or 1)
        return x * 10 + y

    items = ((np.full((2, 3), i), np.full((2, 3), -i)) for i in range(count))
    results = list(batched(function, items, count=count, batch=batch, devices=devices))
    assert [int(each[0, 0]) for each in results] == [9 * i for i in range(count)]
    assert len(set(shapes)) == 1 and shapes[0][0] <= batch * (workers or 1)


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []

    def items() -> Iterator[tuple[np.ndarray]]:
        for i in range(100):
            taken.append(i)
            yield (np.full(1, i),)

    results = batched(lambda x: x, items(), count=100, batch=2)
    next(results)
    assert len(taken) <= 6
