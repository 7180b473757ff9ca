"""One process at a time, by a lock that the system takes back however its holder dies."""

import contextlib
import errno
import os
import pathlib
import sys
import time
from collections.abc import Callable, Iterator

_POLL_SECONDS = 0.2
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def locked(path: pathlib.Path, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the lock of the file at `path`; calls `waiting` once if another process or thread holds it.

    The empty file stays: were it removed, two processes could hold locks of two files of one name. On a file
    system without locks the block runs without.

    Raises:
      OSError: the file cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        waited = False
        while not _taken(handle):
            if not waited:
                waiting()
            waited = True
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)  # gives the lock back


def _taken(handle: int) -> bool:
    try:
        _take(handle)
    except OSError as error:
        return error.errno not in _HELD  # else there are no locks here, as on some network file systems
    return True
