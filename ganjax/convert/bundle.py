"""ganjax's own weight file: one safetensors file that holds networks, their configs and where they come from.

Tensors are named "<part>/<collection>/<path>". The metadata entry "ganjax" is JSON with `format`, `system`,
`stage`, `alpha`, `name`, `parts` (the config of each part) and `info` (whatever the writer wants to keep).
"""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from ganjax import __version__
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.files import write_bytes
from ganjax.core.trees import flatten, unflatten

FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Part:
    """One network of a bundle.

    Attributes:
      config: its config as plain JSON values.
      variables: its Linen collections, nested dicts of arrays.
    """

    config: Mapping[str, Any]
    variables: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Bundle:
    """What one file holds.

    Attributes:
      system: name of the system, e.g. "pgan".
      parts: "generator" (averaged weights), "generator_raw", "discriminator".
      stage: index of the resolution that the networks have grown to, None for their full size.
      alpha: weight of the newest block in [0, 1].
      name: the published name, or "".
      info: JSON values about the origin, e.g. the training settings.
    """

    system: str
    parts: Mapping[str, Part]
    stage: int | None = None
    alpha: float = 1.0
    name: str = ""
    info: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def write_bundle(path: str | os.PathLike[str], bundle: Bundle, *, half: bool = False) -> None:
    """Writes `bundle` to `path` atomically.

    `half` stores float32 arrays as float16, in half the space; reading gives float32 again, rounded.

    Raises:
      UsageError: `half` was asked for weights that are too large for float16.
    """
    header = {
        "format": FORMAT,
        "ganjax": __version__,
        "system": bundle.system,
        "stage": bundle.stage,
        "alpha": float(bundle.alpha),
        "name": bundle.name,
        "parts": {name: dict(part.config) for name, part in bundle.parts.items()},
        "info": dict(bundle.info),
    }
    trees = {name: part.variables for name, part in bundle.parts.items()}
    tensors = {key: _stored(key, value, half) for key, value in flatten(trees).items()}
    write_bytes(path, safetensors.numpy.save(tensors, {"ganjax": json.dumps(header)}))


def read_bundle(path: str | os.PathLike[str], *, part: str | None = None) -> Bundle:
    """The bundle in the file at `path`, with only `part` in it if one is named; arrays are NumPy's.

    Raises:
      CheckpointError: no such file, a damaged one, one that ganjax did not write, or one without `part`.
    """
    try:
        with safetensors.safe_open(path, framework="np") as file:
            header = _header(path, (file.metadata() or {}).get("ganjax"))
            configs = header["parts"]
            if part is not None and part not in configs:
                raise CheckpointError(f"{path} holds no {part}; it holds {', '.join(sorted(configs))}.")
            wanted = configs if part is None else [part]
            tensors = {
                key: _restored(file.get_tensor(key))
                for key in sorted(file.keys())
                if key.split("/", 1)[0] in wanted
            }
    except FileNotFoundError:
        raise CheckpointError(f"There is no file {path}.") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    except (TypeError, safetensors.SafetensorError) as error:
        raise CheckpointError(
            f"{path} is no whole safetensors file ({error}). If it was cut short, fetch or write it again."
        ) from error
    try:
        trees = unflatten(tensors)
    except (AttributeError, TypeError) as error:
        raise CheckpointError(f"{path} has a tensor where others lie in a folder of its name.") from error
    parts = {name: Part(configs[name], trees.get(name, {})) for name in wanted}
    return Bundle(parts=parts, **{key: header[key] for key in ("system", "stage", "alpha", "name", "info")})


def _header(path: str | os.PathLike[str], text: str | None) -> dict[str, Any]:
    if text is None:
        raise CheckpointError(f"{path} was not written by ganjax: it does not say what network it is for.")
    try:
        header = json.loads(text)
        number = header["format"]
        missing = {"system", "stage", "alpha", "name", "parts", "info"} - header.keys()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{path} has a damaged ganjax header: {error!r}.") from error
    if number != FORMAT:
        raise CheckpointError(f"{path} has format {number}; this version of ganjax reads format {FORMAT}.")
    wrong = missing or {name for name, sound in _SOUND.items() if not sound(header[name])}
    if wrong:
        raise CheckpointError(f"{path} has a damaged ganjax header: {', '.join(sorted(wrong))}.")
    return header


_SOUND: dict[str, Callable[[Any], bool]] = {
    "system": lambda value: isinstance(value, str),
    "stage": lambda value: value is None or (type(value) is int and value >= 0),
    "alpha": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "name": lambda value: isinstance(value, str),
    "parts": lambda value: isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()),
    "info": lambda value: isinstance(value, dict),
}


def _stored(key: str, value: Any, half: bool) -> np.ndarray:
    array = np.asarray(value, order="C")
    if not half or array.dtype != np.float32:
        return array
    if np.any(np.abs(array) > np.finfo(np.float16).max):
        raise UsageError(f"{key} has values beyond float16's range: write it with half=False.")
    return array.astype(np.float16)


def _restored(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float16 else array
