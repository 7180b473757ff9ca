"""How deep and how narrow a network may be: a config comes from a file, which can ask for anything."""

from ganjax.core.errors import UsageError

DEEPEST = 256
"""Layers of one kind; the deepest published networks here have 69."""


def check_depth(what: str, count: int) -> None:
    """Lets 0 to `DEEPEST` layers pass: building a network takes time for each of them.

    Raises:
      UsageError: more, or fewer than none.
    """
    if not 0 <= count <= DEEPEST:
        raise UsageError(f"A network here has 0 to {DEEPEST} {what}, not {count}.")


def check_widths(*channels: int) -> None:
    """Lets layers of so many channels pass, each of at least one.

    Raises:
      UsageError: no layer, or one without a channel.
    """
    if min(channels, default=0) < 1:
        raise UsageError(f"A network here has layers of at least 1 channel each, not of {[*channels]}.")
