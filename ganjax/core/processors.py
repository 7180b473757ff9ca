"""How many processors there are to work on."""

import os


def processors() -> int:
    """The number of processors that this process may use, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
