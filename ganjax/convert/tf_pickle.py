"""Reads the pickles of NVIDIA's progressive GAN code, without TensorFlow and without running any of them.

Such a file is a tuple of `tfutil.Network` objects, each a dict with the source text of the network (never
executed), its settings and its variables. Source: tkarras/progressive_growing_of_gans, tfutil.py.
"""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganjax.convert.unpickle import Record, SafeUnpickler
from ganjax.core.errors import CheckpointError


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


def read(path: str | os.PathLike[str]) -> tuple[Network, ...]:
    """The networks in the pickle at `path`, in their order.

    Raises:
      CheckpointError: no such file, a damaged one, one that holds something else, or one that asks to call
        anything but the functions that rebuild arrays.
    """
    try:
        with open(path, "rb") as file:
            content = SafeUnpickler(file, _ALLOWED, encoding="latin1").load()
        return tuple(_network(record) for record in content)
    except FileNotFoundError:
        raise CheckpointError(f"There is no file {path}.") from None
    except Exception as error:  # a damaged pickle can fail in any way
        raise CheckpointError(f"{path} cannot be read as a pickle of networks: {error}.") from error


def _network(record: Any) -> Network:
    if not isinstance(record, Record) or record.fields.get("version") != 2:
        raise CheckpointError("it does not hold networks of tfutil version 2")
    fields = record.fields
    variables = {name: np.asarray(value) for name, value in fields["variables"]}
    return Network(fields["name"], fields["build_func_name"], fields["static_kwargs"], variables)


class _Dtype:
    """Stands for `numpy.dtype` while unpickling: numbers and booleans only."""

    def __init__(self, code: str, *_flags: Any):
        self.dtype = np.dtype(code)
        if self.dtype.kind not in "biuf":
            raise CheckpointError(f"it holds an array of type {code}, which no network has")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands for `numpy.ndarray` while unpickling; NumPy makes the array from it."""

    def __init__(self, *_empty: Any):
        self.array = np.empty(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, fortran, data = state
        flat = np.frombuffer(_octets(data), dtype.dtype)
        self.array = flat.reshape(shape, order="F" if fortran else "C")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.array, dtype, copy=copy)


def _octets(data: bytes | str) -> bytes:
    """Bytes as they are; Python 2 pickled them as text of one character a byte."""
    return data.encode("latin1") if isinstance(data, str) else data


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 spells bytes in the pickle protocols of Python 2."""
    if encoding != "latin1":
        raise CheckpointError(f"it holds bytes spelt in {encoding}")
    return text.encode("latin1")


def _scalar(dtype: _Dtype, data: bytes | str) -> np.ndarray:
    return np.frombuffer(_octets(data), dtype.dtype).reshape(())


_ALLOWED: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _encode,
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    **{
        (f"numpy.{core}.multiarray", name): build
        for core in ("core", "_core")
        for name, build in (("_reconstruct", lambda _cls, *_: _Array()), ("scalar", _scalar))
    },
}
