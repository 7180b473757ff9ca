"""From what a pickle says to values. Ways to do harm are in test_hostile_files.py."""

import collections
import pickle
from typing import Any

import pytest

from ganjax.convert.pickle_machine import parse
from ganjax.convert.unpickle import Call, Global, Maker, Record, brief, build
from ganjax.core.errors import CheckpointError

PROTOCOLS = [2, 3, 4, 5]


class Settings:
    """A class that the reader does not know."""

    def __init__(self, **fields: Any):
        vars(self).update(fields)


class Slots:
    """Another one, whose fields are no dict."""

    __slots__ = ("alpha", "depths")


class EasyDict(dict[str, Any]):
    """Another one, which has entries."""


def read(value: Any, protocol: int, makers: dict[str, Maker] | None = None) -> Any:
    data = memoryview(pickle.dumps(value, protocol))
    tree, length = parse(data, makers or {})
    assert length == len(data)
    return build(tree, makers or {})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_object_of_an_unknown_class_becomes_a_record(protocol: int) -> None:
    record = read(Settings(alpha=0.3, depths=[1, 2]), protocol)
    assert isinstance(record, Record)
    assert record.name == f"{__name__}.Settings"
    assert record.fields == {"alpha": 0.3, "depths": [1, 2]}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_fields_in_slots_and_entries_of_dicts_are_fields_too(protocol: int) -> None:
    slots = Slots()
    slots.alpha = 0.3
    assert read(slots, protocol).fields == {"alpha": 0.3}
    assert read(EasyDict(alpha=0.3), protocol).fields == {"alpha": 0.3}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_class_by_itself_stays_a_name(protocol: int) -> None:
    assert read([Settings], protocol) == [Global(f"{__name__}.Settings")]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_call_is_made_by_the_callers_function(protocol: int) -> None:
    calls: list[Call] = []

    def make(call: Call) -> str:
        calls.append(call)
        return "made"

    value = collections.OrderedDict(a=1)
    value.note = "version"  # type: ignore[attr-defined]
    assert read({"x": value}, protocol, {"collections.OrderedDict": make}) == {"x": "made"}
    assert [(call.arguments, call.items, call.state) for call in calls] == [
        ((), {"a": 1}, {"note": "version"})
    ]
    with pytest.raises(CheckpointError, match="changes what it made"):
        calls[0].only_arguments()
    with pytest.raises(CheckpointError, match=r"asks to call 'collections\.OrderedDict'"):
        read({"x": value}, protocol)


def test_shared_objects_come_apart() -> None:
    """So that whatever walks the content meets a tree."""
    shared = [1]
    first, second = read([shared, shared], 2)
    assert first == second == [1] and first is not second


def test_values_are_shown_short() -> None:
    laughs: Any = "lol"
    for _ in range(60):
        laughs = [laughs, laughs]
    for value in ("x" * 10**6, [["x" * 99] * 99] * 99, 2**2000, {"a": {"b": ["c"] * 99}}, laughs):
        assert len(brief(value)) < 400
    assert "\x1b" not in brief("\x1b[2J")  # a terminal would obey it
