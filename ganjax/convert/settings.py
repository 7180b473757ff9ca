"""The JSON file with a network's settings that some publishers put beside its weights."""

import json
import os
import pathlib
from typing import Any

from ganjax.core.errors import CheckpointError

_MOST = 1 << 20  # bytes; published ones have a few thousand


def settings_beside(path: str | os.PathLike[str], name: str) -> dict[str, Any]:
    """What the file called `name` in the folder of the weight file `path` says; nothing where there is none.

    Raises:
      CheckpointError: it cannot be read, or holds no settings.
    """
    beside = pathlib.Path(path).with_name(name)
    if not beside.is_file():
        return {}
    try:
        if beside.stat().st_size > _MOST:
            raise ValueError(f"it is larger than {_MOST:,} bytes")
        told = json.loads(beside.read_bytes())
        if not isinstance(told, dict):
            raise ValueError("it holds no settings by name")
    except (OSError, RecursionError, ValueError) as error:
        raise CheckpointError(f"{beside}, beside the weights, cannot be read: {error}.") from error
    return told
