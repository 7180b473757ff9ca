"""What the tests of downloads share: the file that is served, and what was made of it."""

from pathlib import Path

import numpy as np

CONTENT = np.random.default_rng(0).bytes(400_000)
HALF = f"bytes={len(CONTENT) // 2}-"
"""The Range of a request that goes on from there."""


def files(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}
