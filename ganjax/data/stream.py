"""What every endless stream of batches is made with: its seeds, the parts of the processes, the reading.

This file runs in worker processes and starts no JAX device.
"""

import grain
import numpy as np
from absl import flags

from ganjax.core.errors import UsageError
from ganjax.data.sources import Source
from ganjax.data.sources.memory import MemorySource


def two_seeds(seed: int) -> tuple[int, int]:
    """Two independent seeds of one: of the order and of the coins, for example.

    Raises:
      UsageError: a negative seed.
    """
    if seed < 0:
        raise UsageError(f"A seed is a whole number from 0 up, not {seed}.")
    first, second = (int(word) for word in np.random.SeedSequence(seed).generate_state(2))
    return first, second


def share(stream: grain.MapDataset, batch: int, start: int, process: int, processes: int) -> grain.MapDataset:
    """This process's part of every batch; the parts of 0, 1, ... follow each other in a batch.

    Args:
      stream: the endless order, one picture at each place.
      batch: pictures in a batch, over all processes.
      start: pictures seen before the first batch.
      process: index of this process.
      processes: number of processes that share each batch.

    Raises:
      UsageError: the processes cannot share `batch`.
    """
    if batch < 1 or batch % processes:
        raise UsageError(f"{processes} processes cannot share a batch of {batch}: take a multiple.")
    return stream[start:].batch(batch // processes)[process::processes]


def helpers(workers: int, *sources: Source) -> int:
    """How many worker processes read: none where nothing has to be decoded."""
    return 0 if all(isinstance(source, MemorySource) for source in sources) else workers


def iterate(dataset: grain.MapDataset, workers: int) -> grain.DatasetIterator[dict[str, np.ndarray]]:
    """Reads a data set in this process or, with `workers`, in as many others; `close()` ends them."""
    # More reading threads only fight for Python's lock; real parallel decoding is what the processes are for.
    reading = dataset.to_iter_dataset(grain.ReadOptions(num_threads=1, prefetch_buffer_size=4))
    if workers:
        if not flags.FLAGS.is_parsed():
            flags.FLAGS.mark_as_parsed()  # Grain's processes ask for flags that only absl programs parse.
        reading = reading.mp_prefetch(grain.MultiprocessingOptions(num_workers=workers))
    return iter(reading)
