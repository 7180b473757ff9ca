"""What harmful pickles hold, and what the error says: every route to code, to memory and to foreign bytes."""

import dataclasses
from typing import Any

from .pickles import INNER, MKDIR, G, Ops, Outside, R, array, dtype, ops, storage, tensor

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
