"""What several verbs ask of their options before anything begins."""

import errno
import math
import os
import pathlib

from ganjax.core.errors import UsageError

SEEDS = 2**32 - 1
"""The largest seed."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
"""Suffixes of the pictures that verbs write."""


def check_number(option: str, value: float | None, *, low: float = 0, high: float = math.inf) -> None:
    """Lets a finite number from `low` to `high` pass, and None, an option that was left out.

    Raises:
      UsageError: another number, or NaN.
    """
    if value is None or (value != math.inf and low <= value <= high):
        return
    span = f"from {low} on" if high == math.inf else f"from {low} to {high}"
    raise UsageError(f"{option} is a number {span}, not {value}.")


def check_picture(option: str, path: pathlib.Path) -> None:
    """Lets the path of a picture pass.

    Raises:
      UsageError: it has another suffix than those of `PICTURES`.
    """
    if path.suffix.lower() not in PICTURES:
        raise UsageError(f"{option} ends in one of {', '.join(PICTURES)}; got {path}.")


def check_place(path: pathlib.Path) -> None:
    """Lets a path pass where a file can be written, so that no work is lost at its end.

    Raises:
      OSError: `path` is a folder, lies in what is none, or in a folder that cannot be written to.
    """
    path = path.absolute()
    above = next(each for each in path.parents if each.exists())
    for code, fault in (
        (errno.EISDIR, path.is_dir()),
        (errno.ENOTDIR, not above.is_dir()),
        (errno.EACCES, not os.access(above, os.W_OK)),
    ):
        if fault:
            named = path if code == errno.EISDIR else above
            raise OSError(code, os.strerror(code), os.fspath(named))
