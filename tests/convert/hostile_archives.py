"""Archives, streams and headers that lie, and files that are none: name, bytes, and what the error says."""

import json
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from .pickles import (
    INNER,
    MKDIR,
    Ops,
    array,
    network,
    ops,
    pickled,
    storage,
    tensor,
    tf_pickle,
    torch_stream,
    torch_zip,
    zipped,
)


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
