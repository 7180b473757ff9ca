"""Frozen dataclasses to and from JSON.

An unknown key is refused, since a silent default is a wrong picture later.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from ganjax.core.errors import UsageError, unknown

Config = TypeVar("Config")


def to_dict(config: Any) -> dict[str, Any]:
    """A frozen dataclass as plain JSON values (tuples become lists, nested dataclasses become dicts)."""
    return {field.name: _plain(getattr(config, field.name)) for field in dataclasses.fields(config)}


def from_dict(cls: type[Config], values: Mapping[str, Any]) -> Config:
    """The dataclass `cls` from plain values; fields left out keep their defaults.

    Raises:
      UsageError: a key that `cls` does not have, a value of another type, or a required field left out.
    """
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    for key in values:
        if key not in names:
            raise UsageError(unknown(f"setting of {cls.__name__}", key, names))
    try:
        return cls(**{key: _typed(hints[key], value) for key, value in values.items()})
    except TypeError as error:
        raise UsageError(f"{cls.__name__} cannot be made from {dict(values)}: {error}") from error


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _typed(hint: Any, value: Any) -> Any:
    """`value` as `hint` wants it: dicts become dataclasses and lists become tuples.

    Raises:
      TypeError: it is of another type, or none of the values that `hint` lists.
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _typed(next(arg for arg in args if arg is not type(None)), value)
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return from_dict(hint, value)  # type: ignore[arg-type]
    if (origin is tuple and not isinstance(value, (list, tuple))) or dataclasses.is_dataclass(hint):
        raise TypeError(f"{value!r} is no {getattr(hint, '__name__', hint)}")
    if origin is tuple:
        items = [args[0]] * len(value) if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(_typed(item, each) for item, each in zip(items, value, strict=True))
    if origin is typing.Literal and value not in args:
        raise TypeError(f"{value!r} is none of {', '.join(map(repr, args))}")
    # A whole number is a float in JSON; but True and False, which Python counts as numbers, are none.
    if hint in (bool, int, float, str) and type(value) is not hint and (hint, type(value)) != (float, int):
        raise TypeError(f"{value!r} is no {hint.__name__}")
    return value
