"""Reads the pickles of NVIDIA's progressive GAN code, without TensorFlow and without running any of them.

Such a file is a tuple of `tfutil.Network` objects, each a dict with the source text of the network (never
executed), its settings and its variables. Arrays are read-only views of the file. Sources:
tkarras/progressive_growing_of_gans, tfutil.py; numpy/numpy, numpy/_core/src/multiarray/methods.c (what an
array and a type say when they are pickled).
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from ganjax.convert.limits import SPARE, Allowance
from ganjax.convert.pickle_machine import parse
from ganjax.convert.unpickle import Call, Maker, Record, brief, build
from ganjax.core.errors import CheckpointError

_CODES = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}
_ORDERS: dict[Any, Literal["<", ">", "="]] = {"<": "<", ">": ">", "=": "=", "|": "="}


@dataclasses.dataclass(frozen=True)
class Network:
    """One network of such a file.

    Attributes:
      name: "G", "D", "Gs" or the name of the function that built it.
      build: name of the function that built it, e.g. "G_paper".
      settings: the keyword arguments that it was built with.
      variables: arrays by local name, e.g. "4x4/Conv/weight", and the number "lod".
    """

    name: str
    build: str
    settings: Mapping[str, Any]
    variables: Mapping[str, np.ndarray]


def read_networks(data: memoryview) -> tuple[Network, ...]:
    """The networks in a pickle, in their order.

    Raises:
      CheckpointError: a damaged pickle, one that holds something else, or one that asks to call anything but
        the functions that rebuild arrays.
    """
    makers = _makers(len(data))
    tree, length = parse(data, makers)
    if length != len(data):
        raise CheckpointError(f"it goes on for {len(data) - length:,} bytes behind its pickle")
    content = build(tree, makers)
    if not isinstance(content, tuple):
        raise CheckpointError("it does not hold a tuple of networks")
    return tuple(_network(record) for record in content)


def _network(record: Any) -> Network:
    if not isinstance(record, Record) or record.fields.get("version") != 2:
        raise CheckpointError("it does not hold networks of tfutil version 2")
    fields = record.fields
    for name, kind in (("name", str), ("build_func_name", str), ("static_kwargs", dict), ("variables", list)):
        if not isinstance(fields.get(name), kind):
            raise CheckpointError(f"it has a network whose {name} is {brief(fields.get(name))}")
    variables: dict[str, np.ndarray] = {}
    for key, value in fields["variables"]:
        if not isinstance(key, str) or not isinstance(value, np.ndarray) or key in variables:
            raise CheckpointError(f"its variable {brief(key)} is no array, or is there twice")
        variables[key] = value
    return Network(fields["name"], fields["build_func_name"], fields["static_kwargs"], variables)


def _makers(size: int) -> Mapping[str, Maker]:
    """What the pickles of NumPy's arrays ask to call, for a file of `size` bytes."""
    views = Allowance(3 * size + SPARE, "bytes of arrays")
    octets = Allowance(size + SPARE, "bytes spelt as text")

    def raw(data: Any) -> memoryview | bytes:
        """Bytes as they are; Python 2 pickled short ones as text of one character a byte."""
        if isinstance(data, str):
            octets.take(len(data))
            return data.encode("latin-1")
        if not isinstance(data, memoryview | bytes):
            raise CheckpointError(f"it has an array of {brief(data)}, which are no numbers")
        return data

    def encode(text: Any, encoding: Any) -> memoryview | bytes:
        """How Python 3 spells bytes in the pickle protocols of Python 2."""
        if encoding != "latin1" or not isinstance(text, str):
            raise CheckpointError(f"it holds bytes spelt in {brief(encoding)}")
        return raw(text)

    def numbers(shape: tuple[Any, ...], dtype: Any, fortran: Any, data: Any) -> np.ndarray:
        if (
            not isinstance(dtype, np.dtype)
            or not isinstance(shape, tuple)
            or type(fortran) not in (bool, int)
        ):
            raise CheckpointError(f"it has an array of type {brief(dtype)} and shape {brief(shape)}")
        if len(shape) > 64 or not all(type(n) is int and 0 <= n < 2**63 for n in shape):
            raise CheckpointError(f"it has an array of shape {brief(shape)}")
        octets = raw(data)
        if math.prod(shape) * dtype.itemsize != len(octets):
            raise CheckpointError(f"it has {len(octets)} bytes for an array {brief(shape)} of {dtype}")
        views.take(len(octets))
        return np.ndarray(shape, dtype, octets, order="F" if fortran else "C")

    def scalar(dtype: Any, data: Any) -> np.ndarray:
        return numbers((), dtype, False, data)

    def array(call: Call) -> np.ndarray:
        """An array is made empty, then set to its version, shape, type, order and bytes."""
        if call.items or not isinstance(call.state, tuple) or len(call.state) != 5:
            raise CheckpointError("it has an array that is not as NumPy writes them")
        return numbers(*call.state[1:])

    makers: dict[str, Maker] = {
        "_codecs.encode": lambda call: encode(*call.only_arguments()),
        "numpy.dtype": _dtype,
    }
    for core in ("core", "_core"):  # NumPy 2 renamed it
        makers[f"numpy.{core}.multiarray._reconstruct"] = array
        makers[f"numpy.{core}.multiarray.scalar"] = lambda call: scalar(*call.only_arguments())
    return makers


def _dtype(call: Call) -> np.dtype:
    """A type of numbers. Its state is version and byte order, and then what only other types have."""
    code, *_ = call.arguments
    if not isinstance(code, str) or code not in _CODES:
        raise CheckpointError(f"it holds an array of type {brief(code)}, which no network has")
    if call.state is None:
        return np.dtype(code)
    _version, order, *special = call.state
    if call.items or order not in _ORDERS or any(special[:3]):
        raise CheckpointError(f"it holds an array of type {brief(code)} with the state {brief(call.state)}")
    return np.dtype(code).newbyteorder(_ORDERS[order])
