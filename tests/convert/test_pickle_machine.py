"""Plain values come as Python's own unpickler gives them. What is refused is in test_hostile_files.py."""

import pickle
from typing import Any

import numpy as np
import pytest

from ganjax.convert.pickle_machine import parse
from ganjax.convert.unpickle import build
from ganjax.core.errors import CheckpointError

VALUES: list[Any] = [
    None,
    [True, False],
    [0, 1, 255, 256, 65535, 65536, -1, -(2**31), 2**31, 2**62, -(2**63), 2**200],
    [0.0, -1.5, 1e300, float("inf")],
    ["", "a", "é" * 300, "顔" * 300, "\U0001f600", "x" * 70_000],
    [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    {"a": {"b": [1, {"c": (2,)}]}, 3: [], None: {}, True: 1},
    [list(range(3000)), {str(i): i for i in range(3000)}],
    [["same"] * 2] * 300,
]


def read(data: bytes) -> Any:
    return build(parse(memoryview(data))[0], {})


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_values_are_those_of_pythons_unpickler(value: Any, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    assert read(data) == pickle.loads(data)


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("size", [0, 3, 300, 70_000])
def test_bytes_are_views_of_the_file(protocol: int, size: int) -> None:
    data = pickle.dumps(value := b"\xe9" * size, protocol)
    found = read(data)
    assert bytes(found) == value
    assert size == 0 or np.shares_memory(np.frombuffer(found, np.uint8), np.frombuffer(data, np.uint8))


def test_strings_of_python_2() -> None:
    """As Python 2 wrote them: 'U' and a byte for the length, or 'T' and four."""
    assert read(b"\x80\x02U\x03a\xe9\n.") == "aé\n"
    assert bytes(read(b"\x80\x02T\x02\x00\x00\x00\xe9\x00.")) == b"\xe9\x00"


def test_the_bytes_behind_a_pickle_are_left_alone() -> None:
    data = pickle.dumps([1], 2)
    assert parse(memoryview(data + b"more")) == ([1], len(data))


def test_a_pickle_cut_anywhere_is_an_error() -> None:
    for protocol in (2, 4):
        data = pickle.dumps(VALUES[:7], protocol)
        for length in np.linspace(0, len(data) - 1, 500).astype(int):
            with pytest.raises(CheckpointError):
                read(data[:length])


def test_anything_may_stand_in_place_of_a_step() -> None:
    """Each of the 256 bytes, where a step is expected, is read or refused."""
    for code in range(256):
        data = b"\x80\x02" + bytes([code]) + b"\x00" * 20
        with pytest.raises(CheckpointError):
            read(data)
