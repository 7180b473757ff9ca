"""Reads the files that `torch.save` writes, without PyTorch and without running anything in them.

Both containers are read: the zip archive of torch 1.6 and later, and the older stream of pickles followed by
the storages. Tensors are read-only views of the file; those of deflated members of a zip are views of memory.
Source of the formats: pytorch/pytorch, torch/serialization.py and torch/_utils.py.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import ml_dtypes
import numpy as np

from ganjax.convert.limits import SPARE, Allowance
from ganjax.convert.pickle_machine import parse
from ganjax.convert.unpickle import Call, Global, Maker, brief, build, checked_key
from ganjax.convert.zip_file import ZipFile
from ganjax.core.errors import CheckpointError

MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The number by which a stream is known, as its first pickle ends."""

_STORAGES: dict[str, Any] = {
    "torch.FloatStorage": np.float32,
    "torch.DoubleStorage": np.float64,
    "torch.HalfStorage": np.float16,
    "torch.BFloat16Storage": ml_dtypes.bfloat16,
    "torch.LongStorage": np.int64,
    "torch.IntStorage": np.int32,
    "torch.ShortStorage": np.int16,
    "torch.CharStorage": np.int8,
    "torch.ByteStorage": np.uint8,
    "torch.BoolStorage": np.bool_,
    "torch.ComplexFloatStorage": np.complex64,
    "torch.ComplexDoubleStorage": np.complex128,
    "torch.storage.UntypedStorage": np.uint8,
}
# Types that have no storage of their own: the tensor says what the bytes are.
_DTYPES: dict[str, Any] = {
    "torch.uint16": np.uint16,
    "torch.uint32": np.uint32,
    "torch.uint64": np.uint64,
    "torch.float8_e4m3fn": ml_dtypes.float8_e4m3fn,
    "torch.float8_e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "torch.float8_e5m2": ml_dtypes.float8_e5m2,
    "torch.float8_e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
}
_MOST_AXES = 64  # NumPy's limit
_MOST_HEAD = 1024  # bytes; 130 are usual

Source = Callable[[str, np.dtype, int], memoryview]  # the bytes of a storage by key, type and count


def read_zip(data: memoryview) -> Any:
    """The object in a torch zip archive: dicts, lists and numbers, with NumPy arrays for tensors.

    Objects of other classes come as `ganjax.convert.unpickle.Record`. bfloat16 and the types of 8 bits keep
    their type (ml_dtypes).

    Raises:
      CheckpointError: a damaged archive, or one that asks to call anything but the few functions that rebuild
        tensors.
    """
    archive = ZipFile(data)
    names = [name for name in archive.names() if name.split("/")[1:] == ["data.pkl"]]
    if len(names) != 1:
        raise CheckpointError(f"it holds {len(names)} entries data.pkl where one is expected")
    root = names[0].removesuffix("data.pkl")
    order = f"{root}byteorder"
    if order in archive.names() and archive.read(order) != b"little":
        raise CheckpointError("its numbers are big-endian, which is not supported")
    if archive.size(names[0]) > SPARE:
        raise CheckpointError(f"its data.pkl has {archive.size(names[0]):,} bytes; it may be an attack")
    rebuild = _Rebuild(len(data), lambda key, dtype, count: archive.read(f"{root}data/{key}"))
    tree, _ = parse(archive.read(names[0]), rebuild.makers)
    return build(tree, rebuild.makers, outside=rebuild.storage)


def read_stream(data: memoryview) -> Any:
    """The object in a torch stream, as `read_zip`.

    Raises:
      CheckpointError: as `read_zip` does.
    """
    # Only the tensors tell which bytes are whose, and they come before the storages. So the content is built
    # twice: at first upon stand-ins, to learn the widths of the values.
    widths: dict[str, int] = {}

    def stand_in(key: str, dtype: np.dtype, count: int) -> memoryview:
        widths[key] = dtype.itemsize
        return data[: count * dtype.itemsize]

    rebuild, at = _Rebuild(len(data), stand_in), 0
    head = []
    for _ in range(3):  # magic number, protocol, system
        tree, length = parse(data[at:_MOST_HEAD])
        head.append(tree)
        at += length
    if head[1] != 1001 or not isinstance(head[2], dict) or head[2].get("little_endian") is not True:
        raise CheckpointError(
            "its protocol is not 1001, or its numbers are big-endian, which is not supported"
        )
    content, length = parse(data[at:], rebuild.makers)
    at += length
    keys, length = parse(data[at:])
    at += length
    build(content, rebuild.makers, outside=rebuild.storage)
    if not isinstance(keys, list) or sorted(map(checked_text, keys)) != sorted(widths):
        raise CheckpointError("the list of its storages is not that of its tensors")
    storages = {}
    for key in keys:
        start = at + 8
        at = start + int.from_bytes(data[at:start], "little") * widths[key]
        storages[key] = data[start:at]
    if at != len(data):
        raise CheckpointError("its storages are cut short or followed by something else")
    rebuild = _Rebuild(len(data), lambda key, dtype, count: storages[key])
    return build(content, rebuild.makers, outside=rebuild.storage)


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class _Storage:
    """Numbers in a row, of which tensors are views."""

    data: memoryview
    dtype: np.dtype


class _Rebuild:
    """What the pickles of torch ask to call, for a file of `size` bytes."""

    def __init__(self, size: int, source: Source):
        self._source, self._storages = source, dict[str, memoryview]()
        self._views = Allowance(3 * size + SPARE, "bytes of tensors")
        self.makers: Mapping[str, Maker] = {
            "collections.OrderedDict": _dict,
            "torch.Size": lambda call: tuple(call.only_arguments()[0]),
            "torch._utils._rebuild_tensor": lambda call: self._tensor(*call.only_arguments()),
            "torch._utils._rebuild_tensor_v2": lambda call: self._tensor(*call.only_arguments()),
            "torch._utils._rebuild_tensor_v3": lambda call: self._tensor_of_type(*call.only_arguments()),
            "torch._utils._rebuild_parameter": lambda call: _parameter(*call.only_arguments()),
            "torch._utils._rebuild_parameter_with_state": lambda call: _parameter(*call.only_arguments()),
        }

    def storage(self, reference: Any) -> _Storage:
        """The storage that a persistent id of torch means."""
        kind, named, key, _device, count, *part = reference
        if kind != "storage" or _name(named) not in _STORAGES:
            raise CheckpointError(f"it refers to a {brief(kind)} of {brief(named)}, which is not known")
        dtype = np.dtype(_STORAGES[_name(named)])
        if checked_text(key) not in self._storages:
            self._storages[key] = self._source(key, dtype, _count(count))
        data, width = self._storages[key], dtype.itemsize
        if len(data) != _count(count) * width:
            raise CheckpointError(f"storage {brief(key)} has {len(data)} bytes, not {count} {dtype}")
        if part and part[0] is not None:  # torch before 0.4 stored parts of a storage by name
            _, start, length = part[0]
            data = data[_count(start) * width : (start + _count(length)) * width]
        return _Storage(data, dtype)

    def _tensor(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        _gradient: Any = None,
        _hooks: Any = None,
        flags: Any = None,
    ) -> np.ndarray:
        """A view of `storage`, checked: strides that reach outside would read foreign memory."""
        if not isinstance(storage, _Storage) or flags:
            raise CheckpointError(
                f"it has a tensor without a storage, or with {brief(flags)}, which is not read"
            )
        if not isinstance(size, tuple) or not isinstance(stride, tuple) or len(size) > _MOST_AXES:
            raise CheckpointError(f"it has a tensor of size {brief(size)} and stride {brief(stride)}")
        width = storage.dtype.itemsize
        self._views.take(math.prod(max(_count(n), 1) for n in size) * width)
        last = _count(offset) + sum((n - 1) * _count(step) for n, step in zip(size, stride, strict=True))
        if 0 not in size and (last + 1) * width > len(storage.data):
            raise CheckpointError(
                f"a tensor of size {brief(size)} reaches outside its storage of {len(storage.data)} bytes"
            )
        steps = tuple(step * width for step in stride)
        return np.ndarray(size, storage.dtype, storage.data, offset * width, steps)

    def _tensor_of_type(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        gradient: Any,
        hooks: Any,
        named: Any,
        flags: Any = None,
    ) -> np.ndarray:
        if _name(named) not in _DTYPES or not isinstance(storage, _Storage):
            raise CheckpointError(f"it has a tensor of type {brief(named)}, which is not read")
        typed = _Storage(storage.data, np.dtype(_DTYPES[_name(named)]))
        return self._tensor(typed, offset, size, stride, gradient, hooks, flags)


def checked_text(value: Any) -> str:
    """`value`, if it is text.

    Raises:
      CheckpointError: it is something else.
    """
    if not isinstance(value, str):
        raise CheckpointError(f"it has {brief(value)} where a name is expected")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise CheckpointError(f"it has {brief(value)} where a size, an offset or a stride is expected")
    return value


def _name(named: Any) -> str:
    return named.name if isinstance(named, Global) else ""


def _dict(call: Call) -> dict[Any, Any]:
    """An OrderedDict: Python 3 sets entries one by one, Python 2 gives a list of them.

    Beside its entries a state_dict has the versions of its layers, which no reader needs.
    """
    if call.state is not None and (not isinstance(call.state, dict) or call.state.keys() - {"_metadata"}):
        raise CheckpointError(f"it gives a dict the state {brief(call.state)}")
    (pairs,) = call.arguments or ((),)
    return {checked_key(key): value for key, value in pairs} | dict(call.items)


def _parameter(tensor: Any, _gradient: Any, _hooks: Any, _state: Any = None) -> np.ndarray:
    if not isinstance(tensor, np.ndarray):
        raise CheckpointError(f"it has a parameter of {brief(tensor)}")
    return tensor
