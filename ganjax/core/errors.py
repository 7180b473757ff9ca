"""The errors a user can meet. Each says what was wrong, what was expected and what to do."""

import difflib
from collections.abc import Iterable, Sequence


class GanjaxError(Exception):
    """Base of every error that ganjax raises on purpose; the command line ends with `exit_code`."""

    exit_code = 1


class UsageError(GanjaxError, ValueError):
    """A wrong name, option or shape was asked for: nothing was started, nothing was written."""

    exit_code = 2


class DataError(GanjaxError):
    """The data cannot be used: an empty folder, unreadable pictures, a data set that is not there."""


class CheckpointError(GanjaxError):
    """A weight file or a run folder cannot be used as asked."""


class TrainingError(GanjaxError):
    """Training had to stop: losses that are not finite, a process that was lost."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Says that `name` is no known `kind`, with the nearest known name and the list of all."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"Unknown {kind} {name!r}.{hint} Known: {', '.join(names) or 'none'}."


def listed(lines: Sequence[str], most: int = 10) -> str:
    """The first `most` lines of a long report, each on a line of its own, and how many more there are."""
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return "".join(f"\n  {line}" for line in [*lines[:most], *more])
