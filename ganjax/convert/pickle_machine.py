"""The stack machine of pickles, with the steps that weight files are made of and no others.

It works on a buffer, which may be a mapped file. Byte strings are views of it, so that a length that lies
costs nothing, and large ones take no memory. Source of the format: Python's pickletools.
"""

import pickletools
import struct
import sys
from collections.abc import Container
from typing import Any

import numpy as np

from ganjax.convert.limits import LONG_NAME, LONG_TEXT, SPARE, STEPS, Allowance
from ganjax.convert.unpickle import Global, Made, Outside, brief, checked_key
from ganjax.core.errors import CheckpointError


def parse(data: memoryview, calls: Container[str] = (), *, steps: int = STEPS) -> tuple[Any, int]:
    """Runs the pickle at the start of `data`: a tree for `build`, and the number of bytes it took.

    Args:
      data: of unsigned bytes.
      calls: the names that the pickle may ask to call.
      steps: how many steps it may have.

    Raises:
      CheckpointError: a damaged pickle, a step or a call that weight files do not need, or too many steps.
    """
    machine = _Machine(data, calls)
    try:
        return machine.run(steps), machine.at
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"its pickle is damaged at byte {machine.at}: {error}") from error


class _Machine:
    """The stack machine. A method in capitals is the step of that name; a step without one is refused."""

    def __init__(self, data: memoryview, calls: Container[str]):
        self.data, self.at, self.calls = data, 0, calls
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []  # the stacks below the marks
        self.memo: dict[int, Any] = {}
        self.texts = Allowance(len(data) + SPARE, "bytes of text")

    def run(self, steps: int) -> Any:
        for _ in range(steps):
            code = self.take(1)[0]
            if code == _STOP:
                break
            if code not in _STEPS:
                raise CheckpointError(
                    f"its pickle has the step {_NAMES.get(code, hex(code))} at byte {self.at - 1}, which no "
                    "weight file needs. Nothing was run"
                )
            _STEPS[code](self)
        else:
            raise CheckpointError(f"its pickle has more than {steps:,} steps; it may be an attack")
        if self.marks or len(self.stack) != 1:
            raise CheckpointError("its pickle ends with a mark or more than one object left")
        return self.stack[0]

    def take(self, count: int) -> memoryview:
        start, self.at = self.at, self.at + count
        if not 0 <= count <= len(self.data) - start:
            raise CheckpointError(
                f"its pickle asks for {brief(count)} bytes at byte {start} and is cut short there"
            )
        return self.data[start : self.at]

    def number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def text(self, count: int) -> str:
        data = self.take(count)
        # One letter beyond Latin-1 makes a text take four times its bytes in memory.
        if count > LONG_TEXT and np.frombuffer(data, np.uint8).max() > 0xC3:
            raise CheckpointError(f"it has a text of {count:,} bytes that is not Latin-1")
        text = str(data, "utf-8")
        self.texts.take(sys.getsizeof(text) - sys.getsizeof(""))
        return text

    def line(self) -> str:
        text, end, _ = bytes(self.data[self.at : self.at + LONG_NAME]).partition(b"\n")
        self.take(len(text + end))
        if not end:
            raise CheckpointError("it has a name without an end")
        return text.decode()

    def since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def top(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise CheckpointError(f"it treats {brief(self.stack[-1])} as a {kind.__name__}")
        return self.stack[-1]

    def pop(self, kind: type) -> Any:
        self.top(kind)
        return self.stack.pop()

    def put(self, items: list[Any]) -> None:
        """Puts keys and values, in turn, into the dict at the top."""
        target = self.stack[-1]
        if isinstance(target, Made):
            target.items = target.items or {}
            target = target.items
        if not isinstance(target, dict) or len(items) % 2:
            raise CheckpointError("it puts entries into something that is no dict, or a key without a value")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[checked_key(key)] = value

    def PROTO(self) -> None:
        if not 2 <= (protocol := self.number(1)) <= 5:
            raise CheckpointError(f"its pickle has the protocol {protocol}; 2 to 5 are read")

    def FRAME(self) -> None:
        if (size := self.number(8)) > len(self.data) - self.at:
            raise CheckpointError(f"its pickle has a frame of {size} bytes and is cut short there")

    def MARK(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def NONE(self) -> None:
        self.stack.append(None)

    def NEWTRUE(self) -> None:
        self.stack.append(True)

    def NEWFALSE(self) -> None:
        self.stack.append(False)

    def BININT(self) -> None:
        self.stack.append(self.number(4, signed=True))

    def BININT1(self) -> None:
        self.stack.append(self.number(1))

    def BININT2(self) -> None:
        self.stack.append(self.number(2))

    def LONG1(self) -> None:
        self.stack.append(self.number(self.number(1), signed=True))

    def BINFLOAT(self) -> None:
        self.stack.append(struct.unpack(">d", self.take(8))[0])

    def SHORT_BINSTRING(self) -> None:
        # Python 2 did not tell text from bytes: short ones are read as text, long ones are arrays.
        self.stack.append(str(self.take(self.number(1)), "latin-1"))

    def BINSTRING(self) -> None:
        self.stack.append(self.take(self.number(4)))

    def SHORT_BINUNICODE(self) -> None:
        self.stack.append(self.text(self.number(1)))

    def BINUNICODE(self) -> None:
        self.stack.append(self.text(self.number(4)))

    def BINUNICODE8(self) -> None:
        self.stack.append(self.text(self.number(8)))

    def SHORT_BINBYTES(self) -> None:
        self.stack.append(self.take(self.number(1)))

    def BINBYTES(self) -> None:
        self.stack.append(self.take(self.number(4)))

    def BINBYTES8(self) -> None:
        self.stack.append(self.take(self.number(8)))

    def EMPTY_TUPLE(self) -> None:
        self.stack.append(())

    def TUPLE1(self) -> None:
        self.stack[-1:] = [(self.stack[-1],)]

    def TUPLE2(self) -> None:
        self.stack[-2:] = [(self.stack[-2], self.stack[-1])]

    def TUPLE3(self) -> None:
        self.stack[-3:] = [(self.stack[-3], self.stack[-2], self.stack[-1])]

    def TUPLE(self) -> None:
        items = self.since_mark()
        self.stack.append(tuple(items))

    def EMPTY_LIST(self) -> None:
        self.stack.append([])

    def APPEND(self) -> None:
        item = self.stack.pop()
        self.top(list).append(item)

    def APPENDS(self) -> None:
        items = self.since_mark()
        self.top(list).extend(items)

    def EMPTY_DICT(self) -> None:
        self.stack.append({})

    def SETITEM(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.put([key, value])

    def SETITEMS(self) -> None:
        items = self.since_mark()
        self.put(items)

    def BINPUT(self) -> None:
        self.memo[self.number(1)] = self.stack[-1]

    def LONG_BINPUT(self) -> None:
        self.memo[self.number(4)] = self.stack[-1]

    def MEMOIZE(self) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def BINGET(self) -> None:
        self.stack.append(self.memo[self.number(1)])

    def LONG_BINGET(self) -> None:
        self.stack.append(self.memo[self.number(4)])

    def GLOBAL(self) -> None:
        self.stack.append(Global(f"{self.line()}.{self.line()}"))

    def STACK_GLOBAL(self) -> None:
        name, module = self.pop(str), self.pop(str)
        if len(module) + len(name) > 2 * LONG_NAME:
            raise CheckpointError(f"it has the name {brief(name)}, which is too long")
        self.stack.append(Global(f"{module}.{name}"))

    def REDUCE(self) -> None:
        arguments, function = self.pop(tuple), self.pop(Global)
        if function.name not in self.calls:
            raise CheckpointError(
                f"it asks to call {brief(function.name)}, which no weight file needs; it may be an attack. "
                "Nothing was run"
            )
        self.stack.append(Made(function.name, True, arguments))

    def NEWOBJ(self) -> None:
        arguments, kind = self.pop(tuple), self.pop(Global)
        if arguments:
            raise CheckpointError(f"it makes an object of {brief(kind.name)} with arguments. Nothing was run")
        self.stack.append(Made(kind.name, False, arguments))

    def BUILD(self) -> None:
        state = self.stack.pop()
        made = self.top(Made)
        if made.state is not None:
            raise CheckpointError("it sets the state of an object twice")
        made.state = state

    def BINPERSID(self) -> None:
        self.stack.append(Outside(self.stack.pop()))


_STOP = ord(".")
_NAMES = {ord(each.code): each.name for each in pickletools.opcodes}
_STEPS = {code: getattr(_Machine, name) for code, name in _NAMES.items() if name in vars(_Machine)}
