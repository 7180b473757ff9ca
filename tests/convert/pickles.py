"""Pickles step by step, in the files that torch and NVIDIA's code put them in; they may be harmful."""

import dataclasses
import io
import struct
import zipfile
from typing import Any


@dataclasses.dataclass(frozen=True)
class G:
    """A name, as a pickle refers to one."""

    module: str
    name: str


@dataclasses.dataclass(frozen=True)
class R:
    """A call, as a pickle asks for one; `state` is what its result is set to."""

    function: Any
    arguments: tuple[Any, ...]
    state: Any = None


@dataclasses.dataclass(frozen=True)
class Outside:
    """A persistent id."""

    reference: Any


@dataclasses.dataclass(frozen=True)
class Ops:
    """Steps of a pickle as they are."""

    data: bytes


def ops(value: Any) -> bytes:
    """The steps that leave `value` on the stack."""
    match value:
        case Ops(data):
            return data
        case G(module, name):
            return f"c{module}\n{name}\n".encode()
        case R(function, arguments, state):
            return ops(function) + ops(arguments) + b"R" + (b"" if state is None else ops(state) + b"b")
        case Outside(reference):
            return ops(reference) + b"Q"
        case None | True | False:
            return {None: b"N", True: b"\x88", False: b"\x89"}[value]
        case int():
            data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            return b"\x8a" + bytes([len(data)]) + data
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case bytes():
            return b"B" + struct.pack("<I", len(value)) + value
        case tuple():
            return b"(" + b"".join(map(ops, value)) + b"t"
        case list():
            return b"](" + b"".join(map(ops, value)) + b"e"
        case dict():
            return b"}(" + b"".join(ops(key) + ops(item) for key, item in value.items()) + b"u"
    raise TypeError(value)


def pickled(value: Any) -> bytes:
    return b"\x80\x02" + ops(value) + b"."


def torch_zip(
    value: Any, storages: dict[str, bytes] | None = None, method: int = zipfile.ZIP_STORED
) -> bytes:
    members = {"data.pkl": pickled(value), **{f"data/{key}": data for key, data in (storages or {}).items()}}
    return zipped({f"a/{name}": data for name, data in members.items()}, method)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def torch_stream(value: Any, storages: dict[str, bytes] | None = None, width: int = 4) -> bytes:
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, value, list(storages or {})]
    tail = [struct.pack("<q", len(data) // width) + data for data in (storages or {}).values()]
    return b"".join([*map(pickled, head), *tail])


def tf_pickle(value: Any) -> bytes:
    return pickled((value,))


def storage(count: Any = 4, key: Any = "0", kind: Any = G("torch", "FloatStorage")) -> Outside:
    return Outside(("storage", kind, key, "cpu", count, None))


def tensor(size: Any, stride: Any, offset: Any = 0, store: Any = None) -> R:
    hooks = R(G("collections", "OrderedDict"), ())
    arguments = (store or storage(), offset, size, stride, False, hooks)
    return R(G("torch._utils", "_rebuild_tensor_v2"), arguments)


def dtype(code: Any = "f4", order: Any = "<", *special: Any) -> R:
    state = (3, order, *(special or (None, None, None)), -1, -1, 0)
    return R(G("numpy", "dtype"), (code, 0, 1), state)


def array(shape: Any, data: Any, kind: Any = None, fortran: Any = False) -> R:
    function = G("numpy.core.multiarray", "_reconstruct")
    state = (1, shape, kind or dtype(), fortran, data)
    return R(function, (G("numpy", "ndarray"), (0,), b"b"), state)


def network(*variables: tuple[str, Any]) -> Ops:
    fields = {
        "version": 2,
        "name": "G",
        "build_func_name": "G",
        "static_kwargs": {},
        "variables": [*variables],
    }
    return Ops(ops(G("tfutil", "Network")) + b")\x81" + ops(fields) + b"b")


# What a harmful pickle wants: to make the folder "ran".
MKDIR = G("os", "mkdir")
INNER = pickled(R(MKDIR, ("ran",)))
