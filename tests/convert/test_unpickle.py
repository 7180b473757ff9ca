"""No route by which a pickle runs code may run any. Pickles are made by `__reduce__` or opcode by opcode."""

import collections
import io
import os
import pickle
from typing import Any

import pytest

from ganjax.convert.unpickle import Record, SafeUnpickler
from ganjax.core.errors import CheckpointError


class Settings:
    """A class that the reader does not know."""

    def __init__(self, **fields: Any):
        vars(self).update(fields)


class Calls:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function: Any, *arguments: Any):
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def read(data: bytes, allowed: dict[tuple[str, str], Any] | None = None) -> Any:
    return SafeUnpickler(io.BytesIO(data), allowed or {}).load()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_an_object_of_an_unknown_class_becomes_a_record(protocol: int) -> None:
    record = read(pickle.dumps(Settings(alpha=0.3, depths=[1, 2]), protocol))
    assert isinstance(record, Record) and not isinstance(record, Settings)
    assert type(record).__qualname__ == "Settings"
    assert record.fields == {"alpha": 0.3, "depths": [1, 2]}


def test_an_allowed_name_is_what_the_caller_gave_for_it() -> None:
    data = pickle.dumps(collections.OrderedDict(a=1))
    assert read(data, {("collections", "OrderedDict"): dict}) == {"a": 1}
    with pytest.raises(CheckpointError, match=r"call collections\.OrderedDict"):
        read(data)


@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
@pytest.mark.parametrize("call", [Calls(os.mkdir, "ran"), Calls(eval, "1"), Calls(getattr, "a", "upper")])
def test_a_call_is_refused_and_not_made(call: Calls, protocol: int, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match="asks to call"):
        read(pickle.dumps(call, protocol))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "data",
    [
        b"(Vran\nios\nmkdir\n.",  # INST
        b"(cos\nmkdir\nVran\no.",  # OBJ
        b"cos\nmkdir\n(Vran\ntR.",  # REDUCE
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.",  # STACK_GLOBAL
        b"\x80\x04\x8c\x02os\x8c\x0bpath.exists\x93\x8c\x011\x85R.",  # STACK_GLOBAL of a nested name
    ],
)
def test_calls_by_other_opcodes_are_refused(data: bytes, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match="asks to call"):
        read(data)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [b"\x80\x02\x82\x01.", b"\x80\x02Vkey\nQ.", b"\x80\x02"])
def test_extensions_persistent_names_and_cut_pickles_are_errors(data: bytes) -> None:
    with pytest.raises((ValueError, pickle.UnpicklingError, EOFError)):
        read(data)
