"""One door for the files of others: any container of weights, read without running anything in it.

What a file is its bytes tell, not its name. The file is mapped, not read: arrays are read-only views of it,
and take memory as they are used.
"""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import ml_dtypes
import numpy as np
import safetensors

from ganjax.convert import tf_pickle, torch_file
from ganjax.convert.unpickle import brief
from ganjax.core.errors import CheckpointError

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_MOST_HEADER = 1 << 22  # bytes of JSON: some 30,000 tensors
_DTYPES: dict[str, Any] = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "C64": np.complex64,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U64": np.uint64,
    "U32": np.uint32,
    "U16": np.uint16,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


@dataclasses.dataclass(frozen=True)
class Container:
    """What a file holds.

    Attributes:
      kind: "torch zip", "torch stream", "tfutil pickle" or "safetensors".
      content: nested dicts and lists of NumPy arrays and plain values, with a `unpickle.Record` for each
        object of an unknown class; of a tfutil pickle a tuple of `tf_pickle.Network`; of safetensors a dict
        of arrays.
      metadata: the texts that a safetensors file keeps beside its tensors.
    """

    kind: str
    content: Any
    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)


def read_container(path: str | os.PathLike[str]) -> Container:
    """What the file at `path` holds. Nothing in it is run, whatever it is.

    Its arrays are views of the mapped file: it must stay as it is while they are in use.

    Raises:
      CheckpointError: no such file, none of the four kinds, a damaged one, or one that asks for more than
        weight files need: calls, memory, steps.
    """
    if not os.path.isfile(path):
        raise CheckpointError(f"There is no file {path}.")
    kind = "weight file"
    try:
        data = np.memmap(path, np.uint8, "r").data if os.path.getsize(path) else memoryview(b"")
        kind = _kind(data)
        if kind == "safetensors":
            return Container(kind, *_safetensors(path, data))
        if kind == "torch zip":
            return Container(kind, torch_file.read_zip(data))
        if kind == "torch stream":
            return Container(kind, torch_file.read_stream(data))
        return Container(kind, tf_pickle.read_networks(data))
    except CheckpointError as error:
        raise CheckpointError(f"{path} cannot be read as a {kind}: {error}.") from error
    except Exception as error:  # a damaged file can be wrong in more ways than are worth a message each
        raise CheckpointError(
            f"{path} cannot be read as a {kind}: it is damaged ({type(error).__name__}: {error})."
        ) from error


def _kind(data: memoryview) -> str:
    head = bytes(data[:64])
    if head.startswith(_ZIP):
        return "torch zip"
    if torch_file.MAGIC in head[:32]:
        return "torch stream"
    # Before pickles: the length of a safetensors header may begin with the byte of a pickle.
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= len(data) - 8:
        return "safetensors"
    if head.startswith(_PICKLE):
        return "tfutil pickle"
    if head[8:9] == b"{":
        return "safetensors"
    page = head.lstrip().lower().startswith((b"<!doctype", b"<html"))
    hint = ", but a web page: fetch the file itself" if page else f"; it begins with {head[:8]!r}"
    raise CheckpointError(f"it is no torch file, no pickle of networks and no safetensors file{hint}")


def _safetensors(
    path: str | os.PathLike[str], data: memoryview
) -> tuple[dict[str, np.ndarray], Mapping[str, str]]:
    """The tensors and texts of a safetensors file; its header is checked by the safetensors library.

    It refuses tensors that overlap, that leave gaps or that have another size than their shape.
    """
    size = int.from_bytes(data[:8], "little")
    if size > _MOST_HEADER:
        raise CheckpointError(f"its header has {size:,} bytes; it may be an attack")
    tensors, at = {}, 8 + size
    with safetensors.safe_open(path, framework="np") as file:
        for name in file.offset_keys():
            part = file.get_slice(name)
            shape, dtype = tuple(part.get_shape()), _DTYPES.get(part.get_dtype())
            if dtype is None:
                raise CheckpointError(
                    f"its tensor {brief(name)} has the type {part.get_dtype()}, which is not read"
                )
            tensors[name] = np.ndarray(shape, dtype, data, at)
            at += tensors[name].nbytes
        return tensors, file.metadata() or {}
