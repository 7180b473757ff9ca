"""What tells one text encoder from another of the same name."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganjax.core.trees import flatten
from ganjax.text import kinds


def fingerprint(variables: Mapping[str, Any], tokenizer: Any) -> str:
    """16 hexadecimal digits that are others for other weights or another vocabulary.

    Args:
      variables: of the encoder; types and shapes count too.
      tokenizer: its tokenizer, of a class of `ganjax.text.kinds`, or None.
    """
    told = None if tokenizer is None else kinds.to_json(tokenizer)
    found = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for name, leaf in sorted(flatten(variables).items()):
        array = np.asarray(leaf)
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()[:16]
