"""Files made by hand to do harm, one for each way known: all are refused, nothing runs, and little is used.

One process of its own reads them all. It reports every name that Python was asked to import, open or run, the
time and the peak of memory. What the files would do to a reader that runs them: make the folder "ran".
"""

import dataclasses
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganjax.convert.container import read_container
from ganjax.convert.unpickle import Global, Record

SPARE = 64 << 20  # bytes that reading a file may take beyond three times its size


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


MKDIR = G("os", "mkdir")
INNER = pickled(R(MKDIR, ("ran",)))
RECORD = ops(G("some", "Class")) + b")\x81"
LAUGH = b"(X\x03\x00\x00\x00lolX\x03\x00\x00\x00lol\x86q\x00" + b"".join(
    b"h%ch%c\x86q%c" % (i, i, i + 1) for i in range(40)
)

# What is put where a weight file has its content, and what the error says. Every route by which a pickle can
# make Python's own unpickler call something is here, and every way to make it take memory.
CONTENT: dict[str, tuple[Any, str]] = {
    "reduce": (R(MKDIR, ("ran",)), "asks to call 'os.mkdir'"),
    "reduce eval": (R(G("builtins", "eval"), ("__import__('os').mkdir('ran')",)), "asks to call"),
    "reduce import": (R(G("builtins", "__import__"), ("antigravity",)), "asks to call"),
    "reduce in a list": ([1, {"a": (R(MKDIR, ("ran",)),)}], "asks to call"),
    "reduce of a name in a name": (R(G("os", "path.os.mkdir"), ("ran",)), "asks to call 'os.path.os.mkdir'"),
    "reduce behind an allowed module": (R(G("torch._utils", "os.mkdir"), ("ran",)), "asks to call"),
    "reduce behind an allowed function": (
        R(G("torch._utils", "_rebuild_tensor_v2.__globals__.get"), ("ran",)),
        "asks to call",
    ),
    "getattr chain": (R(R(G("builtins", "getattr"), (G("os", "path"), "os")), ("ran",)), "builtins.getattr"),
    "call of no name": (R("os.mkdir", ("ran",)), "treats 'os.mkdir' as a Global"),
    "reduce without a tuple": (Ops(ops(MKDIR) + ops(["ran"]) + b"R"), "as a tuple"),
    "stack_global": (
        Ops(ops("os") + ops("mkdir") + b"\x93" + ops(("ran",)) + b"R"),
        "asks to call 'os.mkdir'",
    ),
    "stack_global of no text": (Ops(ops(1) + ops(("mkdir",)) + b"\x93"), "as a str"),
    "stack_global, long names": (Ops(ops("os") + ops("x" * 9999) + b"\x93"), "too long"),
    "global without an end": (Ops(b"c" + b"x" * 9999), "without an end"),
    "inst": (Ops(b"(X\x03\x00\x00\x00ranios\nmkdir\n"), "step INST"),
    "obj": (Ops(b"(" + ops(MKDIR) + ops("ran") + b"o"), "step OBJ"),
    "newobj": (Ops(ops(MKDIR) + ops(("ran",)) + b"\x81"), "with arguments"),
    "newobj_ex": (Ops(ops(MKDIR) + ops(()) + ops({"path": "ran"}) + b"\x92"), "step NEWOBJ_EX"),
    "ext1": (Ops(b"\x82\x01"), "step EXT1"),
    "ext2": (Ops(b"\x83\x01\x00"), "step EXT2"),
    "ext4": (Ops(b"\x84\x01\x00\x00\x00"), "step EXT4"),
    "persistent text": (Ops(b"Pos.mkdir\n"), "step PERSID"),
    "state set twice": (Ops(RECORD + ops({"__setstate__": MKDIR}) + b"b" + ops("ran") + b"b"), "twice"),
    "state of a name": (Ops(ops(MKDIR) + ops({"a": 1}) + b"b"), "as a Made"),
    "state of a list": (Ops(b"]" + ops({"append": MKDIR}) + b"b"), "as a Made"),
    "nested pickle": (R(G("_pickle", "loads"), (INNER,)), "asks to call '_pickle.loads'"),
    "nested pickle of torch": (R(G("torch.storage", "_load_from_bytes"), (INNER,)), "asks to call"),
    "nested pickle of numpy": (R(G("numpy", "load"), ("ran.npy",)), "asks to call"),
    "copyreg": (R(G("copyreg", "_reconstructor"), (MKDIR, G("builtins", "object"), "ran")), "asks to call"),
    "code": (R(G("types", "CodeType"), (0,)), "asks to call"),
    "another unpickler": (Ops(b"X\x01\x00\x00\x00a\x97"), "step NEXT_BUFFER"),
    "text of 2^63 bytes": (Ops(b"\x8d" + b"\xff" * 7 + b"\x7f" + b"x"), "asks for 9223372036854775807 bytes"),
    "bytes of 2^64 bytes": (Ops(b"\x8e" + b"\xff" * 8 + b"x"), "cut short"),
    "bytes of 2^32 bytes": (Ops(b"B\xff\xff\xff\xffx"), "asks for 4294967295 bytes"),
    "string of -1 bytes": (Ops(b"T\xff\xff\xff\xffx"), "cut short"),
    "long number": (Ops(b"\x8b\xff\xff\xff\x7fx"), "step LONG4"),
    "frame": (Ops(b"\x95" + b"\xff" * 8), "frame of 18446744073709551615 bytes"),
    "memo of 2^32 places": (Ops(b"Nr\xff\xff\xff\xffj\xfe\xff\xff\xff"), "damaged"),
    "empty stack": (Ops(b"R"), "damaged"),
    "mark without an end": (Ops(b"(("), "a mark"),
    "entry of a list": (Ops(b"]" + ops("a") + ops(1) + b"s"), "no dict"),
    "key without a value": (Ops(b"}(" + ops("a") + b"u"), "without a value"),
    "key that is a tuple": (Ops(b"}" + ops((1,)) + b"Ns"), "the key"),
    "numbers that collide": (Ops(b"}" + ops(2**61 * 2**20) + b"Ns"), "the key"),
    "protocol 0": (Ops(b"I1\n"), "step INT"),
    "billion laughs": (Ops(LAUGH + b"t"), "64 deep|objects"),
    "wide laughs": (
        Ops(b"(" + b"N" * 999 + b"tq\x00(" + b"h\x00" * 999 + b"t\x86"),
        "more than 131,072 objects",
    ),
    "list in itself": (Ops(b"]q\x00h\x00a"), "64 deep"),
    "deep tuples": (Ops(b")" + b"\x85" * 100_000), "64 deep"),
    "many lists": (Ops(b"(" + b"]" * 200_000 + b"t"), "more than 131,072 steps"),
    "many marks": (Ops(b"(" * 200_000), "more than 131,072 steps"),
    "many names": (Ops(b"(" + b"ca\nb\n" * 131_100 + b"t"), "more than 131,072 steps"),
    "dicts of dicts": (Ops(b"(" + b"}" * 131_100 + b"t"), "more than 131,072 steps"),
    "wide text": (Ops(b"(" + ops("\U0001f600" + "a" * 60_000) * 200 + b"t"), "bytes of text"),
    "long text": ("\U0001f600" + "a" * 99_999, "not Latin-1"),
    "text that is none": (Ops(b"X\x02\x00\x00\x00\xed\xa0"), "damaged"),
}

TENSORS: dict[str, tuple[Any, str]] = {
    "outside, text": (Outside("ran"), "damaged|refers"),
    "outside, a number": (Outside(3), "damaged|refers"),
    "outside, a module": (Outside(("module", MKDIR, "a.py", "import os")), "damaged|refers"),
    "outside, an odd kind": (Outside(("module", G("torch", "FloatStorage"), "0", "cpu", 4)), "refers"),
    "outside, an odd type": (storage(kind=MKDIR), "refers"),
    "outside, a list for a type": (storage(kind=["FloatStorage"]), "refers"),
    "outside, a list for a key": (storage(key=["0"]), "where a name"),
    "storage that is not there": (storage(key="1"), "no member|not that of its tensors"),
    "storage elsewhere": (storage(key="../data.pkl"), "no member|not that of its tensors"),
    "storage larger than it is": (storage(count=5), "bytes, not 5|cut short|followed"),
    "storage larger than the file": (storage(count=2**40), "bytes, not"),
    "storage of nan": (storage(count=float("nan")), "where a size"),
    "storage of -1": (storage(count=-1), "where a size"),
    "storage of true": (storage(count=True), "where a size"),
    "negative stride": (tensor((2,), (-1,), 3), "where a size"),
    "negative offset": (tensor((2,), (1,), -1), "where a size"),
    "negative size": (tensor((-2,), (1,)), "where a size"),
    "size of nan": (tensor((float("nan"),), (1,)), "where a size"),
    "size of text": (tensor("4", "1"), "of size '4'"),
    "offset too far": (tensor((2,), (1,), 3), "reaches outside"),
    "stride too far": (tensor((2, 2), (3, 1)), "reaches outside"),
    "offset that wraps around": (tensor((1,), (1,), 2**62), "reaches outside"),
    "offset beyond 64 bits": (tensor((1,), (1,), 2**64), "where a size"),
    "sizes that wrap around": (tensor((2**32, 2**32), (1, 1)), "bytes of tensors"),
    "strides that wrap around": (tensor((3, 2), (2**62, 1)), "reaches outside"),
    "one value as many": (tensor((10**5, 10**5), (0, 0)), "bytes of tensors"),
    "many views": ([tensor((10**6,), (0,))] * 50, "bytes of tensors"),
    "nothing, but wide": (tensor((0, 2**62), (1, 1)), "bytes of tensors"),
    "many axes": (tensor((1,) * 65, (1,) * 65), "of size"),
    "fewer strides than sizes": (tensor((2, 2), (1,)), "damaged"),
    "tensor of no storage": (tensor((2,), (1,), store="0"), "without a storage"),
    "tensor of too few": (R(G("torch._utils", "_rebuild_tensor_v2"), (storage(),)), "damaged"),
    "tensor with a state": (dataclasses.replace(tensor((2,), (1,)), state={"a": 1}), "changes what it made"),
    "dict with a state": (R(G("collections", "OrderedDict"), (), {"items": MKDIR}), "gives a dict"),
    "dict of no pairs": (R(G("collections", "OrderedDict"), (3,)), "damaged"),
    "dict of lists": (R(G("collections", "OrderedDict"), ([[[1], 2]],)), "the key"),
    "parameter of a name": (
        R(G("torch._utils", "_rebuild_parameter"), (MKDIR, True, None)),
        "a parameter of",
    ),
    "flags": (R(G("torch._utils", "_rebuild_tensor_v2"), (storage(), 0, (1,), (1,), 0, 0, {"a": 1})), "with"),
}

ARRAYS: dict[str, tuple[Any, str]] = {
    "objects": (array((1,), [MKDIR], dtype("O8", "|")), "no network has"),
    "object scalar": (R(G("numpy.core.multiarray", "scalar"), (dtype("O8", "|"), INNER)), "no network has"),
    "structured": (
        array((1,), b"abcd", dtype("V4", "|", None, ("a",), {"a": (dtype(), 0)})),
        "no network has",
    ),
    "structured in the state": (array((1,), b"abcd", dtype("f4", "<", None, ("a",), {})), "with the state"),
    "type with a subtype": (
        array((1,), b"abcd", dtype("f4", "<", (dtype(), (9,)), None, None)),
        "with the state",
    ),
    "type of fields": (array((1,), b"abcd", dtype("f4,O")), "no network has"),
    "type of a list": (array((1,), b"abcd", dtype([("a", "f4")])), "no network has"),
    "type of text": (array((1,), b"abcd", dtype("S4", "|")), "no network has"),
    "times": (array((1,), b"abcdefgh", dtype("M8[s]")), "no network has"),
    "odd order": (array((1,), b"abcd", dtype("f4", "!")), "with the state"),
    "order that is a list": (array((1,), b"abcd", dtype("f4", ["<"])), "damaged|with the state"),
    "type that is text": (array((1,), b"abcd", "f4"), "of type 'f4'"),
    "too few bytes": (array((2,), b"abcd"), "4 bytes for an array"),
    "too many bytes": (array((1,), b"abcdefgh"), "8 bytes for an array"),
    "negative shape": (array((-1, -1), b"abcd"), "of shape"),
    "shape of nan": (array((float("nan"),), b"abcd"), "of shape"),
    "shape that wraps around": (array((2**62, 4), b""), "0 bytes for an array"),
    "shape of text": (array("1", b"abcd"), "and shape '1'"),
    "fortran of text": (array((1,), b"abcd", fortran="F"), "of type"),
    "numbers for bytes": (array((1,), 4), "no numbers"),
    "state of another length": (R(G("numpy._core.multiarray", "_reconstruct"), (), (1, 2)), "not as NumPy"),
    "state that is a name": (R(G("numpy._core.multiarray", "_reconstruct"), (), MKDIR), "not as NumPy"),
    "bytes in another spelling": (R(G("_codecs", "encode"), ("ran", "idna")), "spelt in 'idna'"),
    "the same bytes for many": (
        Ops(ops(b"x" * 4_000_000) + b"q\x00(" + ops(array((1_000_000,), Ops(b"h\x00"))) * 20 + b"t\x86"),
        "bytes of arrays",
    ),
    "the same text for many": (
        Ops(
            ops("x" * 4_000_000)
            + b"q\x00("
            + ops(R(G("_codecs", "encode"), (Ops(b"h\x00"), "latin1"))) * 20
            + b"t\x86"
        ),
        "bytes spelt as text",
    ),
}


def patched(data: bytes, at: int, form: str, *values: int) -> bytes:
    """`data` with numbers written over it; a place below 0 counts from the end."""
    at %= len(data)
    return data[:at] + (new := struct.pack(f"<{form}", *values)) + data[at + len(new) :]


def archives() -> Iterator[tuple[str, bytes, str]]:
    """Archives that lie, in what their fields are at: an entry of the directory has 46 bytes and its name."""
    good = torch_zip(tensor((4,), (1,)), {"0": bytes(16)})
    entry = good.index(b"PK\x01\x02")
    second = good.index(b"PK\x01\x02", entry + 1)
    bomb = torch_zip(tensor((2**24,), (1,), store=storage(2**24)), {"0": bytes(2**26)}, zipfile.ZIP_DEFLATED)
    bomb_entry = bomb.index(b"PK\x01\x02", bomb.index(b"PK\x01\x02") + 1)
    small = torch_zip(tensor((2**14,), (1,), store=storage(2**14)), {"0": bytes(2**16)}, zipfile.ZIP_DEFLATED)
    small_entry = small.index(b"PK\x01\x02", small.index(b"PK\x01\x02") + 1)
    wide = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, 2**60, 2**60, 2**63, 2**62)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, len(good) - 22, 1)
    yield "bomb", bomb, "bytes of inflated members"
    yield (
        "bomb that says it is small",
        patched(bomb, bomb_entry + 24, "L", 16),
        "cannot be inflated|different",
    )
    yield "deflated, another size", patched(small, small_entry + 24, "L", 2**15), "inflated|different"
    yield "deflated, damaged", patched(small, small.index(b"a/data/0") + 8, "L", 2**32 - 1), "inflate"
    yield "bomb of text", zipped({"a/data.pkl": bytes(2**25)}, zipfile.ZIP_DEFLATED), "data.pkl has|inflated"
    yield "encrypted", patched(good, entry + 8, "H", 1), "encrypted"
    yield "encrypted here, not there", patched(good, 6, "H", 1), "say different things"
    yield "another method", patched(good, entry + 10, "H", 12), "neither stored nor deflated"
    yield "stored, of two sizes", patched(good, second + 20, "L", 12), "of two sizes"
    yield (
        "sizes of zip64 that are not there",
        patched(good, second + 20, "2L", 2**32 - 1, 2**32 - 1),
        "no size",
    )
    yield "larger than the file", patched(good, second + 20, "2L", 2**31, 2**31), "different|overlap"
    yield "on another disk", patched(good, entry + 34, "H", 1), "not in this file"
    yield "elsewhere", patched(good, second + 42, "L", 2**31), "not where the directory says"
    yield "in another", patched(good, second + 42, "L", 0), "say different things"
    yield "checksum", patched(good, entry + 16, "L", 7), "checksum"
    yield "name cut", patched(good, entry + 28, "H", 3), "damaged|different"
    yield "name too long", patched(good, second + 28, "H", 65535), "damaged"
    yield "fewer members than are there", patched(good, -14, "2H", 1, 1), "another size than it says"
    yield "more members than are there", patched(good, -14, "2H", 9, 9), "damaged"
    yield "directory elsewhere", patched(good, -6, "L", 2**31), "not as its directory says"
    yield "a comment", patched(good, -2, "H", 9), "not as its directory says"
    yield "more behind it", good + b"MZ", "cut short"
    yield "zip64, absurd", good[:-22] + wide + locator + good[-22:], "not as its directory says|members"
    yield "zip64, elsewhere", good[:-22] + locator + good[-22:], "not where it is said"
    yield "many members", zipped({str(i): b"" for i in range(33_000)}), "members; 32,768"
    yield "only a beginning", good[:30], "cut short"
    same = good.replace(b"a/data/0", b"a/data.p")
    yield "overlap", overlapping(), "overlap"
    yield (
        "two of one name",
        zipped({"a/data.pkl": INNER, "a/datA.pkl": INNER}).replace(b"datA", b"data"),
        "two",
    )
    yield "no storage", same, "no member"
    for name in ("../x", "/x", "a/../../x", "a\\..\\x", "C:/x", "a//x", "a/./x", "a/\0x"):
        raw = zipped({"a/data.pkl": INNER, "#" * len(name): b""}).replace(b"#" * len(name), name.encode())
        yield f"name {name!r}", raw, "leads out"
    yield "big-endian", zipped({"a/data.pkl": pickled([]), "a/byteorder": b"big"}), "big-endian"


def overlapping() -> bytes:
    """A member "a/x" that lies within the bytes of another one."""
    inner = zipped({"a/x": b"inner"})
    inner = inner[: inner.index(b"PK\x01\x02")]
    data = zipped({"a/data.pkl": pickled([]), "a/y": inner, "a/x": b"inner"})
    last = data.rindex(b"PK\x01\x02")
    return patched(data, last + 42, "L", data.index(b"a/y") + 3)


def plain_files() -> Iterator[tuple[str, bytes, str]]:
    """Streams and safetensors files that lie, and what is no weight file."""
    big = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": False}, [], []]
    yield "stream, big-endian", b"".join(map(pickled, big)), "big-endian"
    yield (
        "stream, another protocol",
        torch_stream([]).replace(b"\x8a\x02\xe9\x03", b"\x8a\x02\xe8\x03"),
        "1001",
    )
    good = torch_stream(tensor((4,), (1,)), {"0": bytes(16)})
    yield "stream, another count", patched(good, -24, "q", 2**40), "cut short"
    yield "stream, count of -1", patched(good, -24, "q", -1), "cut short"
    yield "stream, more behind it", good + b"x", "followed"
    yield (
        "stream, a storage twice",
        torch_stream(Ops(ops([tensor((4,), (1,))])), {"0": bytes(16)}).replace(
            ops(["0"]) + b".", ops(["0", "0"]) + b"."
        ),
        "not that of its tensors",
    )
    yield "pickle, more behind it", pickled((network(),)) + b"x", "goes on"
    yield (
        "pickle, a variable twice",
        tf_pickle(network(("a", array((1,), b"abcd")), ("a", array((1,), b"abcd")))),
        "twice",
    )
    yield "pickle, a variable that is none", tf_pickle(network(("a", MKDIR))), "is no array"

    def header(value: Any, data: bytes = b"") -> bytes:
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return struct.pack("<Q", len(text)) + text + data

    def entry(shape: list[int], start: int, end: int, kind: str = "F32") -> dict[str, Any]:
        return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}

    yield (
        "safetensors, overlap",
        header({"a": entry([1], 0, 4), "b": entry([1], 0, 4)}, bytes(4)),
        "safetensors",
    )
    yield (
        "safetensors, gap",
        header({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, bytes(12)),
        "safetensors",
    )
    yield "safetensors, size", header({"a": entry([2], 0, 4)}, bytes(4)), "safetensors"
    yield "safetensors, wrap", header({"a": entry([2**63, 2], 0, 0)}, b""), "safetensors"
    yield "safetensors, outside", header({"a": entry([9], 0, 36)}, bytes(4)), "safetensors"
    yield "safetensors, type", header({"a": entry([1], 0, 4, "OBJ")}, bytes(4)), "safetensors"
    yield "safetensors, more", header({"a": entry([1], 0, 4)}, bytes(8)), "safetensors"
    yield "safetensors, header of 2^62", patched(header({"a": 1}), 0, "Q", 2**62), "header has"
    yield "safetensors, deep", header(b'{"a":' + b"[" * 99_999), "safetensors"
    yield "web page", b"<!DOCTYPE html><html>404</html>", "a web page"
    yield "text", b"hello", "begins with b'hello'"
    yield "nothing", b"", "no torch file"


def hostile() -> Iterator[tuple[str, bytes, str]]:
    wraps: dict[str, Callable[[Any], bytes]] = {"zip": torch_zip, "stream": torch_stream, "pickle": tf_pickle}
    for kind, wrap in wraps.items():
        for name, (value, message) in CONTENT.items():
            yield f"{kind}, {name}", wrap(value), message
    for name, (value, message) in TENSORS.items():
        yield f"zip, {name}", torch_zip(value, {"0": bytes(16)}), message
        yield f"stream, {name}", torch_stream(value, {"0": bytes(16)}), message
    for name, (value, message) in ARRAYS.items():
        yield f"pickle, {name}", tf_pickle(value), message
    for name, data, message in archives():
        yield f"archive, {name}", data, message
    yield from plain_files()


READER = """
import json, os, sys, time
from ganjax.convert.container import read_container
from ganjax.core.errors import CheckpointError

def peak():  # of this process, in bytes
    with open("/proc/self/status") as status:
        return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])

def read(path):
    try:
        return repr(read_container(path))
    except CheckpointError as error:
        return f"refused: {error}"

def watch(event, arguments):
    usual = event in ("mmap.__new__", "builtins.id") or (event, *arguments[:1]) == ("open", path)
    if watching and not usual:
        events.append(f"{event} {arguments}")

names, watching, events = sorted(os.listdir(sys.argv[1])), False, []
path = names and os.path.join(sys.argv[1], names[0])
sys.addaudithook(watch)
for name in names[:1] + names:  # the first one twice: what is imported late is not the file's doing
    path, before, start = os.path.join(sys.argv[1], name), peak(), time.process_time()
    events.clear()
    watching = True
    said = read(path)
    watching = False
    print(json.dumps([name, said, time.process_time() - start, peak() - before, events]))
"""


@dataclasses.dataclass(frozen=True)
class Outcome:
    said: str
    seconds: float
    peak: int
    events: list[str]


def read_all(folder: Path, cwd: Path) -> dict[str, Outcome]:
    """What the files of a folder gave, by name, in a process whose folder is `cwd`."""
    lines = subprocess.run(
        [sys.executable, "-c", READER, str(folder)], cwd=cwd, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {name: Outcome(*rest) for name, *rest in map(json.loads, lines)}


FILES = {name: (data, message) for name, data, message in hostile()}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder, cwd = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("cwd")
    numbered = {f"{i:03}": name for i, name in enumerate(FILES)}
    for number, name in numbered.items():
        (folder / number).write_bytes(FILES[name][0])
    found = read_all(folder, cwd)
    assert not list(cwd.iterdir())  # the folder "ran"
    return {name: found[number] for number, name in numbered.items()}


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_refused_at_once_and_nothing_runs(name: str, outcomes: dict[str, Outcome]) -> None:
    data, message = FILES[name]
    outcome = outcomes[name]
    assert outcome.said.startswith("refused: ") and len(outcome.said) < 600
    assert re.search(message, outcome.said), outcome.said
    assert outcome.events == []
    assert outcome.seconds < 1
    assert outcome.peak < 3 * len(data) + SPARE


# What looks alike and is no harm must be read, or the refusals above would prove nothing.
HARMLESS: dict[str, tuple[bytes, Any]] = {
    "zip": (
        torch_zip({"a": tensor((2, 2), (2, 1))}, {"0": np.arange(4, dtype="f4").tobytes()}),
        [[0, 1], [2, 3]],
    ),
    "deflated": (
        torch_zip(
            {"a": tensor((2, 2), (1, 2))}, {"0": np.arange(4, dtype="f4").tobytes()}, zipfile.ZIP_DEFLATED
        ),
        [[0, 2], [1, 3]],
    ),
    "stream": (
        torch_stream({"a": tensor((2,), (2,), 1)}, {"0": np.arange(4, dtype="f4").tobytes()}),
        [1, 3],
    ),
    "expanded": (
        torch_zip({"a": tensor((2, 3), (1, 0))}, {"0": np.arange(4, dtype="f4").tobytes()}),
        [[0] * 3, [1] * 3],
    ),
    "part of a storage, as in torch 0.3": (
        torch_stream(
            {
                "a": tensor(
                    (2,),
                    (1,),
                    store=Outside(("storage", G("torch", "FloatStorage"), "0", "cpu", 4, ("1", 2, 2))),
                )
            },
            {"0": np.arange(4, dtype="f4").tobytes()},
        ),
        [2, 3],
    ),
    "big-endian array": (
        tf_pickle(network(("a", array((2,), np.array([1, 2], ">f4").tobytes(), dtype("f4", ">"))))),
        [1, 2],
    ),
    "array of columns": (
        tf_pickle(network(("a", array((2, 2), np.arange(4, dtype="f4").tobytes(), fortran=True)))),
        [[0, 2], [1, 3]],
    ),
    "scalar": (
        tf_pickle(network(("a", R(G("numpy.core.multiarray", "scalar"), (dtype(), b"\0\0\x80?"))))),
        1,
    ),
    "array of Python 2": (tf_pickle(network(("a", array((1,), Ops(b"U\x04\x00\x00\x80\x3f"))))), [1]),
    "array spelt as text": (
        tf_pickle(network(("a", array((1,), R(G("_codecs", "encode"), ("\x00\x00\x80?", "latin1")))))),
        [1],
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_files_made_in_the_same_way_are_read(name: str, tmp_path: Path) -> None:
    data, expected = HARMLESS[name]
    (tmp_path / "file").write_bytes(data)
    content = read_container(tmp_path / "file").content
    array = content["a"] if isinstance(content, dict) else content[0].variables["a"]
    np.testing.assert_array_equal(array, expected)


def test_a_name_that_is_not_called_stays_a_name(tmp_path: Path) -> None:
    record = Ops(ops(MKDIR) + b")\x81" + ops({"__setstate__": MKDIR, "a": 1}) + b"b")
    (tmp_path / "file").write_bytes(torch_zip([MKDIR, record]))
    name, found = read_container(tmp_path / "file").content
    assert name == Global("os.mkdir")
    assert isinstance(found, Record) and found.name == "os.mkdir"
    assert found.fields == {"__setstate__": Global("os.mkdir"), "a": 1}


def test_the_watch_sees_a_file_that_runs_code(tmp_path: Path) -> None:
    """Python's own unpickler, put in the reader's place, is caught by the same process."""
    folder, cwd = tmp_path / "files", tmp_path / "cwd"
    folder.mkdir(), cwd.mkdir()
    (folder / "a").write_bytes(INNER)
    unsafe = READER.replace("repr(read_container(path))", "__import__('pickle').load(open(path, 'rb'))")
    lines = subprocess.run(
        [sys.executable, "-c", unsafe, str(folder)], cwd=cwd, capture_output=True, text=True
    ).stdout.splitlines()
    assert any("os.mkdir" in event for event in json.loads(lines[0])[4])
    assert (cwd / "ran").is_dir()
