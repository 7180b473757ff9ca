"""Reading pickles without running them: from what a pickle says to the values that its caller knows.

A pickle is a program. Python's `pickle` imports any name that the program asks for, and calls it. Here
`pickle_machine` turns the program into plain data that says which names were to be called with what, and
`build` turns those calls that its caller knows into values. Nothing is imported, and no function is called
but the caller's own.
"""

import dataclasses
import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from ganjax.convert.limits import DEPTH, STEPS, Allowance
from ganjax.core.errors import CheckpointError

_brief = reprlib.Repr()
_brief.maxlevel = 1


def brief(value: Any) -> str:
    """A value from a file as a message shows it: quoted, and never long."""
    return _brief.repr(value)


@dataclasses.dataclass(frozen=True, slots=True)
class Global:
    """A name of some module, e.g. "torch.FloatStorage". It is never imported: it stays a name."""

    name: str

    def __repr__(self) -> str:
        return self.name


@dataclasses.dataclass(slots=True, eq=False, repr=False)
class Record:
    """Stands for an object of a class that ganjax does not know.

    Attributes:
      name: module and name of the class, e.g. "models.utils.config.BaseConfig".
      fields: what the file says of it: its attributes by name and, if it is a dict too, its entries.
    """

    name: str
    fields: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<record of {brief(self.name)}>"


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """A call that a pickle asks for, as a maker of `build` gets it: nothing has been called.

    Attributes:
      arguments: of the call.
      state: what the result is to be set to, or None.
      items: entries that the result is to be given.
    """

    arguments: tuple[Any, ...]
    state: Any
    items: Mapping[Any, Any]

    def only_arguments(self) -> tuple[Any, ...]:
        """The arguments of a call whose result is complete.

        Raises:
          CheckpointError: the result is to be changed further.
        """
        if self.state is not None or self.items:
            raise CheckpointError("it changes what it made, which no weight file does; it may be an attack")
        return self.arguments


Maker = Callable[[Call], Any]


@dataclasses.dataclass(slots=True, eq=False, repr=False)
class Made:
    """A call of a name (`called`), or an object of a class of that name, while the program is running."""

    name: str
    called: bool
    arguments: tuple[Any, ...]
    state: Any = None
    items: dict[Any, Any] | None = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class Outside:
    """A thing that lies outside the pickle; the container knows where."""

    reference: Any


def build(tree: Any, makers: Mapping[str, Maker], *, outside: Callable[[Any], Any] | None = None) -> Any:
    """The content that a tree of `parse` stands for: fresh dicts, lists and tuples, and what the makers make.

    Args:
      tree: from `parse`.
      makers: what makes a value from a call, by the name that is called.
      outside: gives the thing that a reference out of the pickle means.

    Raises:
      CheckpointError: more objects or a deeper nesting than any weight file has, or a maker's own error.
    """
    objects = Allowance(STEPS, "objects")

    def grow(value: Any, depth: int) -> Any:
        objects.take(1)
        if depth > DEPTH:
            raise CheckpointError(
                f"its objects lie more than {DEPTH} deep in each other; it may be an attack"
            )
        deeper = depth + 1
        if isinstance(value, dict):
            return {key: grow(each, deeper) for key, each in value.items()}
        if isinstance(value, list):
            return [grow(each, deeper) for each in value]
        if isinstance(value, tuple):
            return tuple([grow(each, deeper) for each in value])
        if isinstance(value, Outside):
            if outside is None:
                raise CheckpointError("it refers to something outside its pickle")
            return outside(grow(value.reference, deeper))
        if isinstance(value, Made):
            arguments, state, items = (
                grow(each, deeper) for each in (value.arguments, value.state, value.items or {})
            )
            if value.called:
                return makers[value.name](Call(arguments, state, items))
            return Record(value.name, _fields(state) | items)
        return value

    return grow(tree, 0)


def checked_key(key: Any) -> Any:
    """`key`, if it may be the key of a dict: text, None or a number of 64 bits.

    Other keys can be made to collide, so that filling a dict takes hours.

    Raises:
      CheckpointError: another one.
    """
    if not (isinstance(key, str | None) or (isinstance(key, int) and -(2**63) <= key < 2**63)):
        raise CheckpointError(f"it has a dict with the key {brief(key)}")
    return key


def _fields(state: Any) -> dict[Any, Any]:
    """The fields that a state gives: a dict, or a pair of dicts where the class has slots."""
    if state is None or isinstance(state, dict):
        return state or {}
    if isinstance(state, tuple) and len(state) == 2 and all(isinstance(each, dict | None) for each in state):
        return (state[0] or {}) | (state[1] or {})
    return {"state": state}
