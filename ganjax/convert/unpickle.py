"""Reading pickles without running them: only expected names mean anything, all others stay inert records.

A pickle is a program. It may name any importable function and call it. Here a name is looked up in a table
that the caller gives; a name outside it becomes a `Record` class, of which objects may be made (files hold
settings objects of their own code) but which calls nothing and takes no part in anything.
"""

import pickle
from collections.abc import Mapping
from typing import IO, Any

from ganjax.core.errors import CheckpointError


class _Uncallable(type):
    """A class that cannot be called: a pickle makes objects with `__new__`, and calls only functions."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise CheckpointError(
            f"the file asks to call {cls.__module__}.{cls.__qualname__}, which no weight file needs; "
            "it may be an attack. Nothing was run"
        )


class Record(metaclass=_Uncallable):
    """Stands for an object of an unknown class; `fields` holds what the file says of it."""

    fields: Mapping[str, Any]

    def __new__(cls, *args: Any) -> "Record":
        record = super().__new__(cls)
        record.fields = {}
        return record

    def __setstate__(self, state: Any) -> None:
        self.fields = state if isinstance(state, dict) else {"state": state}


class SafeUnpickler(pickle.Unpickler):
    """Unpickles with `allowed` in place of imports: (module, name) to the object that is meant by it."""

    def __init__(self, file: IO[bytes], allowed: Mapping[tuple[str, str], Any], *, encoding: str = "ASCII"):
        super().__init__(file, encoding=encoding)
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        """The allowed object of that name, else a new class of inert records."""
        if (module, name) in self._allowed:
            return self._allowed[module, name]
        return _Uncallable(name, (Record,), {"__module__": module, "__qualname__": name})
