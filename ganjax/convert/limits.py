"""How much a file of others may ask for: every reader of such files counts against these limits.

A few bytes can stand for much: a deflated run of zeros, a list in a list of lists, a tensor of stride zero.
Real weight files need a small part of what is allowed here.
"""

from ganjax.core.errors import CheckpointError

STEPS = 1 << 17
"""Steps of one pickle, and objects in what it holds. A tensor takes about 40: there is room for 3,000."""

DEPTH = 64
"""How deep dicts, lists and objects may lie in each other, so that any reader may go down by recursion."""

LONG_NAME = 256
"""Letters of the longest name of a module or of something in it."""

LONG_TEXT = 1 << 16
"""Bytes from which on a text can only be numbers spelt as text."""

SPARE = 1 << 24
"""Bytes that may always be taken, whatever the size of the file."""


class Allowance:
    """What one file may still take of something.

    Args:
      left: how much.
      what: how an error calls it, e.g. "bytes of inflated members".
    """

    def __init__(self, left: int, what: str):
        self._left, self._all, self._what = left, left, what

    def take(self, count: int) -> None:
        """Takes `count` of it.

        Raises:
          CheckpointError: less is left.
        """
        self._left -= count
        if self._left < 0:
            raise CheckpointError(f"it asks for more than {self._all:,} {self._what}; it may be an attack")
