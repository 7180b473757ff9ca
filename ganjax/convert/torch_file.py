"""Reads the files that `torch.save` writes, without PyTorch and without running anything in them.

Both containers are read: the zip archive of torch 1.6 and later, and the older stream of pickles followed by
the storages. Source of the formats: pytorch/pytorch, torch/serialization.py.
"""

import functools
import io
import math
import os
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import IO, Any

import jax.numpy as jnp
import numpy as np

from ganjax.convert.unpickle import SafeUnpickler
from ganjax.core.errors import CheckpointError

# The two ways in which a torch file begins: a zip archive, and the pickled magic number of the older stream.
_ZIP = b"PK\x03\x04"
_STREAM = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."

_DTYPES: dict[str, Any] = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "BFloat16Storage": jnp.bfloat16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
    "ComplexFloatStorage": np.complex64,
    "ComplexDoubleStorage": np.complex128,
}


def is_torch_file(path: str | os.PathLike[str]) -> bool:
    """Whether the file at `path` begins as `torch.save` begins its files."""
    with open(path, "rb") as file:
        head = file.read(len(_STREAM))
    return head.startswith((_ZIP, _STREAM))


def read(path: str | os.PathLike[str]) -> Any:
    """The object in the torch file at `path`: dicts, lists and numbers, with NumPy arrays for tensors.

    Objects of other classes come as `ganjax.convert.unpickle.Record`. bfloat16 keeps its type (ml_dtypes).

    Raises:
      CheckpointError: no such file, no torch file, a damaged one, or one that asks to call anything but the
        few functions that rebuild tensors.
    """
    try:
        if not is_torch_file(path):
            raise CheckpointError("it does not begin like one")
        with open(path, "rb") as file:
            return _read_zip(file) if file.read(len(_ZIP)) == _ZIP else _read_stream(file)
    except FileNotFoundError:
        raise CheckpointError(f"There is no file {path}.") from None
    except Exception as error:  # a damaged pickle or archive can fail in any way
        raise CheckpointError(f"{path} cannot be read as a torch file: {error}.") from error


def _read_zip(file: IO[bytes]) -> Any:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.split("/")[1:] == ["data.pkl"]]
        if len(names) != 1:
            raise CheckpointError(f"it holds {len(names)} entries data.pkl where one is expected")
        root = names[0].removesuffix("data.pkl")
        if f"{root}byteorder" in archive.namelist() and archive.read(f"{root}byteorder") != b"little":
            raise CheckpointError("its numbers are big-endian, which is not supported")

        @functools.cache
        def storage(dtype: np.dtype, key: str, count: int) -> np.ndarray:
            entry = archive.getinfo(f"{root}data/{key}")
            if entry.file_size != count * dtype.itemsize:
                raise CheckpointError(f"storage {key} has {entry.file_size} bytes, not {count} {dtype}")
            return np.frombuffer(archive.read(entry), dtype)

        return _unpickle(io.BytesIO(archive.read(names[0])), storage)


def _read_stream(file: IO[bytes]) -> Any:
    size = os.fstat(file.fileno()).st_size
    file.seek(len(_STREAM))
    protocol, system = _unpickle(file), _unpickle(file)
    if protocol != 1001 or not system["little_endian"]:
        raise CheckpointError(
            "its protocol is not 1001, or its numbers are big-endian, which is not supported"
        )
    storages: dict[str, np.ndarray] = {}

    def storage(dtype: np.dtype, key: str, count: int) -> np.ndarray:
        # The values come after the tensors that use them: tensors are views of these bytes, filled below.
        if not 0 <= count * dtype.itemsize <= size:
            raise CheckpointError(f"storage {key} is larger than the file")
        return storages.setdefault(key, np.empty(count * dtype.itemsize, np.uint8)).view(dtype)

    content = _unpickle(file, storage)
    for key in _unpickle(file):
        file.read(8)  # the number of values, which the reference to the storage gave too
        if file.readinto(storages[key].data) != storages[key].nbytes:  # type: ignore[attr-defined]
            raise CheckpointError(f"storage {key} is cut short")
    return content


def _unpickle(file: IO[bytes], storage: Callable[[np.dtype, str, int], np.ndarray] | None = None) -> Any:
    allowed: dict[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch", "Size"): lambda sizes: tuple(sizes),
        ("torch._utils", "_rebuild_tensor"): _tensor,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
    }
    allowed.update({("torch", name): np.dtype(dtype) for name, dtype in _DTYPES.items()})
    unpickler = SafeUnpickler(file, allowed)

    def persistent_load(reference: Any) -> np.ndarray:
        kind, dtype, key, _device, count, *view = reference
        if kind != "storage" or storage is None or not isinstance(dtype, np.dtype):
            raise CheckpointError(f"it refers to a {kind} of type {dtype}, which is not known")
        whole = storage(dtype, key, count)
        if view and view[0] is not None:  # torch before 0.4 stored parts of a storage by name
            _, start, length = view[0]
            return whole[start : start + length]
        return whole

    unpickler.persistent_load = persistent_load  # type: ignore[method-assign]
    return unpickler.load()


def _tensor(storage: np.ndarray, offset: int, size: Any, stride: Any, *_rest: Any) -> np.ndarray:
    """A view of `storage`; checked, since strides that reach outside would read foreign memory."""
    size, stride = tuple(size), tuple(stride)
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    inside = offset >= 0 and all(n >= 0 for n in size) and all(step >= 0 for step in stride)
    if not inside or (math.prod(size) and last >= len(storage)):
        raise CheckpointError(f"a tensor {list(size)} reaches outside its storage of {len(storage)} values")
    steps = tuple(step * storage.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps)
